// Names of distribution files: wheels (PEP 427, packaging.python.org "Binary distribution format") and
// source distributions (PEP 625, with the older `.zip`).

import { compareText } from "../../base/values/compare-text.ts";
import { PinionError } from "../../errors.ts";
import { normalizeName } from "../name.ts";
import { expandTagSet } from "../tags/tag-set.ts";
import { tryParseVersion, type Version } from "../versions/version.ts";

/** What a wheel's file name says. */
export interface WheelFilename {
  readonly filename: string;
  /** Normalised. */
  readonly name: string;
  readonly version: Version;
  /** Digits and rest of the build tag, which breaks ties between wheels with the same tags. */
  readonly build: readonly [number | bigint, string] | undefined;
  /** Expanded and in lower case: `py2.py3-none-any` gives `py2-none-any` and `py3-none-any`. */
  readonly tags: readonly string[];
}

/** What a source distribution's file name says. */
export interface SdistFilename {
  readonly filename: string;
  /** Normalised. */
  readonly name: string;
  readonly version: Version;
}

export interface FilenameOptions {
  /** Parses the version part; an index page hands in one that remembers, as its versions repeat. */
  readonly parseVersion?: (text: string) => Version | undefined;
}

/**
 * Parses the file name of a wheel.
 *
 * @throws PinionError `wheel/invalid-filename`
 */
export function parseWheelFilename(filename: string, options: FilenameOptions = {}): WheelFilename {
  const parsed = readWheelFilename(filename, options);
  if (typeof parsed === "string") {
    const isVariant = tryParseWheelVariant(filename, options) !== undefined;
    throw invalidFilename("wheel", filename, isVariant ? "wheel variants are not supported" : parsed);
  }
  return parsed;
}

/** Parses the file name of a wheel; undefined where it does not follow the standard. */
export function tryParseWheelFilename(
  filename: string,
  options: FilenameOptions = {},
): WheelFilename | undefined {
  const parsed = readWheelFilename(filename, options);
  return typeof parsed === "string" ? undefined : parsed;
}

/**
 * Parses the file name of a wheel variant, whose last part is a label: `demo-1.0-py3-none-any-x86_64_v3.whl` (draft PEP
 * 825). Undefined for every other name.
 */
export function tryParseWheelVariant(
  filename: string,
  options: FilenameOptions = {},
): WheelFilename | undefined {
  const dash = filename.lastIndexOf("-");
  if (!VARIANT_LABEL.test(filename.slice(dash + 1)) || tryParseWheelFilename(filename, options) !== undefined)
    return undefined;
  const parsed = tryParseWheelFilename(`${filename.slice(0, dash)}.whl`, options);
  return parsed && { ...parsed, filename };
}

/**
 * Parses the file name of a source distribution, `.tar.gz` or `.zip`.
 *
 * @throws PinionError `wheel/invalid-filename`
 */
export function parseSdistFilename(filename: string, options: FilenameOptions = {}): SdistFilename {
  const parsed = readSdistFilename(filename, options);
  if (typeof parsed === "string") throw invalidFilename("source distribution", filename, parsed);
  return parsed;
}

/** Parses the file name of a source distribution; undefined where it does not follow the standard. */
export function tryParseSdistFilename(
  filename: string,
  options: FilenameOptions = {},
): SdistFilename | undefined {
  const parsed = readSdistFilename(filename, options);
  return typeof parsed === "string" ? undefined : parsed;
}

/**
 * Parses the name of a source distribution in a form that PEP 625 has ended: `.tar.bz2`, `.tar.xz` and `.tgz`. Old releases
 * have nothing else.
 */
export function tryParseLegacySdistFilename(
  filename: string,
  options: FilenameOptions = {},
): SdistFilename | undefined {
  const extension = LEGACY_EXTENSIONS.find((candidate) => filename.endsWith(candidate));
  if (extension === undefined) return undefined;
  const parsed = readSdistFilename(`${filename.slice(0, -extension.length)}.tar.gz`, options);
  return typeof parsed === "string" ? undefined : { ...parsed, filename };
}

/** Orders build tags: none before any, then by number, then by text (PEP 427). */
export function compareBuilds(a: WheelFilename["build"], b: WheelFilename["build"]): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined);
  if (a[0] !== b[0]) return a[0] < b[0] ? -1 : 1;
  return compareText(a[1], b[1]);
}

/** The value, or what is wrong in words. An index page has thousands of names, so this scans and splits little. */
function readWheelFilename(filename: string, options: FilenameOptions): WheelFilename | string {
  if (!filename.endsWith(".whl")) return "its extension is not `.whl`";
  if (filename.length > MAX_FILENAME_LENGTH) return "it is too long";
  const stem = filename.slice(0, -".whl".length);
  const dashes = dashesIn(stem);
  if (dashes.length !== 4 && dashes.length !== 5) return "it has the wrong number of parts";
  const [nameEnd = 0, versionEnd = 0] = dashes;
  const buildEnd = dashes.at(-3) ?? 0;

  const name = stem.slice(0, nameEnd);
  if (!WHEEL_NAME.test(name) || name.includes("__")) return "its project name is invalid";
  const version = (options.parseVersion ?? tryParseVersion)(stem.slice(nameEnd + 1, versionEnd));
  if (version === undefined) return "its version is invalid";

  const build = buildEnd === versionEnd ? undefined : readBuild(stem.slice(versionEnd + 1, buildEnd));
  if (build === undefined && buildEnd !== versionEnd) return "its build tag does not start with a digit";
  const tags = expandTagSet(stem.slice(buildEnd + 1));
  return typeof tags === "string"
    ? `its ${tags}`
    : { filename, name: normalizeName(name), version, build, tags };
}

function dashesIn(text: string): readonly number[] {
  const dashes: number[] = [];
  for (let dash = text.indexOf("-"); dash !== -1; dash = text.indexOf("-", dash + 1)) dashes.push(dash);
  return dashes;
}

function readSdistFilename(filename: string, options: FilenameOptions): SdistFilename | string {
  const extension = SDIST_EXTENSIONS.find((candidate) => filename.endsWith(candidate));
  if (extension === undefined) return "its extension is neither `.tar.gz` nor `.zip`";
  if (filename.length > MAX_FILENAME_LENGTH) return "it is too long";
  // A version holds no dash, so the last one divides; the name may hold some (before PEP 625).
  const stem = filename.slice(0, -extension.length);
  const dash = stem.lastIndexOf("-");
  if (dash === -1) return "it has no dash between name and version";
  if (dash === 0) return "its project name is empty";
  const version = (options.parseVersion ?? tryParseVersion)(stem.slice(dash + 1));
  if (version === undefined) return "its version is invalid";
  return { filename, name: normalizeName(stem.slice(0, dash)), version };
}

function readBuild(text: string): readonly [number | bigint, string] | undefined {
  const digits = /^[0-9]+/.exec(text)?.[0];
  if (digits === undefined) return undefined;
  const value = Number(digits);
  return [Number.isSafeInteger(value) ? value : BigInt(digits), text.slice(digits.length)];
}

function invalidFilename(what: string, filename: string, reason: string): PinionError {
  return new PinionError(
    "wheel/invalid-filename",
    `The ${what} \`${filename.slice(0, MAX_FILENAME_LENGTH)}\` has an invalid file name: ${reason}`,
    {
      details: { filename, reason },
    },
  );
}

const SDIST_EXTENSIONS = [".tar.gz", ".zip"];
const LEGACY_EXTENSIONS = [".tar.bz2", ".tar.xz", ".tgz"];

// PEP 427 escapes names to word characters; the full stop is an old habit.
const WHEEL_NAME = /^(?:[A-Za-z0-9_.]+|[\p{L}\p{N}_.]+)$/u;

// PEP 825: up to 16 lower-case letters, digits, full stops and underscores. A wheel that ends as most do has a bad build tag.
const VARIANT_LABEL = /^(?!any\.whl$)[0-9a-z._]{1,16}\.whl$/;

// File systems stop at 255 bytes; URLs of generous indexes get no further than this.
const MAX_FILENAME_LENGTH = 1024;
