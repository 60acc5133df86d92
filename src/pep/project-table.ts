// The `[project]` table of pyproject.toml (PEP 621) as far as requirements go, static parts only, and what a project
// requires with some of its extras.

import { isTextList } from "../base/values/record.ts";
import { isTomlTable, type TomlTable } from "../base/formats/toml-table.ts";
import { PinionError } from "../errors.ts";
import { decideExtras, extrasIn } from "./markers/extras.ts";
import type { Marker } from "./markers/expression.ts";
import { andMarkers, formatMarker } from "./markers/marker.ts";
import type { Metadata } from "./metadata/metadata.ts";
import { invalidNameWords, isValidName, normalizeName } from "./name.ts";
import { formatRequirement, parseRequirement, type Requirement } from "./requirements/requirement.ts";
import { tryParseStrictSpecifierSet } from "./versions/strict-specifiers.ts";
import { tryParseVersion } from "./versions/version.ts";

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

/** A requirement of a project. */
export interface ProjectRequirement {
  /** The string that states it. */
  readonly written: string;
  readonly requirement: Requirement;
  /** Whether the requirement says something else than the string, by the way that led to it. */
  readonly isDerived?: true;
}

/** What a project requires, and by normalized name what each of its extras adds. */
export interface ProjectRequirements {
  /** Normalized. */
  readonly name: string;
  readonly dependencies: readonly ProjectRequirement[];
  readonly extras: ReadonlyMap<string, readonly ProjectRequirement[]>;
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
  const { name, version } = project;
  if (typeof name !== "string")
    throw invalid(
      "`pyproject.toml` is using the `[project]` table, but the required `project.name` field is not set",
    );
  if (!isValidName(name)) throw invalid(invalidNameWords(name));
  const dynamic = strings(project["dynamic"] ?? [], "project.dynamic");
  if (version === undefined && !dynamic.includes("version"))
    throw invalid(
      "`pyproject.toml` is using the `[project]` table, but the required `project.version` field is neither set nor present in the `project.dynamic` list",
    );
  if (version !== undefined && (typeof version !== "string" || tryParseVersion(version) === undefined))
    throw invalid(
      `\`project.version\` is not a version: \`${typeof version === "string" ? version : typeof version}\``,
    );
  const optional = project["optional-dependencies"] ?? {};
  if (!isTomlTable(optional)) throw invalid("`project.optional-dependencies` is not a table");
  const requiresPython = project["requires-python"];
  if (requiresPython !== undefined && typeof requiresPython !== "string")
    throw invalid("`project.requires-python` is not a string");
  if (requiresPython !== undefined && tryParseStrictSpecifierSet(requiresPython) === undefined)
    throw invalid(`\`project.requires-python\` is not a version specifier: \`${requiresPython}\``);
  return {
    name: normalizeName(name),
    dependencies: strings(project["dependencies"] ?? [], "project.dependencies"),
    optionalDependencies: readExtras(optional),
    requiresPython,
    dynamic,
  };
}

function readExtras(optional: TomlTable): ReadonlyMap<string, readonly string[]> {
  const extras = new Map<string, readonly string[]>();
  for (const [written, list] of Object.entries(optional)) {
    if (!isValidName(written)) throw invalid(invalidNameWords(written));
    const extra = normalizeName(written);
    if (extras.has(extra))
      throw invalid(`\`project.optional-dependencies\` has the extra \`${extra}\` twice`);
    extras.set(extra, strings(list, `project.optional-dependencies.${written}`));
  }
  return extras;
}

/** @throws requirement/invalid */
export function requirementsOfTable({
  name,
  dependencies,
  optionalDependencies,
}: Pick<ProjectTable, "name" | "dependencies" | "optionalDependencies">): ProjectRequirements {
  const parse = (texts: readonly string[]): readonly ProjectRequirement[] =>
    texts.map((written) => ({ written, requirement: parseRequirement(written) }));
  return {
    name,
    dependencies: parse(dependencies),
    extras: new Map([...optionalDependencies].map(([extra, texts]) => [extra, parse(texts)])),
  };
}

/**
 * What metadata requires, divided by the extras that its markers name.
 *
 * @throws requirement/invalid-file where long markers name very many extras
 */
export function requirementsOfMetadata({
  name,
  requiresDist,
  providesExtra,
}: Pick<Metadata, "name" | "requiresDist" | "providesExtra">): ProjectRequirements {
  const dependencies: ProjectRequirement[] = [];
  const extras = new Map(providesExtra.map((extra): [string, ProjectRequirement[]] => [extra, []]));
  let decided = 0;
  for (const entry of requiresDist) {
    const { marker } = entry;
    const plain = marker === undefined ? true : decideExtras(marker, []);
    if (plain !== false) dependencies.push(decidedRequirement(entry, plain));
    if (marker === undefined || plain !== false) continue;
    const { length } = formatMarker(marker);
    const named = extrasIn(marker);
    for (const extra of named === "other" ? extras.keys() : named) {
      const list = extras.get(extra);
      if (list === undefined) continue;
      decided += length;
      if (decided > MAX_DERIVED_LENGTH) throw invalid(`The requirements of \`${name}\` name too many extras`);
      const holds = decideExtras(marker, [extra]);
      if (holds !== false) list.push(decidedRequirement(entry, holds));
    }
  }
  return { name, dependencies, extras };
}

function decidedRequirement(entry: Requirement, marker: Marker | true): ProjectRequirement {
  const requirement = { ...entry, marker: marker === true ? undefined : marker };
  return { written: formatRequirement(requirement), requirement };
}

/**
 * What a project requires with some of its extras. A requirement on the project itself brings in what the extras that it
 * names add, under its marker; what it says of versions stays.
 *
 * @throws requirement/invalid-file where extras refer to each other without end
 */
export function projectRequirements(
  { name, dependencies, extras }: ProjectRequirements,
  chosen: readonly string[],
): readonly ProjectRequirement[] {
  const found: ProjectRequirement[] = [];
  const seen = new Set<string>();
  const queue: Reference[] = chosen.map((extra) => ({ extra, when: new Map() }));
  let derived = 0;
  const derive = (length: number): void => {
    derived += length;
    if (derived > MAX_DERIVED_LENGTH) throw invalid(`\`${name}\` refers to its own extras too often`);
  };
  const take = (listed: readonly ProjectRequirement[], when: Reference["when"]): void => {
    for (const { written, requirement } of listed) {
      const isOwn = requirement.name === name;
      if (when.size > 0) derive(lengthOf(withMarker(when, requirement.marker)));
      if (!isOwn || requirement.url !== undefined || requirement.specifiers.specifiers.length > 0)
        found.push(
          when.size === 0 && !isOwn
            ? { written, requirement }
            : { written, requirement: underMarkers(requirement, when, isOwn), isDerived: true },
        );
      if (!isOwn) continue;
      const further = withMarker(when, requirement.marker);
      const length = lengthOf(further);
      for (const extra of requirement.extras) {
        if (further.size > 0) derive(length);
        queue.push({ extra, when: further });
      }
    }
  };
  take(dependencies, new Map());
  // It grows meanwhile.
  for (const { extra, when } of queue) {
    const key = JSON.stringify([extra, ...[...when.keys()].toSorted()]);
    if (seen.has(key)) continue;
    seen.add(key);
    take(extras.get(extra) ?? [], when);
  }
  return found;
}

/** An extra of the project's own, and the markers that led to it, by their text: each counts once. */
interface Reference {
  readonly extra: string;
  readonly when: ReadonlyMap<string, Marker>;
}

function withMarker(when: Reference["when"], marker: Marker | undefined): Reference["when"] {
  return marker === undefined ? when : new Map([...when, [formatMarker(marker), marker]]);
}

/** How much it costs to write something under these markers. */
function lengthOf(when: Reference["when"]): number {
  let length = 1;
  for (const text of when.keys()) length += text.length;
  return length;
}

function underMarkers(requirement: Requirement, when: Reference["when"], isOwn: boolean): Requirement {
  const [first, ...rest] = withMarker(when, requirement.marker).values();
  return {
    ...requirement,
    ...(isOwn ? { extras: [], writtenExtras: [] } : {}),
    marker: first === undefined ? undefined : andMarkers([first, ...rest]),
  };
}

function strings(value: unknown, key: string): readonly string[] {
  if (isTextList(value)) return value;
  throw invalid(`\`${key}\` is not an array of strings`);
}

function invalid(reason: string): PinionError {
  return new PinionError("requirement/invalid-file", reason, { details: { reason } });
}

/**
 * Characters of the markers that are put before requirements of the project's own extras, or decided for each extra that they
 * name: real projects have some thousands, and only extras that refer to each other in circles under many markers, or to a
 * thousand requirements under a long one, come near.
 */
const MAX_DERIVED_LENGTH = 4 * 1024 ** 2;
