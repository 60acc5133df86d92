// uv's `[tool.uv.dependency-groups]`, which narrows the Pythons for which a dependency group counts.

import { isTomlTable, tomlTable } from "../../base/toml-table.ts";
import { PinionError } from "../../errors.ts";
import { normalizeName } from "../../pep/name.ts";
import { essentialSpecifiers } from "../../pep/versions/essential-specifiers.ts";
import type { Specifier } from "../../pep/versions/specifier-set.ts";
import { tryParseStrictSpecifierSet } from "../../pep/versions/strict-specifiers.ts";

/**
 * The Pythons for which a group counts, by its normalized name; absent for all.
 *
 * @param document the parsed pyproject.toml
 * @param names of the groups that it has, normalized
 * @throws requirement/invalid-file
 */
export function pythonsOfGroups(
  document: unknown,
  names: readonly string[],
): ReadonlyMap<string, readonly Specifier[]> {
  const table = isTomlTable(document) ? tomlTable(document, "tool", "uv", "dependency-groups") : undefined;
  const known = new Set(names);
  const refused = (reason: string): PinionError => new PinionError("requirement/invalid-file", reason);
  return new Map(
    Object.entries(table ?? {}).flatMap(
      ([written, stated]): readonly (readonly [string, readonly Specifier[]])[] => {
        const name = normalizeName(written);
        if (!known.has(name))
          throw refused(`Failed to find group \`${name}\` specified in \`[tool.uv.dependency-groups]\``);
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
