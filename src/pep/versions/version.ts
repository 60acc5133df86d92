// Versions: parsing, the normal form, and the order.
// https://packaging.python.org/en/latest/specifications/version-specifiers/ (PEP 440)
import { compareText } from "../../base/values/compare-text.ts";
import { PinionError } from "../../errors.ts";
import { trimWhitespace } from "../text.ts";

/** A number of a version: a bigint where a number would lose digits, so that `===` compares both. */
export type Integer = number | bigint;

/** What a version consists of. */
export interface VersionParts {
  readonly epoch: Integer;
  /** At least one number; trailing zeros are kept as written. */
  readonly release: readonly Integer[];
  readonly pre: readonly ["a" | "b" | "rc", Integer] | undefined;
  readonly post: Integer | undefined;
  readonly dev: Integer | undefined;
  /** The part after `+`: lower case, divided by dots. */
  readonly local: string | undefined;
}

/** A parsed version. */
export interface Version extends VersionParts {
  /** The normal form, with the release as long as it was written. */
  readonly text: string;
  /** `a` is before `b` exactly if `a.order < b.order`; equal versions (`1.0`, `1.0.0`) have equal keys. */
  readonly order: string;
}

/**
 * Parses a version; white space around it and the spellings of PEP 440 (`v1.0-alpha_1`) are understood.
 *
 * @throws PinionError `requirement/invalid-version`
 * @example
 * parseVersion("1.0-Alpha.1").text // "1.0a1"
 */
export function parseVersion(text: string): Version {
  const version = tryParseVersion(text);
  if (version !== undefined) return version;
  const quoted = JSON.stringify(text.slice(0, MAX_QUOTED_LENGTH));
  const message =
    text.length > MAX_VERSION_LENGTH
      ? `A version is longer than ${MAX_VERSION_LENGTH} characters: ${quoted}`
      : `Not a valid version: ${quoted}`;
  throw new PinionError("requirement/invalid-version", message, {
    details: { text: text.slice(0, MAX_QUOTED_LENGTH) },
  });
}

/** Parses a version, or returns undefined where the text is none. */
export function tryParseVersion(text: string): Version | undefined {
  return parseNormalForm(text) ?? parseAnySpelling(text);
}

/** Builds a version from its parts, as {@link parseVersion} would from their text. */
export function makeVersion(parts: VersionParts): Version {
  const { epoch, release, pre, post, dev, local } = parts;
  return { text: formatParts(parts), epoch, release, pre, post, dev, local, order: orderOf(parts) };
}

/** Less than, equal to or greater than zero, as `Array.prototype.sort` wants it. */
export function compareVersions(a: Version, b: Version): number {
  return compareText(a.order, b.order);
}

/** Whether a version is a pre-release: `1.0a1`, and development releases `1.0.dev1` too. */
export function isPrerelease(version: VersionParts): boolean {
  return version.pre !== undefined || version.dev !== undefined;
}

/** Whether a version is a post-release: `1.0.post1`. */
export function isPostrelease(version: VersionParts): boolean {
  return version.post !== undefined;
}

/** A version without its local part: `1.0+cpu` becomes `1.0`. */
export function publicVersion(version: Version): Version {
  return version.local === undefined ? version : makeVersion({ ...version, local: undefined });
}

/** Only epoch and release: `1!2.0rc1.post2` becomes `1!2.0`. */
export function baseVersion(version: Version): Version {
  const { epoch, release } = version;
  return makeVersion({ epoch, release, pre: undefined, post: undefined, dev: undefined, local: undefined });
}

/** The text of a version without trailing zeros in its release, equal for equal versions: `1.0.0` becomes `1`. */
export function canonicalVersionText(version: Version): string {
  return formatParts({ ...version, release: version.release.slice(0, significantLength(version.release)) });
}

/** The next number, whatever its size. */
export function increment(value: Integer): Integer {
  return toInteger(String(BigInt(value) + 1n));
}

/**
 * The key of a version's place in the order. It is made of: the epoch, the release without trailing zeros, one sign
 * for the pre-release, one for the post-release, one for the development release, and the local part. Each sign is
 * followed by its number where it has one; a number is its length (as a letter) and its digits, so that longer
 * numbers are greater; letters sort after all signs, so that a longer release is greater.
 */
export function orderOf(parts: VersionParts): string {
  const order = releaseOrder(parts) + suffixOrder(parts.pre, parts.post, parts.dev);
  return parts.local === undefined ? order : order + localOrder(parts.local);
}

/** A key after a final release with all its local versions and post-releases, and before everything greater. */
export function orderAfterPostreleases(parts: VersionParts): string {
  return `${releaseOrder(parts)}${FINAL}${BEHIND_NUMBERS}`;
}

/** The normal form, which nearly all versions are written in: one pass, and a small expression for a suffix. */
function parseNormalForm(text: string): Version | undefined {
  const length = text.length;
  if (length === 0 || length > MAX_NORMAL_LENGTH) return undefined;
  const numbers: number[] = [];
  let order = ZERO;
  let zeros = 0;
  let start = 0;
  let value = 0;
  let index = 0;
  for (; ; index++) {
    const digit = text.charCodeAt(index) - 48;
    if (digit >= 0 && digit <= 9) {
      if (value === 0 && index > start) return undefined;
      value = value * 10 + digit;
      continue;
    }
    const digits = index - start;
    if (digits === 0 || digits > MAX_SAFE_DIGITS) return undefined;
    numbers.push(value);
    if (value === 0) {
      zeros += 1;
    } else {
      for (; zeros > 0; zeros--) order += ZERO;
      order += LENGTH_SIGNS[digits]! + text.slice(start, index);
    }
    if (digit !== DOT || !isDigit(text.charCodeAt(index + 1))) break;
    start = index + 1;
    value = 0;
  }
  if (numbers.length === zeros) order += ZERO;
  // An array that grew has room for sixteen more, and there are tens of thousands of versions.
  const release = numbers.slice();
  if (index === length) {
    order += FINAL_ORDER;
    return {
      text,
      epoch: 0,
      release,
      pre: undefined,
      post: undefined,
      dev: undefined,
      local: undefined,
      order,
    };
  }
  const match = NORMAL_SUFFIX.exec(text.slice(index));
  if (match === null) return undefined;
  const [, kind, preNumber, postNumber, devNumber] = match;
  const pre = kind === undefined ? undefined : ([preKind(kind), Number(preNumber)] as const);
  const post = postNumber === undefined ? undefined : Number(postNumber);
  const dev = devNumber === undefined ? undefined : Number(devNumber);
  order += suffixOrder(pre, post, dev);
  return { text, epoch: 0, release, pre, post, dev, local: undefined, order };
}

function parseAnySpelling(text: string): Version | undefined {
  if (text.length > MAX_VERSION_LENGTH) return undefined;
  const match = VERSION.exec(trimWhitespace(text));
  if (match === null) return undefined;
  const [, epoch, release = "", pre, preNumber, implicitPost, post, postNumber, dev, devNumber, local] =
    match;
  return makeVersion({
    epoch: toInteger(epoch ?? "0"),
    release: release.split(".").map(toInteger),
    pre: pre === undefined ? undefined : [preKind(pre), toInteger(preNumber ?? "0")],
    post:
      post === undefined && implicitPost === undefined
        ? undefined
        : toInteger(implicitPost ?? postNumber ?? "0"),
    dev: dev === undefined ? undefined : toInteger(devNumber ?? "0"),
    local: local === undefined ? undefined : normalizeLocal(local),
  });
}

function preKind(spelling: string): "a" | "b" | "rc" {
  switch (spelling.toLowerCase()) {
    case "a":
    case "alpha":
      return "a";
    case "b":
    case "beta":
      return "b";
    default:
      return "rc";
  }
}

function normalizeLocal(local: string): string {
  return local
    .toLowerCase()
    .split(/[._-]/)
    .map((segment) => (DIGITS.test(segment) ? String(toInteger(segment)) : segment))
    .join(".");
}

function toInteger(digits: string): Integer {
  if (digits.length <= MAX_SAFE_DIGITS) return Number(digits);
  const value = BigInt(digits);
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}

function formatParts(parts: VersionParts): string {
  let text = parts.epoch === 0 ? "" : `${parts.epoch}!`;
  text += parts.release.join(".");
  if (parts.pre !== undefined) text += parts.pre[0] + String(parts.pre[1]);
  if (parts.post !== undefined) text += `.post${parts.post}`;
  if (parts.dev !== undefined) text += `.dev${parts.dev}`;
  return parts.local === undefined ? text : `${text}+${parts.local}`;
}

function releaseOrder({ epoch, release }: VersionParts): string {
  let order = encode(epoch);
  const length = significantLength(release);
  for (let index = 0; index < length; index++) order += encode(release[index]!);
  return order;
}

function suffixOrder(pre: VersionParts["pre"], post: Integer | undefined, dev: Integer | undefined): string {
  let order = post === undefined && dev !== undefined ? DEV_ONLY : FINAL;
  if (pre !== undefined) order = PRE_SIGN[pre[0]] + encode(pre[1]);
  order += post === undefined ? "0" : `1${encode(post)}`;
  return order + (dev === undefined ? "1" : `0${encode(dev)}`);
}

/** How many numbers of a release count: all but trailing zeros, and at least one. */
function significantLength(release: readonly Integer[]): number {
  let length = release.length;
  while (length > 1 && release[length - 1] === 0) length -= 1;
  return length;
}

/** Words are before numbers; a shorter local part is before its continuations. */
function localOrder(local: string): string {
  return local
    .split(".")
    .map((segment) => (DIGITS.test(segment) ? `1${encode(toInteger(segment))}` : `0${segment}.`))
    .join("");
}

function isDigit(unit: number): boolean {
  return unit >= 48 && unit <= 57;
}

function encode(value: Integer): string {
  const digits = String(value);
  return String.fromCharCode(LENGTH_BASE + digits.length) + digits;
}

const VERSION =
  /^v?(?:([0-9]+)!)?([0-9]+(?:\.[0-9]+)*)(?:[._-]?(alpha|a|beta|b|preview|pre|c|rc)[._-]?([0-9]+)?)?(?:-([0-9]+)|[._-]?(post|rev|r)[._-]?([0-9]+)?)?(?:[._-]?(dev)[._-]?([0-9]+)?)?(?:\+([a-z0-9]+(?:[._-][a-z0-9]+)*))?$/i;
const NORMAL_SUFFIX =
  /^(?:(a|b|rc)(0|[1-9][0-9]{0,14}))?(?:\.post(0|[1-9][0-9]{0,14}))?(?:\.dev(0|[1-9][0-9]{0,14}))?$/;
const DIGITS = /^[0-9]+$/;

/** `.` as an offset from `0`. */
const DOT = -2;
/** "A" is the length 1. */
const LENGTH_BASE = 64;
const LENGTH_SIGNS: readonly string[] = Array.from({ length: 16 }, (_, length) =>
  String.fromCharCode(LENGTH_BASE + length),
);
const ZERO = "A0";
const DEV_ONLY = "0";
const PRE_SIGN = { a: "1", b: "2", rc: "3" } as const;
const FINAL = "4";
/** A final release without post-release, development release and local part. */
const FINAL_ORDER = `${FINAL}01`;
/** Behind every sign that can follow, and before the letter of a further number of the release. */
const BEHIND_NUMBERS = "9";

/** Every number of 15 digits is exact (2^53 has 16). */
const MAX_SAFE_DIGITS = 15;
/** Longer strings are rare, and take the general way. */
const MAX_NORMAL_LENGTH = 64;
/** CPython refuses to read longer integers (`sys.set_int_max_str_digits`), and with them such versions. */
const MAX_VERSION_LENGTH = 4300;
const MAX_QUOTED_LENGTH = 80;
