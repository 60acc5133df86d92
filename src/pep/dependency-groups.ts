// `[dependency-groups]` of pyproject.toml (PEP 735): lists of requirements that may include one another.

import { isRecord } from "../base/values/record.ts";
import { PinionError } from "../errors.ts";
import type { Marker } from "./markers/expression.ts";
import { andMarkers } from "./markers/marker.ts";
import { pythonsMarker } from "./markers/pythons.ts";
import { invalidNameWords, isValidName, normalizeName } from "./name.ts";
import { requirementProblem } from "./requirements/requirement-problem.ts";
import { formatRequirement, parseRequirement, type Requirement } from "./requirements/requirement.ts";
import { underlined } from "./text.ts";
import { essentialSpecifiers } from "./versions/essential-specifiers.ts";
import type { Specifier } from "./versions/specifier-set.ts";

/**
 * Puts together the requirements of the named groups, each in its normal form, in the order of the file;
 * a group that is included twice counts twice, as the standard has it.
 *
 * @param groups the table as TOML gives it; nothing in it is trusted
 * @throws PinionError `requirement/invalid-file`
 */
export function resolveDependencyGroups(groups: unknown, names: readonly string[]): readonly string[] {
  return expandDependencyGroups(groups, names, new Map());
}

/**
 * The same, where what a group holds counts only for some Pythons.
 *
 * @param pythons by the normalized names of the groups
 * @throws PinionError `requirement/invalid-file`
 */
export function expandDependencyGroups(
  groups: unknown,
  names: readonly string[],
  pythons: ReadonlyMap<string, readonly Specifier[]>,
): readonly string[] {
  return groupExpander(groups, pythons)(names);
}

/**
 * {@link expandDependencyGroups} of one table, which may be asked for each of its groups.
 *
 * @throws PinionError `requirement/invalid-file`, as what it gives does
 */
export function groupExpander(
  groups: unknown,
  pythons: ReadonlyMap<string, readonly Specifier[]>,
): (names: readonly string[]) => readonly string[] {
  const table = normalizeTable(groups);
  return (names) => {
    const budget = { items: MAX_ITEMS, characters: MAX_CHARACTERS };
    const expansion = { table, pythons, requirements: [], including: [], narrowedTo: [], budget };
    for (const name of names) expandGroup({ ...expansion, name });
    return expansion.requirements;
  };
}

/** Refuses a table of groups of which one cannot be read, also where another is requested. @throws PinionError `requirement/invalid-file` */
export function checkDependencyGroups(groups: unknown): void {
  const names = [...normalizeTable(groups).keys()];
  for (const name of names) if (!isValidName(name)) throw refusal(name, invalidNameWords(name));
  resolveDependencyGroups(groups, names);
}

interface Expansion {
  readonly table: ReadonlyMap<string, unknown>;
  readonly pythons: ReadonlyMap<string, readonly Specifier[]>;
  readonly name: string;
  /** What has been put together; grows. */
  readonly requirements: string[];
  /** The normalised names of the groups whose including led here. */
  readonly including: readonly string[];
  /** The Pythons of those groups together. */
  readonly narrowedTo: readonly Specifier[];
  /** How many more items may be looked at, and characters of requirements read, over all groups; shrinks. */
  readonly budget: { items: number; characters: number };
}

function expandGroup(expansion: Expansion): void {
  const { table, requirements, including } = expansion;
  const name = normalizeName(expansion.name);
  if (including.includes(name))
    throw refusal(
      name,
      `Detected a cycle in \`dependency-groups\`: \`${[...including, name].join("` -> `")}\``,
    );
  if (including.length > MAX_DEPTH) throw invalid(name, "groups include one another too deeply");
  if (!table.has(name)) throw refusal(name, `Failed to find group \`${name}\`${includer(including)}`);
  const group = table.get(name);
  if (!Array.isArray(group)) throw invalid(name, "it is not a list");

  const narrowedTo = essentialSpecifiers([...expansion.narrowedTo, ...(expansion.pythons.get(name) ?? [])]);
  const condition = pythonsMarker({ specifiers: narrowedTo });
  const inGroup = { ...expansion, including: [...including, name], narrowedTo };
  for (const item of group as readonly unknown[]) {
    expansion.budget.items -= 1;
    if (expansion.budget.items < 0) throw invalid(name, "it has too many items");
    if (typeof item === "string") {
      expansion.budget.characters -= item.length;
      if (expansion.budget.characters < 0) throw invalid(name, "its requirements are too long");
      requirements.push(formatRequirement(conditional(readRequirement(name, item), condition)));
    } else {
      expandGroup({ ...inGroup, name: includedName(name, item) });
    }
  }
}

function normalizeTable(groups: unknown): ReadonlyMap<string, unknown> {
  if (typeof groups !== "object" || groups === null || Array.isArray(groups)) {
    throw new PinionError("requirement/invalid-file", "`[dependency-groups]` is not a table");
  }
  const table = new Map<string, unknown>();
  for (const [writtenName, group] of Object.entries(groups)) {
    const name = normalizeName(writtenName);
    if (table.has(name)) throw refusal(name, `duplicate dependency group: \`${name}\``);
    table.set(name, group);
  }
  return table;
}

function conditional(requirement: Requirement, condition: Marker | undefined): Requirement {
  const { marker } = requirement;
  if (condition === undefined || marker === undefined)
    return condition === undefined ? requirement : { ...requirement, marker: condition };
  const conditions = condition.kind === "and" ? condition.operands : [condition];
  return { ...requirement, marker: andMarkers([marker, ...conditions]) };
}

function readRequirement(group: string, text: string): Requirement {
  try {
    return parseRequirement(text);
  } catch (error) {
    const problem = requirementProblem(text);
    const position = problem && { text, position: problem.start, length: problem.length };
    const cause =
      problem === undefined || position === undefined
        ? error
        : new PinionError("requirement/invalid", underlined(problem.message, position));
    throw refusal(group, `Failed to parse entry in group \`${group}\`: \`${text}\``, cause);
  }
}

function includedName(group: string, item: unknown): string {
  const keys = typeof item === "object" && item !== null ? Object.entries(item) : [];
  const [[key, value] = []] = keys;
  if (keys.length !== 1 || key !== "include-group" || typeof value !== "string") {
    throw refusal(
      group,
      `Group \`${group}\` contains an unknown dependency object specifier: ${showItem(item)}`,
    );
  }
  return value;
}

function includer(including: readonly string[]): string {
  const last = including.at(-1);
  return last === undefined ? "" : ` included by \`${last}\``;
}

/** `{"foo": "bar"}`, shortened: the table is not trusted. */
function showItem(item: unknown): string {
  const shown = isRecord(item)
    ? `{${Object.entries(item)
        .map(([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`)
        .join(", ")}}`
    : JSON.stringify(item);
  return shown.length > MAX_SHOWN ? `${shown.slice(0, MAX_SHOWN)}…` : shown;
}

function invalid(group: string, reason: string): PinionError {
  return refusal(group, `Dependency group \`${group}\` cannot be used: ${reason}`);
}

function refusal(group: string, reason: string, cause?: unknown): PinionError {
  return new PinionError("requirement/invalid-file", reason, { details: { group, reason }, cause });
}

/** As much of a mistake as one line shows. */
const MAX_SHOWN = 200;

// Deeper than any project, shallower than the call stack.
const MAX_DEPTH = 100;

// Groups that include each other twice grow as powers of two; the largest real tables have some hundred lines.
const MAX_ITEMS = 100_000;

/** A group that is included many times is read as often; all real requirements of a project have some ten thousand. */
const MAX_CHARACTERS = 5_000_000;
