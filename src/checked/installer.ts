// The installer as other programs make it: each of its functions refuses malformed arguments before anything is done with them.

import { createInstaller as createInstallerUnchecked, type Installer } from "../api/installer.ts";
import type { InstallerOptions } from "../api/options.ts";
import { absoluteBuild, absoluteBuildAll, absoluteOptions, inFolder } from "./absolute.ts";
import { check, checkArgument } from "./check.ts";
import { installerOptions } from "./shapes/installer-options.ts";
import {
  applyOptions,
  buildAllRequest,
  buildRequest,
  compileRequest,
  downloadRequest,
  listVersionsRequest,
  lockFilesRequest,
  lockPlanRequest,
  packOptions,
  planRequest,
  readRequest,
  uninstallRequest,
  wheelsRequest,
  zipOptions,
} from "./shapes/requests.ts";
import { bytes, nothingMore, optional, path, pieces, text, type Shape } from "./shapes/shape.ts";
import { destination, plan, pylock } from "./shapes/values.ts";

/**
 * Makes an installer. Nothing is read or opened before the first request.
 *
 * @throws usage/invalid-argument where the options are malformed; each function of the installer does so for what it is given
 * @example
 * const installer = createInstaller({ cacheDirectory: "/home/me/.cache/pinion", directory: "/srv/build" });
 * const into = { kind: "directory", path: "/srv/build/python", target: targetFor({ platform: "linux", pythonVersion: "3.12" }) };
 * const plan = await installer.plan({ requirements: [{ kind: "text", text: "flask" }], into });
 * await installer.apply(plan);
 */
export function createInstaller(options: InstallerOptions): Installer {
  check("createInstaller", { options: [options, installerOptions] });
  const placed = absoluteOptions(options);
  const { directory } = placed;
  const installer = createInstallerUnchecked(placed);
  return {
    read: requested("read", readRequest, (request) => installer.read(request)),
    plan: requested("plan", planRequest, (request) => installer.plan(request)),
    lock: requested("lock", compileRequest, (request) => installer.lock(request)),
    readLock: taking("readLock", ["file", path], applyOptions, (subject, given) =>
      installer.readLock(subject, given),
    ),
    verifyLock: taking("verifyLock", ["lock", pylock], applyOptions, (subject, given) =>
      installer.verifyLock(subject, given),
    ),
    checkLock: requested("checkLock", lockPlanRequest, (request) => installer.checkLock(request)),
    planLock: requested("planLock", lockPlanRequest, (request) => installer.planLock(request)),
    sync: requested("sync", lockPlanRequest, (request) => installer.sync(request)),
    metadata: taking("metadata", ["plan", plan], applyOptions, (subject, given) =>
      installer.metadata(subject, given),
    ),
    apply: taking("apply", ["plan", plan], applyOptions, (subject, given) => installer.apply(subject, given)),
    download: requested("download", downloadRequest, (request) =>
      installer.download(inFolder(request, directory)),
    ),
    wheels: requested("wheels", wheelsRequest, (request) => installer.wheels(inFolder(request, directory))),
    build: requested("build", buildRequest, (request) => installer.build(absoluteBuild(request, directory))),
    buildAll: requested("buildAll", buildAllRequest, (request) =>
      installer.buildAll(absoluteBuildAll(request, directory)),
    ),
    prepareConnections: () => installer.prepareConnections(),
    recover: taking("recover", ["destination", destination], applyOptions, (subject, given) =>
      installer.recover(subject, given),
    ),
    list(from) {
      check("installer.list", { from: [from, destination] });
      return installer.list(from);
    },
    why(environment, name) {
      check("installer.why", { environment: [environment, destination], name: [name, text] });
      return installer.why(environment, name);
    },
    listVersions: requested("listVersions", listVersionsRequest, (request) =>
      installer.listVersions(request),
    ),
    async *zip(planned, packing) {
      check("installer.zip", { plan: [planned, plan], options: [packing, optional(zipOptions)] });
      yield* installer.zip(planned, packing);
    },
    files: taking("files", ["plan", plan], packOptions, (subject, given) => installer.files(subject, given)),
    pull: requested("pull", lockFilesRequest, (request) => installer.pull(request)),
    push: requested("push", lockFilesRequest, (request) => installer.push(request)),
    async *exportFiles(request) {
      check("installer.exportFiles", { request: [request, lockFilesRequest] });
      yield* installer.exportFiles(request);
    },
    importFiles: taking("importFiles", ["archive", pieces], applyOptions, (subject, given) =>
      installer.importFiles(checkedPieces(subject), given),
    ),
    uninstall: requested("uninstall", uninstallRequest, (request) => installer.uninstall(request)),
    close: () => installer.close(),
  };
}

/** A function of one request. Options that others take beside theirs belong into it. */
function requested<R, T>(
  name: string,
  shape: Shape<R>,
  act: (request: R) => Promise<T>,
): (request: R, options?: undefined) => Promise<T> {
  return async (request, options) => {
    check(`installer.${name}`, { request: [request, shape], "a second argument": [options, nothingMore] });
    return await act(request);
  };
}

/** A function of a value and of options. */
function taking<V, O, T>(
  name: string,
  [valueName, valueShape]: readonly [string, Shape<V>],
  optionsShape: Shape<O>,
  act: (value: V, options?: O) => Promise<T>,
): (value: V, options?: O) => Promise<T> {
  return async (value, options) => {
    checkArgument(`installer.${name}`, valueName, value, valueShape);
    checkArgument(`installer.${name}`, "options", options, optional(optionsShape));
    return await act(value, options);
  };
}

async function* checkedPieces(archive: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
  for await (const piece of archive) {
    check("installer.importFiles", { "a piece of archive": [piece, bytes] });
    yield piece;
  }
}
