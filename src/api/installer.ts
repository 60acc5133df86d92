// The library's installer: the session as embedding programs see it.

import { whyInstalled, type Why } from "../inspect/why.ts";
import { normalizeName } from "../pep/name.ts";
import { absoluteDestination, targetOf, type Destination } from "./destination.ts";
import type { InstallerOptions } from "./options.ts";
import type { LockFilesRequest } from "./locks/lock-files.ts";
import type { ImportedFiles, PulledFiles, PushedFiles } from "./locks/lock-transfer.ts";
import type { Change, ChangePlan } from "./plan/value.ts";
import type { ApplyOptions, LockPlanRequest } from "./requests.ts";
import { openSession } from "./session/session.ts";
import type { PackageOperations, Session } from "./session/interface.ts";

/** Everything that an installer does; what it shares with a session is in {@link PackageOperations}. */
export interface Installer extends PackageOperations {
  /**
   * Makes an environment hold exactly what a lock file selects for it: the old state or the new one, nothing between.
   *
   * @throws as {@link planLock} and {@link apply}
   */
  sync(request: LockPlanRequest): Promise<readonly Change[]>;
  /**
   * The requirement chains that need an installed project, from what was requested or what nothing else needs.
   *
   * @throws index/invalid-metadata
   */
  why(environment: Destination, name: string): Why;
  /**
   * Brings the files that a lock needs into the cache, from the shared cache where it has them: nothing is installed.
   *
   * @throws lock/…, wheel/hash-mismatch, wheel/invalid, cache/…, net/…, tls/…
   */
  pull(request: LockFilesRequest): Promise<PulledFiles>;
  /**
   * Writes the files that a lock needs to the shared cache, unless they are there.
   *
   * @throws settings/invalid without a shared cache, cache/remote where it refuses, and as {@link pull}
   */
  push(request: LockFilesRequest): Promise<PushedFiles>;
  /**
   * The files that a lock needs as one archive, in pieces: the same lock gives the same bytes on every machine.
   *
   * @throws as {@link pull}, archive/too-large
   * @example
   * await pipeline(installer.exportFiles({ file: "pylock.toml", target }), createWriteStream("files.tar"));
   */
  exportFiles(request: LockFilesRequest): AsyncIterable<Uint8Array>;
  /**
   * Brings the files of such an archive into the cache. Each is verified, and kept under the hash of its bytes, so that
   * only a lock or an index that gives this hash finds it.
   *
   * @throws archive/invalid, wheel/hash-mismatch, wheel/invalid, cache/unusable; what was verified before stays
   */
  importFiles(archive: AsyncIterable<Uint8Array>, options?: ApplyOptions): Promise<ImportedFiles>;
}

/**
 * Makes an installer. Nothing is read or opened before the first request.
 *
 * @example
 * const installer = createInstaller({ cacheDirectory: "/home/me/.cache/pinion", directory: "/srv/build" });
 * const into = { kind: "directory", path: "/srv/build/python", target: targetFor({ platform: "linux", pythonVersion: "3.12" }) };
 * const plan = await installer.plan({ requirements: [{ kind: "text", text: "flask" }], constraints: [], overrides: [], into });
 * await installer.apply(plan);
 */
export function createInstaller(options: InstallerOptions): Installer {
  const session = openSession(options);
  const placed = (destination: Destination): Destination =>
    absoluteDestination(destination, options.directory);
  const planLock = async (request: LockPlanRequest): Promise<ChangePlan> =>
    await session.planLock({ ...request, into: placed(request.into) });
  return {
    read: (request) => session.read(request),
    plan: async (request) => await session.plan({ ...request, into: placed(request.into) }),
    lock: (request) => session.lock(request),
    readLock: (file, readOptions) => session.readLock(file, readOptions),
    verifyLock: (lock, verifyOptions) => session.verifyLock(lock, verifyOptions),
    checkLock: (request) => session.checkLock(request),
    planLock,
    sync: async (request) =>
      await session.apply(await planLock({ isExact: true, ...request }), { signal: request.signal }),
    metadata: (plan, metadataOptions) => session.metadata(plan, metadataOptions),
    apply: (plan, applyOptions) => session.apply(plan, applyOptions),
    download: (request) => session.download(request),
    wheels: (request) => session.wheels(request),
    build: (request) => session.build(request),
    buildAll: (request) => session.buildAll(request),
    prepareConnections: () => session.prepareConnections(),
    recover: async (destination, recoverOptions) =>
      await session.recover(placed(destination), recoverOptions),
    list: (from) => session.list(placed(from)),
    why: (environment, name) => {
      const installed = session.list(placed(environment));
      return whyInstalled(installed, targetOf(environment), normalizeName(name));
    },
    listVersions: (request) => session.listVersions(request),
    zip: (plan, zipOptions) => session.zip(plan, zipOptions),
    files: (plan, packOptions) => session.files(plan, packOptions),
    pull: async (request) => {
      const { pullFiles } = await import("./locks/lock-transfer.ts");
      return await pullFiles(
        await session.readLock(request.file, request),
        request,
        await session.transfer(request),
      );
    },
    push: async (request) => {
      const { pushFiles } = await import("./locks/lock-transfer.ts");
      return await pushFiles(
        await session.readLock(request.file, request),
        request,
        await session.transfer(request),
      );
    },
    exportFiles: (request) => exportFrom(session, request),
    importFiles: async (archive, importOptions = {}) => {
      const { importFiles } = await import("./locks/lock-transfer.ts");
      return await importFiles(archive, importOptions, await session.transfer(importOptions));
    },
    uninstall: async (request) => await session.uninstall({ ...request, from: placed(request.from) }),
    close: () => session.close(),
  };
}

async function* exportFrom(
  session: Session,
  request: LockFilesRequest,
): AsyncGenerator<Uint8Array, void, void> {
  const { exportFiles } = await import("./locks/lock-transfer.ts");
  const lock = await session.readLock(request.file, request);
  yield* exportFiles(lock, request, await session.transfer(request));
}
