// Version specifiers: `>=1.0,!=1.4.*`, what they accept, and what they say about pre-releases.
// https://packaging.python.org/en/latest/specifications/version-specifiers/ (PEP 440)
import { compareText } from "../../base/values/compare-text.ts";
import type { SpecifierOperator, Specifier, SpecifierSet } from "./specifier-set.ts";
import { PinionError } from "../../errors.ts";
import { isWhitespace, trimWhitespace } from "../text.ts";
import {
  complementRange,
  emptyRange,
  isEmptyRange,
  prefixRange,
  rangeContains,
  rangeOf,
  rangeOfComparison,
} from "./version-range.ts";
import type { VersionRange } from "./interval.ts";
import { isPrerelease, tryParseVersion } from "./version.ts";
import type { Version } from "./version.ts";

/** How pre-releases are treated: unset follows PEP 440, which takes them where nothing else fits. */
export interface PrereleaseOptions {
  readonly prereleases?: boolean | undefined;
}

/**
 * Parses specifiers divided by commas; empty parts are ignored.
 *
 * @throws PinionError `requirement/invalid-specifier`
 * @example
 * parseSpecifierSet(">= 1.0, < 2").text // "<2,>=1.0"
 */
export function parseSpecifierSet(text: string): SpecifierSet {
  if (text.length > MAX_SET_LENGTH) throw invalidSpecifier(text, `longer than ${MAX_SET_LENGTH} characters`);
  const parts = text.split(",").map(trimWhitespace);
  return makeSpecifierSet(parts.filter((part) => part !== "").map(parseSpecifier));
}

/** Parses specifiers divided by commas, or returns undefined where one is wrong. */
export function tryParseSpecifierSet(text: string): SpecifierSet | undefined {
  if (text.length > MAX_SET_LENGTH) return undefined;
  const specifiers: Specifier[] = [];
  for (const part of text.split(",")) {
    if (trimWhitespace(part) === "") continue;
    const result = readSpecifier(part);
    if (typeof result === "string") return undefined;
    specifiers.push(result);
  }
  return makeSpecifierSet(specifiers);
}

/**
 * Parses one specifier, `>=1.0`.
 *
 * @throws PinionError `requirement/invalid-specifier`
 */
export function parseSpecifier(text: string): Specifier {
  const result = readSpecifier(text);
  if (typeof result === "string") throw invalidSpecifier(text, result);
  return result;
}

/** Parses one specifier, or returns undefined where it is wrong. */
export function tryParseSpecifier(text: string): Specifier | undefined {
  const result = readSpecifier(text);
  return typeof result === "string" ? undefined : result;
}

/** Joins specifiers into a set: sorted by their text, equal ones once (`==1.0` and `==1.0.0` are equal). */
export function makeSpecifierSet(specifiers: readonly Specifier[]): SpecifierSet {
  const only = specifiers[0];
  if (only === undefined) return EMPTY_SET;
  if (specifiers.length === 1) return { text: only.operator + only.text, specifiers };
  const distinct = new Map<string, Specifier>();
  for (const specifier of specifiers.toSorted((a, b) =>
    compareText(a.operator + a.text, b.operator + b.text),
  )) {
    const identity = identityOf(specifier);
    if (!distinct.has(identity)) distinct.set(identity, specifier);
  }
  const sorted = [...distinct.values()];
  return { text: sorted.map(({ operator, text }) => operator + text).join(","), specifiers: sorted };
}

/**
 * Whether a version fits a set. A lone version has no alternative, so that a pre-release fits unless `prereleases`
 * is false. A string that is not a version fits only `===` with the same text, and the empty set.
 */
export function satisfies(
  version: Version | string,
  set: SpecifierSet,
  options: PrereleaseOptions = {},
): boolean {
  const parsed = typeof version === "string" ? tryParseVersion(version) : version;
  if (options.prereleases === false && parsed !== undefined && isPrerelease(parsed)) return false;
  const text = typeof version === "string" ? version : version.text;
  return set.specifiers.every((specifier) => accepts(specifier, parsed, text));
}

/**
 * The versions that fit a set, in the order given. Without `prereleases`, pre-releases are left out unless a
 * specifier names one ({@link mentionsPrerelease}) or nothing but pre-releases fits.
 */
export function filterVersions<T extends Version | string>(
  versions: readonly T[],
  set: SpecifierSet,
  options: PrereleaseOptions = {},
): T[] {
  const prereleases = options.prereleases ?? (mentionsPrerelease(set) ? true : undefined);
  const fitting = versions.filter((version) => satisfies(version, set));
  if (prereleases === true) return fitting;
  const kinds = fitting.map(releaseKind);
  if (prereleases === undefined && !kinds.includes("final")) return fitting;
  return fitting.filter((_, index) => kinds[index] !== "prerelease");
}

/** Whether a specifier other than `!=` names a pre-release, which asks for pre-releases (PEP 440). */
export function mentionsPrerelease(set: SpecifierSet): boolean {
  return set.specifiers.some(
    ({ operator, version }) => operator !== "!=" && version !== undefined && isPrerelease(version),
  );
}

/** Whether no version, nor any text, can ever fit a set. */
export function isUnsatisfiable(set: SpecifierSet): boolean {
  const exact = set.specifiers.filter(({ operator }) => operator === "===");
  // After `===` there is one candidate: its text.
  if (exact.length > 0) return !exact.some(({ text }) => satisfies(text, set));
  return isEmptyRange(rangeOf(set));
}

function accepts(specifier: Specifier, version: Version | undefined, text: string): boolean {
  if (specifier.operator === "===") return specifier.text.toLowerCase() === text.toLowerCase();
  return version !== undefined && rangeContains(specifier.range, version);
}

function releaseKind(version: Version | string): "final" | "prerelease" | "text" {
  const parsed = typeof version === "string" ? tryParseVersion(version) : version;
  if (parsed === undefined) return "text";
  return isPrerelease(parsed) ? "prerelease" : "final";
}

/** The specifier, or what is wrong with the text. */
function readSpecifier(source: string): Specifier | string {
  const trimmed = trimWhitespace(source);
  const operator = OPERATORS.find((candidate) => trimmed.startsWith(candidate));
  if (operator === undefined) return `must begin with one of ${OPERATORS.join(" ")}`;
  const text = trimWhitespace(trimmed.slice(operator.length));
  if (operator === "===") return readIdentity(text);
  const isPrefix = text.endsWith(".*");
  if (isPrefix && operator !== "==" && operator !== "!=") return "`.*` fits only after `==` and `!=`";
  const written = isPrefix ? text.slice(0, -2) : text;
  // `tryParseVersion` would forgive the space of `1.0 .*`.
  const version = isWhitespace(written.charCodeAt(written.length - 1)) ? undefined : tryParseVersion(written);
  if (version === undefined) return text === "" ? "has no version" : "has no valid version";
  if (isPrefix && (isPrerelease(version) || version.post !== undefined || version.local !== undefined)) {
    return "`.*` fits only after a plain release";
  }
  if (version.local !== undefined && operator !== "==" && operator !== "!=") {
    return "a local version fits only after `==` and `!=`";
  }
  if (operator === "~=" && version.release.length < 2)
    return "`~=` needs at least two numbers, such as `~=1.0`";
  return { operator, text, version, isPrefix, range: rangeOfSpecifier(operator, version, isPrefix) };
}

function readIdentity(text: string): Specifier | string {
  if (!IDENTITY_TEXT.test(text)) return "`===` takes a string without spaces, `;` and `)`";
  const version = tryParseVersion(text);
  const range = version === undefined ? emptyRange() : rangeOfComparison("===", version);
  return { operator: "===", text, version, isPrefix: false, range };
}

function rangeOfSpecifier(operator: SpecifierOperator, version: Version, isPrefix: boolean): VersionRange {
  if (!isPrefix) return rangeOfComparison(operator, version);
  return operator === "==" ? prefixRange(version) : complementRange(prefixRange(version));
}

/** Equal for specifiers that mean the same; the number of zeros counts after `~=` and a prefix. */
function identityOf({ operator, text, version, isPrefix }: Specifier): string {
  if (operator === "===" || isPrefix || version === undefined) return operator + text;
  return `${operator}${version.order}${operator === "~=" ? `/${version.release.length}` : ""}`;
}

function invalidSpecifier(source: string, reason: string): PinionError {
  const text = source.slice(0, MAX_QUOTED_LENGTH);
  return new PinionError(
    "requirement/invalid-specifier",
    `Not a valid version specifier: ${JSON.stringify(text)} ${reason}`,
    { details: { text, reason } },
  );
}

/** Longer operators first. */
const OPERATORS: readonly SpecifierOperator[] = ["===", "~=", "==", "!=", "<=", ">=", "<", ">"];
const IDENTITY_TEXT = /^[^\s;)]*$/;
const EMPTY_SET: SpecifierSet = { text: "", specifiers: [] };
/** More than any project writes, and little to read. */
const MAX_SET_LENGTH = 65_536;
const MAX_QUOTED_LENGTH = 80;
