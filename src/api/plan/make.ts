// Makes a plan: resolves, and compares the result with what is installed.

import { sparedIn } from "../destination.ts";
import { planChanges } from "../../install/plan.ts";
import { normalizeName } from "../../pep/name.ts";
import type { InstalledDistribution } from "../../python/environments/environment.ts";
import type { Inputs } from "../../sources/requested.ts";
import { isBuildable } from "../../sources/source.ts";
import { formatsOf, type PlannedBuilds } from "../builds/planned-builds.ts";
import type { IndexLocation } from "../../registry/indexes/locations.ts";
import type { ResolvedDistribution, ResolvedInputs } from "../inputs/resolve-inputs.ts";
import type { PlanRequest } from "../requests.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { refuseNamedWheels } from "./named-wheels.ts";
import { markNamedByNetwork, namedUrls } from "./named-urls.ts";
import { PLAN_FORMAT, removalOf, type ChangePlan, type PlannedInstall } from "./value.ts";

export interface PlanContext {
  readonly installed: readonly InstalledDistribution[];
  readonly indexes: readonly IndexLocation[];
  readonly refresh: ChangePlan["refresh"];
  readonly builds: PlannedBuilds;
}

/** What a plan is made of: a resolution, or what is remembered of one. */
export interface Solution extends Pick<ResolvedInputs, "distributions"> {
  readonly inputs: Pick<Inputs, "warnings" | "requirements" | "constraints" | "overrides">;
  readonly resolution: Pick<ResolvedInputs["resolution"], "warnings">;
}

/**
 * @throws index/not-found where a version that has to be installed has no file for the target
 * @throws requirement/no-binary
 */
export function makePlan(
  { inputs, resolution, distributions }: Solution,
  request: PlanRequest,
  { installed, indexes, refresh, builds }: PlanContext,
): ChangePlan {
  const { reinstall = [], isExact } = request;
  const { install, remove, keep } = planChanges(distributions, installed, {
    reinstall: reinstall === "all" ? "all" : new Set(reinstall.map(normalizeName)),
    isExact,
    spared: sparedIn(request.into),
    acceptsAnyOrigin: true,
  });
  const planned = install.map(toPlanned);
  refuseNamedWheels(planned, formatsOf(builds));
  return {
    kind: "changes",
    format: PLAN_FORMAT,
    destination: request.into,
    linkMode: request.linkMode ?? "clone",
    install: markNamedByNetwork(planned, namedUrls(inputs)),
    remove: remove.map(removalOf),
    keep: keep.map(({ name, version }) => ({ name, version: version.text })),
    fingerprint: fingerprintOf(installed),
    indexes,
    refresh,
    ...(install.some((distribution) => isBuildable(distribution.source())) ? { builds } : {}),
    warnings: [...inputs.warnings, ...resolution.warnings],
  };
}

export function toPlanned(distribution: ResolvedDistribution): PlannedInstall {
  const { name, version, isRequested, hashes, configSettings, directUrl } = distribution;
  return {
    name,
    version: version.text,
    isRequested,
    source: distribution.source(),
    hashes,
    ...(Object.keys(configSettings).length === 0 ? {} : { configSettings }),
    ...(directUrl === undefined ? {} : { directUrl }),
  };
}
