// What is wrong with an environment: `pip check`, and the warnings of `--strict`. The sentences are uv's.

import { groupBy } from "../base/values/group-by.ts";
import { atOnce, inTurns, Turns, type Pausing } from "../base/work/turns.ts";
import { isPinionError } from "../errors.ts";
import { redactUrl } from "../net/url.ts";
import type { Marker } from "../pep/markers/expression.ts";
import { formatMarker } from "../pep/markers/marker.ts";
import { formatSimplifiedMarker, simplifyMarker } from "../pep/markers/algebra.ts";
import type { Requirement } from "../pep/requirements/requirement.ts";
import type { SpecifierSet } from "../pep/versions/specifier-set.ts";
import { createTagRanking } from "../pep/tags/tags.ts";
import type { TagRanking, Target } from "../pep/tags/tags.ts";
import { compareVersions } from "../pep/versions/version.ts";
import type { InstalledDistribution } from "../python/environments/environment.ts";
import { isPythonNewEnough } from "../resolve/requires-python.ts";
import {
  allowsVersion,
  applicableRequirements,
  conditionsIn,
  requirementRules,
  type RequirementRules,
} from "../resolve/requirements.ts";

/** `name` is the project that has the problem. */
export type Problem =
  | { readonly kind: "duplicate"; readonly name: string; readonly directories: readonly string[] }
  | {
      readonly kind: "unreadable";
      readonly name: string;
      readonly directory: string;
      /** Which of its files is missing or cannot be understood. */
      readonly file: "METADATA" | "WHEEL";
    }
  | { readonly kind: "python"; readonly name: string; readonly wanted: string; readonly python: string }
  | { readonly kind: "platform"; readonly name: string }
  | { readonly kind: "missing"; readonly name: string; readonly needed: string; readonly wanted: string }
  | {
      readonly kind: "other-version";
      readonly name: string;
      readonly needed: string;
      readonly wanted: string;
      readonly version: string;
    };

/** What is looked at of a distribution: one that is installed, or one that a lock file lists. */
export type CheckedDistribution = Pick<
  InstalledDistribution,
  "name" | "version" | "directory" | "wheelTags" | "metadata"
> &
  Partial<Pick<InstalledDistribution, "hasUnreadableWheelFile">>;

/** Everything that is wrong, by the names of the projects. */
export function findProblems(
  distributions: readonly CheckedDistribution[],
  target: Target,
): readonly Problem[] {
  return atOnce(problemsOf(distributions, target));
}

/** The same, with a turn for others now and then. @throws net/cancelled */
export async function findProblemsInTurns(
  distributions: readonly CheckedDistribution[],
  target: Target,
  signal: AbortSignal | undefined,
): Promise<readonly Problem[]> {
  return await inTurns(problemsOf(distributions, target), new Turns(signal));
}

function* problemsOf(
  distributions: readonly CheckedDistribution[],
  target: Target,
): Pausing<readonly Problem[]> {
  const byName = groupBy(distributions, ({ name }) => name);
  const ranking = createTagRanking(target);
  const rules = requirementRules(conditionsIn(target.markers));
  const shown = new ShownMarkers();
  const problems: Problem[] = [];
  for (const [name, same] of byName) {
    yield;
    const [distribution] = same;
    if (distribution === undefined) continue;
    if (same.length > 1) {
      problems.push({ kind: "duplicate", name, directories: same.map(({ directory }) => directory) });
      continue;
    }
    const { ofItself, ofNeeds, isReadable } = yield* problemsIn(distribution, {
      byName,
      target,
      rules,
      shown,
    });
    // uv: Python, the wheel, then what is needed.
    problems.push(...ofItself);
    if (isReadable) problems.push(...wheelProblems(distribution, ranking));
    for (const problem of ofNeeds) problems.push(problem);
  }
  return problems;
}

/** Whether a problem has to do with one of these projects: as the one that has it, or that is not what is needed. */
export function concerns(problem: Problem, names: ReadonlySet<string>): boolean {
  return names.has(problem.name) || (problem.kind === "other-version" && names.has(problem.needed));
}

/** @param state what the distributions are: for a lock file without an environment, `locked` */
export function formatProblem(problem: Problem, state: "installed" | "locked" = "installed"): string {
  const subject = `The package \`${problem.name}\``;
  switch (problem.kind) {
    case "duplicate":
      return `${subject} has multiple installed distributions: ${problem.directories.map((path) => `\n  - ${path}`).join("")}`;
    case "unreadable":
      return `${subject} is broken or incomplete (unable to read ${problem.file === "WHEEL" ? "`WHEEL` file" : "`METADATA`"}). Consider recreating the virtualenv, or removing the package directory at: ${problem.directory}.`;
    case "python":
      return state === "installed"
        ? `${subject} requires Python ${problem.wanted}, but \`${problem.python}\` is installed`
        : `${subject} requires Python ${problem.wanted}, but the target is Python ${problem.python}`;
    case "platform":
      return `${subject} was built for a different platform`;
    case "missing":
      return `${subject} requires \`${problem.wanted}\`, but it's not ${state}`;
    case "other-version":
      return `${subject} requires \`${problem.wanted}\`, but \`${problem.version}\` is ${state}`;
  }
}

/** As uv writes it: specifiers by their versions. */
export function formatSpecifiers({ specifiers }: SpecifierSet, separator: "," | ", "): string {
  return specifiers
    .toSorted((a, b) =>
      a.version === undefined || b.version === undefined ? 0 : compareVersions(a.version, b.version),
    )
    .map(({ operator, text }) => `${operator}${text}`)
    .join(separator);
}

function* problemsIn(
  distribution: CheckedDistribution,
  { byName, target: { pythonVersion }, rules, shown }: Surroundings,
): Pausing<Found> {
  const { name, directory } = distribution;
  let metadata;
  try {
    metadata = distribution.metadata();
  } catch (error) {
    if (!isPinionError(error, "index/invalid-metadata")) throw error;
    return {
      ofItself: [{ kind: "unreadable", name, directory, file: "METADATA" }],
      ofNeeds: [],
      isReadable: false,
    };
  }
  const { requiresPython, requiresDist } = metadata;
  const python: readonly Problem[] =
    requiresPython === undefined || isPythonNewEnough(pythonVersion, requiresPython)
      ? []
      : [
          {
            kind: "python",
            name,
            wanted: formatSpecifiers(requiresPython, ", "),
            python: pythonVersion.text,
          },
        ];
  const needs = applicableRequirements(requiresDist, { name }, rules).map(({ requirement }) => requirement);
  const unmet: Problem[] = [];
  for (const need of needs) {
    yield;
    const problem = problemOf(name, need, { installed: byName.get(need.name) ?? [], shown });
    if (problem !== undefined) unmet.push(problem);
  }
  return { ofItself: python, ofNeeds: unmet, isReadable: true };
}

function wheelProblems(
  { name, directory, wheelTags, hasUnreadableWheelFile = false }: CheckedDistribution,
  ranking: TagRanking,
): readonly Problem[] {
  if (hasUnreadableWheelFile) return [{ kind: "unreadable", name, directory, file: "WHEEL" }];
  if (wheelTags === undefined || ranking.rank(wheelTags) !== undefined) return [];
  return [{ kind: "platform", name }];
}

interface Found {
  readonly ofItself: readonly Problem[];
  readonly ofNeeds: readonly Problem[];
  readonly isReadable: boolean;
}

interface Surroundings {
  readonly byName: ReadonlyMap<string, readonly CheckedDistribution[]>;
  readonly target: Target;
  readonly rules: RequirementRules<boolean>;
  readonly shown: ShownMarkers;
}

function problemOf(
  name: string,
  need: Requirement,
  {
    installed: [first, ...others],
    shown,
  }: {
    readonly installed: readonly Pick<CheckedDistribution, "version">[];
    readonly shown: ShownMarkers;
  },
): Problem | undefined {
  // Of several, which the duplicate reports, it is unknown which one counts.
  if (others.length > 0 || (first !== undefined && allowsVersion(need, first.version))) return undefined;
  const extras = need.extras.length === 0 ? "" : `[${need.extras.toSorted().join(",")}]`;
  const marker = need.marker === undefined ? "" : ` ; ${shown.show(need.marker)}`;
  const source =
    need.url === undefined ? formatSpecifiers(need.specifiers, ",") : ` @ ${redactUrl(need.url)}`;
  const wanted = `${need.name}${extras}${source}${marker}`;
  if (first === undefined) return { kind: "missing", name, needed: need.name, wanted };
  return { kind: "other-version", name, needed: need.name, wanted, version: first.version.text };
}

/** Markers as uv shows them, unless that could take long: one of some comparisons can be the sum of thousands. */
class ShownMarkers {
  readonly #shown = new Map<string, string>();

  show(marker: Marker): string {
    const plain = formatMarker(marker, { quote: "'" });
    const known = this.#shown.get(plain);
    if (known !== undefined) return known;
    if (plain.length > MAX_SIMPLIFIED || this.#shown.size >= MAX_MARKERS) return plain;
    const simplified = formatSimplifiedMarker(simplifyMarker(marker));
    this.#shown.set(plain, simplified);
    return simplified;
  }
}

/** Characters of a marker; the longest of real distributions have some 200. */
const MAX_SIMPLIFIED = 250;
/** Different ones that are simplified: all of a real environment together have some hundred. */
const MAX_MARKERS = 2000;
