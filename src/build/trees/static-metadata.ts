// What a source tree requires, as far as it says so without being built: PKG-INFO of core metadata 2.2 and later (PEP 643),
// then the `[project]` table (PEP 621). Nothing here is a guess: where a build may change a field, the answer is undefined.

import { attempt } from "../../base/work/attempt.ts";
import { isTextList } from "../../base/values/record.ts";
import { isTomlTable, tomlTable, type TomlTable } from "../../base/formats/toml-table.ts";
import { readFileWithin } from "../../base/files/small-file.ts";
import { statSync } from "node:fs";
import { join } from "node:path";

import { hasStaticRequirements } from "../../pep/metadata/static-requirements.ts";
import { isValidName, normalizeName } from "../../pep/name.ts";
import { parseMetadata, type Metadata } from "../../pep/metadata/metadata.ts";
import { tryParseRequirement } from "../../pep/requirements/requirement.ts";
import type { SourceTree } from "../backend/build-system.ts";

/** The metadata that a source tree states; undefined where only a build knows it. PKG-INFO counts in a release only. */
export function readStaticMetadata(
  tree: SourceTree,
  { isReleased }: { readonly isReleased: boolean },
): Metadata | undefined {
  return (isReleased ? readPackageInfo(tree.directory) : undefined) ?? readProjectTable(tree.pyproject);
}

/** The name that a source tree states; a build never changes it (PEP 621). */
export function statedName({ pyproject }: SourceTree): string | undefined {
  const name = tomlTable(pyproject, "project")?.["name"] ?? tomlTable(pyproject, "tool", "poetry")?.["name"];
  return typeof name === "string" && isValidName(name) ? normalizeName(name) : undefined;
}

/** Whether a build may change what `[project]` says. */
export function hasDynamicFields(pyproject: TomlTable | undefined): boolean {
  const dynamic = tomlTable(pyproject, "project")?.["dynamic"];
  return Array.isArray(dynamic) && dynamic.length > 0;
}

/** Far above the longest description on PyPI. */
export const MAX_METADATA_BYTES: number = 32 * 1024 ** 2;

function readPackageInfo(directory: string): Metadata | undefined {
  const path = join(directory, "PKG-INFO");
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return undefined;
  const metadata = tryParse(readFileWithin(path, MAX_METADATA_BYTES).toString());
  return metadata !== undefined && hasStaticRequirements(metadata) ? metadata : undefined;
}

function readProjectTable(pyproject: TomlTable | undefined): Metadata | undefined {
  const project = tomlTable(pyproject, "project");
  if (project === undefined) return undefined;
  const { name, version, dynamic = [] } = project;
  const isDynamic = (field: string): boolean => !Array.isArray(dynamic) || dynamic.includes(field);
  if (typeof name !== "string" || !isValidName(name) || typeof version !== "string") return undefined;
  if (["version", ...DECIDING_KEYS].some(isDynamic)) return undefined;
  // Poetry takes its own table for what `[project]` leaves out, against PEP 621.
  if (project["dependencies"] === undefined && tomlTable(pyproject, "tool", "poetry") !== undefined)
    return undefined;
  const requires = project["dependencies"] ?? [];
  const extras = project["optional-dependencies"] ?? {};
  const python = project["requires-python"];
  if (!isTextList(requires) || !isTomlTable(extras)) return undefined;
  if (python !== undefined && typeof python !== "string") return undefined;
  const optional: string[] = [];
  for (const [extra, requirements] of Object.entries(extras)) {
    if (!isValidName(extra) || !isTextList(requirements)) return undefined;
    for (const requirement of requirements) {
      const conditional = withExtra(requirement, extra);
      if (conditional === undefined) return undefined;
      optional.push(conditional);
    }
  }
  return tryParse(
    [
      "Metadata-Version: 2.2",
      `Name: ${name}`,
      `Version: ${version}`,
      ...(python === undefined ? [] : [`Requires-Python: ${python}`]),
      ...requires.map((requirement) => `Requires-Dist: ${requirement}`),
      ...Object.keys(extras).map((extra) => `Provides-Extra: ${extra}`),
      ...optional.map((requirement) => `Requires-Dist: ${requirement}`),
    ]
      .map(onOneLine)
      .join("\n"),
  );
}

/** Without line ends, and the blanks around them. */
function onOneLine(text: string): string {
  if (!LINE_END.test(text)) return text;
  return text
    .split(LINE_END)
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .join(" ");
}

/** `a>=1; os_name == 'nt'` for the extra `x` is `a>=1; (os_name == 'nt') and extra == 'x'`. */
function withExtra(text: string, extra: string): string | undefined {
  const requirement = tryParseRequirement(text);
  if (requirement === undefined) return undefined;
  if (requirement.marker === undefined) return `${text} ; extra == '${extra}'`;
  const start = text.indexOf(";", requirement.url === undefined ? 0 : text.search(/\s;/));
  return `${text.slice(0, start)} ; (${text.slice(start + 1).trim()}) and extra == '${extra}'`;
}

function tryParse(text: string): Metadata | undefined {
  return attempt(() => parseMetadata(text));
}

const LINE_END = /[\r\n]/;
const DECIDING_KEYS = ["dependencies", "optional-dependencies", "requires-python"];
