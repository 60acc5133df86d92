// What one file of a version is to a target and a policy: a wheel that fits, a source distribution, or the reason why it
// does not count. The order of the reasons follows uv (docs/reference/resolver-internals, "Wheel tags").

import { formatInstant } from "../../base/values/instant.ts";
import {
  compareBuilds,
  tryParseWheelFilename,
  tryParseWheelVariant,
  type WheelFilename,
} from "../../pep/files/filename.ts";
import { areWheelsLeftOut, type NameSet } from "../../pep/name-set.ts";
import { tryParseSpecifierSet } from "../../pep/versions/specifier.ts";
import type { SpecifierSet } from "../../pep/versions/specifier-set.ts";
import { createTagRanking, type TagMismatch, type TagRanking, type Target } from "../../pep/tags/tags.ts";
import { createUniversalTagRanking } from "../../pep/tags/wheel-environments.ts";
import { isPythonNewEnough } from "../../resolve/requires-python.ts";
import type { UploadTimes } from "../pages/condensed-page.ts";
import type { IndexLocation } from "../indexes/locations.ts";
import type { DistributionFile } from "../pages/project-page.ts";

/** Every platform, and every Python of a range. */
export interface UniversalTarget {
  readonly requiresPython: SpecifierSet;
}

export interface SelectionPolicy {
  readonly target: Target | UniversalTarget;
  /** `--no-binary`: no wheel of an index counts. */
  readonly noBinary?: NameSet | undefined;
  /** `--only-binary`, `--no-build`: no source distribution counts. */
  readonly onlyBinary?: NameSet | undefined;
  /** What of a version has no wheel that fits: by default nothing, as nothing is built. */
  readonly sourceDistributions?: "take" | undefined;
  /** `--ignore-requires-python`: every Python counts as new enough. */
  readonly ignoresRequiresPython?: boolean | undefined;
  /** `--exclude-newer`: only files uploaded before this count, as milliseconds since 1970. */
  readonly excludeNewerMs?: number | undefined;
  /**
   * Digests that requirements state (`sha256:ab…`), by project: files that have one of them come first, and nothing is built of
   * others.
   */
  readonly hashes?: ReadonlyMap<string, readonly string[]>;
  /** `--exclude-newer-package`; undefined takes the project out of {@link excludeNewerMs}. */
  readonly excludeNewerPackages?: ReadonlyMap<string, number | undefined> | undefined;
}

export interface JudgeContext {
  readonly policy: SelectionPolicy;
  readonly ranking: TagRanking;
  readonly refusesPython: (requiresPython: string) => SpecifierSet | undefined;
  readonly isUniversal: boolean;
}

export type Verdict =
  | {
      readonly kind: "wheel";
      /** Lower is better, as `rank`. */
      readonly promise: number;
      readonly rank: number;
      readonly build: WheelFilename["build"];
    }
  | { readonly kind: "source" }
  | { readonly kind: "variant" }
  | {
      readonly kind: "excluded-newer";
      readonly cutoff: string;
      readonly cutoffFor: "package" | "index" | "all";
      readonly published?: string;
    }
  | { readonly kind: "no-binary" }
  | { readonly kind: "requires-python"; readonly specifiers: SpecifierSet }
  | { readonly kind: "mismatch"; readonly dimension: TagMismatch; readonly tags: readonly string[] };

/** Of which project and on which index a file is listed. */
export interface ListedIn {
  readonly name: string;
  readonly index: IndexLocation;
}

/** Prepares the judging of files for a target and a policy. */
export function createJudgeContext(policy: SelectionPolicy): JudgeContext {
  return {
    policy,
    ranking: rankingOf(policy.target),
    refusesPython: policy.ignoresRequiresPython === true ? () => undefined : createPythonCheck(policy.target),
    isUniversal: isUniversal(policy.target),
  };
}

export function judge(
  file: DistributionFile,
  origin: ListedIn,
  { policy, ranking, refusesPython }: JudgeContext,
): Verdict {
  const exclusion = exclusionOf(file, origin, policy);
  if (exclusion !== undefined) return exclusion;
  const wheel = tryParseWheelFilename(file.filename);
  const rank = wheel === undefined ? undefined : ranking.rank(wheel.tags);
  if (wheel !== undefined && areWheelsLeftOut(policy, origin.name)) return { kind: "no-binary" };
  if (wheel !== undefined && rank === undefined)
    return { kind: "mismatch", dimension: ranking.explain(wheel.tags), tags: wheel.tags };
  const specifiers = file.requiresPython === undefined ? undefined : refusesPython(file.requiresPython);
  if (specifiers !== undefined) return { kind: "requires-python", specifiers };
  if (wheel === undefined || rank === undefined) return { kind: isVariant(file) ? "variant" : "source" };
  return {
    kind: "wheel",
    promise: promiseOf(file, policy.hashes?.get(origin.name)),
    rank,
    build: wheel.build,
  };
}

export function exclusionOf(
  file: DistributionFile,
  { name, index }: ListedIn,
  policy: SelectionPolicy,
): Extract<Verdict, { kind: "excluded-newer" }> | undefined {
  // Folders and flat pages state no upload times, and the user picked them by hand.
  if (index.kind === "flat") return undefined;
  const limit = limitFor(name, index, policy);
  if (limit.ms === undefined) return undefined;
  // PEP 700 made the time optional; a file without one cannot be shown to be old enough.
  const uploadedMs = file.uploadTime === undefined ? NaN : Date.parse(file.uploadTime);
  if (uploadedMs < limit.ms) return undefined;
  return {
    kind: "excluded-newer",
    cutoff: formatInstant(new Date(limit.ms)),
    cutoffFor: limit.holdsFor,
    ...(Number.isNaN(uploadedMs) ? {} : { published: formatInstant(new Date(uploadedMs)) }),
  };
}

/** Which files of a version {@link exclusionOf} leaves out, as far as their times say it: all, none, or perhaps some. */
export function exclusionBy(
  { firstMs, lastMs }: UploadTimes,
  { name, index }: ListedIn,
  policy: SelectionPolicy,
): "all" | "none" | "some" {
  if (index.kind === "flat") return "none";
  const { ms } = limitFor(name, index, policy);
  if (ms === undefined || (lastMs !== undefined && lastMs < ms)) return "none";
  return firstMs === undefined || firstMs >= ms ? "all" : "some";
}

export function isBetter(next: Verdict, first: Verdict): boolean {
  if (next.kind !== "wheel" || first.kind !== "wheel") return false;
  if (next.promise !== first.promise) return next.promise < first.promise;
  if (next.rank !== first.rank) return next.rank < first.rank;
  return compareBuilds(next.build, first.build) > 0;
}

export function isVariant({ filename }: DistributionFile): boolean {
  return tryParseWheelVariant(filename) !== undefined;
}

function isUniversal(target: Target | UniversalTarget): target is UniversalTarget {
  return "requiresPython" in target;
}

function rankingOf(target: Target | UniversalTarget): TagRanking {
  return isUniversal(target) ? createUniversalTagRanking(target.requiresPython) : createTagRanking(target);
}

/** What a file wants of Python, where the target does not have it; the files of a project share a handful of values. */
function createPythonCheck(
  target: Target | UniversalTarget,
): (requiresPython: string) => SpecifierSet | undefined {
  // For all Pythons, the resolver decides: a file may be good for some of them.
  if (isUniversal(target)) return () => undefined;
  const answers = new Map<string, SpecifierSet | undefined>();
  const answer = (requiresPython: string): SpecifierSet | undefined => {
    // What cannot be read cannot forbid: old releases have such values, and pip takes them.
    const specifiers = tryParseSpecifierSet(requiresPython);
    const isRefused = specifiers !== undefined && !isPythonNewEnough(target.pythonVersion, specifiers);
    return isRefused ? specifiers : undefined;
  };
  return (requiresPython) => {
    if (requiresPython.length > MAX_REMEMBERED_LENGTH) return answer(requiresPython);
    if (!answers.has(requiresPython)) answers.set(requiresPython, answer(requiresPython));
    return answers.get(requiresPython);
  };
}

/** Ten times what is in use; of very long keys see `base/formats/nesting`. */
const MAX_REMEMBERED_LENGTH = 1_000;

/** 0 for a file that has one of the required digests, 1 where the index gives none, 2 for a file that has others. */
function promiseOf({ hashes }: DistributionFile, required: readonly string[] = []): number {
  if (required.length === 0) return 0;
  const stated = Object.entries(hashes).map(([algorithm, value]) => `${algorithm}:${value}`);
  if (stated.some((hash) => required.includes(hash))) return 0;
  const algorithms = new Set(required.map((hash) => hash.slice(0, hash.indexOf(":"))));
  return Object.keys(hashes).some((algorithm) => algorithms.has(algorithm)) ? 2 : 1;
}

/** What is said of the project counts before what is said of the index. */
function limitFor(
  name: string,
  { excludeNewer }: IndexLocation,
  { excludeNewerMs, excludeNewerPackages }: SelectionPolicy,
): { readonly ms: number | undefined; readonly holdsFor: "package" | "index" | "all" } {
  if (excludeNewerPackages?.has(name) === true)
    return { ms: excludeNewerPackages.get(name), holdsFor: "package" };
  if (excludeNewer === undefined) return { ms: excludeNewerMs, holdsFor: "all" };
  return { ms: excludeNewer === "never" ? undefined : excludeNewer, holdsFor: "index" };
}
