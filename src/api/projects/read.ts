// Requirements that are declared elsewhere than in requirements files: in pyproject.toml and its dependency groups, in
// setup.cfg, and in the metadata of a script. What only a build knows is left to `built-projects.ts`.

import { isTextList } from "../../base/values/record.ts";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

import { isTomlTable, tomlTable, type TomlTable } from "../../base/formats/toml-table.ts";
import { isPinionError, PinionError } from "../../errors.ts";
import type { Declaration } from "../../pep/declaration.ts";
import { scriptMetadata } from "../../pep/inline-script.ts";
import { invalidNameWords, isValidName, normalizeName } from "../../pep/name.ts";
import { excerpt } from "../../net/url.ts";
import {
  projectRequirements,
  readProjectTable,
  requirementsOfTable,
  type ProjectRequirement,
  type ProjectTable,
} from "../../pep/project-table.ts";
import { isRemoteFile } from "../../pep/requirements/remote-requirements.ts";
import { parseRequirement } from "../../pep/requirements/requirement.ts";
import type { RequirementEntry } from "../../pep/requirements/requirement-entry.ts";
import { emptyRequirementsOptions, type RequirementsFile } from "../../pep/requirements/requirements-txt.ts";
import { tryParseStrictSpecifierSet } from "../../pep/versions/strict-specifiers.ts";
import { chosenExtras, type ExtraChoice } from "../../sources/projects/extra-choice.ts";
import type { UnreadProject } from "../../sources/requested.ts";
import { placing, toEntries, type EntryContext } from "./entries.ts";
import { folderFrom, readProjectGroups, type ProjectGroups } from "../../sources/projects/project-groups.ts";
import { folderOfFile, readSources, type ProjectSources } from "../../sources/projects/project-sources.ts";
import { checkStatements, type StatedIndex } from "../../sources/projects/project-statements.ts";
import { scriptOptions } from "./script-options.ts";
import { readSetupCfgTable } from "./setup-cfg.ts";

/** Which of a project's requirements are read. */
export interface ProjectChoice extends ExtraChoice {
  /** What relative paths are relative to. */
  readonly directory: string;
  /** Whether `[tool.uv.sources]` is ignored: as a whole, or for these projects, by their normalized names. */
  readonly ignoresSources: "all" | readonly string[];
}

/** A project that was read, or that only a build can read. */
export type ReadProject =
  | {
      readonly kind: "read";
      readonly file: RequirementsFile;
      /** The extras that it has, normalized. */
      readonly extras: readonly string[];
      readonly statedIndexes: readonly StatedIndex[];
    }
  | { readonly kind: "unread"; readonly project: UnreadProject };

/** The requirements of a dependency group, and what the file of it states. */
export interface ReadGroup {
  readonly file: RequirementsFile;
  readonly statedIndexes: readonly StatedIndex[];
}

/** A script's metadata: requirements, and what narrows them. */
export interface ReadScript {
  readonly file: RequirementsFile;
  readonly overrides: readonly RequirementEntry[];
  /** Normalized. */
  readonly excludes: readonly string[];
}

/**
 * Reads the dependencies of a `pyproject.toml`, with those of the chosen extras.
 *
 * @throws requirement/invalid-file, requirement/unsupported, build/unsupported
 */
export async function readPyproject(text: string, path: string, choice: ProjectChoice): Promise<ReadProject> {
  const document = await parseToml(text, path);
  const project = placing(path, () => readProjectTable(document));
  const groups = project === undefined ? undefined : groupsOf(document, { path, project, choice });
  const sources = await sourcesOf(document, path, choice);
  const reason = project === undefined ? NO_PROJECT : dynamicPart(project, document);
  if (project === undefined && !isBuildable(document, folderOfFile(path, choice.directory)))
    throw new PinionError("requirement/unsupported", needsBuild(path, NO_PROJECT).message, {
      details: { file: path, reason: NO_PROJECT },
      hints: needsBuild(path, NO_PROJECT).hints,
    });
  if (project === undefined || reason !== undefined)
    return unread(path, { reason: reason ?? "", text, sources, choice });
  const stated = placing(path, () => requirementsOfTable(project));
  const required = [...stated.dependencies, ...[...stated.extras.values()].flat()].map(
    ({ requirement }) => requirement.name,
  );
  const statedIndexes = checkStatements({ groups, required }, sources, path);
  const requirements = placing(path, () =>
    projectRequirements(stated, chosenExtras(project.optionalDependencies.keys(), choice)),
  );
  const declaredIn: Declaration = { kind: "project", path, project: project.name };
  const entries = toEntries(requirements, {
    text,
    path,
    declaredIn,
    sources,
    directory: choice.directory,
  });
  return {
    kind: "read",
    file: fileOf(entries),
    extras: [...project.optionalDependencies.keys()],
    statedIndexes,
  };
}

/**
 * Reads a dependency group of a `pyproject.toml`.
 *
 * @throws requirement/invalid-file, requirement/unsupported
 */
export async function readGroup(
  text: string,
  { path, group, choice }: { readonly path: string; readonly group: string; readonly choice: ProjectChoice },
): Promise<ReadGroup> {
  const document = await parseToml(text, path);
  const project = placing(path, () => readProjectTable(document));
  const groups = groupsOfFile(path, choice.directory, () => groupsOf(document, { path, project, choice }));
  const sources = await sourcesOf(document, path, choice);
  const statedIndexes = groupsOfFile(path, choice.directory, () =>
    checkStatements({ groups, required: [] }, sources, path),
  ).map((stated) => ({ ...stated, refusal: ofGroupsFile(stated.refusal, path, choice.directory) }));
  const name = normalizeName(group);
  if (!groups.names.includes(name)) {
    throw new PinionError(
      "requirement/invalid-file",
      `The dependency group '${group}' was not found in the project: ${path}`,
      { details: { file: path, group, available: groups.names } },
    );
  }
  const texts = groups.requirementsOf(name);
  const declaredIn: Declaration = {
    kind: "group",
    path,
    project: project?.name,
    group: name,
  };
  const context = { text, path, declaredIn, sources, directory: choice.directory };
  return { file: fileOf(toEntries(parsed(texts, path), context)), statedIndexes };
}

/**
 * Reads the dependencies of a script (PEP 723), and what `[tool.uv]` of its metadata narrows them by.
 *
 * @throws requirement/invalid-file, requirement/unsupported
 */
export async function readScript(text: string, path: string, choice: ProjectChoice): Promise<ReadScript> {
  const metadata = scriptMetadata(text);
  if (metadata === undefined)
    throw new PinionError("requirement/invalid-file", `\`${path}\` does not contain inline script metadata`, {
      details: { file: path },
    });
  const document = await parseToml(metadata, path);
  const table = isTomlTable(document) ? document : {};
  const tool = tomlTable(table, "tool", "uv");
  const python = table["requires-python"];
  if (
    python !== undefined &&
    (typeof python !== "string" || tryParseStrictSpecifierSet(python) === undefined)
  )
    throw invalid(path, "`requires-python` of the script's metadata is not a version specifier");
  const sources = await readSources(document, {
    file: path,
    folder: folderOfFile(path, choice.directory),
    workspace: "none",
    isFromNetwork: isRemoteFile(path),
    ignored: choice.ignoresSources,
  });
  const context: EntryContext = {
    text,
    path,
    declaredIn: undefined,
    sources,
    directory: choice.directory,
  };
  const listed = (from: TomlTable | undefined, key: string): readonly ProjectRequirement[] =>
    parsed(stringsOf(from?.[key], { path, key }), path);
  const stated = (key: string): readonly RequirementEntry[] =>
    toEntries(listed(tool, key), { ...context, sources: new Map() });
  return {
    file: {
      ...fileOf(toEntries(listed(table, "dependencies"), context)),
      options: scriptOptions(tool, { path, text, invalid: (reason) => invalid(path, reason) }),
      constraints: stated("constraint-dependencies").map((entry) => ({ ...entry, isConstraint: true })),
    },
    overrides: stated("override-dependencies"),
    excludes: stringsOf(tool?.["exclude-dependencies"], { path, key: "exclude-dependencies" }).map((name) =>
      projectName(name, path),
    ),
  };
}

function projectName(name: string, path: string): string {
  if (isValidName(name)) return normalizeName(name);
  throw new PinionError("requirement/invalid-file", `\`${path}\`: ${invalidNameWords(excerpt(name))}`, {
    details: { file: path, key: "exclude-dependencies" },
  });
}

/** Reads a `setup.cfg` where nothing but that file decides what it lists. @throws requirement/invalid */
export function readSetupCfg(text: string, path: string, choice: ProjectChoice): ReadProject {
  const found = readSetupCfgTable(text);
  const sources: ProjectSources = new Map();
  if (found.kind === "dynamic") return unread(path, { reason: found.reason, text, sources, choice });
  const { project } = found;
  const requirements = placing(path, () =>
    projectRequirements(
      requirementsOfTable(project),
      chosenExtras(project.optionalDependencies.keys(), choice),
    ),
  );
  const declaredIn: Declaration = { kind: "project", path, project: project.name };
  const entries = toEntries(requirements, { text, path, declaredIn, sources, directory: choice.directory });
  return {
    kind: "read",
    file: fileOf(entries),
    extras: [...project.optionalDependencies.keys()],
    statedIndexes: [],
  };
}

/** A `setup.py` is a program. */
export function readSetupPy(text: string, path: string, choice: ProjectChoice): ReadProject {
  return unread(path, { reason: "it is a program", text, sources: new Map(), choice });
}

function sourcesOf(
  document: unknown,
  path: string,
  { directory, ignoresSources }: ProjectChoice,
): Promise<ProjectSources> {
  const isRemote = isRemoteFile(path);
  return readSources(document, {
    file: path,
    folder: isRemote ? directory : folderOfFile(path, directory),
    workspace: isRemote ? "none" : "above",
    isFromNetwork: isRemote,
    ignored: ignoresSources,
  });
}

/** Which part of a project's dependencies only a build knows. */
function dynamicPart({ dynamic }: ProjectTable, document: unknown): string | undefined {
  const part = dynamic.find((field) => field === "dependencies" || field === "optional-dependencies");
  if (part !== undefined) return `\`${part}\` is dynamic`;
  // Poetry takes its own table for what `[project]` leaves out, against PEP 621.
  const table = isTomlTable(document) ? document : {};
  const isStated = tomlTable(table, "project")?.["dependencies"] !== undefined;
  const isPoetry = !isStated && tomlTable(table, "tool", "poetry") !== undefined;
  return isPoetry ? "Poetry has dependencies of its own" : undefined;
}

/** @throws build/unsupported for what came over the network: it must not run here */
function unread(
  path: string,
  {
    reason,
    text,
    sources,
    choice,
  }: {
    readonly reason: string;
    readonly text: string;
    readonly sources: ProjectSources;
    readonly choice: ProjectChoice;
  },
): ReadProject {
  if (isRemoteFile(path)) throw needsBuild(path, reason);
  const folder = folderOfFile(path, choice.directory);
  const source = { kind: "directory", url: pathToFileURL(folder).href, isEditable: false } as const;
  return { kind: "unread", project: { path, text, reason, source, sources } };
}

/** The refusal of a project whose requirements only its build backend knows. */
export function needsBuild(path: string, reason: string): PinionError {
  return new PinionError(
    "build/unsupported",
    `Cannot read the dependencies of \`${path}\` without building it: ${reason}`,
    {
      details: { file: path, reason },
      hints: [
        "State `dependencies` in a `[project]` table of `pyproject.toml`, or list them in a `requirements.in`",
      ],
    },
  );
}

/** Whether there is anything to build but an empty folder. */
function isBuildable(document: unknown, folder: string): boolean {
  const hasBackend = isTomlTable(document) && document["build-system"] !== undefined;
  return hasBackend || ["setup.py", "setup.cfg"].some((name) => existsSync(join(folder, name)));
}

const NO_PROJECT = "it has no `[project]` table";

function parsed(texts: readonly string[], path: string): readonly ProjectRequirement[] {
  return placing(path, () => texts.map((written) => ({ written, requirement: parseRequirement(written) })));
}

function stringsOf(
  value: unknown,
  { path, key }: { readonly path: string; readonly key: string },
): readonly string[] {
  if (value === undefined) return [];
  if (isTextList(value)) return value;
  throw invalid(path, `\`${key}\` of the script's metadata is not an array of strings`);
}

function fileOf(entries: readonly RequirementEntry[]): RequirementsFile {
  return { entries, constraints: [], options: emptyRequirementsOptions(), warnings: [] };
}

function groupsOf(
  document: unknown,
  {
    path,
    project,
    choice: { directory },
  }: { readonly path: string; readonly project: ProjectTable | undefined; readonly choice: ProjectChoice },
): ProjectGroups {
  const whole = isRemoteFile(path) ? directory : folderOfFile(path, directory);
  return readProjectGroups(document, { project: project?.name, folder: folderFrom(directory, whole) });
}

/** Says which file has the groups, which uv shows as a whole where it is not named. */
function groupsOfFile<T>(path: string, directory: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw isPinionError(error) ? ofGroupsFile(error, path, directory) : error;
  }
}

function ofGroupsFile(error: PinionError, path: string, directory: string): PinionError {
  const shown = path === "pyproject.toml" ? resolve(directory, path) : path;
  return new PinionError(error.code, `Failed to read dependency groups from: ${shown}`, {
    details: { ...error.details, file: shown },
    hints: error.hints,
    cause: error,
  });
}

function invalid(path: string, reason: string): PinionError {
  return new PinionError("requirement/invalid-file", `Failed to parse: ${path}`, {
    details: { file: path, reason },
    cause: new PinionError("requirement/invalid-file", reason),
  });
}

async function parseToml(text: string, path: string): Promise<unknown> {
  const { readToml } = await import("../../base/formats/toml.ts");
  const found = readToml(text);
  if (found.kind === "read") return found.table;
  const { reason, line, column } = found;
  if (line === undefined) throw invalid(path, reason);
  throw new PinionError("requirement/invalid-file", `Failed to parse: ${path}`, {
    details: { file: path, line, column },
    cause: new PinionError("requirement/invalid-file", `line ${line}: it is not valid TOML: ${reason}`),
  });
}
