// Wheels for all environments at once: which wheels can be used with some Python of a range, and which environments a
// wheel serves. The rules are uv's (crates/uv-distribution-types); they err on the side of using a wheel.

import type { VersionRange } from "../versions/interval.ts";
import { releasesOf } from "../markers/claims.ts";
import { parseMarker } from "../markers/marker.ts";
import type { Marker } from "../markers/expression.ts";
import type { SpecifierSet } from "../versions/specifier-set.ts";
import type { TagRanking } from "./tags.ts";

/** The ranking for every Python of a range on every platform: all wheels that could be used rank the same. */
export function createUniversalTagRanking(requiresPython: SpecifierSet): TagRanking {
  const { fits, example } = pythonsOf(releasesOf(requiresPython));
  return {
    rank: (tags) => (tags.some(fits) ? 0 : undefined),
    explain: () => "python-version",
    example: () => example,
    bestPlatformExample: "any",
  };
}

function pythonsOf({ intervals }: VersionRange): {
  readonly fits: (tag: string) => boolean;
  /** A tag that fits. */
  readonly example: string;
} {
  const [lower, upper] = [intervals[0]?.lower, intervals.at(-1)?.upper];
  const oldest = minorOf(lower?.version.release) ?? 0;
  const upperMinor = minorOf(upper?.version.release);
  // `<3.12` ends with 3.11, `<3.12.4` and `<=3.12` with 3.12.
  const endsBefore = upper?.isInclusive === false && (upper.version.release[2] ?? 0) === 0;
  const newest = upperMinor === undefined ? Number.POSITIVE_INFINITY : upperMinor - (endsBefore ? 1 : 0);
  const fits = (tag: string): boolean => {
    const [python = "", abi = ""] = tag.split("-");
    if (isStableAbi(abi)) return true;
    const wanted = abi === "none" ? python : abi;
    if (UNVERSIONED_PYPY.test(wanted)) return false;
    const [, letters = "", major, digits] =
      GRAALPY_ABI.exec(wanted) ?? /^([a-z]+?)_?(\d)(\d*)/.exec(wanted) ?? [];
    if (major === undefined) return true;
    if (major === "2") return false;
    if (major !== "3" || digits === "" || digits === undefined) return true;
    const minor = Number(digits);
    return minor <= newest && (minor >= oldest || (abi === "none" && letters === "py"));
  };
  return { fits, example: `cp3${oldest}` };
}

/** `graalpy242_311_native`: its own version, then that of the language. */
const GRAALPY_ABI = /^(graalpy)\d+_(\d)(\d+)_native$/u;
/** `pypy_73`, of Python 2. */
const UNVERSIONED_PYPY = /^pypy_\d+$/u;

/**
 * Whether one of some tags is of a Python that is not newer than all of a range; what is only for older ones counts as well,
 * as in uv, whose parts of a lock share versions where they can.
 */
export function isForPythonsUpTo(tags: readonly string[], { intervals }: VersionRange): boolean {
  const upper = intervals.at(-1)?.upper;
  if (upper === undefined) return true;
  const [major = 0, minor = 0, patch = 0] = upper.version.release.map(Number);
  // `<3.12` ends with 3.11, `<3.12.4` and `<=3.12` with 3.12.
  const newest = minor - (upper.isInclusive || patch > 0 ? 0 : 1);
  return tags.some((tag) => {
    const [, wantedMajor, wantedMinor = ""] = /^[a-z]+_?(\d)(\d*)/.exec(tag) ?? [];
    if (wantedMajor === undefined || Number(wantedMajor) !== major) return Number(wantedMajor ?? 0) < major;
    return wantedMinor === "" || Number(wantedMinor) <= newest;
  });
}

/**
 * The environments that wheels serve; `undefined` where one of them serves all.
 *
 * @param tags The expanded tags of all wheels.
 */
export function wheelEnvironments(tags: readonly string[]): Marker | undefined {
  const clauses = new Set<string>();
  for (const tag of tags) {
    const [python = "", abi = "", platform = ""] = tag.split("-");
    const parts = [platformClause(platform), pythonClause(python, abi)].filter((part) => part !== "");
    if (parts.length === 0) return undefined;
    if (!parts.includes(NOWHERE)) clauses.add(parts.join(" and "));
  }
  return parseMarker(clauses.size === 0 ? NOWHERE : [...clauses].map((clause) => `(${clause})`).join(" or "));
}

/** Empty for every platform. */
function platformClause(tag: string): string {
  if (tag === "any") return "";
  const windows = WINDOWS.get(tag);
  if (windows !== undefined) return systemClause("win32", [windows]);
  const [, major, minor, macos] = /^macosx_(\d+)_(\d+)_(\w+)$/.exec(tag) ?? [];
  if (macos !== undefined) {
    const kernel = darwinOf(Number(major), Number(minor));
    if (kernel === undefined) return NOWHERE;
    return `platform_release >= '${kernel}' and ${systemClause("darwin", UNIVERSAL_MACHINES.get(macos) ?? [macos])}`;
  }
  const android = ANDROID_MACHINES.get(/^android_\d+_(\w+)$/.exec(tag)?.[1] ?? "");
  if (android !== undefined) return systemClause("android", [android]);
  const linux = /^(?:manylinux(?:1|2010|2014|_\d+_\d+)|musllinux_\d+_\d+|linux)_(\w+)$/.exec(tag)?.[1];
  return linux === undefined ? NOWHERE : systemClause("linux", [linux]);
}

/** The major version of the kernel that a macOS has, which is all that markers know of it; undefined for one that never was. */
function darwinOf(major: number, minor: number): number | undefined {
  if (major === 10) return minor + 4;
  if (minor !== 0) return undefined;
  if (major >= 11 && major <= 15) return major + 9;
  // Since then by the year.
  return major >= 26 ? major - 1 : undefined;
}

function systemClause(system: string, machines: readonly string[]): string {
  const list = machines.map((machine) => `platform_machine == '${machine}'`).join(" or ");
  return `sys_platform == '${system}' and ${machines.length === 1 ? list : `(${list})`}`;
}

/** Empty for every Python. */
function pythonClause(python: string, abi: string): string {
  const [, letters = "", major, minor = ""] = /^([a-z]+)(\d)(\d*)$/.exec(python) ?? [];
  if (major === undefined) return "";
  const version = minor === "" ? major : `${major}.${minor}`;
  const clause = isStableAbi(abi) ? `python_version >= '${version}'` : `python_version == '${version}.*'`;
  const implementation = IMPLEMENTATIONS.get(letters);
  return implementation === undefined
    ? clause
    : `${clause} and platform_python_implementation == '${implementation}'`;
}

function isStableAbi(abi: string): boolean {
  return abi === "abi3" || abi === "abi3t";
}

function minorOf(release: readonly (number | bigint)[] | undefined): number | undefined {
  const minor = release?.[1];
  return minor === undefined ? undefined : Number(minor);
}

/** A marker that holds in no environment. */
const NOWHERE = "python_version < '3' and python_version >= '3'";

const WINDOWS: ReadonlyMap<string, string> = new Map([
  ["win32", "x86"],
  ["win_amd64", "AMD64"],
  ["win_arm64", "ARM64"],
]);

/** PEP 738, the ABIs of Android's tags. */
const ANDROID_MACHINES: ReadonlyMap<string, string> = new Map([
  ["arm64_v8a", "aarch64"],
  ["armeabi_v7a", "armv7l"],
  ["x86", "i686"],
  ["x86_64", "x86_64"],
]);

/** packaging.python.org, "Platform compatibility tags", macOS: the machines that a combined binary serves. */
const UNIVERSAL_MACHINES: ReadonlyMap<string, readonly string[]> = new Map([
  ["universal2", ["x86_64", "arm64"]],
  ["universal", ["i386", "ppc", "ppc64", "x86_64"]],
  ["intel", ["i386", "x86_64"]],
  ["fat", ["i386", "ppc"]],
  ["fat3", ["i386", "ppc", "x86_64"]],
  ["fat64", ["ppc64", "x86_64"]],
]);

const IMPLEMENTATIONS: ReadonlyMap<string, string> = new Map([
  ["cp", "CPython"],
  ["pp", "PyPy"],
  ["graalpy", "GraalVM"],
]);
