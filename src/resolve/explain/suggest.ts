// What would help where there is no solution: each of the user's requirements that the explanation is about is relaxed
// by itself, and everything solved again. Only what was shown to work is suggested. The idea is dart-lang/pub's
// (`lib/src/solver/solve_suggestions.dart`).

import { formatRequirement } from "../../pep/requirements/requirement.ts";
import type { Requirement } from "../../pep/requirements/requirement.ts";
import { makeSpecifierSet } from "../../pep/versions/specifier.ts";
import type { ResolutionGraph } from "../graph.ts";
import type { ResolutionInput, RootRequirement } from "../input.ts";

/** A change of one requirement with which there is a solution. */
export interface Suggestion {
  readonly kind: "relax-requirement";
  /** The requirement, constraint or override as it was given, and where. */
  readonly requirement: string;
  readonly origin: unknown;
  readonly list: RequirementList;
  /** What is chosen of the project without its version specifiers; more than one where environments differ. */
  readonly chosen: readonly ChosenVersion[];
  /** What is chosen of the other projects that the explanation is about, by name. */
  readonly others: readonly ChosenVersion[];
}

/** Which of the user's lists a requirement is in. */
export type RequirementList = (typeof LISTS)[number];

export interface ChosenVersion {
  readonly name: string;
  readonly version: string;
}

/**
 * The changes of one requirement that lead to a solution, in the order of the lists.
 *
 * @param packages The projects that the explanation is about.
 * @param attempt Solves an input within its bounds; `undefined` where it finds nothing.
 */
export async function suggestChanges(
  input: ResolutionInput,
  packages: readonly string[],
  attempt: (input: ResolutionInput) => Promise<ResolutionGraph | undefined>,
): Promise<readonly Suggestion[]> {
  const suggestions: Suggestion[] = [];
  for (const { list, place, entry } of relaxable(input, packages).slice(0, MAX_ATTEMPTS)) {
    if (suggestions.length >= MAX_SUGGESTIONS) break;
    const { name } = entry.requirement;
    const relaxed = (input[list] ?? []).with(place, {
      ...entry,
      requirement: withoutVersions(entry.requirement),
    });
    const graph = await attempt({ ...input, [list]: relaxed });
    if (graph === undefined) continue;
    const versions = graph.packages.map((found) => ({ name: found.name, version: found.version.text }));
    suggestions.push({
      kind: "relax-requirement",
      requirement: formatRequirement(entry.requirement),
      origin: entry.origin,
      list,
      chosen: versions.filter((found) => found.name === name),
      others: versions.filter((found) => found.name !== name && packages.includes(found.name)),
    });
  }
  return suggestions;
}

interface Relaxable {
  readonly list: RequirementList;
  readonly place: number;
  readonly entry: RootRequirement;
}

/** Everything with version specifiers on one of the projects. */
function relaxable(input: ResolutionInput, packages: readonly string[]): readonly Relaxable[] {
  return LISTS.flatMap((list) =>
    (input[list] ?? []).flatMap((entry, place): readonly Relaxable[] => {
      const { name, specifiers, url } = entry.requirement;
      const isLimited = url === undefined && specifiers.specifiers.length > 0;
      return isLimited && packages.includes(name) ? [{ list, place, entry }] : [];
    }),
  );
}

function withoutVersions(requirement: Requirement): Requirement {
  return { ...requirement, specifiers: makeSpecifierSet([]) };
}

const LISTS = ["requirements", "constraints", "overrides"] as const;

/** More would be a list to study, not a hint. */
const MAX_SUGGESTIONS = 3;
const MAX_ATTEMPTS = 8;
