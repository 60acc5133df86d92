// Compatibility tags: which wheels run on a Python, best first (PEP 425, 703, 803, packaging.python.org
// "Platform compatibility tags"). Among wheels of one version the order of uv decides.

import { platformTags, type Platform } from "./platform.ts";
import type { MarkerEnvironment } from "../markers/expression.ts";
import type { Version } from "../versions/version.ts";
import type { WheelFilename } from "../files/filename.ts";

/** A Python on a platform: everything that choosing a wheel and evaluating a marker needs. */
export interface Target {
  readonly pythonVersion: Version;
  /** `sys.implementation.name`: `cpython`, `pypy`, `graalpy`. */
  readonly implementation: string;
  readonly isFreeThreaded: boolean;
  /** A debug build of CPython; absent means no. */
  readonly isDebug?: boolean;
  readonly platform: Platform;
  /** Others whose wheels will do as well, the better ones first: pip's `--platform` given several times. */
  readonly otherPlatforms?: readonly Platform[];
  /** The ABIs to accept instead of the interpreter's own, best first: pip's `--abi`. */
  readonly abis?: readonly string[];
  readonly markers: MarkerEnvironment;
}

/** The part of a wheel's tags that keeps it from running on a target. */
export type TagMismatch = "python-implementation" | "python-version" | "abi" | "platform";

/** Ranks the wheels of one target; built once, asked for each file of an index page. */
export interface TagRanking {
  /** The best rank among expanded tags (`py3-none-any`), lower is better; undefined where none fits. */
  rank(tags: readonly string[]): number | undefined;
  /** Why no tag fits: the dimension in which the closest one differs, as uv names it. */
  explain(tags: readonly string[]): TagMismatch;
  /** A tag that would have fitted, for `(e.g., ...)` in messages. */
  example(mismatch: TagMismatch): string;
  readonly bestPlatformExample: string;
}

/** All tags that work on a target, best first. */
export function compatibleTags(target: Target): readonly string[] {
  const platforms = platformTagsOf(target);
  const tags = [
    ...platformRows(target).flatMap((row) => platforms.map((platform) => `${row}-${platform}`)),
    ...pureRows(target).map((row) => `${row}-any`),
  ];
  return platforms.includes("any") ? [...new Set(tags)] : tags;
}

/** Prepares the ranking of a target; `rank` then costs one look-up per tag. */
export function createTagRanking(target: Target): TagRanking {
  const ranks = new Map(compatibleTags(target).map((tag, index) => [tag, index]));
  const rows = new Set([...platformRows(target), ...pureRows(target)]);
  const interpreters = new Set([...rows].map(interpreterOf));
  const [bestPlatform = "any"] = platformTagsOf(target);

  return {
    rank(tags) {
      let best: number | undefined;
      for (const tag of tags) {
        const rank = ranks.get(tag);
        if (rank !== undefined && (best === undefined || rank < best)) best = rank;
      }
      return best;
    },
    explain(tags) {
      const wanted = tags.map((tag) => tag.slice(0, tag.lastIndexOf("-")));
      if (wanted.some((row) => rows.has(row))) return "platform";
      return wanted.some((row) => interpreters.has(interpreterOf(row))) ? "abi" : "python-implementation";
    },
    example(mismatch) {
      switch (mismatch) {
        case "python-implementation":
        case "python-version":
          return interpreterTag(target);
        case "abi":
          return abiTags(target)[0] ?? "none";
        case "platform":
          return bestPlatform;
      }
    },
    bestPlatformExample: bestPlatform,
  };
}

/** Tells whether a wheel runs on a target; for many wheels ask one {@link createTagRanking}. */
export function isCompatible(wheel: Pick<WheelFilename, "tags">, target: Target): boolean {
  return createTagRanking(target).rank(wheel.tags) !== undefined;
}

function platformTagsOf({ platform, otherPlatforms = [] }: Target): readonly string[] {
  return [...new Set([platform, ...otherPlatforms].flatMap(platformTags))];
}

/** `interpreter-abi` pairs that go with a platform tag, best first. */
function platformRows(target: Target): string[] {
  const interpreter = interpreterTag(target);
  // pip's `--implementation py`: wheels of pure Python and no others.
  const pure = pythonTags(target).map((python) => `${python}-none`);
  if (target.implementation === ANY_IMPLEMENTATION) return pure;
  const rows = abiTags(target).map((abi) => `${interpreter}-${abi}`);
  if (target.implementation === "cpython") {
    const minor = pythonMinor(target);
    const stableAbi = target.isFreeThreaded ? "abi3t" : "abi3";
    if (pythonMajor(target) !== 3) return [...rows, `${interpreter}-none`, ...pure];
    for (let older = minor; older >= OLDEST_STABLE_ABI_MINOR; older -= 1) {
      rows.push(`cp3${older}-${stableAbi}`);
      if (older === minor) rows.push(`${interpreter}-none`);
    }
  } else {
    rows.push(`${interpreter}-none`);
  }
  return [...rows, ...pure];
}

/** `interpreter-none` pairs that go with `any`, best first. */
function pureRows(target: Target): string[] {
  const rows = pythonTags(target).map((python) => `${python}-none`);
  if (target.implementation === "cpython") return [`${interpreterTag(target)}-none`, ...rows];
  // packaging 21.3 added pp3-none-any for PyPy; other implementations have no such tag.
  return target.implementation === "pypy" ? ["pp3-none", ...rows] : rows;
}

/** `py312`, `py3`, `py311`, …, `py30`. */
function pythonTags(target: Target): string[] {
  const major = pythonMajor(target);
  const minor = pythonMinor(target);
  const tags = [`py${major}${minor}`, `py${major}`];
  for (let older = minor - 1; older >= 0; older -= 1) tags.push(`py${major}${older}`);
  return tags;
}

function interpreterTag(target: Target): string {
  const minor = pythonMinor(target);
  const prefix = INTERPRETER_PREFIXES[target.implementation] ?? target.implementation;
  return `${prefix}${pythonMajor(target)}${minor}`;
}

/** ABIs of this very interpreter, best first. */
function abiTags(target: Target): readonly string[] {
  // These have rows of their own.
  if (target.abis !== undefined) return target.abis.filter((abi) => abi !== "abi3" && abi !== "none");
  const minor = pythonMinor(target);
  const [major = "0", implementationMinor = "0"] = target.markers.implementation_version.split(".");
  switch (target.implementation) {
    case "cpython": {
      const abi = `cp${pythonMajor(target)}${minor}${target.isFreeThreaded ? "t" : ""}`;
      // Before 3.8 every ordinary build carried the flag of its memory allocator.
      const isOld = pythonMajor(target) === 3 && minor < 8;
      const allocator = isOld ? "m" : "";
      if (target.isDebug !== true) return [`${abi}${allocator}`];
      // Since 3.8 a debug build also loads what was built for the ordinary one.
      return isOld ? [`${abi}d${allocator}`] : [`${abi}d`, abi];
    }
    case "pypy":
      return [`pypy3${minor}_pp${major}${implementationMinor}`];
    case "graalpy":
      return [`graalpy${major}${implementationMinor}_3${minor}_native`];
    default:
      return [];
  }
}

function pythonMajor(target: Target): number {
  return Number(target.pythonVersion.release[0] ?? 3);
}

function pythonMinor(target: Target): number {
  return Math.min(Number(target.pythonVersion.release[1] ?? 0), MAX_PYTHON_MINOR);
}

/** The first half of a row: `cp312` of `cp312-abi3`. */
function interpreterOf(row: string): string {
  return row.slice(0, row.indexOf("-"));
}

/** The tag of every implementation: its wheels are those of pure Python. */
export const ANY_IMPLEMENTATION = "py";

const INTERPRETER_PREFIXES: Readonly<Record<string, string>> = { cpython: "cp", pypy: "pp" };

// PEP 384 began with Python 3.2; PEP 803 mirrors it for free-threaded builds.
const OLDEST_STABLE_ABI_MINOR = 2;

// uv keeps Python's minor in a byte; more would only make long lists.
const MAX_PYTHON_MINOR = 255;
