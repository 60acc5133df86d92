// Sets of versions as intervals over all versions that PEP 440 can write, published or not.
// A bound lies between versions: its key says which are below it, its version and `isInclusive` how it is written.
import { isLowerBefore, isUpperBefore } from "./bounds.ts";
import type { Bound, Interval, VersionRange } from "./interval.ts";
import type { SpecifierOperator, SpecifierSet } from "./specifier-set.ts";
import { increment, isPrerelease, makeVersion, orderAfterPostreleases, orderOf } from "./version.ts";
import type { Version, VersionParts } from "./version.ts";

/** All versions. */
export function fullRange(): VersionRange {
  return FULL;
}

/** No version. */
export function emptyRange(): VersionRange {
  return EMPTY;
}

/** Exactly one version; `1.0` without `1.0+local`. */
export function singletonRange(version: Version): VersionRange {
  return rangeBetween(boundBefore(version), boundBehind(version));
}

/** All versions that a set of specifiers accepts, pre-releases included; `===` counts as the version it names. */
export function rangeOf(set: SpecifierSet): VersionRange {
  return intersectAll(set.specifiers.map(({ range }) => range));
}

/** All versions that one comparison with a version accepts; with `===` only that version. */
export function rangeOfComparison(operator: SpecifierOperator, version: Version): VersionRange {
  return COMPARISONS[operator](version);
}

/** All versions that begin with a release, as `==1.2.*` accepts them. */
export function prefixRange(version: Version): VersionRange {
  return rangeBetween(
    boundBefore(makeVersion({ ...version, dev: 0 })),
    boundBefore(nextPrefix(version, version.release)),
  );
}

/** All versions between two places, both described as lower bounds. */
export function rangeBetween(lower: Bound | undefined, upper: Bound | undefined): VersionRange {
  const part = { lower, upper: upper === undefined ? undefined : flip(upper) };
  return isBetween(part.lower, part.upper) ? rangeFrom([part]) : EMPTY;
}

/** The place right below a version, as a lower bound `>=`. */
export function boundBefore(version: Version): Bound {
  return { order: version.order, version, isInclusive: true };
}

/** The place after a version and before its local versions, as a lower bound `>`. */
export function boundBehind(version: Version): Bound {
  return { order: `${version.order}\0`, version, isInclusive: false };
}

/** The versions in both sets. */
export function intersectRanges(a: VersionRange, b: VersionRange): VersionRange {
  if (a.intervals === FULL.intervals) return b;
  if (b.intervals === FULL.intervals) return a;
  const intervals: Interval[] = [];
  let indexA = 0;
  let indexB = 0;
  while (indexA < a.intervals.length && indexB < b.intervals.length) {
    const left = a.intervals[indexA]!;
    const right = b.intervals[indexB]!;
    const lower = isLowerBefore(left.lower, right.lower) ? right.lower : left.lower;
    const endsFirst = isUpperBefore(right.upper, left.upper) ? right : left;
    if (isBetween(lower, endsFirst.upper)) intervals.push({ lower, upper: endsFirst.upper });
    if (endsFirst === left) indexA += 1;
    else indexB += 1;
  }
  return rangeFrom(intervals);
}

/**
 * The versions in all of some sets; all versions where there are none. By pairs, so that the time is in proportion to the intervals
 * of all of them, and a factor for each doubling.
 */
export function intersectAll(ranges: readonly VersionRange[]): VersionRange {
  return byPairs(ranges, intersectRanges) ?? FULL;
}

/** The versions in any of some sets. Time as {@link intersectAll}. */
export function uniteAll(ranges: readonly VersionRange[]): VersionRange {
  return byPairs(ranges, uniteRanges) ?? EMPTY;
}

function byPairs(
  ranges: readonly VersionRange[],
  join: (one: VersionRange, other: VersionRange) => VersionRange,
): VersionRange | undefined {
  let left = ranges;
  while (left.length > 1) {
    const joined: VersionRange[] = [];
    for (let at = 0; at < left.length; at += 2) {
      const [one, other] = [left[at]!, left[at + 1]];
      joined.push(other === undefined ? one : join(one, other));
    }
    left = joined;
  }
  return left[0];
}

/** The versions in either set. */
export function uniteRanges(a: VersionRange, b: VersionRange): VersionRange {
  if (a.intervals.length === 0) return b;
  if (b.intervals.length === 0) return a;
  const intervals: Interval[] = [];
  let current: Interval | undefined;
  for (const next of mergeByLowerBound(a.intervals, b.intervals)) {
    if (current === undefined) {
      current = next;
    } else if (touches(current.upper, next.lower)) {
      if (isUpperBefore(current.upper, next.upper)) current = { lower: current.lower, upper: next.upper };
    } else {
      intervals.push(current);
      current = next;
    }
  }
  if (current !== undefined) intervals.push(current);
  return rangeFrom(intervals);
}

/** The versions that are not in a set. */
export function complementRange(range: VersionRange): VersionRange {
  const intervals: Interval[] = [];
  let lower: Bound | undefined;
  let isOpen = true;
  for (const next of range.intervals) {
    if (next.lower !== undefined) intervals.push({ lower, upper: flip(next.lower) });
    isOpen = next.upper !== undefined;
    lower = next.upper === undefined ? undefined : flip(next.upper);
  }
  if (isOpen) intervals.push({ lower, upper: undefined });
  return rangeFrom(intervals);
}

/** Whether a version is in a set. */
export function rangeContains(range: VersionRange, version: Version): boolean {
  const { order } = version;
  const { intervals } = range;
  // The first interval that ends above the version is the only one that can hold it.
  let [low, high] = [0, intervals.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const { upper } = intervals[middle]!;
    if (upper !== undefined && order >= upper.order) low = middle + 1;
    else high = middle;
  }
  const around = intervals[low];
  return around !== undefined && (around.lower === undefined || order >= around.lower.order);
}

/** Whether a set has no version. */
export function isEmptyRange(range: VersionRange): boolean {
  return range.intervals.length === 0;
}

/** Whether a set has all versions. */
export function isFullRange(range: VersionRange): boolean {
  const first = range.intervals[0];
  return first !== undefined && first.lower === undefined && first.upper === undefined;
}

/** Whether every version of `a` is in `b`. */
export function isSubsetRange(a: VersionRange, b: VersionRange): boolean {
  let index = 0;
  for (const part of a.intervals) {
    // The first interval of `b` that reaches as far is the only one that can hold the whole part.
    while (index < b.intervals.length && isUpperBefore(b.intervals[index]!.upper, part.upper)) index += 1;
    const around = b.intervals[index];
    if (around === undefined || isLowerBefore(part.lower, around.lower)) return false;
  }
  return true;
}

/** Whether two sets have no version in common. */
export function isDisjointRanges(a: VersionRange, b: VersionRange): boolean {
  return isEmptyRange(intersectRanges(a, b));
}

/** Whether two sets have the same versions, however they are written. */
export function equalRanges(a: VersionRange, b: VersionRange): boolean {
  return (
    a.intervals.length === b.intervals.length &&
    a.intervals.every(({ lower, upper }, index) => {
      const other = b.intervals[index]!;
      return lower?.order === other.lower?.order && upper?.order === other.upper?.order;
    })
  );
}

/** One text for each interval, as uv writes them: `>=1.0,<2`, `==3.0`, `==3.1.*`, `>4`; `*` for all versions. */
export function formatRange(range: VersionRange): readonly string[] {
  return range.intervals.map(formatInterval);
}

/**
 * The range with the fewest bounds that answers the same for the known versions, for messages: intervals without a
 * known version are dropped, those without one between them joined, and bounds beyond the last known version opened.
 * A single version, and a range without any known version, stay as they are.
 *
 * @param versions ascending
 */
export function simplifyRange(range: VersionRange, versions: readonly Version[]): VersionRange {
  if (range.intervals.length === 0 || exactVersion(range) !== undefined) return range;
  const intervals: Interval[] = [];
  let index = 0;
  let first: Interval | "infinite" | undefined;
  let last: Interval | undefined;
  for (const [position, version] of versions.entries()) {
    while (index < range.intervals.length && isAbove(range.intervals[index]!.upper, version)) index += 1;
    const home = range.intervals[index];
    if (home === undefined || isBelow(home.lower, version)) {
      if (first !== undefined) intervals.push({ lower: lowerOf(first), upper: last?.upper });
      first = undefined;
      continue;
    }
    first ??= position === 0 ? "infinite" : home;
    last = home;
  }
  if (first !== undefined) intervals.push({ lower: lowerOf(first), upper: undefined });
  return intervals.length === 0 ? range : rangeFrom(intervals);
}

/** The version of a range that is written `==1.0`. */
export function exactVersion(range: VersionRange): Version | undefined {
  const only = range.intervals[0];
  if (range.intervals.length !== 1 || only === undefined) return undefined;
  return isExact(only) ? only.lower?.version : undefined;
}

function formatInterval(part: Interval): string {
  const { lower, upper } = part;
  if (lower === undefined) return upper === undefined ? "*" : upperText(upper);
  if (upper === undefined) return lowerText(lower);
  if (isExact(part)) return `==${lower.version.text}`;
  return prefixText(lower, upper) ?? `${lowerText(lower)},${upperText(upper)}`;
}

function lowerText({ isInclusive, version }: Bound): string {
  return (isInclusive ? ">=" : ">") + version.text;
}

function upperText({ isInclusive, version }: Bound): string {
  return (isInclusive ? "<=" : "<") + version.text;
}

function isExact({ lower, upper }: Interval): boolean {
  return (
    lower !== undefined &&
    upper !== undefined &&
    lower.isInclusive &&
    upper.isInclusive &&
    lower.version.order === upper.version.order
  );
}

/** `>=1.2.dev0,<1.3.dev0` came from `==1.2.*`. */
function prefixText(lower: Bound, upper: Bound): string | undefined {
  const start = lower.version;
  if (!lower.isInclusive || upper.isInclusive || start.dev !== 0 || upper.version.dev !== 0) return undefined;
  if (start.pre !== undefined || start.post !== undefined || start.local !== undefined) return undefined;
  if (start.release.length !== upper.version.release.length) return undefined;
  if (nextPrefix(start, start.release).order !== upper.order) return undefined;
  return `==${makeVersion({ ...start, dev: undefined }).text}.*`;
}

function equalVersions(version: Version): VersionRange {
  return version.local === undefined
    ? rangeBetween(boundBefore(version), behindLocals(version))
    : singletonRange(version);
}

/** The first version after all that begin with a release: `1.3.dev0` for `1.2`. */
function nextPrefix({ epoch }: VersionParts, release: VersionParts["release"]): Version {
  const next = [...release.slice(0, -1), increment(release.at(-1) ?? 0)];
  return makeVersion({ epoch, release: next, pre: undefined, post: undefined, dev: 0, local: undefined });
}

/** `<2` is before the pre-releases of 2 too, unless it names one (PEP 440, exclusive ordered comparison). */
function beforePrereleases(version: Version): Bound {
  const order = isPrerelease(version) ? version.order : orderOf({ ...version, dev: 0, local: undefined });
  return { order, version, isInclusive: true };
}

/** Behind a version and its local versions: at the least version that follows, so that equal places have equal keys. */
function behindLocals(version: Version): Bound {
  const { post, dev } = version;
  const next: VersionParts =
    dev === undefined
      ? { ...version, post: post === undefined ? 0 : increment(post), dev: 0, local: undefined }
      : { ...version, dev: increment(dev), local: undefined };
  return { order: orderOf(next), version, isInclusive: false };
}

/** `>1.0` is after the post-releases of 1.0 too, unless it names one (PEP 440, exclusive ordered comparison). */
function behindPostreleases(version: Version): Bound {
  const { pre, post, dev } = version;
  if (post !== undefined || dev !== undefined) return behindLocals(version);
  const order =
    pre === undefined
      ? orderAfterPostreleases(version)
      : orderOf({ ...version, pre: [pre[0], increment(pre[1])], dev: 0 });
  return { order, version, isInclusive: false };
}

/** The same place as the other kind of bound: below `>=1` is `<1`. */
function flip({ order, version, isInclusive }: Bound): Bound {
  return { order, version, isInclusive: !isInclusive };
}

/** Opens bounds below the first of all versions, and drops an interval that ends there. */
function rangeFrom(intervals: readonly Interval[]): VersionRange {
  let kept = intervals;
  const first = kept[0];
  if (first?.upper !== undefined && first.upper.order <= FIRST_ORDER) kept = kept.slice(1);
  const lowest = kept[0];
  if (lowest?.lower !== undefined && lowest.lower.order <= FIRST_ORDER) {
    kept = [{ lower: undefined, upper: lowest.upper }, ...kept.slice(1)];
  }
  if (kept.length === 0) return EMPTY;
  const only = kept[0]!;
  return only.lower === undefined && only.upper === undefined ? FULL : { intervals: kept };
}

function mergeByLowerBound(a: readonly Interval[], b: readonly Interval[]): readonly Interval[] {
  const merged: Interval[] = [];
  let indexB = 0;
  for (const next of a) {
    while (indexB < b.length && isLowerBefore(b[indexB]!.lower, next.lower)) merged.push(b[indexB++]!);
    merged.push(next);
  }
  return merged.concat(b.slice(indexB));
}

function isBetween(lower: Bound | undefined, upper: Bound | undefined): boolean {
  return lower === undefined || upper === undefined || lower.order < upper.order;
}

/** Whether no version lies between the end of an interval and the start of the next. */
function touches(upper: Bound | undefined, lower: Bound | undefined): boolean {
  return upper === undefined || lower === undefined || lower.order <= upper.order;
}

function isBelow(lower: Bound | undefined, version: Version): boolean {
  return lower !== undefined && version.order < lower.order;
}

function isAbove(upper: Bound | undefined, version: Version): boolean {
  return upper !== undefined && version.order >= upper.order;
}

function lowerOf(first: Interval | "infinite"): Bound | undefined {
  return first === "infinite" ? undefined : first.lower;
}

const COMPARISONS: Readonly<Record<SpecifierOperator, (version: Version) => VersionRange>> = {
  "===": singletonRange,
  "==": equalVersions,
  "!=": (version) => complementRange(equalVersions(version)),
  ">=": (version) => rangeBetween(boundBefore(version), undefined),
  "<=": (version) => rangeBetween(undefined, behindLocals(version)),
  ">": (version) => rangeBetween(behindPostreleases(version), undefined),
  "<": (version) => rangeBetween(undefined, beforePrereleases(version)),
  "~=": (version) =>
    rangeBetween(boundBefore(version), boundBefore(nextPrefix(version, version.release.slice(0, -1)))),
};
/** The first of all versions: `0.dev0`. */
const FIRST_ORDER = orderOf({
  epoch: 0,
  release: [0],
  pre: undefined,
  post: undefined,
  dev: 0,
  local: undefined,
});
const EMPTY: VersionRange = { intervals: [] };
const FULL: VersionRange = { intervals: [{ lower: undefined, upper: undefined }] };
