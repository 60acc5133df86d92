// A resolution that is remembered: where the same is requested for the same target, and every page that it was derived from
// is the same file of the cache and still fresh, so that no request would be made, the solved set is read from one file.
// docs/cache.md, "The remembered resolution".

import { readdirSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";

import { formatRequirement } from "../pep/requirement.ts";
import { sha256Of, type Hash } from "../pep/hashes.ts";
import type { Target } from "../pep/tags.ts";
import type { Protection } from "../net/protection.ts";
import { parseVersion, type Version } from "../pep/version.ts";
import type { IndexLocation } from "../registry/locations.ts";
import type { Witness } from "../registry/witness.ts";
import type { Inputs, RequestedRequirement } from "../sources/requested.ts";
import type { IndexSource, SdistSource } from "../sources/source.ts";
import type { Store } from "../store/store.ts";
import { isUnchanged } from "../store/verify.ts";
import { VERSION } from "../version.ts";
import type { InstallerOptions } from "./options.ts";
import { refreshOf } from "./plan-policy.ts";
import type { Solution } from "./plan/make.ts";
import type { PlanRequest } from "./requests.ts";
import type { ResolvedDistribution } from "./resolve-inputs.ts";

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

/** What is kept of a resolution. */
export type RememberedSolution = Pick<Solution, "resolution" | "distributions">;

/**
 * The name of a resolution: everything that decides it but the answers of the indexes; undefined where it is never
 * remembered, because more than the cache decides it. Only its hash is kept.
 */
export function resolutionKey(request: PlanRequest, context: ResolutionContext): string | undefined {
  const { options, inputs, indexes, target, kept } = context;
  const { network = {}, trust = {}, sharedCache, indexStrategy } = options;
  const requested = [...inputs.requirements, ...inputs.constraints, ...inputs.overrides];
  const isOrdinary =
    requested.every(
      ({ source, configSettings }) => source === undefined && Object.keys(configSettings).length === 0,
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
      target,
      [...kept].map(([name, version]) => [name, version.text]),
    ],
    plainly,
  );
}

/** The solution of last time; undefined where there is none, or anything that it was derived from is not as it was. */
export function recallResolution(key: string, store: Store): RememberedSolution | undefined {
  const remembered = parseRemembered(store.readEntry("resolutions", key)?.toString("utf8"));
  if (remembered === undefined) return undefined;
  const { storedAtMs, freshUntilMs, entries, absentWheels, warnings, distributions } = remembered;
  const now = Date.now();
  if (now < storedAtMs || now >= freshUntilMs) return undefined;
  for (const [file, ...identity] of entries) {
    const seen = identityOf(join(store.directory, file));
    if (seen === undefined || seen.some((value, index) => value !== identity[index])) return undefined;
  }
  if (absentWheels.some((sha256) => store.hasWheel(sha256))) return undefined;
  return { resolution: { warnings }, distributions: distributions.map(toDistribution) };
}

/**
 * Keeps a solution that was derived from only the cache; where the cache cannot be written, the next run solves again.
 *
 * @param startedMs when the run began to read, in milliseconds since 1970: what changed later may have been read before
 */
export function rememberResolution(
  key: string,
  solution: RememberedSolution,
  {
    store,
    witness,
    startedMs,
    protection,
  }: {
    readonly store: Store;
    readonly witness: Witness;
    readonly startedMs: number;
    /** The weakest of what the run has used. */
    readonly protection: Protection;
  },
): void {
  if (!witness.isWhole) return;
  // A run that asks nothing counts as verified, and would build again what another one has built.
  if (witness.records.length > 0 && protection !== "verified") return;
  const distributions = solution.distributions.map(toRemembered);
  const entries = [
    ...witness.pages.map((page) => store.entryFile("pages", page)),
    ...witness.metadataEntries.map((entry) => store.entryFile("metadata", entry)),
    ...witness.records.map((entry) => store.entryFile("built", entry)),
  ].map((file) => rowOf(file, store, startedMs));
  if (!distributions.every(isThere) || !entries.every(isThere)) return;
  if (![...witness.wheels].every((sha256) => hasOwnMetadata(sha256, store))) return;
  const remembered: Remembered = {
    storedAtMs: witness.storedAtMs,
    freshUntilMs: witness.freshUntilMs,
    entries,
    absentWheels: [...witness.absentWheels],
    warnings: solution.resolution.warnings,
    distributions,
  };
  try {
    store.writeEntry("resolutions", key, Buffer.from(JSON.stringify(remembered)));
    dropOldest(join(store.directory, dirname(store.entryFile("resolutions", key))));
  } catch {
    // It costs time, not correctness.
  }
}

interface Remembered {
  readonly storedAtMs: number;
  readonly freshUntilMs: number;
  /** Files of the cache, relative to its folder, with their identity. */
  readonly entries: readonly EntryRow[];
  /** SHA-256 of wheels that were not in the store. */
  readonly absentWheels: readonly string[];
  readonly warnings: readonly string[];
  readonly distributions: readonly RememberedDistribution[];
}

type EntryRow = readonly [file: string, ...identity: Identity];

/** Inode, size, mtime and ctime. */
type Identity = readonly [number, number, number, number];

interface RememberedDistribution {
  readonly name: string;
  readonly version: string;
  readonly isRequested: boolean;
  readonly hashes: readonly Hash[];
  readonly source: IndexSource | SdistSource;
}

function textsOf(requested: RequestedRequirement): readonly unknown[] {
  const { text, origin, hashes } = requested;
  return [requested.kind === "named" ? formatRequirement(requested.requirement) : text, origin, hashes];
}

/** Sets and maps have no members for JSON. */
function plainly(_: string, value: unknown): unknown {
  return value instanceof Map || value instanceof Set ? [...value] : value;
}

function rowOf(file: string, store: Store, startedMs: number): EntryRow | undefined {
  const identity = identityOf(join(store.directory, file));
  if (identity === undefined) return undefined;
  const [, , mtimeMs, ctimeMs] = identity;
  return Math.max(mtimeMs, ctimeMs) < startedMs - CLOCK_STEP_MS ? [file, ...identity] : undefined;
}

function identityOf(path: string): Identity | undefined {
  const status = statSync(path, NO_THROW);
  return status === undefined ? undefined : [status.ino, status.size, status.mtimeMs, status.ctimeMs];
}

/** A program may have written to a file that its environment shares with the cache. */
function hasOwnMetadata(sha256: string, store: Store): boolean {
  const wheel = store.wheel(sha256);
  return wheel !== undefined && isUnchanged(wheel, [`${wheel.distInfo}/METADATA`]);
}

function toRemembered(distribution: ResolvedDistribution): RememberedDistribution | undefined {
  const { name, version, isRequested, hashes, directUrl } = distribution;
  if (directUrl !== undefined) return undefined;
  const source = distribution.source();
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
function parseRemembered(text: string | undefined): Remembered | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isRemembered(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isRemembered(value: unknown): value is Remembered {
  return (
    typeof value === "object" &&
    value !== null &&
    "storedAtMs" in value &&
    "freshUntilMs" in value &&
    ["entries", "absentWheels", "warnings", "distributions"].every((name) =>
      Array.isArray(new Map<string, unknown>(Object.entries(value)).get(name)),
    )
  );
}

function dropOldest(folder: string): void {
  const names = readdirSync(folder);
  if (names.length <= MAX_RESOLUTIONS) return;
  const files = names.map((name) => {
    const path = join(folder, name);
    return { path, writtenMs: statSync(path, NO_THROW)?.mtimeMs ?? 0 };
  });
  files.sort((one, other) => one.writtenMs - other.writtenMs);
  for (const { path } of files.slice(0, files.length - MAX_RESOLUTIONS / 2)) rmSync(path, { force: true });
}

const NO_THROW = { throwIfNoEntry: false } as const;

/** A change of what is kept, or of what it depends on, is a new number. */
const FORMAT = 2;

/** The coarsest clock of a file system in use, FAT's: what changed later could change again under the same time. */
const CLOCK_STEP_MS = 2000;

/** One for each set of requirements and target; some 300 bytes for each distribution. */
const MAX_RESOLUTIONS = 128;
