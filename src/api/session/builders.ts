// The builders of a session: one for all plans that build alike. What a build requires is a plan of its own, made and
// applied by the same session.

import type { Builder } from "../../build/builder.ts";
import type { ProvisionRequest } from "../../build/tools.ts";
import { formatRequirement } from "../../pep/requirements/requirement.ts";
import type { Interpreter } from "../../python/interpreters/interpreter.ts";
import type { WantedDistribution } from "../../install/plan.ts";
import type { IndexLocation } from "../../registry/indexes/locations.ts";
import { isBuildable } from "../../sources/source.ts";
import type { SourceBuilder } from "../../sources/source-builder.ts";
import type { UnpackedWheel } from "../../store/store.ts";
import { planBuilds, settingsOfBuilds, type PlannedBuilds } from "../builds/planned-builds.ts";
import { interpreterOf, targetOf, type Destination } from "../destination.ts";
import type { ChangePlan, PlannedInstall } from "../plan/value.ts";
import type { LockPlanRequest } from "../requests.ts";
import type { SessionInputs } from "./inputs.ts";
import type { Session } from "./interface.ts";
import type { SessionResources } from "./resources.ts";

/** What a builder depends on. */
export interface BuildScope {
  readonly destination: Destination;
  readonly indexes: readonly IndexLocation[];
  readonly builds: PlannedBuilds;
  readonly neededBy?: readonly string[] | undefined;
}

/** What of the session a plan inside another one needs. */
export interface NestedWork
  extends Pick<Session, "read" | "resolve">, Pick<SessionInputs, "refuseOtherState"> {
  /** Brings the wheels of a plan into the cache. */
  prepare(plan: ChangePlan, context: ApplyContext): Promise<readonly WantedDistribution[]>;
  apply(plan: ChangePlan, context: ApplyContext, wheels: readonly WantedDistribution[]): Promise<void>;
}

/** How a plan is applied: a build's own plan names what it is for. */
export interface ApplyContext {
  readonly signal?: AbortSignal | undefined;
  readonly neededBy?: readonly string[] | undefined;
}

export class SessionBuilders {
  readonly #resources: SessionResources;
  readonly #work: NestedWork;
  readonly #builders = new Map<string, Builder>();

  constructor(resources: SessionResources, work: NestedWork) {
    this.#resources = resources;
    this.#work = work;
  }

  async close(): Promise<void> {
    const builders = [...this.#builders.values()];
    this.#builders.clear();
    for (const builder of builders) await builder.close();
  }

  /** The builder for a destination, shared by all plans that build alike; undefined where no Python builds for it. */
  async builderFor(scope: BuildScope): Promise<SourceBuilder | undefined> {
    const python = interpreterOf(scope.destination);
    if (python === undefined) return undefined;
    const builder = await this.open(scope, python);
    return scope.neededBy === undefined ? builder : builder.neededBy(scope.neededBy);
  }

  /** The same for what asks for nothing but a lock file. */
  async builderForLock(request: LockPlanRequest): Promise<SourceBuilder> {
    const { refusingBuilder } = await import("../../sources/source-builder.ts");
    const indexes = await this.#resources.ownIndexes();
    const scope = { destination: request.into, indexes, builds: planBuilds(request) };
    return (await this.builderFor(scope)) ?? refusingBuilder;
  }

  /** Finds what was built before, as this run may use it; undefined where the plan has nothing to build. */
  async keptWheels({
    destination,
    builds,
    indexes,
    refresh,
  }: ChangePlan): Promise<((planned: PlannedInstall) => UnpackedWheel | undefined) | undefined> {
    const python = interpreterOf(destination);
    if (builds === undefined || python === undefined || refresh.length > 0) return undefined;
    const { findBuiltWheel } = await import("../../build/kept-wheel.ts");
    const { fetchesLargeFiles } = await import("../../git/large-files.ts");
    const { client } = (await this.#resources.openedNetwork) ?? {};
    const context = {
      store: this.#resources.store,
      python,
      policy: {
        ...settingsOfBuilds(builds, { ...this.#resources.options, indexes }),
        fetchesLargeFiles: fetchesLargeFiles(this.#resources.options.env ?? {}),
      },
      // What a verified run has built serves every run.
      protection: () => client?.weakest ?? ("verified" as const),
    };
    return ({ source, ...planned }) =>
      isBuildable(source) ? findBuiltWheel(source, planned, context) : undefined;
  }

  async open({ destination, indexes, builds }: BuildScope, python: Interpreter): Promise<Builder> {
    const target = targetOf(destination);
    const key = JSON.stringify([
      python.executable,
      target.platform,
      target.pythonVersion.text,
      indexes,
      builds,
    ]);
    const network = await this.#resources.network();
    const { openBuilder } = await import("../builds/builder.ts");
    let builder = this.#builders.get(key);
    if (builder === undefined) {
      builder = openBuilder({
        options: this.#resources.options,
        store: this.#resources.store,
        network,
        python,
        target,
        builds,
        indexes,
        provision: (request) => this.#provisionForBuild(request, { indexes, builds }),
        onEvent: this.#resources.onEvent,
      });
      this.#builders.set(key, builder);
    }
    return builder;
  }

  /** A plan and its application inside another one. */
  async #provisionForBuild(
    { requirements, requiredBy, python, neededBy, signal }: ProvisionRequest,
    { indexes, builds }: Pick<BuildScope, "indexes" | "builds">,
  ): Promise<Interpreter> {
    const { requestForBuilds } = await import("../builds/planned-builds.ts");
    const { makePlan } = await import("../plan/make.ts");
    const { openBuildEnvironment } = await import("../builds/build-environments.ts");
    const into: Destination = { kind: "environment", interpreter: python };
    const { isOnNetwork } = await import("../../sources/reach.ts");
    const { redactUrl } = await import("../../net/url.ts");
    const origin = isOnNetwork(requiredBy) ? { fromNetwork: redactUrl(requiredBy.url) } : {};
    const wanted = requirements.map(({ requirement, index, isOfSettings }) => ({
      kind: "text" as const,
      text: formatRequirement(requirement),
      ...(index === undefined ? {} : { index }),
      ...(isOfSettings === true ? {} : origin),
    }));
    const { requiresHashes, ...rules } = requestForBuilds(builds);
    const asked = { ...rules, requirements: wanted, into, signal };
    // What a backend requires is not pinned itself: constraints pin it, and have the hashes.
    const read = await this.#work.read(asked);
    await this.#work.refuseOtherState(builds.choices, signal);
    const inputs = { ...read, requiresHashes: requiresHashes === true };
    const request = { ...asked, inputs };
    const resolved = await this.#work.resolve(request, {
      destination: into,
      installed: [],
      indexes,
      neededBy,
    });
    const plan = makePlan(resolved, request, { ...resolved, installed: [] });
    const network = await this.#resources.network();
    return await openBuildEnvironment(plan, python, {
      cacheDirectory: this.#resources.store.directory,
      wheels: await this.#work.prepare(plan, { signal, neededBy }),
      apply: (whole, wheels) => this.#work.apply(whole, { signal, neededBy }, wheels),
      protection: () => network.client.weakest,
      signal,
    });
  }
}
