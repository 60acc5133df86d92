// The dependency groups of a project as uv has them: those of PEP 735, what `[tool.uv]` lists as `dev-dependencies`, which is
// part of the group `dev`, and the Pythons for which `[tool.uv.dependency-groups]` has a group count.

import { relative, sep } from "node:path";

import { isWithin } from "../../base/files/real-place.ts";
import { isTextList } from "../../base/values/record.ts";
import { isTomlTable, tomlTable, type TomlTable } from "../../base/formats/toml-table.ts";
import { isPinionError, PinionError } from "../../errors.ts";
import { checkDependencyGroups, groupExpander } from "../../pep/dependency-groups.ts";
import { normalizeName } from "../../pep/name.ts";
import { formatRequirement, parseRequirement } from "../../pep/requirements/requirement.ts";
import { essentialSpecifiers } from "../../pep/versions/essential-specifiers.ts";
import type { Specifier } from "../../pep/versions/specifier-set.ts";
import { tryParseStrictSpecifierSet } from "../../pep/versions/strict-specifiers.ts";

export interface ProjectGroups {
  /** Normalized. */
  readonly names: readonly string[];
  /** What a group requires, by its normalized name, each requirement in its normal form. */
  readonly requirementsOf: (name: string) => readonly string[];
}

/** Whose groups they are, as messages name it. */
export interface GroupsOwner {
  readonly project: string | undefined;
  /** Its folder as it leads there from the working folder; empty for that folder itself. */
  readonly folder: string;
}

/** A project's folder as messages have it: from the working folder, or whole where it is not in there. */
export function folderFrom(directory: string, folder: string): string {
  const way = isWithin(folder, directory) ? relative(directory, folder) : folder;
  return way.split(sep).join("/");
}

/**
 * Reads the groups of a project. As in uv, each of them must be valid, whichever is requested.
 *
 * @param document the parsed pyproject.toml
 * @throws requirement/invalid-file
 */
export function readProjectGroups(document: unknown, owner: GroupsOwner): ProjectGroups {
  try {
    return readGroups(isTomlTable(document) ? document : {});
  } catch (cause) {
    if (!isPinionError(cause)) throw cause;
    const { project, folder } = owner;
    const place = project === undefined || folder === "" ? "" : ` @ ${folder}`;
    const name =
      project === undefined && folder !== "" ? `\`${folder}\`` : `Project \`${project ?? ""}${place}\``;
    throw new PinionError(cause.code, `${name} has malformed dependency groups`, {
      details: cause.details,
      cause,
    });
  }
}

function readGroups(document: TomlTable): ProjectGroups {
  const groups = document["dependency-groups"] ?? {};
  const development = developmentOf(document);
  if (development !== undefined && isTomlTable(groups)) refuseIncludedDevelopment(groups);
  checkDependencyGroups(groups);
  const names = isTomlTable(groups) ? Object.keys(groups).map(normalizeName) : [];
  const pythons = pythonsOfGroups(document, names);
  const known = new Set(names);
  const expand = groupExpander(groups, pythons);
  const hasDevelopment = development !== undefined && !known.has(DEVELOPMENT);
  return {
    names: hasDevelopment ? [...names, DEVELOPMENT] : names,
    requirementsOf: (name) => [
      ...(known.has(name) ? expand([name]) : []),
      ...(name === DEVELOPMENT ? (development ?? []) : []),
    ],
  };
}

/** What `[tool.uv]` lists for development, each in its normal form; undefined where it lists nothing. */
function developmentOf(document: TomlTable): readonly string[] | undefined {
  const stated = tomlTable(document, "tool", "uv")?.["dev-dependencies"];
  if (stated === undefined) return undefined;
  if (!isTextList(stated)) throw refused("`tool.uv.dev-dependencies` is not a list of strings");
  return stated.map((text) => formatRequirement(parseRequirement(text)));
}

/** A group includes only what the table of groups has. */
function refuseIncludedDevelopment(groups: TomlTable): void {
  const named = Object.entries(groups);
  if (named.some(([name]) => normalizeName(name) === DEVELOPMENT)) return;
  for (const [name, items] of named)
    for (const item of Array.isArray(items) ? items : []) {
      const included: unknown = isTomlTable(item) ? item["include-group"] : undefined;
      if (typeof included === "string" && normalizeName(included) === DEVELOPMENT)
        throw refused(
          `Group \`${normalizeName(name)}\` includes the \`dev\` group (\`include = "dev"\`), but only \`tool.uv.dev-dependencies\` was found. To reference the \`dev\` group via an \`include\`, ${MOVE_DEVELOPMENT}`,
        );
    }
}

/**
 * The Pythons for which a group counts, by its normalized name; absent for all.
 *
 * @param names of the groups that it has, normalized
 * @throws requirement/invalid-file
 */
export function pythonsOfGroups(
  document: unknown,
  names: readonly string[],
): ReadonlyMap<string, readonly Specifier[]> {
  const uv = isTomlTable(document) ? tomlTable(document, "tool", "uv") : undefined;
  const table = uv === undefined ? undefined : tomlTable(uv, "dependency-groups");
  const known = new Set(names);
  return new Map(
    Object.entries(table ?? {}).flatMap(
      ([written, stated]): readonly (readonly [string, readonly Specifier[]])[] => {
        const name = normalizeName(written);
        if (!known.has(name))
          throw refused(
            name === DEVELOPMENT && uv?.["dev-dependencies"] !== undefined
              ? `\`[tool.uv.dependency-groups]\` specifies the \`dev\` group, but only \`tool.uv.dev-dependencies\` was found. To reference the \`dev\` group, ${MOVE_DEVELOPMENT}`
              : `Failed to find group \`${name}\` specified in \`[tool.uv.dependency-groups]\``,
          );
        const key = `tool.uv.dependency-groups.${written}`;
        if (!isTomlTable(stated)) throw refused(`\`${key}\` is not a table`);
        const required = stated["requires-python"];
        if (required === undefined) return [];
        const specifiers = typeof required === "string" ? tryParseStrictSpecifierSet(required) : undefined;
        if (specifiers === undefined) throw refused(`\`${key}.requires-python\` is not a version specifier`);
        // As in uv, a range: what is left out within it says nothing of the group.
        const bounds = specifiers.specifiers.filter(({ operator }) => operator !== "!=");
        return [[name, essentialSpecifiers(bounds)]];
      },
    ),
  );
}

function refused(reason: string): PinionError {
  return new PinionError("requirement/invalid-file", reason);
}

const DEVELOPMENT = "dev";
const MOVE_DEVELOPMENT =
  "remove the `tool.uv.dev-dependencies` section and add any development dependencies to the `dev` entry in the `[dependency-groups]` table instead.";
