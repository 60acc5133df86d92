// What is wrong with an environment: `pip check`, and the warnings of `--strict`. The sentences are uv's.

import { groupBy } from "../base/group-by.ts";
import { isPinionError } from "../errors.ts";
import type { Marker } from "../pep/markers/expression.ts";
import { formatMarker } from "../pep/markers/marker.ts";
import { formatSimplifiedMarker, simplifyMarker } from "../pep/markers/algebra.ts";
import type { Requirement } from "../pep/requirements/requirement.ts";
import { satisfies } from "../pep/versions/specifier.ts";
import type { SpecifierSet } from "../pep/versions/specifier-set.ts";
import { createTagRanking } from "../pep/tags/tags.ts";
import type { Target } from "../pep/tags/tags.ts";
import { compareVersions } from "../pep/versions/version.ts";
import type { InstalledDistribution } from "../python/environment.ts";
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
  | { readonly kind: "unreadable"; readonly name: string; readonly directory: string }
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
>;

/** Everything that is wrong, by the names of the projects. */
export function findProblems(
  distributions: readonly CheckedDistribution[],
  target: Target,
): readonly Problem[] {
  const byName = groupBy(distributions, ({ name }) => name);
  const ranking = createTagRanking(target);
  const rules = requirementRules(conditionsIn(target.markers));
  return [...byName].flatMap(([name, same]) => {
    const [distribution] = same;
    if (distribution === undefined) return [];
    if (same.length > 1)
      return [{ kind: "duplicate", name, directories: same.map(({ directory }) => directory) }];
    const { wheelTags } = distribution;
    const isForeign = wheelTags !== undefined && ranking.rank(wheelTags) === undefined;
    const found = needsOf(distribution, { byName, target, rules });
    if (!isForeign) return found;
    // uv: Python, platform, then what is needed.
    const ofPython = found.filter(({ kind }) => kind === "python");
    return [...ofPython, { kind: "platform", name }, ...found.filter(({ kind }) => kind !== "python")];
  });
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
      return `${subject} has multiple installed distributions:\n${problem.directories.map((path) => `  - ${path}`).join("\n")}`;
    case "unreadable":
      return `${subject} is broken or incomplete (unable to read \`METADATA\`). Consider recreating the virtualenv, or removing the package directory at: ${problem.directory}`;
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

function needsOf(
  distribution: CheckedDistribution,
  { byName, target: { pythonVersion }, rules }: Surroundings,
): readonly Problem[] {
  const { name, directory } = distribution;
  let metadata;
  try {
    metadata = distribution.metadata();
  } catch (error) {
    if (!isPinionError(error)) throw error;
    return [{ kind: "unreadable", name, directory }];
  }
  const { requiresPython, requiresDist } = metadata;
  const python: readonly Problem[] =
    requiresPython === undefined || satisfies(pythonVersion, requiresPython, { prereleases: true })
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
  return [...python, ...needs.flatMap((need) => unmet(name, need, byName.get(need.name)?.[0]))];
}

interface Surroundings {
  readonly byName: ReadonlyMap<string, readonly CheckedDistribution[]>;
  readonly target: Target;
  readonly rules: RequirementRules<boolean>;
}

function unmet(
  name: string,
  need: Requirement,
  installed: Pick<CheckedDistribution, "version"> | undefined,
): readonly Problem[] {
  const extras = need.extras.length === 0 ? "" : `[${need.extras.toSorted().join(",")}]`;
  if (installed !== undefined && allowsVersion(need, installed.version)) return [];
  const marker = need.marker === undefined ? "" : ` ; ${shownMarker(need.marker)}`;
  const wanted = `${need.name}${extras}${formatSpecifiers(need.specifiers, ",")}${marker}`;
  if (installed === undefined) return [{ kind: "missing", name, needed: need.name, wanted }];
  return [{ kind: "other-version", name, needed: need.name, wanted, version: installed.version.text }];
}

/** As uv shows it, unless that could take long: a marker of some comparisons can be the sum of thousands. */
function shownMarker(marker: Marker): string {
  const plain = formatMarker(marker, { quote: "'" });
  return plain.length > MAX_SIMPLIFIED ? plain : formatSimplifiedMarker(simplifyMarker(marker));
}

/** Characters of a marker; the longest of real distributions have some 200. */
const MAX_SIMPLIFIED = 250;
