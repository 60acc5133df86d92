// Ranges against the versions that a project really has. The search widens the range of a version over the gap
// around it, so that neighbours join; explanations narrow it again. See docs/solver.md#gaps.

import {
  fullRange,
  intersectRanges,
  isDisjointRanges,
  isEmptyRange,
  isFullRange,
  isSubsetRange,
  rangeContains,
  rangeOfComparison,
  simplifyRange,
  singletonRange,
  uniteAll,
} from "../../pep/versions/version-range.ts";
import type { Bound, Interval, VersionRange } from "../../pep/versions/interval.ts";
import { compareVersions, type Version } from "../../pep/versions/version.ts";
import type { ListedVersion } from "../provider.ts";
import { placeOf } from "./descending.ts";

/** What a project has for the user. What is left out by its date does not exist for the search. */
export interface KnownVersions {
  /** Descending. */
  readonly listing: readonly ListedVersion[];
  /** What is installed exists, listed or not. */
  readonly installed: Version | undefined;
}

/** The versions that a project has for the user, ascending. */
export function versionsForUser({ listing, installed }: KnownVersions): readonly Version[] {
  const versions = listing
    .filter(isThere)
    .map((entry) => entry.version)
    .reverse();
  return withVersion(versions, installed);
}

/**
 * The version with everything around it up to its known neighbours. What is said of the version can be said of the
 * whole gap: there is nothing else in it. A project without known versions has no gaps.
 */
export function gapAround(version: Version, known: KnownVersions | undefined): VersionRange {
  if (known === undefined) return singletonRange(version);
  const { listing, installed } = known;
  const place = placeOf(listing, version.order);
  const listed = listing[place]?.version.order === version.order ? listing[place] : undefined;
  let before = thereFrom(listing, listed === undefined ? place : place + 1, 1);
  let after = thereFrom(listing, place - 1, -1);
  const isKnown = installed !== undefined || (listed !== undefined && isThere(listed));
  if (before === undefined && after === undefined && !isKnown) return singletonRange(version);
  if (installed !== undefined && installed.order < version.order && installed.order > (before?.order ?? ""))
    before = installed;
  if (installed !== undefined && installed.order > version.order && installed.order < (after?.order ?? END))
    after = installed;
  return rangeBetween(
    before === undefined ? undefined : lowerBound(before, "exclusive"),
    after === undefined ? undefined : upperBound(after, "exclusive"),
  );
}

/** The first version from a place on that exists for the user. */
function thereFrom(listing: readonly ListedVersion[], place: number, step: 1 | -1): Version | undefined {
  for (let at = place; at >= 0 && at < listing.length; at += step) {
    const entry = listing[at]!;
    if (isThere(entry)) return entry.version;
  }
  return undefined;
}

function isThere(entry: ListedVersion): boolean {
  return !(entry.isExcludedNewer ?? entry.unusable?.kind === "excluded-newer");
}

/**
 * The range with its bounds moved inwards onto known versions; all versions where it holds every known one.
 * Open ends stay open. A range without a known version stays as it is.
 *
 * @param known ascending
 */
export function narrowToKnown(range: VersionRange, known: readonly Version[]): VersionRange {
  if (known.length === 0) return range;
  if (known.every((version) => rangeContains(range, version))) return fullRange();
  const narrowed: Interval[] = [];
  for (const { lower, upper } of range.intervals) {
    const first = known[lower === undefined ? 0 : firstIndexFrom(known, lower.order)];
    const last = known[upper === undefined ? known.length - 1 : firstIndexFrom(known, upper.order) - 1];
    if (first === undefined || last === undefined || first.order > last.order) continue;
    narrowed.push({
      lower: lower === undefined ? undefined : lowerBound(first, "inclusive"),
      upper: upper === undefined ? undefined : upperBound(last, "inclusive"),
    });
  }
  return narrowed.length === 0 ? range : { intervals: narrowed };
}

/**
 * Narrows the range of versions that cannot be used: unlike {@link narrowToKnown} it never speaks about versions
 * outside of the known ones, and an only version is named rather than called "all versions".
 *
 * @param known ascending
 */
export function narrowUnavailable(range: VersionRange, known: readonly Version[]): VersionRange {
  const [only, another] = known;
  if (only === undefined) return range;
  if (another === undefined && rangeContains(range, only)) return singletonRange(only);
  const narrowed = narrowToKnown(range, known);
  if (isFullRange(narrowed)) return narrowed;
  const clamped = intersectRanges(
    narrowed,
    rangeBetween(lowerBound(only, "inclusive"), upperBound(known.at(-1)!, "inclusive")),
  );
  return isEmptyRange(clamped) ? narrowed : clamped;
}

/**
 * The simplest range with the same known versions; an only version is named.
 *
 * @param known ascending
 */
export function simplifyToKnown(range: VersionRange, known: readonly Version[]): VersionRange {
  if (isFullRange(range)) return range;
  const [only, another] = known;
  if (only !== undefined && another === undefined && rangeContains(range, only)) return singletonRange(only);
  return simplifyRange(range, known);
}

/**
 * A range of versions that exist, as "only … is available" says it: bounded by known versions, without intervals
 * beyond them.
 *
 * @param known ascending
 */
export function availableRange(range: VersionRange, known: readonly Version[]): VersionRange {
  const [first, last] = [known[0], known.at(-1)];
  if (first === undefined || last === undefined) return { intervals: [] };
  const all = rangeBetween(lowerBound(first, "inclusive"), upperBound(last, "inclusive"));
  if (first.order === last.order) return all;
  const isKnown = (bound: Bound): boolean =>
    known[firstIndexFrom(known, bound.version.order)]?.order === bound.version.order;
  const intervals = range.intervals.flatMap((part): readonly Interval[] => {
    const segment: VersionRange = { intervals: [part] };
    if (isDisjointRanges(segment, all)) return [];
    if (isSubsetRange(all, segment)) {
      if (part.lower === undefined) return [{ lower: undefined, upper: upperBound(last, "inclusive") }];
      if (part.upper === undefined) return [{ lower: lowerBound(first, "inclusive"), upper: undefined }];
      return all.intervals;
    }
    const { lower, upper } = part;
    return [
      {
        lower: lower?.isInclusive === true && !isKnown(lower) ? { ...lower, isInclusive: false } : lower,
        upper: upper?.isInclusive === true && !isKnown(upper) ? { ...upper, isInclusive: false } : upper,
      },
    ];
  });
  return { intervals };
}

/** Whether a range has a version that only local versions of one public version are in: `>1.0,<1.0.post0.dev0`. */
export function isLocalVersionsOnly(range: VersionRange): boolean {
  return range.intervals.every(
    ({ lower, upper }) =>
      lower !== undefined &&
      upper !== undefined &&
      lower.version.order === upper.version.order &&
      lower.version.local === undefined &&
      lower.order === `${lower.version.order}\0` &&
      isBehindLocals(upper),
  );
}

/** The range without the local versions that `==1.0`, `<=1.0` and their opposites draw in, as it is written. */
export function withoutLocalVersions(range: VersionRange): VersionRange {
  const strip = (bound: Bound | undefined): Bound | undefined =>
    bound !== undefined && isBehindLocals(bound) ? { ...bound, order: `${bound.version.order}\0` } : bound;
  const stripped = range.intervals
    .map(({ lower, upper }): Interval => ({ lower: strip(lower), upper: strip(upper) }))
    .filter(({ lower, upper }) => lower === undefined || upper === undefined || lower.order < upper.order);
  // Bounds that moved together may now touch.
  return uniteAll(stripped.map((part) => ({ intervals: [part] })));
}

function isBehindLocals(bound: Bound): boolean {
  if (bound.version.local !== undefined) return false;
  return rangeOfComparison("<=", bound.version).intervals[0]?.upper?.order === bound.order;
}

function lowerBound(version: Version, kind: "inclusive" | "exclusive"): Bound {
  const isInclusive = kind === "inclusive";
  return { order: isInclusive ? version.order : `${version.order}\0`, version, isInclusive };
}

function upperBound(version: Version, kind: "inclusive" | "exclusive"): Bound {
  const isInclusive = kind === "inclusive";
  return { order: isInclusive ? `${version.order}\0` : version.order, version, isInclusive };
}

function rangeBetween(lower: Bound | undefined, upper: Bound | undefined): VersionRange {
  return lower === undefined && upper === undefined ? fullRange() : { intervals: [{ lower, upper }] };
}

/** The index of the first version that is not before a place. */
function firstIndexFrom(versions: readonly Version[], order: string): number {
  let [low, high] = [0, versions.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (versions[middle]!.order < order) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Ascending versions with another one among them. */
function withVersion(versions: readonly Version[], added: Version | undefined): readonly Version[] {
  const isKnown = added === undefined || versions.some((version) => version.order === added.order);
  return isKnown ? versions : [...versions, added].sort(compareVersions);
}

/** Greater than every key of an order. */
const END = "\uFFFF";
