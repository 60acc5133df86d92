// What `--python` asks for: a version, a range, an implementation, a path, or the name of a program.
// Accepts what uv's `PythonRequest` does, without the keys of its downloads.

import { PinionError } from "../../errors.ts";
import { satisfies, tryParseSpecifierSet } from "../../pep/versions/specifier.ts";
import type { SpecifierSet } from "../../pep/versions/specifier-set.ts";
import { tryParseVersion, type Version } from "../../pep/versions/version.ts";
import type { Interpreter } from "./interpreter.ts";

/** A wish for a Python. */
export type PythonRequest =
  | { readonly kind: "any" }
  | {
      readonly kind: "version";
      readonly implementation?: string;
      readonly version: VersionRequest | undefined;
    }
  /** A program or a folder that holds one; whether it is there shows when it is looked for. */
  | { readonly kind: "path"; readonly path: string }
  | { readonly kind: "name"; readonly name: string };

/** The versions that a request allows. */
export interface VersionRequest {
  /** As it is shown to people. */
  readonly text: string;
  /** `[3]`, `[3, 12]`, `[3, 12, 1]`; undefined for a range. */
  readonly release: readonly number[] | undefined;
  /** `rc1` and the like, which then must be met. */
  readonly prerelease: string | undefined;
  readonly range: SpecifierSet | undefined;
  readonly isFreeThreaded: boolean;
  readonly isDebug: boolean;
}

/**
 * Understands the value of `--python`.
 *
 * @throws PinionError `usage/invalid-argument` for `python@` with something that is not a version
 */
export function parsePythonRequest(text: string): PythonRequest {
  const wish = text.trim();
  const lower = wish.toLowerCase();
  if (lower === "any" || lower === "default") return { kind: "any" };
  const prefix = PREFIXES.find(([name]) => lower.startsWith(name));
  const [name, implementation] = prefix ?? ["", undefined];
  const rest = lower.slice(name.length);
  if (implementation !== undefined && rest === "")
    return { kind: "version", implementation, version: undefined };

  const isAfterAt = rest.startsWith("@");
  const version =
    name === "" && isAfterAt ? undefined : parseVersionRequest(isAfterAt ? rest.slice(1) : rest);
  if (version !== undefined)
    return { kind: "version", ...(implementation === undefined ? {} : { implementation }), version };
  if (isAfterAt) {
    throw new PinionError("usage/invalid-argument", `Invalid Python version: \`${rest.slice(1)}\``, {
      details: { python: text },
    });
  }
  return /[/\\]/.test(wish) || wish.startsWith(".") || wish.startsWith("~")
    ? { kind: "path", path: wish }
    : { kind: "name", name: wish };
}

/** The request in words, after "for": `Python 3.12`, `PyPy 3.10`, `path \`x\``. */
export function formatPythonRequest(request: PythonRequest): string {
  switch (request.kind) {
    case "any":
      return "any Python";
    case "version": {
      const name = IMPLEMENTATION_NAMES[request.implementation ?? ""] ?? "Python";
      return request.version === undefined ? name : `${name} ${request.version.text}`;
    }
    case "path":
      return `path \`${request.path}\``;
    case "name":
      return `executable name \`${request.name}\``;
  }
}

/** Whether a Python is the requested one; paths and names are right by being found. */
export function matchesRequest(interpreter: Interpreter, request: PythonRequest): boolean {
  if (request.kind !== "version") return true;
  if (request.implementation !== undefined && request.implementation !== interpreter.implementation)
    return false;
  return request.version === undefined || matchesVersion(interpreter, request.version);
}

/** The names that a Python of the request may have, best first, without `.exe`. */
export function executableNames(request: PythonRequest): readonly string[] {
  if (request.kind === "name") return [request.name];
  if (request.kind !== "version") return ["python", "python3"];
  const { version, implementation } = request;
  const bases =
    implementation === undefined || implementation === "cpython" ? ["python"] : [implementation, "python"];
  return bases.flatMap((base) => numberedNames(base, version));
}

/** Whether a program's name has a minor version that the request allows: `python3.12` for `>=3.11`. */
export function allowsMinorName(name: string, request: PythonRequest): boolean {
  const match = /^(python|pypy)3\.([0-9]{1,3})t?(?:\.exe)?$/.exec(name);
  if (match === null || request.kind === "path" || request.kind === "name") return false;
  if (match[1] === "pypy" && (request.kind === "any" || request.implementation !== "pypy")) return false;
  const version = request.kind === "version" ? request.version : undefined;
  if (version?.release !== undefined) return version.release.length === 1 && version.release[0] === 3;
  // Only the minor version is known: a range allows it when it allows the first or a late patch of it.
  const { range } = version ?? {};
  return (
    range === undefined ||
    [0, MAX_PATCH].some((patch) => satisfies(`3.${match[2]}.${patch}`, range, { prereleases: true }))
  );
}

function parseVersionRequest(text: string): VersionRequest | undefined {
  const variant = /^(.*[0-9])\+?(t|freethreaded|d|debug|td|freethreaded\+debug)$/.exec(text);
  const [, plain = text, suffix = ""] = variant ?? [];
  const common = {
    isFreeThreaded: /^(?:t|freethreaded)/.test(suffix),
    isDebug: /d$|debug$/.test(suffix) && suffix !== "freethreaded",
  };
  const version = tryParseVersion(plain);
  if (version === undefined) {
    const range = text === "" ? undefined : tryParseSpecifierSet(plain);
    if (range === undefined || range.specifiers.length === 0) return undefined;
    return { text: range.text, release: undefined, prerelease: undefined, range, ...common };
  }
  const release = splitTagVersion(version);
  if (
    version.epoch !== 0 ||
    version.post !== undefined ||
    version.dev !== undefined ||
    version.local !== undefined
  )
    return undefined;
  if (release === undefined || release.length > 3) return undefined;
  const prerelease = version.pre === undefined ? undefined : version.pre.join("");
  if (prerelease !== undefined && release.length === 1) return undefined;
  return {
    text: `${release.join(".")}${prerelease ?? ""}${suffix}`,
    release,
    prerelease,
    range: undefined,
    ...common,
  };
}

/** `312` means 3.12, as in a wheel's tag. */
function splitTagVersion(version: Version): readonly number[] | undefined {
  const release = version.release.map(Number);
  const [first = 0] = release;
  if (release.length === 1 && first >= 10) {
    const digits = String(first);
    return digits.length <= 4 ? [Number(digits.charAt(0)), Number(digits.slice(1))] : undefined;
  }
  return release.every((part) => part <= MAX_VERSION_PART) ? release : undefined;
}

function matchesVersion(interpreter: Interpreter, request: VersionRequest): boolean {
  const { version, isFreeThreaded, target } = interpreter;
  if (request.isFreeThreaded && !isFreeThreaded) return false;
  if (request.isDebug && target.isDebug !== true) return false;
  if (request.range !== undefined) return satisfies(version, request.range, { prereleases: true });
  const release = version.release.map(Number);
  if (request.release?.some((part, index) => part !== (release[index] ?? 0)) === true) return false;
  return request.prerelease === undefined || version.pre?.join("") === request.prerelease;
}

/** `python3.12`, `python3`, `python`; without a version the plain name first. */
function numberedNames(base: string, version: VersionRequest | undefined): readonly string[] {
  const release = version?.release;
  if (version === undefined || release === undefined) return [base, `${base}3`];
  const numbered = release.map((_, index) => `${base}${release.slice(0, index + 1).join(".")}`).reverse();
  const exact = version.prerelease === undefined ? [] : [`${numbered[0] ?? base}${version.prerelease}`];
  const names = [...exact, ...numbered, base];
  const variant = version.isFreeThreaded ? "t" : version.isDebug ? "d" : "";
  return variant === "" ? names : names.flatMap((name) => [`${name}${variant}`, name]);
}

// Longer names first, as they begin with shorter ones.
const PREFIXES: readonly (readonly [string, string | undefined])[] = [
  ["python", undefined],
  ["cpython", "cpython"],
  ["pypy", "pypy"],
  ["graalpy", "graalpy"],
  ["cp", "cpython"],
  ["pp", "pypy"],
  ["gp", "graalpy"],
];

const IMPLEMENTATION_NAMES: Readonly<Record<string, string>> = {
  cpython: "CPython",
  pypy: "PyPy",
  graalpy: "GraalPy",
};

// uv keeps each part of a Python version in a byte.
const MAX_VERSION_PART = 255;

/** Later than the last patch of any Python 3 minor (3.9 has 25). */
const MAX_PATCH = 99;
