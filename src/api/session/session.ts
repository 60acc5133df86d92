// The session: reads, resolves, plans, applies. Everything may be called again and at the same time: two plans can be
// alive at once, and a build makes a plan inside another one. Heavy rooms (client, solver, transaction) are loaded when
// they are needed, so that "nothing to do" does without them.

import { attempt } from "../../base/work/attempt.ts";
import { isSatisfied } from "../../inspect/satisfied.ts";
import type { Metadata } from "../../pep/metadata/metadata.ts";
import type { Target } from "../../pep/tags/tags.ts";
import type { Pylock } from "../../pep/files/pylock.ts";
import type { InstalledDistribution } from "../../python/environments/environment.ts";
import type { Inputs } from "../../sources/requested.ts";
import type { SourceBuilder } from "../../sources/source-builder.ts";
import type { Store } from "../../store/store.ts";
import { planBuilds } from "../builds/planned-builds.ts";
import { targetOf, type Destination } from "../destination.ts";
import type { Compiled, CompileRequest } from "../locks/lock-request.ts";
import type { DownloadedFile } from "../download.ts";
import { onlyNotices, type OnEvent } from "../events.ts";
import type { TransferTools } from "../locks/lock-transfer.ts";
import type { Connections } from "../network.ts";
import type { InstallerOptions } from "../options.ts";
import {
  changesOf,
  PLAN_FORMAT,
  type Change,
  type ChangePlan,
  type InstallationPlan,
} from "../plan/value.ts";
import type { LockCheck } from "../locks/check-lock.ts";
import type { LockFile } from "../plan/from-lock.ts";
import type { LockVerification } from "../locks/verify-lock.ts";
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
import type { StreamedMember } from "../../archive/zip-stream.ts";
import type { ProjectVersion } from "../list-versions.ts";
import type { MemoryFile, PackOptions, ZipOptions } from "../pack.ts";
import type { PlanContext, Solution } from "../plan/make.ts";
import type { RememberedSolution } from "../remembered/remembered-resolution.ts";
import { SessionBuilders } from "./builders.ts";
import { SessionChanges } from "./changes.ts";
import type { ResolveContext, Resolved, Session, UninstallResult } from "./interface.ts";
import { SessionFiles } from "./files.ts";
import { SessionInputs } from "./inputs.ts";
import { SessionLocks } from "./locks.ts";
import { SessionResources } from "./resources.ts";

/** Opens a session. Nothing is read or connected before the first request. */
export function openSession(options: InstallerOptions): Session {
  return new OpenSession(options);
}

class OpenSession implements Session {
  readonly store: Store;
  readonly #resources: SessionResources;
  readonly #inputs: SessionInputs;
  readonly #builders: SessionBuilders;
  readonly #changes: SessionChanges;
  readonly #locks: SessionLocks;
  readonly #files: SessionFiles;
  readonly #onEvent: OnEvent;
  /** Plans that rest on metadata which nothing compares with the wheels, and what was requested. */
  readonly #previews = new WeakMap<InstallationPlan, PlanRequest>();

  constructor(options: InstallerOptions) {
    this.#resources = new SessionResources(options);
    this.#inputs = new SessionInputs(this.#resources);
    this.#builders = new SessionBuilders(this.#resources, {
      read: (request) => this.read(request),
      refuseOtherState: (builds, signal) => this.#inputs.refuseOtherState(builds, signal),
      resolve: (request, context) => this.resolve(request, context),
      prepare: (plan, context) => this.#changes.prepare(plan, context),
      apply: (plan, context, wheels) => this.#changes.apply(plan, context, wheels),
    });
    this.#changes = new SessionChanges(this.#resources, this.#builders);
    this.#locks = new SessionLocks(this.#resources, this.#builders);
    this.#files = new SessionFiles(this.#resources, this.#builders, (request, context) =>
      this.resolve(request, context),
    );
    this.#onEvent = this.#resources.onEvent;
    this.store = this.#resources.store;
  }

  read(request: ReadRequest): Promise<Inputs> {
    return this.#inputs.read(request);
  }

  async plan(request: PlanRequest): Promise<InstallationPlan> {
    const inputs = await this.#inputs.of(request);
    await this.#changes.recover(request.into, request);
    const installed = this.list(request.into);
    if (
      inputs.unread === undefined &&
      mayBeSatisfied(request) &&
      isSatisfied(inputs, installed, {
        target: targetOf(request.into),
        followsDependencies: request.noDependencies === true ? "no" : "yes",
      })
    ) {
      const { requirements, warnings } = inputs;
      return { kind: "satisfied", format: PLAN_FORMAT, requirements: requirements.length, warnings };
    }
    return await this.#planOf(await this.#inputs.withState({ ...request, inputs }), { inputs, installed });
  }

  async #warnOfUnbounded(
    inputs: Inputs,
    { resolution, universal }: Pick<PlanRequest, "resolution" | "universal">,
    target: Target,
  ): Promise<void> {
    if (resolution === undefined || resolution === "highest") return;
    const { unboundedRequirements } = await import("../inputs/unbounded-requirements.ts");
    const environment = universal === undefined ? target.markers : undefined;
    for (const message of unboundedRequirements(inputs, environment))
      this.#onEvent({ kind: "warning", message });
  }

  /** From the remembered resolution, or from one that is made now and remembered. */
  async #planOf(
    request: PlanRequest,
    { inputs, installed }: { readonly inputs: Inputs; readonly installed: readonly InstalledDistribution[] },
  ): Promise<ChangePlan> {
    await this.#warnOfUnbounded(inputs, request, targetOf(request.into));
    const { makePlan } = await import("../plan/make.ts");
    const { keptVersions, namedFormats } = await import("../plan-policy.ts");
    const { recallOr } = await import("../remembered/recall-or.ts");
    const memory = await import("../remembered/remembered-resolution.ts");
    const isShown = request.isDryRun === true;
    let isPreview = false;
    const { builds, indexes, refresh, stated, ...solution } = await recallOr<
      Solution & RememberedSolution & Omit<PlanContext, "installed">
    >(this.#resources, {
      inputs,
      target: targetOf(request.into),
      kept: keptVersions(request, installed),
      key: (context) => memory.resolutionKey(request, context),
      recall: (key, asked) => {
        let recalled = memory.recallResolution(key, this.store);
        if (recalled === undefined && isShown) {
          recalled = memory.recallPreview(key, this.store);
          isPreview = recalled !== undefined;
        }
        if (recalled === undefined) return undefined;
        const { value, period } = recalled;
        const rules = { ...request, ...namedFormats(request, inputs) };
        const more = { inputs, indexes: asked.indexes, refresh: [], builds: planBuilds(rules) };
        return { period, value: { ...value, ...more } };
      },
      remember: isShown ? memory.rememberPreview : memory.rememberResolution,
      make: async (witness) => {
        const made = await this.resolve(request, { destination: request.into, installed, witness });
        return { ...made, stated: await this.#statedOf(made) };
      },
      count: ({ distributions }) => distributions.length,
    });
    const plan = withMetadata(makePlan(solution, request, { installed, indexes, refresh, builds }), stated);
    if (isPreview) this.#previews.set(plan, request);
    return plan;
  }

  /** What was read of wheels before they were there, by their URLs. */
  async #statedOf({ distributions }: Pick<Solution, "distributions">): Promise<Record<string, string>> {
    const network = await this.#resources.openedNetwork;
    const stated = distributions.flatMap((distribution) => {
      // A version that stays although no index has it has no file.
      const source = attempt(() => distribution.source());
      const text = source?.kind === "index" ? network?.reads.metadata.statedOf(source) : undefined;
      return source === undefined || text === undefined ? [] : [[source.url, text] as const];
    });
    return Object.fromEntries(stated);
  }

  /** A plan that was made to be shown is resolved again before it is carried out. @throws environment/changed */
  async #requireResolved(plan: InstallationPlan): Promise<void> {
    const request = this.#previews.get(plan);
    if (request === undefined) return;
    const { requireSamePlan } = await import("../plan/same.ts");
    requireSamePlan(plan, await this.plan({ ...request, isDryRun: false }));
    this.#previews.delete(plan);
  }

  async lock(given: CompileRequest): Promise<Compiled> {
    const inputs = await this.#inputs.of(given);
    const request = await this.#inputs.withState(given);
    await this.#warnOfUnbounded(inputs, request, request.target);
    const { recallOr } = await import("../remembered/recall-or.ts");
    const { lockKey, recallLock, rememberLock } = await import("../remembered/remembered-resolution.ts");
    return await recallOr<Compiled>(this.#resources, {
      inputs,
      target: request.target,
      kept: new Map(),
      key: (context) => lockKey(request, context),
      recall: (key, { indexes }) => {
        const recalled = recallLock(key, this.store);
        return recalled && { ...recalled, value: { ...recalled.value, indexes } };
      },
      remember: rememberLock,
      make: async (witness) => {
        const { compile } = await import("../locks/compile.ts");
        return await compile(this, { ...request, inputs }, witness);
      },
      count: ({ lock }) => lock.packages.length,
    });
  }

  readLock(file: string, options: ApplyOptions = {}): Promise<LockFile> {
    return this.#locks.read(file, options);
  }

  verifyLock(lock: Pylock, options: ApplyOptions = {}): Promise<LockVerification> {
    return this.#locks.verify(lock, options);
  }

  async checkLock(request: LockPlanRequest): Promise<LockCheck> {
    return await this.#locks.check(await this.#inputs.withState(request));
  }

  async metadata(
    plan: InstallationPlan,
    { signal }: ApplyOptions = {},
  ): Promise<ReadonlyMap<string, Metadata>> {
    if (plan.kind === "satisfied" || plan.install.length === 0) return new Map();
    await this.#resources.announceCacheUse(signal);
    const { readPlannedMetadata } = await import("../planned-metadata.ts");
    const { refusingBuilder } = await import("../../sources/source-builder.ts");
    const { destination, builds, indexes } = plan;
    const builder =
      builds === undefined ? undefined : await this.#builders.builderFor({ destination, indexes, builds });
    const tools = await this.#resources.metadataTools(plan, {
      indexes,
      builder: builder ?? refusingBuilder,
      signal,
    });
    const read = plan.install.map(
      async (planned) => [planned.name, await readPlannedMetadata(planned, tools)] as const,
    );
    return new Map(await Promise.all(read));
  }

  async planLock(request: LockPlanRequest): Promise<ChangePlan> {
    await this.#changes.recover(request.into, request);
    return await this.#locks.plan(await this.#inputs.withState(request), this.list(request.into));
  }

  async resolve(asked: ResolveRequest, context: ResolveContext): Promise<Resolved> {
    const stated = await this.#inputs.of(asked);
    const request = await this.#inputs.withState(asked);
    await this.#resources.announceCacheUse(request.signal);
    const {
      namedFormats,
      keptVersions,
      locateNamed,
      refreshOf,
      registryPolicy,
      upgradedVersions,
      withFileOptions,
    } = await import("../plan-policy.ts");
    const { namedUrls } = await import("../plan/named-urls.ts");
    const { createRegistry } = await import("../../registry/registry.ts");
    const { resolveInputs } = await import("../inputs/resolve-inputs.ts");
    const { installed } = context;
    const network = await this.#resources.network();
    const refresh = refreshOf(request, this.#resources.options);
    const indexes =
      context.indexes ??
      network.locate(withFileOptions(this.#resources.options.indexes ?? {}, stated.options));
    const target = targetOf(context.destination);
    const given = registryPolicy(request, { options: this.#resources.options, inputs: stated, target });
    const builds = planBuilds({ ...request, ...namedFormats(request, stated) });
    const { destination, neededBy } = context;
    const builder = await this.#builders.builderFor({ destination, indexes, builds, neededBy });
    const inputs = await this.#withBuiltProjects(stated, { builder, signal: request.signal });
    for (const url of namedUrls(inputs)) network.admit(url);
    const registry = createRegistry({
      ...(await this.#resources.filesOptions({ indexes, refresh, builder })),
      target: request.universal === undefined ? target : { requiresPython: request.universal.requiresPython },
      locateIndex: (index) =>
        locateNamed(index, { indexes, network, own: this.#resources.options.indexes ?? {} }),
      policy: { ...given, sourceDistributions: builder === undefined ? given.sourceDistributions : "take" },
      isOffline: this.#resources.options.network?.isOffline,
      directory: this.#resources.options.directory,
      onLocallyNamed: network.admit,
      onWarning: (message) => this.#onEvent({ kind: "warning", message }),
      witness: context.witness,
      installed: (name, version) =>
        installed.find((entry) => entry.name === name && entry.version.order === version.order)?.metadata(),
      signal: request.signal,
    });
    const kept = keptVersions(request, installed);
    const upgraded = upgradedVersions(request, installed);
    const onEvent = neededBy === undefined ? this.#onEvent : onlyNotices(this.#onEvent);
    const resolved = await resolveInputs(inputs, request, { registry, target, kept, upgraded, onEvent });
    return { ...resolved, registry, indexes, refresh, builds };
  }

  async #withBuiltProjects(
    inputs: Inputs,
    tools: { readonly builder: SourceBuilder | undefined; readonly signal: AbortSignal | undefined },
  ): Promise<Inputs> {
    if (inputs.unread === undefined) return inputs;
    const { withBuiltProjects } = await import("../projects/built.ts");
    return await withBuiltProjects(inputs, { ...tools, directory: this.#resources.options.directory });
  }

  async apply(plan: InstallationPlan, { signal }: ApplyOptions = {}): Promise<readonly Change[]> {
    if (plan.kind === "satisfied") return [];
    await this.#requireResolved(plan);
    await this.#resources.announceCacheUse(signal);
    await this.#changes.apply(plan, { signal });
    return changesOf(plan);
  }

  async listVersions({
    name,
    target,
    signal,
    ...policy
  }: ListVersionsRequest): Promise<readonly ProjectVersion[]> {
    await this.#resources.announceCacheUse(signal);
    const { createRegistry } = await import("../../registry/registry.ts");
    const { EVERY_PYTHON, listVersionsOf } = await import("../list-versions.ts");
    const indexes = await this.#resources.ownIndexes();
    const { refresh = [], network } = this.#resources.options;
    const registry = createRegistry({
      ...(await this.#resources.filesOptions({ indexes, refresh })),
      target: target ?? { requiresPython: EVERY_PYTHON },
      policy: { ...policy, strategy: this.#resources.options.indexStrategy, sourceDistributions: "take" },
      isOffline: network?.isOffline,
      directory: this.#resources.options.directory,
      signal,
    });
    return await listVersionsOf(name, registry);
  }

  async transfer({ signal }: ApplyOptions = {}): Promise<TransferTools> {
    await this.#resources.announceCacheUse(signal);
    const { createFiles } = await import("../../registry/files.ts");
    const { refresh = [], network } = this.#resources.options;
    return {
      store: this.store,
      network: await this.#resources.network(),
      files: createFiles(
        await this.#resources.filesOptions({ indexes: await this.#resources.ownIndexes(), refresh }),
      ),
      onEvent: this.#onEvent,
      isOffline: network?.isOffline === true,
    };
  }

  async *zip(plan: InstallationPlan, options: ZipOptions = {}): AsyncGenerator<Uint8Array, void, void> {
    const { zipPlan } = await import("../pack.ts");
    const { compression = "deflate" } = options;
    yield* zipPlan(() => this.#members(plan, { ...options, compression }), options, this.#onEvent);
  }

  async files(plan: InstallationPlan, options: PackOptions = {}): Promise<ReadonlyMap<string, MemoryFile>> {
    const { readMembers } = await import("../pack.ts");
    return await readMembers(() => this.#members(plan, options), this.#onEvent);
  }

  async #members(plan: InstallationPlan, options: ZipOptions): Promise<readonly StreamedMember[]> {
    await this.#requireResolved(plan);
    return await this.#changes.members(plan, options);
  }

  download(request: DownloadRequest): Promise<readonly DownloadedFile[]> {
    return this.#files.download(request);
  }

  wheels(request: WheelsRequest): Promise<readonly DownloadedFile[]> {
    return this.#files.wheels(request);
  }

  async build(request: BuildRequest): Promise<readonly string[]> {
    return await this.#files.build(await this.#inputs.withState(request));
  }

  async buildAll(request: BuildAllRequest): Promise<readonly ProjectBuild[]> {
    return await this.#files.buildAll(await this.#inputs.withState(request));
  }

  prepareConnections(): Promise<void> {
    return this.#resources.prepareConnections();
  }

  async recover(destination: Destination, { signal }: ApplyOptions = {}): Promise<void> {
    await this.#changes.recover(destination, { signal });
  }

  list(from: Destination): readonly InstalledDistribution[] {
    return this.#changes.list(from);
  }

  uninstall(request: UninstallRequest): Promise<UninstallResult> {
    return this.#changes.uninstall(request);
  }

  connections(): Promise<Connections> {
    return this.#resources.connections();
  }

  async close(): Promise<void> {
    await this.#builders.close();
    await this.#resources.close();
  }
}

/** A request for something newer, or for a new installation, cannot be answered from the environment by itself. */
function mayBeSatisfied({ upgrade, reinstall, isExact, onlyDependencies }: PlanRequest): boolean {
  const asksForNewer = upgrade === "all" || (upgrade?.length ?? 0) > 0;
  const asksAgain = reinstall === "all" || (reinstall?.length ?? 0) > 0;
  return !asksForNewer && !asksAgain && isExact !== true && onlyDependencies !== true;
}

/** With what indexes said of what it installs: another installer may apply the plan. */
function withMetadata(plan: ChangePlan, stated: RememberedSolution["stated"] = {}): ChangePlan {
  const metadata = plan.install.flatMap(({ source: { url } }) => {
    const text = stated[url];
    return text === undefined ? [] : [[url, text] as const];
  });
  return metadata.length === 0 ? plan : { ...plan, metadata: Object.fromEntries(metadata) };
}
