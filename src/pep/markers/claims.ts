// What one comparison of a marker claims: which versions, which text, or a fact of its own.
// `evaluateMarker` asks one environment; computing with markers (`marker-algebra.ts`) asks for all at once. As uv does,
// versions count only by their release there (a Python 3.13.0b1 satisfies >=3.13), and a nonsensical version is ignored.
import type { MarkerComparison, MarkerField, MarkerOperator } from "./expression.ts";
import { tryParseSpecifier } from "../versions/specifier.ts";
import type { SpecifierSet } from "../versions/specifier-set.ts";
import {
  boundBefore,
  boundBehind,
  complementRange,
  intersectAll,
  rangeBetween,
  uniteAll,
} from "../versions/version-range.ts";
import type { Bound, VersionRange } from "../versions/interval.ts";
import { increment, makeVersion } from "../versions/version.ts";
import type { Version, VersionParts } from "../versions/version.ts";

/** A field whose value is a release; `python_version` follows from `python_full_version`. */
export type VersionField = "python_full_version" | "implementation_version" | "platform_release";

/** The field's release is in the range. */
export interface VersionClaim {
  readonly kind: "version";
  readonly field: VersionField;
  readonly range: VersionRange;
}

/** The field's text is the value, or another one. */
export interface TextClaim {
  readonly kind: "text";
  readonly field: MarkerField;
  readonly value: string;
  readonly isEqual: boolean;
}

/** Something that is true or false by itself; claims with the same `positive` comparison are about the same fact. */
export interface FactClaim {
  readonly kind: "fact";
  readonly positive: MarkerComparison;
  /** The comparison that holds exactly where `positive` does not, if there is one. */
  readonly negative: MarkerComparison | undefined;
  readonly isPositive: boolean;
}

/** The release of a system: a version on macOS, and elsewhere a fact, because it may be one or not. */
export interface ReleaseClaim {
  readonly kind: "release";
  readonly onDarwin: VersionClaim;
  readonly elsewhere: FactClaim;
}

/**
 * A claim; an operator without any meaning claims nothing, and is `true`; what compares no field with a string is `false`.
 */
export type Claim = VersionClaim | TextClaim | FactClaim | ReleaseClaim | boolean;

/** Tells what a comparison claims. */
export function claimOf(comparison: MarkerComparison): Claim {
  const { left, operator, right } = comparison;
  if (left.kind === "field")
    return right.kind === "string" && claimOfField(left.field, comparison, right.value);
  if (right.kind === "string") return false;
  const mirrored = MIRRORED[operator];
  if (mirrored === undefined) return factOf(comparison);
  return claimOfField(
    right.field,
    { kind: "comparison", left: right, operator: mirrored, right: left },
    left.value,
  );
}

/** The releases of Python that `Requires-Python` accepts, with the meaning that markers give to versions. */
export function releasesOf({ specifiers }: SpecifierSet): VersionRange {
  return intersectAll(specifiers.flatMap(({ operator, text }) => rangeOfReleases(operator, text) ?? []));
}

function claimOfField(field: MarkerField, comparison: MarkerComparison, value: string): Claim {
  const { operator } = comparison;
  if (field === "python_version" || field === "python_full_version" || field === "implementation_version") {
    return claimOfVersion(field, operator, value);
  }
  const range =
    field === "platform_release" && isOrdering(operator) ? rangeOfReleases(operator, value) : undefined;
  return range === undefined
    ? claimOfText(field, comparison, value)
    : {
        kind: "release",
        onDarwin: { kind: "version", field: "platform_release", range },
        elsewhere: factOf(comparison),
      };
}

function isOrdering(operator: MarkerOperator): boolean {
  return operator !== "in" && operator !== "not in" && operator !== "===" && operator !== "~=";
}

/** Strings have no order: `<=` and `>=` are `==`, but for a system's release and version, which are compared somehow. */
function claimOfText(field: MarkerField, comparison: MarkerComparison, value: string): Claim {
  const { operator } = comparison;
  if (operator === "in" || operator === "not in") return factOf(comparison);
  if (operator === "~=" || operator === "===") return true;
  const isOrdered = operator === "<" || operator === ">" || operator === "<=" || operator === ">=";
  if (isOrdered && (field === "platform_release" || field === "platform_version")) return factOf(comparison);
  if (operator === "<" || operator === ">") return false;
  const isEqual = operator !== "!=";
  // Several extras are active at once, so that each is a fact of its own.
  if (field === "extra") return factOf({ ...comparison, operator: isEqual ? "==" : "!=" });
  const platform = field === "platform_system" ? SAME_PLATFORMS.get(value) : undefined;
  return platform === undefined
    ? { kind: "text", field, value, isEqual }
    : { kind: "text", field: "sys_platform", value: platform, isEqual };
}

function factOf(comparison: MarkerComparison): FactClaim {
  const { left, operator, right } = comparison;
  const opposite = OPPOSITE[operator];
  const field = left.kind === "field" ? left.field : undefined;
  // Where a side may be a version or not, `==` and `!=`, or `<` and `>=`, can both be false.
  const isTwoSided =
    operator === "in" || operator === "not in" || (field === "extra" && right.kind === "string");
  if (opposite === undefined || !isTwoSided) {
    return { kind: "fact", positive: comparison, negative: undefined, isPositive: true };
  }
  const other: MarkerComparison = { ...comparison, operator: opposite };
  return operator === "!=" || operator === "not in"
    ? { kind: "fact", positive: other, negative: comparison, isPositive: false }
    : { kind: "fact", positive: comparison, negative: other, isPositive: true };
}

function claimOfVersion(
  field: "python_version" | VersionField,
  operator: MarkerOperator,
  value: string,
): Claim {
  const isList = operator === "in" || operator === "not in";
  const listed = isList ? rangeOfList(value) : rangeOfReleases(operator, value);
  if (listed === undefined) return true;
  const range = operator === "not in" ? complementRange(listed) : listed;
  return field === "python_version"
    ? { kind: "version", field: "python_full_version", range: beforeTruncation(range) }
    : { kind: "version", field, range };
}

/** `3.9 3.10` lists versions; undefined where one of them is none. */
function rangeOfList(value: string): VersionRange | undefined {
  const ranges: VersionRange[] = [];
  for (const part of value.trim().split(/\s+/)) {
    const one = part.endsWith("*") ? undefined : rangeOfReleases("==", part);
    if (one === undefined) return undefined;
    ranges.push(one);
  }
  return uniteAll(ranges);
}

/** The releases that a comparison accepts; undefined where the text is not a version. */
function rangeOfReleases(operator: MarkerOperator, value: string): VersionRange | undefined {
  const specifier = tryParseSpecifier(operator + value);
  if (specifier?.version === undefined) return undefined;
  const release = makeRelease(specifier.version, specifier.version.release);
  if (!specifier.isPrefix) return RELEASES[specifier.operator](release);
  const range = rangeBetween(boundBefore(release), boundBefore(nextRelease(release, release.release.length)));
  return specifier.operator === "!=" ? complementRange(range) : range;
}

/** The full versions whose first two numbers are in a range: `>3.8` becomes `>=3.9`. */
function beforeTruncation(range: VersionRange): VersionRange {
  return uniteAll(
    range.intervals.map(({ lower, upper }) => {
      const start = lower === undefined ? undefined : truncatedPlace(lower.version, lower.isInclusive);
      const end = upper === undefined ? undefined : truncatedPlace(upper.version, !upper.isInclusive);
      return rangeBetween(start, end);
    }),
  );
}

/** The place where versions begin whose truncated form is after the place right before, or after, a release. */
function truncatedPlace(version: Version, isBefore: boolean): Bound {
  const isShort = version.release.slice(2).every((number) => number === 0);
  return boundBefore(isBefore && isShort ? version : nextRelease(version, 2));
}

/** The release after all that begin with the first numbers of one: 3.10 after two of 3.9.1. */
function nextRelease(version: VersionParts, length: number): Version {
  const padded = [...version.release, 0].slice(0, length);
  return makeRelease(version, [...padded.slice(0, -1), increment(padded.at(-1) ?? 0)]);
}

function makeRelease({ epoch }: VersionParts, release: VersionParts["release"]): Version {
  return makeVersion({ epoch, release, pre: undefined, post: undefined, dev: undefined, local: undefined });
}

function exactly(version: Version): VersionRange {
  return rangeBetween(boundBefore(version), boundBehind(version));
}

const RELEASES: Readonly<
  Record<Exclude<MarkerOperator, "in" | "not in">, (version: Version) => VersionRange>
> = {
  "==": exactly,
  "===": exactly,
  "!=": (version) => complementRange(exactly(version)),
  ">=": (version) => rangeBetween(boundBefore(version), undefined),
  ">": (version) => rangeBetween(boundBehind(version), undefined),
  "<": (version) => rangeBetween(undefined, boundBefore(version)),
  "<=": (version) => rangeBetween(undefined, boundBehind(version)),
  "~=": (version) =>
    rangeBetween(boundBefore(version), boundBefore(nextRelease(version, version.release.length - 1))),
};
/**
 * Values of `platform.system()` that mean one value of `sys.platform`, as uv equates them. Others, such as `FreeBSD`, go
 * with several: `freebsd13`, `freebsd14`.
 */
const SAME_PLATFORMS: ReadonlyMap<string, string> = new Map([
  ["AIX", "aix"],
  ["Android", "android"],
  ["Darwin", "darwin"],
  ["Emscripten", "emscripten"],
  ["Linux", "linux"],
  ["Windows", "win32"],
]);

/** The operator that holds when the sides are swapped. */
const MIRRORED: Readonly<Partial<Record<MarkerOperator, MarkerOperator>>> = {
  "==": "==",
  "===": "===",
  "~=": "~=",
  "!=": "!=",
  "<": ">",
  "<=": ">=",
  ">": "<",
  ">=": "<=",
};
const OPPOSITE: Readonly<Partial<Record<MarkerOperator, MarkerOperator>>> = {
  "==": "!=",
  "!=": "==",
  in: "not in",
  "not in": "in",
};
