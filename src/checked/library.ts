// The functions of the package `pinion` as other programs call them: each refuses malformed arguments before anything is done with
// them. Programs in TypeScript see the same types; the command calls the functions behind them.

import {
  pinsOfPylock as pinsOfPylockUnchecked,
  pinsOfRequirements as pinsOfRequirementsUnchecked,
} from "../api/locks/compile.ts";
import { formatRequirementsTxt as formatRequirementsTxtUnchecked } from "../lock/write-requirements-txt.ts";
import { formatPylock as formatPylockUnchecked } from "../lock/write-pylock.ts";
import { toPylock as toPylockUnchecked } from "../lock/to-pylock.ts";
import { readPylock as readPylockUnchecked } from "../lock/read-pylock.ts";
import { selectPackages as selectPackagesUnchecked } from "../lock/select.ts";
import {
  dependencyGraph as dependencyGraphUnchecked,
  dependencyTree as dependencyTreeUnchecked,
} from "../inspect/dependency-tree.ts";
import { installedBytes as installedBytesUnchecked } from "../inspect/installed-bytes.ts";
import {
  findProblems as findProblemsUnchecked,
  findProblemsInTurns as findProblemsInTurnsUnchecked,
  formatProblem as formatProblemUnchecked,
} from "../inspect/problems.ts";
import { latestVersionOf as latestVersionOfUnchecked } from "../api/latest-version.ts";
import { diffLocks as diffLocksUnchecked } from "../lock/diff.ts";
import { changesOf as changesOfUnchecked, parsePlan as parsePlanUnchecked } from "../api/plan/value.ts";
import { targetFor as targetForUnchecked } from "../pep/tags/target.ts";
import {
  discoverEnvironment as discoverEnvironmentUnchecked,
  findInterpreter as findInterpreterUnchecked,
} from "../python/interpreters/discover.ts";
import { listInstalled as listInstalledUnchecked } from "../python/environments/environment.ts";
import {
  readInstalledFiles as readInstalledFilesUnchecked,
  scanEnvironment as scanEnvironmentUnchecked,
} from "../python/environments/scan.ts";
import { createVenv as createVenvUnchecked } from "../python/venv/venv.ts";
import {
  cleanCache as cleanCacheUnchecked,
  measureCache as measureCacheUnchecked,
  pruneCache as pruneCacheUnchecked,
} from "../store/cache/clean.ts";
import { verifyWheels as verifyWheelsUnchecked } from "../store/cache/verify.ts";
import type { LatestVersion } from "../api/latest-version.ts";
import type { ProjectVersion } from "../api/list-versions.ts";
import type { Pins } from "../api/locks/lock-request.ts";
import type { Change, ChangePlan, InstallationPlan } from "../api/plan/value.ts";
import { PinionError } from "../errors.ts";
import type { DependencyGraph, TreeOptions } from "../inspect/dependency-tree.ts";
import type { CheckedDistribution, Problem } from "../inspect/problems.ts";
import type { LockChange } from "../lock/diff.ts";
import type { Lock } from "../lock/lock.ts";
import type { PylockSource } from "../lock/read-pylock.ts";
import type { SelectedPackage, SelectOptions } from "../lock/select.ts";
import type { ToPylockOptions } from "../lock/to-pylock.ts";
import type { RequirementsTxtStyle } from "../lock/write-requirements-txt.ts";
import type { Pylock } from "../pep/files/pylock.ts";
import type { RecordEntry } from "../pep/files/record.ts";
import type { Target } from "../pep/tags/tags.ts";
import type { TargetOptions } from "../pep/tags/target.ts";
import type { DiscoverOptions } from "../python/interpreters/discover.ts";
import type { InstalledDistribution } from "../python/environments/environment.ts";
import type { Interpreter } from "../python/interpreters/interpreter.ts";
import type { EnvironmentScan, ScannedDistribution } from "../python/environments/scan.ts";
import type { Venv, VenvOptions } from "../python/venv/venv.ts";
import type { CacheAmount, CleanOptions, PruneOptions } from "../store/cache/clean.ts";
import type { Verified } from "../store/cache/verify.ts";
import { check } from "./check.ts";
import {
  cleanOptions,
  discoverOptions,
  findOptions,
  graphOptions,
  inDirectory,
  latestVersionInput,
  pinsInput,
  planChanges,
  pruneOptions,
  pylockSource,
  pylockStyle,
  requirementsTxtStyle,
  scanned,
  selectOptions,
  targetOptions,
  textOrBytes,
  toPylockOptions,
  treeOptions,
  venvOptions,
} from "./shapes/functions.ts";
import { applyOptions } from "./shapes/requests.ts";
import {
  bytes as bytesShape,
  choice,
  list,
  optional,
  path as pathShape,
  signal as signalShape,
} from "./shapes/shape.ts";
import {
  checked,
  installed,
  lock as lockShape,
  plan as planShape,
  problem as problemShape,
  projectVersions,
  pylock,
  target as targetShape,
} from "./shapes/values.ts";

/** The pins of a `pylock.toml`. @throws lock/invalid, lock/unsupported-version, lock/too-large */
export function pinsOfPylock(
  bytes: Uint8Array,
  input: { readonly file: string; readonly dropped: ReadonlySet<string> },
): Pins {
  check("pinsOfPylock", { bytes: [bytes, bytesShape], input: [input, pinsInput] });
  return pinsOfPylockUnchecked(bytes, input);
}

/**
 * The pins of a requirements file that was compiled before; lines that do not pin are passed over.
 *
 * @param dropped normalized names of projects to resolve afresh
 * @throws requirement/invalid-file
 */
export function pinsOfRequirements(
  text: string | Uint8Array,
  input: { readonly file: string; readonly dropped: ReadonlySet<string> },
): Pins {
  check("pinsOfRequirements", { text: [text, textOrBytes], input: [input, pinsInput] });
  return pinsOfRequirementsUnchecked(text, input);
}

/** Writes a requirements file. */
export function formatRequirementsTxt(lock: Lock, style?: RequirementsTxtStyle): string {
  check("formatRequirementsTxt", { lock: [lock, lockShape], style: [style, optional(requirementsTxtStyle)] });
  return formatRequirementsTxtUnchecked(lock, style);
}

/** Writes a lock file. @param header comment lines, each with its `#`, before everything else */
export function formatPylock(lock: Pylock, input?: { readonly header?: readonly string[] }): string {
  check("formatPylock", { lock: [lock, pylock], input: [input, optional(pylockStyle)] });
  return formatPylockUnchecked(lock, input);
}

/** Makes the value of a `pylock.toml`. */
export function toPylock(lock: Lock, options?: ToPylockOptions): Pylock {
  check("toPylock", { lock: [lock, lockShape], options: [options, optional(toPylockOptions)] });
  return toPylockUnchecked(lock, options);
}

/**
 * Reads a lock file.
 *
 * @param bytes UTF-8; a byte order mark is not allowed by TOML
 * @throws lock/invalid, lock/unsupported-version, lock/too-large with {file, line?, place?}
 * @example
 * readPylock(readFileSync("pylock.toml"), { file: "pylock.toml" }).packages.map(({ name }) => name)
 */
export function readPylock(bytes: Uint8Array | string, input: PylockSource): Pylock {
  check("readPylock", { bytes: [bytes, textOrBytes], input: [input, pylockSource] });
  return readPylockUnchecked(bytes, input);
}

/**
 * Selects the packages of a lock file for an environment, in the order of the file.
 *
 * @throws lock/unsupported-environment, lock/ambiguous, lock/no-file, lock/unknown-choice
 */
export function selectPackages(lock: Pylock, options: SelectOptions): readonly SelectedPackage[] {
  check("selectPackages", { lock: [lock, pylock], options: [options, selectOptions] });
  return selectPackagesUnchecked(lock, options);
}

/** What {@link dependencyTree} shows, as nodes and edges. */
export function dependencyGraph(
  distributions: readonly InstalledDistribution[],
  target: Target,
  given?: Partial<Pick<TreeOptions, "depth" | "pruned" | "roots" | "isInverted">>,
): DependencyGraph {
  check("dependencyGraph", {
    distributions: [distributions, installed],
    target: [target, targetShape],
    given: [given, optional(graphOptions)],
  });
  return dependencyGraphUnchecked(distributions, target, given);
}

/**
 * The lines of the tree. Requirements that nothing installed meets are left out, as uv does. A tree that shows packages again can have
 * any number of lines: it ends after a million, or 100 million characters, with a line that says so.
 */
export function dependencyTree(
  distributions: readonly InstalledDistribution[],
  target: Target,
  given?: Partial<TreeOptions>,
): readonly string[] {
  check("dependencyTree", {
    distributions: [distributions, installed],
    target: [target, targetShape],
    given: [given, optional(treeOptions)],
  });
  return dependencyTreeUnchecked(distributions, target, given);
}

/** The bytes of its files; undefined where it has no `RECORD` that can be read, as an egg. */
export function installedBytes(distribution: Pick<InstalledDistribution, "directory">): number | undefined {
  check("installedBytes", { distribution: [distribution, inDirectory] });
  return installedBytesUnchecked(distribution);
}

/** Everything that is wrong, by the names of the projects. */
export function findProblems(
  distributions: readonly CheckedDistribution[],
  target: Target,
): readonly Problem[] {
  check("findProblems", { distributions: [distributions, checked], target: [target, targetShape] });
  return findProblemsUnchecked(distributions, target);
}

/** The same, with a turn for others now and then. @throws net/cancelled */
export async function findProblemsInTurns(
  distributions: readonly CheckedDistribution[],
  target: Target,
  signal: AbortSignal | undefined,
): Promise<readonly Problem[]> {
  check("findProblemsInTurns", {
    distributions: [distributions, checked],
    target: [target, targetShape],
    signal: [signal, optional(signalShape)],
  });
  return await findProblemsInTurnsUnchecked(distributions, target, signal);
}

/** @param state what the distributions are: for a lock file without an environment, `locked` */
export function formatProblem(problem: Problem, state?: "installed" | "locked"): string {
  check("formatProblem", {
    problem: [problem, problemShape],
    state: [state, optional(choice("installed", "locked"))],
  });
  return formatProblemUnchecked(problem, state);
}

/**
 * The newest version with a file for the target that was not yanked; undefined where there is none.
 *
 * @param versions as `Installer.listVersions` gives them
 */
export function latestVersionOf(
  versions: readonly ProjectVersion[],
  input: { readonly target: Target; readonly allowsPrereleases?: boolean },
): LatestVersion | undefined {
  check("latestVersionOf", { versions: [versions, projectVersions], input: [input, latestVersionInput] });
  return latestVersionOfUnchecked(versions, input);
}

/** Compares two lock files; sorted by name, changes of one package in the order of {@link LockChange}. */
export function diffLocks(before: Pylock, after: Pylock): readonly LockChange[] {
  check("diffLocks", { before: [before, pylock], after: [after, pylock] });
  return diffLocksUnchecked(before, after);
}

/** The changes of a plan, sorted by name, removals before additions. */
export function changesOf(plan: Pick<ChangePlan, "install" | "remove">): readonly Change[] {
  check("changesOf", { plan: [plan, planChanges] });
  return changesOfUnchecked(plan);
}

/**
 * Describes a target by name, so that wheels can be chosen for it on any machine.
 *
 * @throws PinionError `usage/invalid-argument` for an unknown name or version, or when too little is given
 */
export function targetFor(options: TargetOptions): Target {
  check("targetFor", { options: [options, targetOptions] });
  return targetForUnchecked(options);
}

/**
 * Finds the environment that a command works on.
 *
 * Looks at `VIRTUAL_ENV`, then `CONDA_PREFIX`, then `.venv` in the current folder and those above; with `isSystem`,
 * at the search path; with `python`, for what it names.
 *
 * @throws PinionError `environment/not-found`, `environment/no-interpreter`, `environment/broken-interpreter`
 */
export async function discoverEnvironment(options: DiscoverOptions): Promise<Interpreter> {
  check("discoverEnvironment", { options: [options, discoverOptions] });
  return await discoverEnvironmentUnchecked(options);
}

/**
 * Finds a Python to make an environment from; never one that is in a virtual environment, unless its path is given.
 *
 * @throws PinionError `environment/no-interpreter`, `environment/broken-interpreter`
 */
export async function findInterpreter(
  options: Omit<DiscoverOptions, "isSystem" | "isReadOnly">,
): Promise<Interpreter> {
  check("findInterpreter", { options: [options, findOptions] });
  return await findInterpreterUnchecked(options);
}

/** The distributions in the given site-packages folders, by name; {@link readEnvironment} gives more. */
export function listInstalled(sitePackages: readonly string[]): readonly InstalledDistribution[] {
  check("listInstalled", { sitePackages: [sitePackages, list(pathShape)] });
  return listInstalledUnchecked(sitePackages);
}

/**
 * The files of a distribution, as its RECORD lists them: paths are relative to its `location`, with `/`.
 *
 * @throws environment/no-record where there is no RECORD, or one that cannot be read
 */
export function readInstalledFiles(
  input: Pick<ScannedDistribution, "name" | "directory">,
): readonly RecordEntry[] {
  check("readInstalledFiles", { input: [input, scanned] });
  return readInstalledFilesUnchecked(input);
}

/**
 * Reads what is installed below a path: an environment's folder, a site-packages folder, or the folder of `--target`. No Python is
 * started; 500 distributions take a few hundredths of a second.
 *
 * @throws environment/not-found where the path is not a folder
 */
export function scanEnvironment(path: string): EnvironmentScan {
  check("scanEnvironment", { path: [path, pathShape] });
  return scanEnvironmentUnchecked(path);
}

/**
 * Makes a virtual environment and describes its Python without starting it. What is cleared may be large: others go on meanwhile.
 *
 * @throws PinionError `environment/exists`, `environment/unwritable`, `environment/no-interpreter`
 */
export async function createVenv(options: VenvOptions): Promise<Venv> {
  check("createVenv", { options: [options, venvOptions] });
  return await createVenvUnchecked(options);
}

/** Removes the whole cache, or what belongs to projects, once it is unused. @throws cache/locked, cache/unusable, net/cancelled */
export async function cleanCache(directory: string, options?: CleanOptions): Promise<CacheAmount> {
  check("cleanCache", { directory: [directory, pathShape], options: [options, optional(cleanOptions)] });
  return await cleanCacheUnchecked(directory, options);
}

/** Counts what the cache holds. @throws cache/unusable, net/cancelled */
export async function measureCache(
  directory: string,
  input?: { readonly signal?: AbortSignal | undefined },
): Promise<CacheAmount> {
  check("measureCache", { directory: [directory, pathShape], input: [input, optional(applyOptions)] });
  return await measureCacheUnchecked(directory, input);
}

/**
 * Removes buckets of other versions, what killed processes left behind, and damaged wheels, once the cache is unused.
 *
 * @throws cache/locked, cache/unusable, net/cancelled
 */
export async function pruneCache(directory: string, options?: PruneOptions): Promise<CacheAmount> {
  check("pruneCache", { directory: [directory, pathShape], options: [options, optional(pruneOptions)] });
  return await pruneCacheUnchecked(directory, options);
}

/**
 * Checks every wheel of a cache and drops those that changed.
 *
 * @param depth `quick` looks at sizes and times, and reads what these do not clear; `full` reads every file
 * @throws net/cancelled
 */
export async function verifyWheels(
  cacheDirectory: string,
  depth: "quick" | "full",
  input?: { readonly signal?: AbortSignal | undefined },
): Promise<Verified> {
  check("verifyWheels", {
    cacheDirectory: [cacheDirectory, pathShape],
    depth: [depth, choice("quick", "full")],
    input: [input, optional(applyOptions)],
  });
  return await verifyWheelsUnchecked(cacheDirectory, depth, input);
}

/**
 * Reads a plan from JSON that {@link InstallationPlan} gave.
 *
 * @throws plan/invalid where it is not a plan, or one of another version's form
 */
export function parsePlan(value: unknown): InstallationPlan {
  const plan = parsePlanUnchecked(value);
  const fault = planShape.find(plan, "");
  if (fault === undefined) return plan;
  throw new PinionError(
    "plan/invalid",
    `Cannot read the plan: \`${fault.field}\` is ${fault.given}, and must be ${fault.allowed}`,
    {
      details: { field: fault.field, given: fault.given, allowed: fault.allowed },
    },
  );
}
