// What a session offers, and what it hands from one step to the next. `session.ts` is the one that does it.

import type { InstalledDistribution } from "../../python/environments/environment.ts";
import type { IndexLocation } from "../../registry/indexes/locations.ts";
import type { Registry } from "../../registry/registry.ts";
import type { Witness } from "../../registry/witness.ts";
import type { Metadata } from "../../pep/metadata/metadata.ts";
import type { Pylock } from "../../pep/files/pylock.ts";
import type { Inputs } from "../../sources/requested.ts";
import type { Store } from "../../store/store.ts";
import type { PlannedBuilds } from "../builds/planned-builds.ts";
import type { LockCheck } from "../locks/check-lock.ts";
import type { Compiled, CompileRequest } from "../locks/lock-request.ts";
import type { Destination } from "../destination.ts";
import type { DownloadedFile } from "../download.ts";
import type { ProjectVersion } from "../list-versions.ts";
import type { TransferTools } from "../locks/lock-transfer.ts";
import type { MemoryFile, PackOptions, ZipOptions } from "../pack.ts";
import type { Connections } from "../network.ts";
import type { LockFile } from "../plan/from-lock.ts";
import type { Change, ChangePlan, InstallationPlan } from "../plan/value.ts";
import type {
  ApplyOptions,
  BuildAllRequest,
  BuildRequest,
  ProjectBuild,
  DownloadRequest,
  ListVersionsRequest,
  LockPlanRequest,
  PlanRequest,
  ReadRequest,
  ResolveRequest,
  UninstallRequest,
  WheelsRequest,
} from "../requests.ts";
import type { ResolvedInputs } from "../inputs/resolve-inputs.ts";
import type { LockVerification } from "../locks/verify-lock.ts";

export interface UninstallResult {
  readonly changes: readonly Change[];
  /** Names that are not installed. */
  readonly missing: readonly string[];
}

/** A resolution with the registry that can obtain its files. */
export interface Resolved extends ResolvedInputs {
  readonly registry: Registry;
  readonly indexes: readonly IndexLocation[];
  readonly refresh: "all" | readonly string[];
  readonly builds: PlannedBuilds;
}

/** What packages can be asked for and changed by: the part of a session that an installer offers as it is. */
export interface PackageOperations {
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
   * Builds several projects at the same time, into one folder. One that fails does not stop the others.
   *
   * @returns what came of each, in the order of the request
   * @throws environment/unwritable, net/cancelled
   */
  buildAll(request: BuildAllRequest): Promise<readonly ProjectBuild[]>;
  /**
   * Loads what connections need and makes the trust that the first index is asked with, while the caller waits for something else.
   * Nothing is connected. Never fails: what is wrong is reported by the work that needs a connection.
   */
  prepareConnections(): Promise<void>;
  /**
   * Finishes or takes back a change of an environment that was interrupted; {@link plan} and {@link uninstall} do so first.
   *
   * @throws environment/damaged-journal, environment/locked, environment/unwritable
   */
  recover(destination: Destination, options?: ApplyOptions): Promise<void>;
  /** What an environment or a folder holds, sorted by name; call {@link recover} before to see a whole one. */
  list(from: Destination): readonly InstalledDistribution[];
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
  /** @throws environment/no-record, environment/locked, environment/unwritable */
  uninstall(request: UninstallRequest): Promise<UninstallResult>;
  close(): Promise<void>;
}

export interface Session extends PackageOperations {
  readonly store: Store;
  /**
   * Chooses a version for everything that is requested and for what that needs, on the target of a destination.
   *
   * @throws resolve/no-solution, requirement/…, index/…, build/…, wheel/…, net/…, tls/…
   */
  resolve(request: ResolveRequest, context: ResolveContext): Promise<Resolved>;
  /**
   * How this session connects: the doctor, and what looks at a server by itself, go the way of the session's requests.
   *
   * @throws net/invalid-url, tls/client-certificate-unusable
   */
  connections(): Promise<Connections>;
  /** What moves files between the cache, the shared cache and archives. */
  transfer(options?: ApplyOptions): Promise<TransferTools>;
}

export interface ResolveContext {
  readonly destination: Destination;
  readonly installed: readonly InstalledDistribution[];
  /** The indexes to ask, instead of those of the options and of requirements files. */
  readonly indexes?: readonly IndexLocation[] | undefined;
  /** Notes what the resolution is derived from. */
  readonly witness?: Witness | undefined;
  /** What is being built, outermost first, where the resolution is for a build. */
  readonly neededBy?: readonly string[] | undefined;
}
