// uv's `[tool.uv.sources]`, which replaces where a project's requirements come from: a path, a URL, a repository, an index, or
// a member of the project's workspace, whose own sources count for all of its members.

import { dirname, relative, resolve, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

import { madeOnce } from "../base/once.ts";
import { tomlTable, isTomlTable } from "../base/toml-table.ts";
import { isPinionError, PinionError } from "../errors.ts";
import { isAlwaysFalse, negateMarker } from "../pep/markers/algebra.ts";
import { andMarkers, orMarkers, parseMarker } from "../pep/markers/marker.ts";
import type { Marker } from "../pep/markers/expression.ts";
import { normalizeName } from "../pep/name.ts";
import type { NamedIndex } from "../pep/requirements/requirement-entry.ts";
import { parseRequirement, type Requirement } from "../pep/requirements/requirement.ts";

/** What `[tool.uv.sources]` says, by normalized name. */
export type ProjectSources = ReadonlyMap<string, StatedSources>;

/** What is said of one project, and by whom. */
export interface StatedSources {
  /** A table, or a list of them. */
  readonly stated: unknown;
  /** Of the file that says it: what relative paths are relative to. */
  readonly folder: string;
  /** The URLs of `[[tool.uv.index]]` in that file, by name. */
  readonly indexes: ReadonlyMap<string, string>;
  /** The workspace's members, by normalized name. */
  readonly members: ReadonlyMap<string, string>;
  readonly isFromNetwork: boolean;
}

/** A requirement with the source that its project has for it. */
export interface SourcedRequirement {
  readonly requirement: Requirement;
  /** The path as it is written, where the source is one: what a lock file names. */
  readonly path?: string;
  readonly isEditable?: boolean;
  readonly index?: NamedIndex;
}

export interface SourcesOptions {
  /** Of the file that states the sources, absolute. */
  readonly folder: string;
  /** Where a workspace may be: anywhere above, no higher than a folder, or nowhere. */
  readonly workspace: "above" | "none" | { readonly noHigherThan: string };
  /** What came over the network names no folder of this machine as an index. */
  readonly isFromNetwork: boolean;
  /** The projects whose sources do not count, or all. */
  readonly ignored: "all" | readonly string[];
}

/** The sources of a project; passing one over could install a namesake. @throws requirement/invalid-file */
export async function readSources(document: unknown, options: SourcesOptions): Promise<ProjectSources> {
  const { folder, ignored, isFromNetwork, workspace: where } = options;
  if (ignored === "all" || !isTomlTable(document)) return new Map();
  const workspace =
    where === "none"
      ? undefined
      : await (
          await import("./workspace.ts")
        ).findWorkspace(document, folder, where === "above" ? undefined : where.noHigherThan);
  const members = workspace?.members ?? new Map<string, string>();
  const sourcesIn = (from: unknown, at: string): readonly (readonly [string, StatedSources])[] => {
    // Those of the workspace's root count for its members, after their own.
    const indexes = new Map([
      ...indexesOf(workspace?.document, isFromNetwork),
      ...indexesOf(from, isFromNetwork),
    ]);
    const table = (isTomlTable(from) ? tomlTable(from, "tool", "uv")?.["sources"] : undefined) ?? {};
    if (!isTomlTable(table))
      throw new PinionError("requirement/invalid-file", "`tool.uv.sources` is not a table");
    return Object.entries(table).map(([name, stated]) => [
      normalizeName(name),
      { stated, folder: at, indexes, members, isFromNetwork },
    ]);
  };
  const all = [
    ...(workspace === undefined || workspace.folder === folder
      ? []
      : sourcesIn(workspace.document, workspace.folder)),
    ...sourcesIn(document, folder),
  ];
  return new Map(all.filter(([name]) => !ignored.includes(name)));
}

/**
 * Requirements from the sources that their project has for them: each as one for each source, and one without where the markers of
 * the sources leave something.
 *
 * @param file the project's, as messages name it
 * @returns for each requirement, what it becomes
 * @throws requirement/unsupported for a source of another kind; requirement/invalid-file for more sources than a file can have
 */
export function withSources(
  requirements: readonly Requirement[],
  sources: ProjectSources,
  file: string,
): readonly (readonly SourcedRequirement[])[] {
  const known = new Map<string, Choices>();
  let left = MAX_COMPARISONS;
  const spend = (comparisons: number, name: string): void => {
    left -= comparisons;
    if (left < 0) throw tooMany(name, file);
  };
  return requirements.map((requirement) => {
    const { name, marker } = requirement;
    const given = sources.get(name);
    if (given === undefined) return [{ requirement }];
    const choices = madeOnce(known, name, () => readChoices(given, { name, file, spend }));
    // Of each marker and the requirement's own, it is found out whether both can hold.
    if (choices.rest !== false)
      spend(
        choices.comparisons + choices.all.length * (COMPARISONS_A_QUESTION + comparisonsOf(marker)),
        name,
      );
    return [
      ...choices.all.flatMap((choice) => under(choice.apply(requirement), choice.marker)),
      ...(choices.rest === false
        ? []
        : under({ requirement }, choices.rest === true ? undefined : choices.rest)),
    ];
  });
}

interface Choices {
  readonly all: readonly Choice[];
  /** Where none of them counts. */
  readonly rest: Marker | boolean;
  /** How many comparisons their markers have. */
  readonly comparisons: number;
}

function readChoices(
  given: StatedSources,
  {
    name,
    file,
    spend,
  }: {
    readonly name: string;
    readonly file: string;
    readonly spend: (comparisons: number, name: string) => void;
  },
): Choices {
  const all = (Array.isArray(given.stated) ? given.stated : [given.stated]).map((stated: unknown) => {
    const choice = isTomlTable(stated) ? readChoice(stated, given, { name, file }) : undefined;
    if (choice === undefined) throw unsupported(name, file);
    return choice;
  });
  const markers = all.map(({ marker }) => marker).filter((marker) => marker !== undefined);
  const [first, ...others] = markers;
  if (markers.length < all.length && all.length > 1) throw unsupported(name, file);
  if (first === undefined) {
    if (all.length === 0) throw unsupported(name, file);
    return { all, rest: false, comparisons: 0 };
  }
  const comparisons = markers.reduce((sum, marker) => sum + comparisonsOf(marker), 0);
  spend(COMPARISONS_A_REST * (COMPARISONS_A_QUESTION + comparisons), name);
  return { all, rest: negateMarker(orMarkers([first, ...others])), comparisons };
}

function comparisonsOf(marker: Marker | undefined): number {
  if (marker === undefined) return 0;
  if (marker.kind === "comparison") return 1;
  return marker.operands.reduce((sum, operand) => sum + comparisonsOf(operand), 0);
}

/** The folder of a project's file, which is named by a path or a `file:` URL. */
export function folderOfFile(path: string, directory: string): string {
  return dirname(/^file:/i.test(path) ? fileURLToPath(path) : resolve(directory, path));
}

/** A folder in a checkout as a folder of its repository; undefined outside of it. */
export function withinRepository(
  url: string,
  { root, repository }: { readonly root: string; readonly repository: string },
): string | undefined {
  const below = new URLSearchParams(new URL(url).hash.slice(1)).get("subdirectory") ?? "";
  const way = relative(root, resolve(fileURLToPath(url), below))
    .split(sep)
    .join("/");
  if (way === ".." || way.startsWith("../") || /^[A-Za-z]:/.test(way)) return undefined;
  return way === "" ? repository : `${repository}#subdirectory=${way}`;
}

interface Choice {
  readonly apply: (requirement: Requirement) => SourcedRequirement;
  readonly marker: Marker | undefined;
}

function readChoice(
  stated: Readonly<Record<string, unknown>>,
  given: StatedSources,
  { name, file }: { readonly name: string; readonly file: string },
): Choice | undefined {
  const { marker: condition, index, workspace, extra, group } = stated;
  if (extra !== undefined || group !== undefined) return undefined;
  if (condition !== undefined && typeof condition !== "string") return undefined;
  const marker = condition === undefined ? undefined : readMarker(condition, name, file);
  if (typeof index === "string") {
    const named: NamedIndex = {
      name: index,
      url: given.indexes.get(index),
      file,
      ...(given.isFromNetwork ? { isFromNetwork: true } : {}),
    };
    return { apply: (requirement) => ({ requirement, index: named }), marker };
  }
  const place = workspace === true ? memberOf(name, { stated, given, file }) : placeOf(stated, given.folder);
  if (place === undefined) return undefined;
  const { url, ...rest } = place;
  const { specifiers } = parseRequirement(name);
  return {
    apply: (requirement) => ({ requirement: { ...requirement, url, specifiers }, ...rest }),
    marker,
  };
}

function readMarker(text: string, name: string, file: string): Marker {
  try {
    return parseMarker(text);
  } catch (cause) {
    if (!isPinionError(cause)) throw cause;
    throw new PinionError("requirement/invalid-file", `Failed to parse: \`${file}\``, {
      details: { file, name },
      cause,
    });
  }
}

function under(sourced: SourcedRequirement, marker: Marker | undefined): readonly SourcedRequirement[] {
  if (marker === undefined) return [sourced];
  const { requirement } = sourced;
  const both = requirement.marker === undefined ? marker : andMarkers([requirement.marker, marker]);
  return isAlwaysFalse(both) ? [] : [{ ...sourced, requirement: { ...requirement, marker: both } }];
}

type Place = Omit<SourcedRequirement, "requirement" | "index"> & { readonly url: string };

function placeOf(source: Readonly<Record<string, unknown>>, folder: string): Place | undefined {
  const { url, path, git, rev, tag, branch, subdirectory, editable } = source;
  const fragment = typeof subdirectory === "string" ? `#subdirectory=${subdirectory}` : "";
  if (typeof url === "string") return { url: `${url}${fragment}` };
  if (typeof path === "string")
    return {
      url: `${pathToFileURL(resolve(folder, path)).href}${fragment}`,
      path,
      isEditable: editable === true,
    };
  if (typeof git !== "string") return undefined;
  const reference = [rev, tag, branch].find((value) => typeof value === "string");
  return { url: `git+${git}${reference === undefined ? "" : `@${reference}`}${fragment}` };
}

/** uv: members are installed in place, unless the source says otherwise. */
function memberOf(
  name: string,
  {
    stated,
    given: { members },
    file,
  }: {
    readonly stated: Readonly<Record<string, unknown>>;
    readonly given: StatedSources;
    readonly file: string;
  },
): Place {
  const folder = members.get(name);
  if (folder !== undefined)
    return { url: pathToFileURL(folder).href, isEditable: stated["editable"] !== false };
  throw new PinionError("requirement/unsupported", `Failed to parse entry: \`${name}\``, {
    details: { file, name },
    cause: new PinionError(
      "requirement/unsupported",
      `\`${name}\` references a workspace in \`tool.uv.sources\` (e.g., \`${name} = { workspace = true }\`), but is not a workspace member`,
    ),
    hints: [`\`${file}\` states it`],
  });
}

function indexesOf(document: unknown, isFromNetwork: boolean): ReadonlyMap<string, string> {
  const tables = isTomlTable(document) ? tomlTable(document, "tool", "uv")?.["index"] : undefined;
  const found = new Map<string, string>();
  for (const table of Array.isArray(tables) ? tables : []) {
    if (!isTomlTable(table)) continue;
    const { name, url } = table;
    if (typeof name !== "string" || typeof url !== "string" || found.has(name)) continue;
    if (!isFromNetwork || /^https?:\/\//i.test(url)) found.set(name, url);
  }
  return found;
}

function unsupported(name: string, file: string): PinionError {
  return new PinionError(
    "requirement/unsupported",
    `The source of \`${name}\` in \`tool.uv.sources\` of \`${file}\` is not supported`,
    { details: { file, name }, hints: [{ kind: "skip-project-sources" }] },
  );
}

function tooMany(name: string, file: string): PinionError {
  return new PinionError(
    "requirement/invalid-file",
    `\`${name}\` has more sources in \`tool.uv.sources\` of \`${file}\` than can be distinguished`,
    { details: { file, name }, hints: [{ kind: "skip-project-sources" }] },
  );
}

/** Of the markers of one file's sources, for each requirement: two seconds. A project with ten sources for one has some hundred. */
const MAX_COMPARISONS = 20_000;
/** What it takes to ask anything of markers. */
const COMPARISONS_A_QUESTION = 10;
/** Where no source counts is several questions. */
const COMPARISONS_A_REST = 4;
