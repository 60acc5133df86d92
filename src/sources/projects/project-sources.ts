// uv's `[tool.uv.sources]`, which replaces where a project's requirements come from: a path, a URL, a repository, an index, or
// a member of the project's workspace, whose own sources count for all of its members.

import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

import { madeOnce } from "../../base/work/once.ts";
import { tomlTable, isTomlTable, type TomlTable } from "../../base/formats/toml-table.ts";
import { isPinionError, PinionError } from "../../errors.ts";
import { isAlwaysFalse, negateMarker } from "../../pep/markers/algebra.ts";
import { andMarkers, orMarkers } from "../../pep/markers/marker.ts";
import type { Marker } from "../../pep/markers/expression.ts";
import type { NamedIndex } from "../../pep/requirements/requirement-entry.ts";
import { namesDistribution } from "../parse-source.ts";
import { parseRequirement, type Requirement } from "../../pep/requirements/requirement.ts";
import {
  comparisonBudget,
  comparisonsFor,
  readSourceTable,
  type SourceEntry,
  type Spend,
} from "./source-table.ts";

/** What `[tool.uv.sources]` says, by normalized name. */
export type ProjectSources = ReadonlyMap<string, StatedSources>;

/** What is said of one project, and by whom. */
export interface StatedSources {
  readonly entries: readonly SourceEntry[];
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
  /** The file that states the sources, as messages name it. */
  readonly file: string;
  /** Its folder, absolute. */
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
  const { file, folder, ignored, isFromNetwork, workspace: where } = options;
  const own = readSourceTable(document, file);
  if (ignored === "all" || !isTomlTable(document)) return new Map();
  const workspace =
    where === "none"
      ? undefined
      : await (
          await import("./workspace.ts")
        ).findWorkspace(document, folder, where === "above" ? undefined : where.noHigherThan);
  const members = workspace?.members ?? new Map<string, string>();
  // Those of the workspace's root count for its members, after their own.
  const root = workspace?.folder === folder ? undefined : workspace;
  const rootIndexes = indexesOf(workspace?.document, isFromNetwork);
  const given = (
    table: ReadonlyMap<string, readonly SourceEntry[]>,
    { document: from, folder: at }: { readonly document: unknown; readonly folder: string },
  ): readonly (readonly [string, StatedSources])[] => {
    const indexes = new Map([...rootIndexes, ...indexesOf(from, isFromNetwork)]);
    return [...table].map(([name, entries]) => [
      name,
      { entries, folder: at, indexes, members, isFromNetwork },
    ]);
  };
  const all = [
    ...(root === undefined
      ? []
      : given(readSourceTable(root.document, join(root.folder, "pyproject.toml")), root)),
    ...given(own, { document, folder }),
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
  const spend = comparisonBudget(file);
  return requirements.map((requirement) => {
    const { name, marker } = requirement;
    const given = sources.get(name);
    if (given === undefined) return [{ requirement }];
    const choices = madeOnce(known, name, () => readChoices(given, { name, file, spend }));
    // Of each marker and the requirement's own, it is found out whether both can hold.
    if (choices.rest !== false)
      spend(choices.comparisons + choices.all.length * comparisonsFor(marker), name);
    return [
      ...choices.all.flatMap((choice) => under(choice.apply(requirement), choice.marker)),
      ...(choices.rest === false
        ? []
        : under({ requirement }, choices.rest === true ? undefined : choices.rest)),
    ];
  });
}

/**
 * What is wrong with the sources of a file, by normalized name: whatever requires that project is refused, as in uv, also where it is
 * not requested. An index whose URL the file does not give is wrong unless settings know it.
 */
export function doubtfulSources(
  sources: ProjectSources,
  file: string,
): ReadonlyMap<string, PinionError | NamedIndex> {
  const found = new Map<string, PinionError | NamedIndex>();
  for (const [name, given] of sources)
    for (const entry of given.entries.filter(isSupported)) {
      const doubt = doubtOf(entry, given, { name, file });
      if (doubt === undefined) continue;
      found.set(name, doubt);
      break;
    }
  return found;
}

function doubtOf(
  entry: SourceEntry,
  given: StatedSources,
  { name, file }: { readonly name: string; readonly file: string },
): PinionError | NamedIndex | undefined {
  const index = namedIndex(entry, given, file);
  if (index !== undefined) return index.url === undefined ? index : undefined;
  try {
    readChoice(entry, given, { name, file });
    return undefined;
  } catch (error) {
    if (!isPinionError(error)) throw error;
    return error;
  }
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
    readonly spend: Spend;
  },
): Choices {
  const all = given.entries.map((entry) => readChoice(entry, given, { name, file }));
  const markers = all.map(({ marker }) => marker).filter((marker) => marker !== undefined);
  const [first, ...others] = markers;
  if (first === undefined || markers.length < all.length) return { all, rest: false, comparisons: 0 };
  const question = comparisonsFor(...markers);
  spend(COMPARISONS_A_REST * question, name);
  return {
    all,
    rest: negateMarker(orMarkers([first, ...others])),
    comparisons: question - comparisonsFor(),
  };
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
  entry: SourceEntry,
  given: StatedSources,
  { name, file }: { readonly name: string; readonly file: string },
): Choice {
  const { fields, marker } = entry;
  if (!isSupported(entry)) throw unsupported(name, file);
  const named = namedIndex(entry, given, file);
  if (named !== undefined) return { apply: (requirement) => ({ requirement, index: named }), marker };
  const { url, ...rest } =
    fields["workspace"] === undefined
      ? placeOf(fields, { folder: given.folder, name, file })
      : memberOf(name, { fields, given, file });
  const { specifiers } = parseRequirement(name);
  return {
    apply: (requirement) => ({ requirement: { ...requirement, url, specifiers }, ...rest }),
    marker,
  };
}

function isSupported({ fields: { extra, group, git, path } }: SourceEntry): boolean {
  return extra === undefined && group === undefined && (git === undefined || path === undefined);
}

function namedIndex(
  { fields: { index } }: SourceEntry,
  { indexes, isFromNetwork }: StatedSources,
  file: string,
): NamedIndex | undefined {
  if (typeof index !== "string") return undefined;
  return { name: index, url: indexes.get(index), file, ...(isFromNetwork ? { isFromNetwork: true } : {}) };
}

function under(sourced: SourcedRequirement, marker: Marker | undefined): readonly SourcedRequirement[] {
  if (marker === undefined) return [sourced];
  const { requirement } = sourced;
  const both = requirement.marker === undefined ? marker : andMarkers([requirement.marker, marker]);
  return isAlwaysFalse(both) ? [] : [{ ...sourced, requirement: { ...requirement, marker: both } }];
}

type Place = Omit<SourcedRequirement, "requirement" | "index"> & { readonly url: string };

function placeOf(
  fields: TomlTable,
  { folder, name, file }: { readonly folder: string; readonly name: string; readonly file: string },
): Place {
  const { url, path, git, subdirectory, editable } = fields;
  // uv passes over the `subdirectory` of a path.
  if (typeof path === "string")
    return { url: pathToFileURL(resolve(folder, path)).href, path, isEditable: editable === true };
  const fragment = typeof subdirectory === "string" ? `#subdirectory=${subdirectory}` : "";
  if (typeof url === "string") {
    if (/^git\+/i.test(url))
      throw refusedEntry(name, file, "Its `url` is that of a repository, which is named by `git`");
    if (url.includes("#")) throw refusedEntry(name, file, "Its `url` has a fragment");
    if (!namesDistribution(url))
      throw refusedEntry(name, file, "Its `url` names no file that ends in `.whl`, `.tar.gz` or `.zip`");
    return { url: withoutBlanks(`${url}${fragment}`) };
  }
  const reference = [fields["rev"], fields["tag"], fields["branch"]].find(
    (value) => typeof value === "string",
  );
  const repository = String(git).replace(/^git\+/, "");
  const place = `git+${repository}${reference === undefined ? "" : `@${reference}`}${fragment}`;
  return { url: withoutBlanks(place) };
}

/** As the URL standard reads it: a requirement ends at a blank, and so does its line at some of them. */
function withoutBlanks(url: string): string {
  return url
    .trim()
    .replace(/[\t\n\r]/g, "")
    .replace(/[\s\p{Cc}]/gu, encodeURIComponent);
}

/** uv: members are installed in place, unless the source says otherwise. */
function memberOf(
  name: string,
  {
    fields,
    given: { members },
    file,
  }: {
    readonly fields: TomlTable;
    readonly given: StatedSources;
    readonly file: string;
  },
): Place {
  if (fields["workspace"] === false) throw refusedEntry(name, file, "`workspace = false` is not supported");
  const folder = members.get(name);
  if (folder !== undefined)
    return { url: pathToFileURL(folder).href, isEditable: fields["editable"] !== false };
  throw refusedEntry(
    name,
    file,
    `\`${name}\` references a workspace in \`tool.uv.sources\` (e.g., \`${name} = { workspace = true }\`), but is not a workspace member`,
  );
}

function refusedEntry(name: string, file: string, reason: string): PinionError {
  return new PinionError("requirement/unsupported", `Failed to parse entry: \`${name}\``, {
    details: { file, name },
    cause: new PinionError("requirement/unsupported", reason),
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

/** Where no source counts is several questions. */
const COMPARISONS_A_REST = 4;
