// The library's installer: the session as embedding programs see it.

import type { LockCheck } from "./check-lock.ts";
import type { Pylock } from "../pep/pylock.ts";
import { whyInstalled, type Why } from "../inspect/why.ts";
import type { Metadata } from "../pep/metadata.ts";
import { normalizeName } from "../pep/name.ts";
import type { InstalledDistribution } from "../python/environment.ts";
import type { Inputs } from "../sources/requested.ts";
import { targetOf, type Destination } from "./destination.ts";
import type { DownloadedFile } from "./download.ts";
import type { InstallerOptions } from "./options.ts";
import type { Compiled, CompileRequest } from "./compile.ts";
import type { ProjectVersion } from "./list-versions.ts";
import type { LockFilesRequest } from "./lock-files.ts";
import type { ImportedFiles, PulledFiles, PushedFiles } from "./lock-transfer.ts";
import type { MemoryFile, PackOptions, ZipOptions } from "./pack.ts";
import type { LockFile } from "./plan/from-lock.ts";
import type { Change, ChangePlan, InstallationPlan } from "./plan/value.ts";
import type {
  ApplyOptions,
  BuildRequest,
  DownloadRequest,
  ListVersionsRequest,
  LockPlanRequest,
  PlanRequest,
  ReadRequest,
  UninstallRequest,
  WheelsRequest,
} from "./requests.ts";
import type { LockVerification } from "./verify-lock.ts";
import { openSession } from "./session.ts";
import type { Session, UninstallResult } from "./session-interface.ts";

export interface Installer {
  /**
   * Reads what is requested, requirements files included, so that a mistake in it is reported before anything else is
   * looked at.
   *
   * @throws requirement/…, wheel/invalid-filename, net/…, tls/…
   */
  read(request: ReadRequest): Promise<Inputs>;
  /**
   * Finds out what has to change so that an environment holds what is requested. The plan is a plain JSON value.
   *
   * @throws resolve/no-solution, requirement/…, index/…, build/…, tls/…, net/…, wheel/…, environment/…
   */
  plan(request: PlanRequest): Promise<InstallationPlan>;
  /**
   * Chooses a version for everything that is requested and for what that needs, as a lock: a plain JSON value. With
   * `universal`, for all platforms and a range of Pythons. Nothing is installed.
   *
   * @throws resolve/no-solution, requirement/…, index/…, build/…, wheel/…, net/…, tls/…
   */
  lock(request: CompileRequest): Promise<Compiled>;
  /**
   * Reads a `pylock.toml` from a path or a URL.
   *
   * @throws requirement/file-not-found, lock/invalid, lock/unsupported-version, lock/too-large, net/…, tls/…
   */
  readLock(file: string, options?: ApplyOptions): Promise<LockFile>;
  /**
   * Asks every index of a lock file whether its files are still there, not yanked, and have the same hashes.
   *
   * @throws index/…, net/…, tls/… where an index cannot answer
   */
  verifyLock(lock: Pylock, options?: ApplyOptions): Promise<LockVerification>;
  /**
   * Checks whether what a lock file selects for a target fits together: every requirement met, every Python and platform
   * right. The metadata is read from the files that the lock names, and nothing is installed.
   *
   * @throws lock/…, index/invalid-metadata, build/…, net/…, tls/…
   */
  checkLock(request: LockPlanRequest): Promise<LockCheck>;
  /**
   * The metadata of everything that a plan installs, by normalised name, without installing it: from the index where it
   * has a metadata file (PEP 658), otherwise from the archive or a build.
   *
   * @throws index/invalid-metadata, build/…, net/…, tls/…
   */
  metadata(plan: InstallationPlan, options?: ApplyOptions): Promise<ReadonlyMap<string, Metadata>>;
  /**
   * Finds out what has to change so that an environment holds what a lock file selects for it. Nothing is resolved and no
   * index is asked.
   *
   * @throws lock/…, and as {@link readLock}
   */
  planLock(request: LockPlanRequest): Promise<ChangePlan>;
  /**
   * Makes an environment hold exactly what a lock file selects for it: the old state or the new one, nothing between.
   *
   * @throws as {@link planLock} and {@link apply}
   */
  sync(request: LockPlanRequest): Promise<readonly Change[]>;
  /**
   * Downloads what a plan needs and changes the environment, as a whole or not at all. The plan may come from another
   * installer, or from JSON by way of `parsePlan`.
   *
   * @throws environment/changed where the environment is not the one that the plan was made for; wheel/hash-mismatch,
   * wheel/invalid, build/…, environment/…, cache/…, net/…, tls/…
   */
  apply(plan: InstallationPlan, options?: ApplyOptions): Promise<readonly Change[]>;
  /**
   * Brings the files of what is requested, and of what that needs, into a folder; nothing is installed.
   *
   * @throws as {@link plan} and {@link apply}
   */
  download(request: DownloadRequest): Promise<readonly DownloadedFile[]>;
  /**
   * Brings the wheels of what is requested, and of what that needs, into a folder; what has no wheel is built.
   *
   * @throws as {@link plan} and {@link apply}
   */
  wheels(request: WheelsRequest): Promise<readonly DownloadedFile[]>;
  /**
   * Builds the source distribution and the wheel of a project's folder.
   *
   * @returns the paths of the files
   * @throws build/…, environment/unwritable, and as {@link plan} for what the build requires
   */
  build(request: BuildRequest): Promise<readonly string[]>;
  /**
   * Finishes or takes back a change of an environment that was interrupted; {@link plan} and {@link uninstall} do so first.
   *
   * @throws environment/damaged-journal, environment/locked, environment/unwritable
   */
  recover(destination: Destination, options?: ApplyOptions): Promise<void>;
  /** What an environment or a folder holds, sorted by name; call {@link recover} before to see a whole one. */
  list(from: Destination): readonly InstalledDistribution[];
  /**
   * The requirement chains that need an installed project, from what was requested or what nothing else needs.
   *
   * @throws index/invalid-metadata
   */
  why(environment: Destination, name: string): Why;
  /**
   * The versions of a project that the indexes list, newest first, with their files: nothing is chosen or downloaded.
   *
   * @throws index/…, net/…, tls/…, requirement/invalid-name
   */
  listVersions(request: ListVersionsRequest): Promise<readonly ProjectVersion[]>;
  /**
   * What a plan for a `directory` that does not exist would install, as the pieces of a ZIP archive: sorted, dated
   * 1980-01-01, with modes 644 and 755, so that the same plan gives the same bytes. Nothing is written but to the cache.
   *
   * @throws plan/invalid where the plan is for another kind of destination, or keeps or removes something;
   * archive/too-large above 4 GiB, usage/invalid-argument for a path of the options; otherwise as {@link apply}
   * @example
   * await pipeline(installer.zip(plan, { prefix: "python" }), createWriteStream("layer.zip"));
   */
  zip(plan: InstallationPlan, options?: ZipOptions): AsyncIterable<Uint8Array>;
  /**
   * The same files in memory, by their paths, sorted.
   *
   * @throws as {@link zip}
   */
  files(plan: InstallationPlan, options?: PackOptions): Promise<ReadonlyMap<string, MemoryFile>>;
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
  /** @throws environment/no-record, environment/locked, environment/unwritable */
  uninstall(request: UninstallRequest): Promise<UninstallResult>;
  close(): Promise<void>;
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
  return {
    read: (request) => session.read(request),
    plan: (request) => session.plan(request),
    lock: async (request) => {
      const { compile } = await import("./compile.ts");
      return await compile(session, request);
    },
    readLock: (file, readOptions) => session.readLock(file, readOptions),
    verifyLock: (lock, verifyOptions) => session.verifyLock(lock, verifyOptions),
    checkLock: (request) => session.checkLock(request),
    planLock: (request) => session.planLock(request),
    sync: async (request) =>
      await session.apply(await session.planLock({ isExact: true, ...request }), { signal: request.signal }),
    metadata: (plan, metadataOptions) => session.metadata(plan, metadataOptions),
    apply: (plan, applyOptions) => session.apply(plan, applyOptions),
    download: (request) => session.download(request),
    wheels: (request) => session.wheels(request),
    build: (request) => session.build(request),
    recover: (destination, recoverOptions) => session.recover(destination, recoverOptions),
    list: (from) => session.list(from),
    why: (environment, name) => {
      const installed = session.list(environment);
      return whyInstalled(installed, targetOf(environment), normalizeName(name));
    },
    listVersions: (request) => session.listVersions(request),
    zip: (plan, zipOptions) => session.zip(plan, zipOptions),
    files: (plan, packOptions) => session.files(plan, packOptions),
    pull: async (request) => {
      const { pullFiles } = await import("./lock-transfer.ts");
      return await pullFiles(
        await session.readLock(request.file, request),
        request,
        await session.transfer(request),
      );
    },
    push: async (request) => {
      const { pushFiles } = await import("./lock-transfer.ts");
      return await pushFiles(
        await session.readLock(request.file, request),
        request,
        await session.transfer(request),
      );
    },
    exportFiles: (request) => exportFrom(session, request),
    importFiles: async (archive, importOptions = {}) => {
      const { importFiles } = await import("./lock-transfer.ts");
      return await importFiles(archive, importOptions, await session.transfer(importOptions));
    },
    uninstall: (request) => session.uninstall(request),
    close: () => session.close(),
  };
}

async function* exportFrom(
  session: Session,
  request: LockFilesRequest,
): AsyncGenerator<Uint8Array, void, void> {
  const { exportFiles } = await import("./lock-transfer.ts");
  const lock = await session.readLock(request.file, request);
  yield* exportFiles(lock, request, await session.transfer(request));
}
