// What a project says of all its requirements, also those of extras and groups that are not requested: as in uv, the source of
// each must be valid.

import { isPinionError, PinionError } from "../../errors.ts";
import type { NamedIndex } from "../../pep/requirements/requirement-entry.ts";
import { parseRequirement } from "../../pep/requirements/requirement.ts";
import type { ProjectGroups } from "./project-groups.ts";
import { doubtfulSources, type ProjectSources } from "./project-sources.ts";

/** What a project requires from an index that only settings may know. */
export interface StatedIndex {
  /** The normalized name of what it requires. */
  readonly name: string;
  readonly index: NamedIndex;
  /** The refusal where settings do not know it either. */
  readonly refusal: PinionError;
}

/** What a project states, whichever extras and groups are requested. */
export interface ProjectStatements {
  readonly groups: ProjectGroups | undefined;
  /** The normalized names of what it requires by itself and by its extras, in their order. */
  readonly required: readonly string[];
}

/**
 * Looks at the sources of everything that a project states, its groups first, by their names.
 *
 * @param file as messages name it
 * @returns the indexes that only settings may know
 * @throws requirement/unsupported
 */
export function checkStatements(
  { groups, required }: ProjectStatements,
  sources: ProjectSources,
  file: string,
): readonly StatedIndex[] {
  const doubtful = doubtfulSources(sources, file);
  if (doubtful.size === 0) return [];
  const indexes = new Map<string, StatedIndex>();
  const check = (name: string, group: string | undefined): void => {
    const doubt = doubtful.get(name);
    if (doubt === undefined) return;
    const refusal = inGroup(isPinionError(doubt) ? doubt : undeclaredIndex(name, doubt), { name, group });
    if (isPinionError(doubt)) throw refusal;
    if (!indexes.has(doubt.name)) indexes.set(doubt.name, { name, index: doubt, refusal });
  };
  for (const group of groups?.names.toSorted() ?? [])
    for (const text of groups?.requirementsOf(group) ?? []) check(parseRequirement(text).name, group);
  for (const name of required) check(name, undefined);
  return [...indexes.values()];
}

/** The refusal of an index that nothing declares. */
export function undeclaredIndex(name: string, { name: index, file }: NamedIndex): PinionError {
  return new PinionError("requirement/unsupported", `Failed to parse entry: \`${name}\``, {
    details: { name, index, file },
    hints: [`\`${file}\` names it in \`tool.uv.sources\``],
    cause: new PinionError(
      "requirement/unsupported",
      `Package \`${name}\` references an undeclared index: \`${index}\``,
    ),
  });
}

function inGroup(
  refusal: PinionError,
  { name, group }: { readonly name: string; readonly group: string | undefined },
): PinionError {
  if (group === undefined) return refusal;
  const { code, details, hints, cause } = refusal;
  return new PinionError(code, `Failed to parse entry in group \`${group}\`: \`${name}\``, {
    details: { ...details, group },
    hints,
    cause,
  });
}
