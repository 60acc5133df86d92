// A plan: what an environment lacks and has too much. It is a plain JSON value: it can be shown, stored, and applied
// later by any installer that reaches the same files, as long as the environment did not change.

import { compareText } from "../../base/values/compare-text.ts";
import { isRecord } from "../../base/values/record.ts";
import { PinionError } from "../../errors.ts";
import type { LinkMode } from "../../install/installation.ts";
import { requirementUrl, type DirectUrl } from "../../pep/files/direct-url.ts";
import type { Hash } from "../../pep/hashes.ts";
import type { InstalledDistribution } from "../../python/environments/environment.ts";
import type { IndexLocation } from "../../registry/indexes/locations.ts";
import type { Source } from "../../sources/source.ts";
import type { PlannedBuilds } from "../builds/planned-builds.ts";
import type { Destination } from "../destination.ts";

export type InstallationPlan = SatisfiedPlan | ChangePlan;

/** The environment holds everything already; nothing was looked up. */
export interface SatisfiedPlan {
  readonly kind: "satisfied";
  readonly format: PlanFormat;
  /** How many requirements were given. */
  readonly requirements: number;
  readonly warnings: readonly string[];
}

export interface ChangePlan {
  readonly kind: "changes";
  readonly format: PlanFormat;
  readonly destination: Destination;
  readonly linkMode: LinkMode;
  readonly install: readonly PlannedInstall[];
  readonly remove: readonly PlannedRemoval[];
  /** Wanted and already there. */
  readonly keep: readonly KeptDistribution[];
  /** Of what was installed when the plan was made: a plan is for that state and no other. */
  readonly fingerprint: string;
  /** The indexes that were asked, without credentials. */
  readonly indexes: readonly IndexLocation[];
  /** What is fetched again, whatever the cache holds: everything, or these projects. */
  readonly refresh: "all" | readonly string[];
  /** How what has to be built is built; absent where nothing has. */
  readonly builds?: PlannedBuilds;
  /**
   * What indexes said of wheels before these were there, by their URLs: what was resolved rests on it, so it is held against the
   * wheels. Absent where all of them were there.
   */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
}

/** One distribution that will be installed, and where its wheel comes from. */
export interface PlannedInstall {
  /** Normalised. */
  readonly name: string;
  readonly version: string;
  readonly isRequested: boolean;
  readonly source: Source;
  /** One of them must match; empty where no requirement stated any. */
  readonly hashes: readonly Hash[];
  /**
   * Only what came over the network names its URL, so that the server is not shown the client certificate for all servers; absent
   * where an index lists the distribution.
   */
  readonly isNamedByNetwork?: boolean;
  /** The file and line of the lock file that lists it: `pylock.toml:7`. */
  readonly listedAt?: string;
  /** For a build backend. */
  readonly configSettings?: Readonly<Record<string, string | readonly string[]>>;
  /** What `direct_url.json` will record; absent where an index lists the distribution. */
  readonly directUrl?: DirectUrl;
}

/** One installed distribution that will be removed. */
export interface PlannedRemoval {
  /** Normalised. */
  readonly name: string;
  readonly version: string;
  readonly kind: InstalledDistribution["kind"];
  /** Its `.dist-info` or `.egg-info`. */
  readonly directory: string;
  /** Where it came from, if not from an index. */
  readonly url?: string;
}

export interface KeptDistribution {
  readonly name: string;
  readonly version: string;
}

/** The form of plans; one that a later Pinion wrote is not applied. */
export type PlanFormat = 1;
export const PLAN_FORMAT: PlanFormat = 1;

/**
 * Reads a plan from JSON that {@link InstallationPlan} gave.
 *
 * @throws plan/invalid where it is not a plan, or one of another version's form
 */
export function parsePlan(value: unknown): InstallationPlan {
  if (isPlan(value)) return value;
  throw new PinionError("plan/invalid", "Cannot read the plan: it is not one of this version of Pinion");
}

/** The shape is checked as far as a mistake shows in it: a plan is trusted like a program. */
function isPlan(value: unknown): value is InstallationPlan {
  if (!isRecord(value) || value["format"] !== PLAN_FORMAT || !Array.isArray(value["warnings"])) return false;
  if (value["kind"] === "satisfied") return typeof value["requirements"] === "number";
  return (
    value["kind"] === "changes" &&
    typeof value["fingerprint"] === "string" &&
    isRecord(value["destination"]) &&
    [value["install"], value["remove"], value["keep"], value["indexes"]].every(Array.isArray)
  );
}

/** What stays known of an installed distribution that is to go. */
export function removalOf({
  name,
  version,
  kind,
  directory,
  directUrl,
}: InstalledDistribution): PlannedRemoval {
  return {
    name,
    version: version.text,
    kind,
    directory,
    ...(directUrl === undefined ? {} : { url: requirementUrl(directUrl) }),
  };
}

/** One line of what changed. */
export interface Change {
  readonly action: "added" | "removed" | "reinstalled";
  readonly name: string;
  readonly version: string;
  /** The URL, where no index lists it; of a repository with its commit. */
  readonly url: string | undefined;
}

/** The changes of a plan, sorted by name, removals before additions. */
export function changesOf(plan: Pick<ChangePlan, "install" | "remove">): readonly Change[] {
  const removed = plan.remove.map(({ name, version, url }) => ({ name, version, url }));
  const added = plan.install.map(({ name, version, directUrl }) => ({
    name,
    version,
    url: directUrl && requirementUrl(directUrl),
  }));
  const isSame = (a: (typeof removed)[number], b: typeof a): boolean =>
    a.name === b.name && a.version === b.version && a.url === b.url;
  const changes: readonly Change[] = [
    ...removed
      .filter((gone) => !added.some((come) => isSame(gone, come)))
      .map((gone) => ({ action: "removed" as const, ...gone })),
    ...added.map((come) => ({
      action: removed.some((gone) => isSame(gone, come)) ? ("reinstalled" as const) : ("added" as const),
      ...come,
    })),
  ];
  return changes.toSorted(
    (a, b) =>
      compareText(a.name, b.name) || ORDER[a.action] - ORDER[b.action] || compareText(a.version, b.version),
  );
}

const ORDER: Readonly<Record<Change["action"], number>> = { removed: 0, added: 1, reinstalled: 2 };
