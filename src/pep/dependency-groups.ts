// `[dependency-groups]` of pyproject.toml (PEP 735): lists of requirements that may include one another.

import { PinionError } from "../errors.ts";
import { normalizeName } from "./name.ts";
import { formatRequirement, parseRequirement } from "./requirement.ts";

/**
 * Puts together the requirements of the named groups, each in its normal form, in the order of the file;
 * a group that is included twice counts twice, as the standard has it.
 *
 * @param groups the table as TOML gives it; nothing in it is trusted
 * @throws PinionError `requirement/invalid-file`
 */
export function resolveDependencyGroups(groups: unknown, names: readonly string[]): readonly string[] {
  const table = normalizeTable(groups);
  const expansion = { table, requirements: [], including: [], budget: { items: MAX_ITEMS } };
  for (const name of names) expandGroup({ ...expansion, name });
  return expansion.requirements;
}

interface Expansion {
  readonly table: ReadonlyMap<string, unknown>;
  readonly name: string;
  /** What has been put together; grows. */
  readonly requirements: string[];
  /** The normalised names of the groups whose including led here. */
  readonly including: readonly string[];
  /** How many more items may be looked at, over all groups; shrinks. */
  readonly budget: { items: number };
}

function expandGroup(expansion: Expansion): void {
  const { table, requirements, including } = expansion;
  const name = normalizeName(expansion.name);
  if (including.includes(name))
    throw invalid(name, `it includes itself: \`${[...including, name].join("` → `")}\``);
  if (including.length > MAX_DEPTH) throw invalid(name, "groups include one another too deeply");
  if (!table.has(name)) throw invalid(name, "there is no such group");
  const group = table.get(name);
  if (!Array.isArray(group)) throw invalid(name, "it is not a list");

  for (const item of group as readonly unknown[]) {
    expansion.budget.items -= 1;
    if (expansion.budget.items < 0) throw invalid(name, "it has too many items");
    if (typeof item === "string") {
      requirements.push(normalizeRequirement(name, item));
    } else {
      expandGroup({ ...expansion, name: includedName(name, item), including: [...including, name] });
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
    if (table.has(name)) throw invalid(name, "it is there twice, with different spellings");
    table.set(name, group);
  }
  return table;
}

function normalizeRequirement(group: string, text: string): string {
  try {
    return formatRequirement(parseRequirement(text));
  } catch (error) {
    throw invalid(group, `\`${text}\` is not a requirement`, error);
  }
}

function includedName(group: string, item: unknown): string {
  const keys = typeof item === "object" && item !== null ? Object.entries(item) : [];
  const [[key, value] = []] = keys;
  if (keys.length !== 1 || key !== "include-group" || typeof value !== "string") {
    throw invalid(group, 'an item is neither a requirement nor `{include-group = "…"}`');
  }
  return value;
}

function invalid(group: string, reason: string, cause?: unknown): PinionError {
  return new PinionError(
    "requirement/invalid-file",
    `Dependency group \`${group}\` cannot be used: ${reason}`,
    {
      details: { group, reason },
      cause,
    },
  );
}

// Deeper than any project, shallower than the call stack.
const MAX_DEPTH = 100;

// Groups that include each other twice grow as powers of two; the largest real tables have some hundred lines.
const MAX_ITEMS = 100_000;
