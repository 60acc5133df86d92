// The session: owns the store, and once the network is needed, trust, client and what was fetched. Everything may be
// called again and at the same time: two plans can be alive at once, and a build makes a plan inside another one.
// Heavy rooms (client, solver, transaction) are loaded when they are needed, so that "nothing to do" does without them.

import type { Builder } from "../build/builder.ts";
import type { ProvisionRequest } from "../build/tools.ts";
import { removeAbandonedWork } from "../build/work-folder.ts";
import { isSatisfied } from "../inspect/satisfied.ts";
import { hasUnfinishedChange } from "../install/state-folder.ts";
import { normalizeName } from "../pep/name.ts";
import type { Pylock } from "../pep/pylock.ts";
import { formatRequirement } from "../pep/requirement.ts";
import { listInstalled, type InstalledDistribution } from "../python/environment.ts";
import type { Interpreter } from "../python/interpreter.ts";
import type { FilesOptions } from "../registry/files.ts";
import type { IndexLocation } from "../registry/locations.ts";
import type { Registry } from "../registry/registry.ts";
import type { Inputs } from "../sources/requested.ts";
import { isBuildable } from "../sources/source.ts";
import type { SourceBuilder } from "../sources/source-builder.ts";
import { openStore, type Lock, type Store } from "../store/store.ts";
import { planBuilds, type PlannedBuilds } from "./build-choices.ts";
import { interpreterOf, placeOf, sitePackagesOf, targetOf, type Destination } from "./destination.ts";
import type { DownloadedFile } from "./download.ts";
import type { OnEvent } from "./events.ts";
import type { TransferTools } from "./lock-transfer.ts";
import type { Network } from "./network.ts";
import type { InstallerOptions } from "./options.ts";
import {
  changesOf,
  PLAN_FORMAT,
  removalOf,
  type Change,
  type ChangePlan,
  type InstallationPlan,
} from "./plan/value.ts";
import type { LockCheck } from "./check-lock.ts";
import type { LockFile } from "./plan/from-lock.ts";
import type { LockVerification } from "./verify-lock.ts";
import { readInputs } from "./read-inputs.ts";
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
import type { StreamedMember } from "../archive/zip-stream.ts";
import type { ProjectVersion } from "./list-versions.ts";
import type { MemoryFile, PackOptions, ZipOptions } from "./pack.ts";
import type { ApplyTools } from "./plan/apply.ts";
import type { ResolvedInputs } from "./resolve-inputs.ts";

export interface UninstallResult {
  readonly changes: readonly Change[];
  /** Names of which nothing is installed. */
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
  /** What is being built, outermost first, where the resolution is for a build. */
  readonly neededBy?: readonly string[] | undefined;
}

/** Opens a session. Nothing is read or connected before the first request. */
export function openSession(options: InstallerOptions): Session {
  return new OpenSession(options);
}

class OpenSession implements Session {
  readonly store: Store;
  readonly #options: InstallerOptions;
  readonly #onEvent: OnEvent;
  readonly #builders = new Map<string, Builder>();
  #network: Promise<Network> | undefined;
  /** Held from the first use of the cache to the end, so that it is not cleared meanwhile. */
  #cacheUse: Promise<Lock> | undefined;

  constructor(options: InstallerOptions) {
    this.#options = options;
    this.#onEvent = options.onEvent ?? (() => undefined);
    this.store = openStore(options.cacheDirectory, { workerPath: options.unpackWorker });
  }

  async read(request: ReadRequest): Promise<Inputs> {
    const { directory, env = {} } = this.#options;
    const { signal } = request;
    const inputs = await readInputs(request, {
      directory,
      env,
      readInput: request.readInput ?? (() => Promise.resolve("")),
      fetch: async (url) => {
        const { client, admit } = await this.#openNetwork();
        admit(url);
        return await (await client.request(url, signal === undefined ? {} : { signal })).text();
      },
    });
    for (const message of inputs.warnings) this.#onEvent({ kind: "warning", message });
    if (inputs.requiresHashes) {
      const { requireHashes } = await import("./hashes.ts");
      requireHashes(inputs);
    }
    return inputs;
  }

  async plan(request: PlanRequest): Promise<InstallationPlan> {
    const inputs = request.inputs ?? (await this.read(request));
    await this.#recover(request.into, request);
    const installed = this.list(request.into);
    if (
      mayBeSatisfied(request) &&
      isSatisfied(inputs, installed, {
        target: targetOf(request.into),
        followsDependencies: request.noDependencies === true ? "no" : "yes",
      })
    ) {
      const { requirements, warnings } = inputs;
      return { kind: "satisfied", format: PLAN_FORMAT, requirements: requirements.length, warnings };
    }
    const { makePlan } = await import("./plan/make.ts");
    const resolved = await this.resolve({ ...request, inputs }, { destination: request.into, installed });
    return makePlan(resolved, request, { ...resolved, installed });
  }

  async readLock(file: string, { signal }: ApplyOptions = {}): Promise<LockFile> {
    const { readLockFile } = await import("./read-lock.ts");
    return await readLockFile(file, {
      directory: this.#options.directory,
      fetch: async (url) => {
        const { client } = await this.#openNetwork();
        return await client.request(url, signal === undefined ? {} : { signal });
      },
    });
  }

  async verifyLock(lock: Pylock, { signal }: ApplyOptions = {}): Promise<LockVerification> {
    const { verifyLock } = await import("./verify-lock.ts");
    const { client } = await this.#openNetwork();
    return await verifyLock(lock, { client, indexes: await this.#ownIndexes(), signal });
  }

  async checkLock(request: LockPlanRequest): Promise<LockCheck> {
    const { into, signal } = request;
    await this.#announceCacheUse(signal);
    const plan = await this.#planLock(request, []);
    const { checkLocked } = await import("./check-lock.ts");
    const { createFiles } = await import("../registry/files.ts");
    const { reads, admit } = await this.#openNetwork();
    for (const { source } of plan.install) if (source.kind !== "index") admit(source.url);
    const indexes = await this.#ownIndexes();
    const files = createFiles(await this.#filesOptions({ indexes, refresh: [] }));
    return await checkLocked(plan, {
      target: targetOf(into),
      metadata: reads.metadata,
      builder: await this.#builderForLock(request),
      obtain: (source) => files.obtain(source, { signal }),
      signal,
    });
  }

  async planLock(request: LockPlanRequest): Promise<ChangePlan> {
    await this.#recover(request.into, request);
    return await this.#planLock(request, this.list(request.into));
  }

  async #planLock(
    request: LockPlanRequest,
    installed: readonly InstalledDistribution[],
  ): Promise<ChangePlan> {
    const { noBinary, onlyBinary, signal } = request;
    const found = await this.readLock(request.file, { signal });
    const { planFromLock } = await import("./plan/from-lock.ts");
    const requestUrls = new Map<string, string>();
    const plan = await planFromLock(found, request, {
      installed,
      builds: planBuilds(request, { noBinary, onlyBinary }),
      onCredentials: (url, requestUrl) => void requestUrls.set(url, requestUrl),
      versionOf: async (source) => {
        const builder = await this.#builderForLock(request);
        const requestUrl = requestUrls.get(source.url);
        return (await builder.metadata(source, { requestUrl, signal })).metadata.version;
      },
    });
    if (requestUrls.size > 0) {
      const network = await this.#openNetwork();
      for (const [url, requestUrl] of requestUrls) network.requestUrls.set(url, requestUrl);
    }
    // What a build requires is not in the lock file.
    return plan.builds === undefined ? plan : { ...plan, indexes: await this.#ownIndexes() };
  }

  async #builderForLock(request: LockPlanRequest): Promise<SourceBuilder> {
    const { into, noBinary, onlyBinary } = request;
    const { refusingBuilder } = await import("../sources/source-builder.ts");
    const builds = planBuilds(request, { noBinary, onlyBinary });
    const scope = { destination: into, indexes: await this.#ownIndexes(), builds };
    return (await this.#builderFor(scope)) ?? refusingBuilder;
  }

  async resolve(request: ResolveRequest, context: ResolveContext): Promise<Resolved> {
    const inputs = request.inputs ?? (await this.read(request));
    await this.#announceCacheUse(request.signal);
    const { keptVersions, refreshOf, registryPolicy, withFileOptions } = await import("./plan-policy.ts");
    const { createRegistry } = await import("../registry/registry.ts");
    const { resolveInputs } = await import("./resolve-inputs.ts");
    const { installed } = context;
    const network = await this.#openNetwork();
    for (const { source } of [...inputs.requirements, ...inputs.constraints, ...inputs.overrides]) {
      if (source !== undefined) network.admit(source.url);
    }
    const refresh = refreshOf(request, this.#options);
    const indexes =
      context.indexes ?? network.locate(withFileOptions(this.#options.indexes ?? {}, inputs.options));
    const target = targetOf(context.destination);
    const given = registryPolicy(request, { options: this.#options, inputs });
    const builds = planBuilds(request, given);
    const { destination, neededBy } = context;
    const builder = await this.#builderFor({ destination, indexes, builds, neededBy });
    const registry = createRegistry({
      ...(await this.#filesOptions({ indexes, refresh, builder })),
      target: request.universal === undefined ? target : { requiresPython: request.universal.requiresPython },
      policy: { ...given, sourceDistributions: builder === undefined ? given.sourceDistributions : "take" },
      isOffline: this.#options.network?.isOffline,
      directory: this.#options.directory,
      onWarning: (message) => this.#onEvent({ kind: "warning", message }),
      installed: (name, version) =>
        installed.find((entry) => entry.name === name && entry.version.order === version.order)?.metadata(),
      signal: request.signal,
    });
    const kept = keptVersions(request, installed);
    const onEvent = neededBy === undefined ? this.#onEvent : onlyNotices(this.#onEvent);
    const resolved = await resolveInputs(inputs, request, { registry, target, kept, onEvent });
    return { ...resolved, registry, indexes, refresh, builds };
  }

  async apply(plan: InstallationPlan, { signal }: ApplyOptions = {}): Promise<readonly Change[]> {
    if (plan.kind === "satisfied") return [];
    await this.#announceCacheUse(signal);
    await this.#apply(plan, { signal });
    return changesOf(plan);
  }

  async listVersions({
    name,
    target,
    signal,
    ...policy
  }: ListVersionsRequest): Promise<readonly ProjectVersion[]> {
    await this.#announceCacheUse(signal);
    const { createRegistry } = await import("../registry/registry.ts");
    const { EVERY_PYTHON, listVersionsOf } = await import("./list-versions.ts");
    const indexes = await this.#ownIndexes();
    const { refresh = [], network } = this.#options;
    const registry = createRegistry({
      ...(await this.#filesOptions({ indexes, refresh })),
      target: target ?? { requiresPython: EVERY_PYTHON },
      policy: { ...policy, strategy: this.#options.indexStrategy, sourceDistributions: "take" },
      isOffline: network?.isOffline,
      directory: this.#options.directory,
      signal,
    });
    return await listVersionsOf(name, registry);
  }

  async transfer({ signal }: ApplyOptions = {}): Promise<TransferTools> {
    await this.#announceCacheUse(signal);
    const { createFiles } = await import("../registry/files.ts");
    const { refresh = [], network } = this.#options;
    return {
      store: this.store,
      network: await this.#openNetwork(),
      files: createFiles(await this.#filesOptions({ indexes: await this.#ownIndexes(), refresh })),
      onEvent: this.#onEvent,
      isOffline: network?.isOffline === true,
    };
  }

  async *zip(plan: InstallationPlan, options: ZipOptions = {}): AsyncGenerator<Uint8Array, void, void> {
    const { zipPlan } = await import("./pack.ts");
    yield* zipPlan(() => this.#members(plan, options), options, this.#onEvent);
  }

  async files(plan: InstallationPlan, options: PackOptions = {}): Promise<ReadonlyMap<string, MemoryFile>> {
    const { readMembers } = await import("./pack.ts");
    return await readMembers(await this.#members(plan, options));
  }

  async #members(plan: InstallationPlan, options: PackOptions): Promise<readonly StreamedMember[]> {
    await this.#announceCacheUse(options.signal);
    const { forEmptyFolder, packMembers } = await import("./pack.ts");
    const changes = forEmptyFolder(plan);
    return await packMembers(changes, options, await this.#applyTools(changes, options));
  }

  async #apply(
    plan: ChangePlan,
    context: { readonly signal?: AbortSignal | undefined; readonly neededBy?: readonly string[] | undefined },
  ): Promise<void> {
    const { applyPlan } = await import("./plan/apply.ts");
    await applyPlan(plan, await this.#applyTools(plan, context));
  }

  async #applyTools(
    plan: ChangePlan,
    {
      signal,
      neededBy,
    }: { readonly signal?: AbortSignal | undefined; readonly neededBy?: readonly string[] | undefined },
  ): Promise<ApplyTools> {
    const { createFiles } = await import("../registry/files.ts");
    const { admit } = await this.#openNetwork();
    for (const { source } of plan.install) if (source.kind !== "index") admit(source.url);
    const builder =
      plan.builds === undefined
        ? undefined
        : await this.#builderFor({ ...plan, builds: plan.builds, neededBy });
    return {
      files: createFiles(await this.#filesOptions({ ...plan, builder })),
      store: this.store,
      onEvent: neededBy === undefined ? this.#onEvent : onlyNotices(this.#onEvent),
      signal,
      linkWorker: this.#options.linkWorker,
    };
  }

  async download(request: DownloadRequest): Promise<readonly DownloadedFile[]> {
    const { folder, target, signal } = request;
    const destination: Destination = { kind: "directory", path: folder, target };
    const { toPlanned } = await import("./plan/make.ts");
    const { downloadAll } = await import("./download.ts");
    const { inputs, resolution, distributions, registry } = await this.resolve(
      { ...request, sourceDistributions: "take" },
      { destination, installed: [] },
    );
    for (const message of [...inputs.warnings, ...resolution.warnings])
      this.#onEvent({ kind: "warning", message });
    const concurrency = this.#options.network?.concurrentDownloads;
    return await downloadAll(distributions.map(toPlanned), { folder, files: registry, concurrency, signal });
  }

  async wheels({ folder, python, ...request }: WheelsRequest): Promise<readonly DownloadedFile[]> {
    const { signal } = request;
    const destination: Destination = { kind: "environment", interpreter: python };
    const { toPlanned } = await import("./plan/make.ts");
    const { downloadAll } = await import("./download.ts");
    const { buildPlanned } = await import("./build-files.ts");
    const resolved = await this.resolve(request, { destination, installed: [] });
    const { inputs, resolution, distributions, registry, indexes, builds } = resolved;
    for (const message of [...inputs.warnings, ...resolution.warnings])
      this.#onEvent({ kind: "warning", message });
    const planned = distributions.map(toPlanned);
    const concurrency = this.#options.network?.concurrentDownloads;
    const ready = planned.filter(({ source }) => !isBuildable(source));
    const files = await downloadAll(ready, { folder, files: registry, concurrency, signal });
    const builder = await this.#openBuilder({ destination, indexes, builds }, python);
    const built = await buildPlanned(
      planned.filter(({ source }) => isBuildable(source)),
      { builder, folder, signal },
    );
    return [...files, ...built].toSorted((one, other) => (one.name < other.name ? -1 : 1));
  }

  async build({ directory, folder, formats, python, ...request }: BuildRequest): Promise<readonly string[]> {
    const { signal } = request;
    await this.#announceCacheUse(signal);
    const { buildProject } = await import("./build-files.ts");
    const destination: Destination = { kind: "environment", interpreter: python };
    const network = await this.#openNetwork();
    const indexes = network.locate(this.#options.indexes ?? {});
    const builder = await this.#openBuilder(
      { destination, indexes, builds: planBuilds(request, {}) },
      python,
    );
    return await buildProject(directory, formats ?? "both", { builder, folder, signal });
  }

  async recover(destination: Destination, { signal }: ApplyOptions = {}): Promise<void> {
    await this.#recover(destination, { signal });
  }

  list(from: Destination): readonly InstalledDistribution[] {
    return listInstalled(sitePackagesOf(from));
  }

  async uninstall({ names, from, isDryRun, signal }: UninstallRequest): Promise<UninstallResult> {
    await this.#recover(from, { signal, isDryRun });
    const installed = this.list(from);
    const wanted = new Set(names.map(normalizeName));
    const remove = installed.filter(({ name }) => wanted.has(name));
    const missing = [...wanted].filter((name) => !remove.some((distribution) => distribution.name === name));
    for (const name of missing)
      this.#onEvent({ kind: "warning", message: `Skipping ${name} as it is not installed` });
    const changes = changesOf({ install: [], remove: remove.map(removalOf) });
    if (remove.length > 0 && isDryRun !== true) {
      const { changeEnvironment } = await import("./change-environment.ts");
      await changeEnvironment(
        { install: [], remove, into: from, linkMode: "hardlink" },
        { onEvent: this.#onEvent, signal },
      );
    }
    return { changes, missing };
  }

  async close(): Promise<void> {
    const [network, cacheUse] = [this.#network, this.#cacheUse];
    this.#network = undefined;
    this.#cacheUse = undefined;
    for (const builder of this.#builders.values()) builder.close();
    this.#builders.clear();
    await (await network)?.close();
    await this.store.rest();
    (await cacheUse)?.release();
  }

  /** The builder for a destination, shared by all plans that build alike; undefined where no Python builds for it. */
  async #builderFor(scope: BuildScope): Promise<SourceBuilder | undefined> {
    const python = interpreterOf(scope.destination);
    if (python === undefined) return undefined;
    const builder = await this.#openBuilder(scope, python);
    return scope.neededBy === undefined ? builder : builder.neededBy(scope.neededBy);
  }

  async #openBuilder({ destination, indexes, builds }: BuildScope, python: Interpreter): Promise<Builder> {
    const target = targetOf(destination);
    const key = JSON.stringify([
      python.executable,
      target.platform,
      target.pythonVersion.text,
      indexes,
      builds,
    ]);
    const network = await this.#openNetwork();
    const { openBuilder } = await import("./builder.ts");
    let builder = this.#builders.get(key);
    if (builder === undefined) {
      builder = openBuilder({
        options: this.#options,
        store: this.store,
        network,
        python,
        target,
        builds,
        provision: (request) => this.#provisionForBuild(request, { indexes, builds }),
        onEvent: this.#onEvent,
      });
      this.#builders.set(key, builder);
    }
    return builder;
  }

  /** A plan and its application inside of another one. */
  async #provisionForBuild(
    { requirements, requiredBy, python, neededBy, signal }: ProvisionRequest,
    { indexes, builds }: Pick<BuildScope, "indexes" | "builds">,
  ): Promise<Interpreter> {
    const { requestForBuilds } = await import("./build-choices.ts");
    const { makePlan } = await import("./plan/make.ts");
    const { openBuildEnvironment } = await import("./build-environments.ts");
    const into: Destination = { kind: "environment", interpreter: python };
    const { isOnNetwork } = await import("../sources/reach.ts");
    const { redactUrl } = await import("../net/url.ts");
    const origin = isOnNetwork(requiredBy) ? { fromNetwork: redactUrl(requiredBy.url) } : {};
    const wanted = requirements.map(
      (entry) => ({ kind: "text", text: formatRequirement(entry), ...origin }) as const,
    );
    const { requiresHashes, ...rules } = requestForBuilds(builds);
    const asked = { ...rules, requirements: wanted, into, signal };
    // What a backend requires is not pinned itself: constraints pin it, and have the hashes.
    const inputs = { ...(await this.read(asked)), requiresHashes: requiresHashes === true };
    const request = { ...asked, inputs };
    const resolved = await this.resolve(request, { destination: into, installed: [], indexes, neededBy });
    const plan = makePlan(resolved, request, { ...resolved, installed: [] });
    const network = await this.#openNetwork();
    return await openBuildEnvironment(plan, python, {
      cacheDirectory: this.store.directory,
      apply: (whole) => this.#apply(whole, { signal, neededBy }),
      protection: () => network.client.weakest,
      signal,
    });
  }

  async #filesOptions({
    indexes,
    refresh,
    builder,
  }: Pick<Resolved, "indexes" | "refresh"> & {
    readonly builder?: SourceBuilder | undefined;
  }): Promise<FilesOptions> {
    const { fromFetchEvent, refreshPolicy } = await import("./network.ts");
    const { client, reads, requestUrls, admit } = await this.#openNetwork();
    for (const { url } of indexes) admit(url);
    return {
      client,
      store: this.store,
      reads,
      locations: indexes,
      refresh: refreshPolicy(refresh),
      builder,
      requestUrls,
      onEvent: (event) => this.#onEvent(fromFetchEvent(event)),
    };
  }

  /** The indexes of the options, which builds for a lock file ask. */
  async #ownIndexes(): Promise<readonly IndexLocation[]> {
    return (await this.#openNetwork()).locate(this.#options.indexes ?? {});
  }

  #openNetwork(): Promise<Network> {
    this.#network ??= import("./network.ts").then(({ openNetwork }) =>
      openNetwork(this.#options, this.store),
    );
    return this.#network;
  }

  async #announceCacheUse(signal: AbortSignal | undefined): Promise<void> {
    this.#cacheUse ??= this.store.use({
      ...(signal === undefined ? {} : { signal }),
      onWait: () =>
        this.#onEvent({ kind: "waiting", message: "Waiting for the cache: another command is clearing it" }),
    });
    try {
      await this.#cacheUse;
    } catch (error) {
      this.#cacheUse = undefined;
      throw error;
    }
  }

  /** A change that was interrupted is finished or taken back before anything else looks at the environment. */
  async #recover(
    destination: Destination,
    { signal, isDryRun }: Pick<PlanRequest, "signal" | "isDryRun">,
  ): Promise<void> {
    if (isDryRun !== true) removeAbandonedWork(this.store.directory);
    if (!hasUnfinishedChange(placeOf(destination))) return;
    if (isDryRun === true) return this.#onEvent({ kind: "warning", message: INTERRUPTED });
    const { lockDestination } = await import("./change-environment.ts");
    (await lockDestination(destination, { onEvent: this.#onEvent, signal })).release();
  }
}

/** What a builder depends on. */
interface BuildScope {
  readonly destination: Destination;
  readonly indexes: readonly IndexLocation[];
  readonly builds: PlannedBuilds;
  readonly neededBy?: readonly string[] | undefined;
}

/** A build's own plans say nothing but what a person must hear of. */
function onlyNotices(onEvent: OnEvent): OnEvent {
  return (event) => {
    if (NOTICES.has(event.kind)) onEvent(event);
  };
}

/** A request for something newer, or for a new installation, cannot be answered from the environment by itself. */
function mayBeSatisfied({ upgrade, reinstall, isExact, onlyDependencies }: PlanRequest): boolean {
  const asksForNewer = upgrade === "all" || (upgrade?.length ?? 0) > 0;
  const asksAgain = reinstall === "all" || (reinstall?.length ?? 0) > 0;
  return !asksForNewer && !asksAgain && isExact !== true && onlyDependencies !== true;
}

const NOTICES: ReadonlySet<string> = new Set(["warning", "detail", "waiting", "program-output"]);

const INTERRUPTED = "An interrupted change of the environment was found and left as it is";
