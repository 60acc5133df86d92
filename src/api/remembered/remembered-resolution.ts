// What is remembered of a resolution: the solved set for an installation, the lock for `pip compile`. Its name is made of
// everything that decides it besides the answers of the indexes. docs/cache.md, "The remembered resolution".

import { attempt } from "../../base/work/attempt.ts";
import type { Lock } from "../../lock/lock.ts";
import { formatRequirement } from "../../pep/requirements/requirement.ts";
import { sha256Of, type Hash } from "../../pep/hashes.ts";
import type { Target } from "../../pep/tags/tags.ts";
import { parseVersion, type Version } from "../../pep/versions/version.ts";
import type { IndexLocation } from "../../registry/indexes/locations.ts";
import type { PreferredVersion } from "../../resolve/input.ts";
import type { Inputs, RequestedRequirement } from "../../sources/requested.ts";
import type { IndexSource, SdistSource } from "../../sources/source.ts";
import type { Store } from "../../store/store.ts";
import { VERSION } from "../../version.ts";
import type { Compiled, CompileRequest } from "../locks/lock-request.ts";
import type { InstallerOptions } from "../options.ts";
import { refreshOf } from "../plan-policy.ts";
import type { Solution } from "../plan/make.ts";
import type { ChangePlan } from "../plan/value.ts";
import { recall, remember, type Derivation, type Recalled } from "./remembered.ts";
import type { PlanRequest } from "../requests.ts";
import type { ResolvedDistribution } from "../inputs/resolve-inputs.ts";

/** What decides a resolution besides what the indexes say. */
export interface ResolutionContext {
  readonly options: InstallerOptions;
  readonly inputs: Inputs;
  /** Of this run, in the order in which they are asked. */
  readonly indexes: readonly IndexLocation[];
  readonly target: Target;
  /** Installed versions to keep while they fit. */
  readonly kept: ReadonlyMap<string, Version>;
}

/** What is kept of a resolution for an installation. */
export interface RememberedSolution extends Pick<Solution, "resolution" | "distributions"> {
  /** As {@link ChangePlan.metadata}. */
  readonly stated?: StatedMetadata;
}

type StatedMetadata = NonNullable<ChangePlan["metadata"]>;

/** What is kept of one that was compiled; the indexes are those of the run. */
export type RememberedLock = Omit<Compiled, "indexes">;

/**
 * The name of a resolution: everything that decides it but the answers of the indexes; undefined where it is never
 * remembered, because more than the cache decides it. Only its hash is kept.
 */
export function resolutionKey(
  request: Omit<PlanRequest, "into"> & Partial<Pick<PlanRequest, "into">>,
  context: ResolutionContext,
): string | undefined {
  const { options, inputs, indexes, target, kept } = context;
  const { network = {}, trust = {}, sharedCache, indexStrategy } = options;
  const requested = [...inputs.requirements, ...inputs.constraints, ...inputs.overrides];
  const isOrdinary =
    inputs.unread === undefined &&
    requested.every(
      ({ source, index, configSettings }) =>
        source === undefined && index === undefined && Object.keys(configSettings).length === 0,
    ) &&
    indexes.every(({ url }) => /^https?:/.test(url)) &&
    refreshOf(request, options).length === 0 &&
    request.preferences === undefined &&
    sharedCache === undefined &&
    // What a project's own root verified is for runs with that trust, which the trust store names (docs/cache.md).
    [...(trust.hosts ?? []), ...(trust.exceptions ?? [])].every(({ isOfProject }) => isOfProject !== true) &&
    network.isOffline !== true &&
    network.clientCertificate === undefined &&
    (network.clientCertificates ?? []).length === 0;
  if (!isOrdinary) return undefined;
  // Whatever a request may hold counts, but how it was read, where it goes, and what has no part in the choice.
  const {
    inputs: _inputs,
    signal: _signal,
    readInput: _readInput,
    requirements: _requirements,
    constraints: _constraints,
    overrides: _overrides,
    excludes: _excludes,
    into: _into,
    linkMode: _linkMode,
    isDryRun: _isDryRun,
    isExact: _isExact,
    ...rules
  } = request;
  return JSON.stringify(
    [
      FORMAT,
      VERSION,
      // In a build of the command, its folder is named by its contents.
      import.meta.dirname,
      rules,
      {
        ...inputs,
        requirements: inputs.requirements.map(textsOf),
        constraints: inputs.constraints.map(textsOf),
        overrides: inputs.overrides.map(textsOf),
      },
      indexes,
      indexStrategy,
      network.insecureHosts,
      // Metadata that a build gave may depend on them.
      options.builds?.variables,
      target,
      [...kept].map(([name, version]) => [name, version.text]),
    ],
    plainly,
  );
}

/** The name of a lock: as {@link resolutionKey}, and the pins that are kept. */
export function lockKey(
  { pins, ...request }: CompileRequest,
  context: ResolutionContext,
): string | undefined {
  const name = resolutionKey(request, context);
  const kept = [...(pins?.versions ?? [])].map(([project, versions]) => [
    project,
    versions.map(preferenceOf),
  ]);
  return name === undefined ? undefined : JSON.stringify(["lock", name, kept, pins?.hashes], plainly);
}

/** The solution of last time; undefined where there is none, or anything that it was derived from is not as it was. */
export function recallResolution(key: string, store: Store): Recalled<RememberedSolution> | undefined {
  const kept = recall(key, store);
  if (kept === undefined || !isSolution(kept.value)) return undefined;
  const { warnings, distributions, stated } = kept.value;
  return {
    period: kept.period,
    value: {
      resolution: { warnings },
      distributions: distributions.map(toDistribution),
      ...(stated === undefined ? {} : { stated }),
    },
  };
}

/**
 * The same for a run that installs nothing: of a solution that rests on what an index says of wheels that are not in the
 * store. An installing run compares the two, so it resolves again.
 */
export function recallPreview(key: string, store: Store): Recalled<RememberedSolution> | undefined {
  return recallResolution(previewKey(key), store);
}

/** Keeps a solution that was derived from only the cache. */
export function rememberResolution(key: string, solution: RememberedSolution, derivation: Derivation): void {
  const kept = toKept(solution);
  // What an index says of a wheel that is not there yet is compared with the wheel by the run that has read it.
  if (kept !== undefined && !restsOnIndex(kept, derivation)) remember(key, kept, derivation);
}

/** The same by a run that installs nothing: what an installing run may not use is kept for others that install nothing. */
export function rememberPreview(key: string, solution: RememberedSolution, derivation: Derivation): void {
  const kept = toKept(solution);
  if (kept === undefined) return;
  if (!restsOnIndex(kept, derivation)) remember(key, kept, derivation);
  // A plan that is made of it may be stored, and applied by another installer.
  else remember(previewKey(key), { ...kept, stated: solution.stated }, derivation);
}

function toKept({ resolution, distributions }: RememberedSolution): KeptSolution | undefined {
  const kept = distributions.map(toRemembered);
  return kept.every(isThere) ? { warnings: resolution.warnings, distributions: kept } : undefined;
}

function restsOnIndex({ distributions }: KeptSolution, { witness }: Derivation): boolean {
  const { absentWheels } = witness;
  return distributions.some(({ source }) => absentWheels.has(sha256Of(source.hashes) ?? ""));
}

function previewKey(key: string): string {
  return JSON.stringify(["preview", key]);
}

/** The lock of last time, as {@link recallResolution}. */
export function recallLock(key: string, store: Store): Recalled<RememberedLock> | undefined {
  const kept = recall(key, store);
  return kept !== undefined && isLock(kept.value) ? { ...kept, value: kept.value } : undefined;
}

/** Keeps a lock that was derived from only the cache. */
export function rememberLock(key: string, lock: RememberedLock, derivation: Derivation): void {
  const { lock: chosen, markerExpression, warnings } = lock;
  remember(key, { lock: chosen, markerExpression, warnings } satisfies RememberedLock, derivation);
}

interface KeptSolution {
  readonly warnings: readonly string[];
  readonly distributions: readonly RememberedDistribution[];
  readonly stated?: StatedMetadata;
}

interface RememberedDistribution {
  readonly name: string;
  readonly version: string;
  readonly isRequested: boolean;
  readonly hashes: readonly Hash[];
  readonly source: IndexSource | SdistSource;
}

/** What is asked and where: a lock also says which file declares it. */
function textsOf(requested: RequestedRequirement): readonly unknown[] {
  const { text, origin, hashes, declaredIn } = requested;
  return [
    requested.kind === "named" ? formatRequirement(requested.requirement) : text,
    origin,
    hashes,
    declaredIn,
  ];
}

function preferenceOf({ version, marker }: PreferredVersion): readonly unknown[] {
  return [version.text, marker];
}

/** Sets, maps and large numbers of versions have no form in JSON. */
function plainly(_: string, value: unknown): unknown {
  if (typeof value === "bigint") return `${value}n`;
  return value instanceof Map || value instanceof Set ? [...value] : value;
}

function toRemembered(distribution: ResolvedDistribution): RememberedDistribution | undefined {
  const { name, version, isRequested, hashes, directUrl } = distribution;
  if (directUrl !== undefined) return undefined;
  // A version that stays although no index has it has no file.
  const source = attempt(() => distribution.source());
  if (source === undefined) return undefined;
  const isListed = source.kind === "index" || (source.kind === "sdist" && source.listing !== undefined);
  if (!isListed || sha256Of(source.hashes) === undefined) return undefined;
  return { name, version: version.text, isRequested, hashes, source };
}

function toDistribution({ version, source, ...rest }: RememberedDistribution): ResolvedDistribution {
  return {
    ...rest,
    version: parseVersion(version),
    directUrl: undefined,
    configSettings: {},
    source: () => source,
  };
}

function isThere<T>(value: T | undefined): value is T {
  return value !== undefined;
}

/** The checksum of the entry stands for its contents: only this module writes it. */
function isSolution(kept: unknown): kept is KeptSolution {
  return hasLists(kept, ["warnings", "distributions"]);
}

function isLock(kept: unknown): kept is RememberedLock {
  return hasLists(kept, ["warnings"]) && "lock" in kept && hasPackages(kept.lock);
}

function hasPackages(lock: unknown): lock is Lock {
  return hasLists(lock, ["packages"]);
}

function hasLists(value: unknown, names: readonly string[]): value is object {
  if (typeof value !== "object" || value === null) return false;
  const members = new Map<string, unknown>(Object.entries(value));
  return names.every((name) => Array.isArray(members.get(name)));
}

/** A change of what is kept, or of what it depends on, is a new number. */
const FORMAT = 5;
