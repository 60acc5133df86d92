// What a session offers, and what it hands from one step to the next. `session.ts` is the one that does it.

import type { InstalledDistribution } from "../python/environment.ts";
import type { IndexLocation } from "../registry/locations.ts";
import type { Registry } from "../registry/registry.ts";
import type { Witness } from "../registry/witness.ts";
import type { Metadata } from "../pep/metadata.ts";
import type { Pylock } from "../pep/pylock.ts";
import type { Inputs } from "../sources/requested.ts";
import type { Store } from "../store/store.ts";
import type { PlannedBuilds } from "./build-choices.ts";
import type { LockCheck } from "./check-lock.ts";
import type { Destination } from "./destination.ts";
import type { DownloadedFile } from "./download.ts";
import type { ProjectVersion } from "./list-versions.ts";
import type { TransferTools } from "./lock-transfer.ts";
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
  ResolveRequest,
  UninstallRequest,
  WheelsRequest,
} from "./requests.ts";
import type { ResolvedInputs } from "./resolve-inputs.ts";
import type { LockVerification } from "./verify-lock.ts";

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

export interface Session {
  readonly store: Store;
  /** See `Installer.read`. */
  read(request: ReadRequest): Promise<Inputs>;
  /**
   * Chooses a version for everything that is requested and for what that needs, on the target of a destination.
   *
   * @throws resolve/no-solution, requirement/…, index/…, build/…, wheel/…, net/…, tls/…
   */
  resolve(request: ResolveRequest, context: ResolveContext): Promise<Resolved>;
  /** See `Installer.plan`. */
  plan(request: PlanRequest): Promise<InstallationPlan>;
  /** See `Installer.readLock`. */
  readLock(file: string, options?: ApplyOptions): Promise<LockFile>;
  /** See `Installer.verifyLock`. */
  verifyLock(lock: Pylock, options?: ApplyOptions): Promise<LockVerification>;
  /** See `Installer.checkLock`. */
  checkLock(request: LockPlanRequest): Promise<LockCheck>;
  /** See `Installer.metadata`. */
  metadata(plan: InstallationPlan, options?: ApplyOptions): Promise<ReadonlyMap<string, Metadata>>;
  /** See `Installer.planLock`. */
  planLock(request: LockPlanRequest): Promise<ChangePlan>;
  /** See `Installer.apply`. */
  apply(plan: InstallationPlan, options?: ApplyOptions): Promise<readonly Change[]>;
  /** See `Installer.download`. */
  download(request: DownloadRequest): Promise<readonly DownloadedFile[]>;
  /** See `Installer.wheels`. */
  wheels(request: WheelsRequest): Promise<readonly DownloadedFile[]>;
  /** See `Installer.build`. */
  build(request: BuildRequest): Promise<readonly string[]>;
  /** See `Installer.listVersions`. */
  listVersions(request: ListVersionsRequest): Promise<readonly ProjectVersion[]>;
  /** See `Installer.zip`. */
  zip(plan: InstallationPlan, options?: ZipOptions): AsyncIterable<Uint8Array>;
  /** See `Installer.files`. */
  files(plan: InstallationPlan, options?: PackOptions): Promise<ReadonlyMap<string, MemoryFile>>;
  /** What moves files between the cache, the shared cache and archives. */
  transfer(options?: ApplyOptions): Promise<TransferTools>;
  /** See `Installer.recover`. */
  recover(destination: Destination, options?: ApplyOptions): Promise<void>;
  /** See `Installer.list`. */
  list(from: Destination): readonly InstalledDistribution[];
  /** See `Installer.uninstall`. */
  uninstall(request: UninstallRequest): Promise<UninstallResult>;
  close(): Promise<void>;
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
