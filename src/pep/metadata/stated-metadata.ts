// What a user states of the requirements of a project instead of its own metadata: uv's `[[tool.uv.dependency-metadata]]`.

import { isTextList } from "../../base/values/record.ts";
import { isTomlTable } from "../../base/formats/toml-table.ts";
import { PinionError } from "../../errors.ts";
import { isValidName, normalizeName } from "../name.ts";
import { parseRequirement, type Requirement } from "../requirements/requirement.ts";
import { parseSpecifierSet } from "../versions/specifier.ts";
import type { SpecifierSet } from "../versions/specifier-set.ts";
import { tryParseVersion, type Version } from "../versions/version.ts";

/** The requirements of one version of a project, or of all of them. */
export interface StatedMetadata {
  /** Normalized. */
  readonly name: string;
  /** Undefined: of every version for which nothing else is stated. */
  readonly version: Version | undefined;
  readonly requiresDist: readonly Requirement[];
  readonly requiresPython: SpecifierSet | undefined;
  /** Normalized. */
  readonly providesExtra: readonly string[];
}

/**
 * Reads one table.
 *
 * @param table as TOML gives it
 * @throws requirement/invalid-file for a key or a value that is not known
 * @throws requirement/invalid for a requirement, requirement/invalid-specifier for a `requires-python`
 */
export function readStatedMetadata(table: unknown): StatedMetadata {
  if (!isTomlTable(table)) throw invalid("it is not a table");
  const unknown = Object.keys(table).find((key) => !KEYS.has(key));
  if (unknown !== undefined) throw invalid(`\`${unknown}\` is not one of ${[...KEYS].join(", ")}`);
  const { name, version, "requires-python": python } = table;
  if (typeof name !== "string" || !isValidName(name)) throw invalid("`name` is not a name");
  const parsed = typeof version === "string" ? tryParseVersion(version) : undefined;
  if (version !== undefined && parsed === undefined) throw invalid("`version` is not a version");
  if (python !== undefined && typeof python !== "string") throw invalid("`requires-python` is not a string");
  return {
    name: normalizeName(name),
    version: parsed,
    requiresDist: strings(table["requires-dist"], "requires-dist").map(parseRequirement),
    requiresPython: python === undefined ? undefined : parseSpecifierSet(python),
    providesExtra: strings(table["provides-extra"] ?? table["provides-extras"], "provides-extra").map(
      normalizeName,
    ),
  };
}

/** What is stated for a version; what is stated for all versions where there is nothing for this one. */
export function findStatedMetadata(
  stated: readonly StatedMetadata[],
  name: string,
  version: Version,
): StatedMetadata | undefined {
  const ofProject = stated.filter((entry) => entry.name === name);
  return (
    ofProject.find((entry) => entry.version?.order === version.order) ??
    ofProject.find((entry) => entry.version === undefined)
  );
}

function strings(value: unknown, key: string): readonly string[] {
  if (value === undefined) return [];
  if (isTextList(value)) return value;
  throw invalid(`\`${key}\` is not an array of strings`);
}

function invalid(reason: string): PinionError {
  return new PinionError("requirement/invalid-file", reason, { details: { reason } });
}

const KEYS: ReadonlySet<string> = new Set([
  "name",
  "version",
  "requires-dist",
  "requires-python",
  "provides-extra",
  "provides-extras",
]);
