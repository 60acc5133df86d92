// What a lock file says for one environment: which of its packages are installed, and by which file
// (packaging.python.org "pylock.toml Specification", "Installation").

import { PinionError } from "../errors.ts";
import { compareBuilds, parseWheelFilename, type WheelFilename } from "../pep/files/filename.ts";
import { evaluateMarker } from "../pep/markers/evaluate.ts";
import { parseMarker } from "../pep/markers/marker.ts";
import type { MarkerEnvironment } from "../pep/markers/expression.ts";
import {
  lockedFilename,
  type LockedArchive,
  type LockedDirectory,
  type LockedFile,
  type LockedPackage,
  type LockedRepository,
  type Pylock,
} from "../pep/files/pylock.ts";
import { parseSpecifierSet, satisfies } from "../pep/versions/specifier.ts";
import type { TagRanking } from "../pep/tags/tags.ts";
import { parseVersion } from "../pep/versions/version.ts";

/** For whom a lock file is read. */
export interface SelectOptions {
  readonly environment: MarkerEnvironment;
  readonly tags: Pick<TagRanking, "rank">;
  /** Normalized, or all that the lock file has; default: none. */
  readonly extras?: "all" | readonly string[];
  /** Normalized extras that do not count, whatever `extras` says. */
  readonly excludedExtras?: readonly string[];
  /** Normalized; default: the lock file's `default-groups`. */
  readonly groups?: readonly string[];
  /** Packages whose wheels are not used (`--no-binary`), by normalized name. */
  readonly refusesWheels?: (name: string) => boolean;
  /** Packages that are not built (`--only-binary`), by normalized name. */
  readonly refusesBuilds?: (name: string) => boolean;
}

/** A package of the lock file for an environment. */
export interface SelectedPackage {
  readonly name: string;
  readonly version: string | undefined;
  readonly index: string | undefined;
  /** Among the packages of the lock file, counted from 0. */
  readonly position: number;
  readonly choice: LockedChoice;
}

/** The file, folder or commit to install from. */
export type LockedChoice =
  | { readonly kind: "wheel"; readonly file: LockedFile; readonly filename: string }
  | { readonly kind: "sdist"; readonly file: LockedFile; readonly filename: string }
  | LockedArchive
  | LockedDirectory
  | LockedRepository;

/**
 * Selects the packages of a lock file for an environment, in the order of the file.
 *
 * @throws lock/unsupported-environment, lock/ambiguous, lock/no-file, lock/unknown-choice
 */
export function selectPackages(lock: Pylock, options: SelectOptions): readonly SelectedPackage[] {
  const { excludedExtras = [] } = options;
  const chosen = options.extras === "all" ? (lock.extras ?? []) : (options.extras ?? []);
  const extras = chosen.filter((extra) => !excludedExtras.includes(extra));
  checkChoices(lock, { extras, groups: options.groups });
  checkEnvironment(lock, options.environment);
  const context = {
    extras,
    dependencyGroups: options.groups ?? lock.defaultGroups ?? [],
  };
  const selected = new Map<string, number>();
  const packages: SelectedPackage[] = [];
  for (const [index, locked] of lock.packages.entries()) {
    if (
      locked.marker !== undefined &&
      !evaluateMarker(parseMarker(locked.marker), options.environment, context)
    )
      continue;
    const earlier = selected.get(locked.name);
    if (earlier !== undefined) throw ambiguous(locked, [earlier, index]);
    selected.set(locked.name, index);
    checkPython(locked, { index, environment: options.environment });
    packages.push({
      name: locked.name,
      version: locked.version,
      index: locked.index,
      position: index,
      choice: choose(locked, { ...options, position: index }),
    });
  }
  return packages;
}

/** An extra or group that the file does not list cannot have been locked. */
function checkChoices(
  lock: Pylock,
  {
    extras,
    groups = [],
  }: { readonly extras: readonly string[]; readonly groups: readonly string[] | undefined },
): void {
  const unknown =
    extras.find((extra) => lock.extras?.includes(extra) !== true) ??
    groups.find((group) => lock.dependencyGroups?.includes(group) !== true);
  if (unknown === undefined) return;
  const noun = extras.includes(unknown) ? "extra" : "dependency group";
  const available = (noun === "extra" ? lock.extras : lock.dependencyGroups) ?? [];
  throw new PinionError("lock/unknown-choice", `The lock file does not have the ${noun} \`${unknown}\``, {
    details: { kind: noun, name: unknown, available },
    hints:
      available.length === 0
        ? [`It was locked without any ${noun}`]
        : [`It has: ${available.map((name) => `\`${name}\``).join(", ")}`],
  });
}

function checkEnvironment({ requiresPython, environments }: Pylock, environment: MarkerEnvironment): void {
  const python = environment.python_full_version;
  if (requiresPython !== undefined && !allowsPython(requiresPython, python)) {
    throw new PinionError(
      "lock/unsupported-environment",
      `The lock file requires Python ${requiresPython}, but the target is Python ${python}`,
      { details: { requiresPython, python } },
    );
  }
  if (environments === undefined || environments.length === 0) return;
  if (environments.some((marker) => evaluateMarker(parseMarker(marker), environment))) return;
  throw new PinionError(
    "lock/unsupported-environment",
    "The target environment is not supported by the lock file",
    {
      details: { environments },
      hints: [`It was locked for: ${environments.map((marker) => `\`${marker}\``).join(", ")}`],
    },
  );
}

function checkPython(
  { name, requiresPython }: LockedPackage,
  { index, environment }: { readonly index: number; readonly environment: MarkerEnvironment },
): void {
  const python = environment.python_full_version;
  if (requiresPython === undefined || allowsPython(requiresPython, python)) return;
  throw new PinionError(
    "lock/unsupported-environment",
    `Package \`${name}\` requires Python ${requiresPython}, but the target is Python ${python}`,
    { details: { name, requiresPython, python, package: index } },
  );
}

/** Pre-releases of Python count as the versions that they are. */
function allowsPython(requiresPython: string, python: string): boolean {
  return satisfies(parseVersion(python), parseSpecifierSet(requiresPython), { prereleases: true });
}

interface Choosing extends SelectOptions {
  /** Of the package among the lock file's. */
  readonly position: number;
}

function choose(locked: LockedPackage, options: Choosing): LockedChoice {
  const { name, source } = locked;
  if (source.kind !== "files") {
    const isRefused = isWheel(source) ? options.refusesWheels : options.refusesBuilds;
    if (isRefused?.(name) === true) throw noFile(locked, options);
    return source;
  }
  const wheel = options.refusesWheels?.(name) === true ? undefined : bestWheel(source.wheels ?? [], options);
  if (wheel !== undefined) return wheel;
  const { sdist } = source;
  if (sdist !== undefined && options.refusesBuilds?.(name) !== true)
    return { kind: "sdist", file: sdist, filename: lockedFilename(sdist) };
  throw noFile(locked, options);
}

/** All others are built. */
function isWheel(source: LockedArchive | LockedDirectory | LockedRepository): boolean {
  if (source.kind !== "archive") return false;
  const { path, url = "" } = source;
  return (path ?? (URL.canParse(url) ? new URL(url).pathname : url)).endsWith(".whl");
}

/** The wheel whose tags rank best, then the one with the highest build tag. */
function bestWheel(
  wheels: readonly LockedFile[],
  { tags }: SelectOptions,
): Extract<LockedChoice, { kind: "wheel" }> | undefined {
  let best: { readonly file: LockedFile; readonly parsed: WheelFilename; readonly rank: number } | undefined;
  for (const file of wheels) {
    const parsed = parseWheelFilename(lockedFilename(file));
    const rank = tags.rank(parsed.tags);
    if (rank === undefined) continue;
    const isBetter =
      best === undefined ||
      rank < best.rank ||
      (rank === best.rank && compareBuilds(parsed.build, best.parsed.build) > 0);
    if (isBetter) best = { file, parsed, rank };
  }
  return best === undefined ? undefined : { kind: "wheel", file: best.file, filename: best.parsed.filename };
}

function noFile(locked: LockedPackage, options: Choosing): PinionError {
  const { name, source } = locked;
  const refusesWheels = options.refusesWheels?.(name) === true;
  const reason = whyNoFile(locked, { refusesWheels });
  const available =
    source.kind === "files" ? (source.wheels ?? []).map((wheel) => lockedFilename(wheel)) : [];
  return new PinionError("lock/no-file", `Package \`${name}\` can't be installed because ${reason}`, {
    details: { name, package: options.position, available },
    hints:
      available.length === 0 || refusesWheels
        ? []
        : [
            `The lock file has only: ${available
              .slice(0, MAX_LISTED)
              .map((file) => `\`${file}\``)
              .join(", ")}`,
          ],
  });
}

function whyNoFile(
  { source }: LockedPackage,
  { refusesWheels }: { readonly refusesWheels: boolean },
): string {
  if (source.kind !== "files")
    return isWheel(source)
      ? "it is marked as `--no-binary` but is itself a binary distribution"
      : "it is marked as `--no-build` but has no binary distribution";
  const hasSdist = source.sdist !== undefined;
  if (refusesWheels)
    return hasSdist
      ? "it is marked as both `--no-binary` and `--no-build`"
      : "it is marked as `--no-binary` but has no source distribution";
  return hasSdist
    ? "it is marked as `--no-build` but has no wheel for the current platform"
    : "it doesn't have a source distribution or wheel for the current platform";
}

function ambiguous({ name }: LockedPackage, positions: readonly [number, number]): PinionError {
  return new PinionError("lock/ambiguous", `Multiple active package entries found for \`${name}\``, {
    details: { name, packages: positions },
    hints: [
      `\`packages[${positions[0]}]\` and \`packages[${positions[1]}]\` have markers that hold in the same environment`,
    ],
  });
}

/** Enough to see what kind of wheels there are. */
const MAX_LISTED = 5;
