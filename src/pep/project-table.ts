// The `[project]` table of pyproject.toml (PEP 621) as far as requirements go, static parts only.

import { isTomlTable } from "../base/toml-table.ts";
import { PinionError } from "../errors.ts";
import { normalizeName } from "./name.ts";
import { parseRequirement, type Requirement } from "./requirement.ts";

/** What a project requires, as its `pyproject.toml` states it. */
export interface ProjectTable {
  /** Normalized. */
  readonly name: string;
  readonly dependencies: readonly string[];
  /** By normalized name of the extra. */
  readonly optionalDependencies: ReadonlyMap<string, readonly string[]>;
  readonly requiresPython: string | undefined;
  /** The fields that only a build provides, such as `dependencies`. */
  readonly dynamic: readonly string[];
}

/**
 * Reads `[project]`; undefined where there is none.
 *
 * @param document the parsed pyproject.toml; nothing in it is trusted
 * @throws requirement/invalid-file
 */
export function readProjectTable(document: unknown): ProjectTable | undefined {
  const project = isTomlTable(document) ? document["project"] : undefined;
  if (project === undefined) return undefined;
  if (!isTomlTable(project)) throw invalid("`[project]` is not a table");
  const { name } = project;
  if (typeof name !== "string") throw invalid("`[project]` has no `name`");
  const optional = project["optional-dependencies"] ?? {};
  if (!isTomlTable(optional)) throw invalid("`project.optional-dependencies` is not a table");
  const requiresPython = project["requires-python"];
  return {
    name: normalizeName(name),
    dependencies: strings(project["dependencies"] ?? [], "project.dependencies"),
    optionalDependencies: new Map(
      Object.entries(optional).map(([extra, list]) => [
        normalizeName(extra),
        strings(list, `project.optional-dependencies.${extra}`),
      ]),
    ),
    requiresPython: typeof requiresPython === "string" ? requiresPython : undefined,
    dynamic: strings(project["dynamic"] ?? [], "project.dynamic"),
  };
}

/** What a project requires with some of its extras; an extra that names the project's own extras brings those along. */
export function projectRequirements(
  { name, dependencies, optionalDependencies }: ProjectTable,
  extras: readonly string[],
): readonly string[] {
  const found = [...dependencies];
  const seen = new Set<string>();
  const queue = [...extras];
  for (let extra = queue.shift(); extra !== undefined; extra = queue.shift()) {
    if (seen.has(extra)) continue;
    seen.add(extra);
    for (const text of optionalDependencies.get(extra) ?? []) {
      const own = ownExtras(text, name);
      if (own === undefined) found.push(text);
      else queue.push(...own);
    }
  }
  return found;
}

/** The extras that a requirement on the project itself names; undefined for one on another project. */
function ownExtras(text: string, name: string): readonly string[] | undefined {
  const requirement = parse(text);
  return requirement.name === name && requirement.extras.length > 0 ? requirement.extras : undefined;
}

function parse(text: string): Requirement {
  try {
    return parseRequirement(text);
  } catch (cause) {
    throw new PinionError("requirement/invalid-file", `\`${text}\` is not a requirement`, { cause });
  }
}

function strings(value: unknown, key: string): readonly string[] {
  if (Array.isArray(value) && value.every((entry) => typeof entry === "string")) return value;
  throw invalid(`\`${key}\` is not an array of strings`);
}

function invalid(reason: string): PinionError {
  return new PinionError("requirement/invalid-file", reason, { details: { reason } });
}
