// Requirements that are declared elsewhere than in requirements files: in pyproject.toml and its dependency groups, in
// setup.cfg, and in the metadata of a script. Only what is static is read: nothing is built here.

import { isTomlTable } from "../base/toml-table.ts";
import { dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { isPinionError, PinionError } from "../errors.ts";
import type { Declaration } from "../pep/declaration.ts";
import { resolveDependencyGroups } from "../pep/dependency-groups.ts";
import { scriptMetadata } from "../pep/inline-script.ts";
import { normalizeName } from "../pep/name.ts";
import { projectRequirements, readProjectTable, type ProjectTable } from "../pep/project-table.ts";
import { formatRequirement, parseRequirement, type Requirement } from "../pep/requirement.ts";
import type { RequirementEntry } from "../pep/requirement-entry.ts";
import { emptyRequirementsOptions, type RequirementsFile } from "../pep/requirements-txt.ts";

/** Which of a project's requirements are read. */
export interface ProjectChoice {
  /** Normalized extras, or all. */
  readonly extras: "all" | readonly string[];
  /** What relative paths are relative to. */
  readonly directory: string;
  /** Whether `[tool.uv.sources]` is ignored: as a whole, or for these projects, by their normalized names. */
  readonly ignoresSources: "all" | readonly string[];
}

/** A project that was read. */
export interface ReadProject {
  readonly file: RequirementsFile;
  /** The extras that it has, normalized. */
  readonly extras: readonly string[];
}

/**
 * Reads the dependencies of a `pyproject.toml`, with those of the chosen extras.
 *
 * @throws requirement/invalid-file, requirement/unsupported, build/unsupported
 */
export async function readPyproject(text: string, path: string, choice: ProjectChoice): Promise<ReadProject> {
  const document = await parseToml(text, path);
  const project = placing(path, () => readProjectTable(document));
  if (project === undefined) throw needsBuild(path, "it has no `[project]` table");
  const dynamic = project.dynamic.find((field) => isNeeded(field, choice));
  if (dynamic !== undefined) throw needsBuild(path, `\`${dynamic}\` is dynamic`);
  const texts = placing(path, () => projectRequirements(project, chosenExtras(project, choice)));
  const declaredIn: Declaration = { kind: "project", path, project: project.name };
  const entries = toEntries(texts, { text, path, declaredIn, sources: sourcesOf(document, choice), choice });
  return { file: fileOf(entries), extras: [...project.optionalDependencies.keys()] };
}

/**
 * Reads a dependency group of a `pyproject.toml`.
 *
 * @throws requirement/invalid-file, requirement/unsupported
 */
export async function readGroup(
  text: string,
  { path, group, choice }: { readonly path: string; readonly group: string; readonly choice: ProjectChoice },
): Promise<RequirementsFile> {
  const document = await parseToml(text, path);
  const groups = isTomlTable(document) ? document["dependency-groups"] : undefined;
  const names = isTomlTable(groups) ? Object.keys(groups).map(normalizeName) : [];
  if (!names.includes(normalizeName(group))) {
    throw new PinionError(
      "requirement/invalid-file",
      `The dependency group '${group}' was not found in the project: ${path}`,
      { details: { file: path, group, available: names } },
    );
  }
  const project = placing(path, () => readProjectTable(document));
  const texts = placing(path, () => resolveDependencyGroups(groups, [group]));
  const declaredIn: Declaration = {
    kind: "group",
    path,
    project: project?.name,
    group: normalizeName(group),
  };
  return fileOf(toEntries(texts, { text, path, declaredIn, sources: sourcesOf(document, choice), choice }));
}

/**
 * Reads the dependencies of a script (PEP 723).
 *
 * @throws requirement/invalid-file, requirement/unsupported
 */
export async function readScript(
  text: string,
  path: string,
  choice: ProjectChoice,
): Promise<RequirementsFile> {
  const metadata = placing(path, () => scriptMetadata(text));
  if (metadata === undefined) {
    throw new PinionError(
      "requirement/invalid-file",
      `\`${path}\` does not contain a PEP 723 metadata block (\`# /// script\`)`,
      { details: { file: path } },
    );
  }
  const document = await parseToml(metadata, path);
  const dependencies = isTomlTable(document) ? (document["dependencies"] ?? []) : [];
  if (!Array.isArray(dependencies) || !dependencies.every((entry) => typeof entry === "string"))
    throw invalid(path, "`dependencies` of the script's metadata is not an array of strings");
  const sources = sourcesOf(document, choice);
  return fileOf(toEntries(dependencies, { text, path, declaredIn: undefined, sources, choice }));
}

/**
 * Reads `install_requires` of a `setup.cfg`, with the chosen `extras_require`, where nothing but that file decides them.
 *
 * @throws requirement/invalid-file, build/unsupported
 */
export function readSetupCfg(text: string, path: string, choice: ProjectChoice): ReadProject {
  const options = iniSection(text, "options");
  const extrasSection = iniSection(text, "options.extras_require");
  const name = iniSection(text, "metadata").get("name");
  if (name === undefined) throw needsBuild(path, "it does not state a name");
  const list = (value: string): readonly string[] => {
    if (/^\s*(?:file|attr):/.test(value)) throw needsBuild(path, `\`${value.trim()}\` is read by a build`);
    // On several lines a semicolon begins a marker; on one line it ends an entry.
    return value
      .split(value.includes("\n") ? "\n" : ";")
      .map(withoutComment)
      .filter((line) => line !== "");
  };
  const project: ProjectTable = {
    name: normalizeName(name.trim()),
    dependencies: list(options.get("install_requires") ?? ""),
    optionalDependencies: new Map(
      [...extrasSection].map(([extra, value]) => [normalizeName(extra), list(value)]),
    ),
    requiresPython: options.get("python_requires"),
    dynamic: [],
  };
  const texts = placing(path, () => projectRequirements(project, chosenExtras(project, choice)));
  const declaredIn: Declaration = { kind: "project", path, project: project.name };
  const entries = toEntries(texts, { text, path, declaredIn, sources: new Map(), choice });
  return { file: fileOf(entries), extras: [...project.optionalDependencies.keys()] };
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

function chosenExtras({ optionalDependencies }: ProjectTable, { extras }: ProjectChoice): readonly string[] {
  return extras === "all" ? [...optionalDependencies.keys()] : extras;
}

function isNeeded(field: string, { extras }: ProjectChoice): boolean {
  if (field === "dependencies") return true;
  return field === "optional-dependencies" && (extras === "all" || extras.length > 0);
}

interface EntryContext {
  /** Of the whole file, for line numbers. */
  readonly text: string;
  readonly path: string;
  readonly declaredIn: Declaration | undefined;
  readonly sources: ReadonlyMap<string, unknown>;
  readonly choice: ProjectChoice;
}

function toEntries(texts: readonly string[], context: EntryContext): readonly RequirementEntry[] {
  const lines = linesOfRequirements(context.text);
  return texts.map((written): RequirementEntry => {
    const { path, declaredIn } = context;
    const requirement = withSource(
      placing(path, () => parseRequirement(written)),
      context,
    );
    return {
      kind: "requirement",
      file: path,
      line: lines.get(written.trim()) ?? 1,
      text: requirement.url === undefined ? written : formatRequirement(requirement),
      requirement,
      extras: requirement.extras,
      hashes: [],
      configSettings: {},
      isConstraint: false,
      declaredIn,
    };
  });
}

/** uv's `[tool.uv.sources]` replaces where a requirement comes from; passing it over could install a namesake. */
function sourcesOf(document: unknown, { ignoresSources }: ProjectChoice): ReadonlyMap<string, unknown> {
  const tool = isTomlTable(document) ? document["tool"] : undefined;
  const uv = isTomlTable(tool) ? tool["uv"] : undefined;
  const sources = isTomlTable(uv) ? uv["sources"] : undefined;
  if (ignoresSources === "all" || !isTomlTable(sources)) return new Map();
  const named = Object.entries(sources).map(([name, source]) => [normalizeName(name), source] as const);
  return new Map(named.filter(([name]) => !ignoresSources.includes(name)));
}

function withSource(requirement: Requirement, { path, sources, choice }: EntryContext): Requirement {
  const source = sources.get(requirement.name);
  if (source === undefined) return requirement;
  const url = isTomlTable(source) ? sourceUrl(source, dirname(resolve(choice.directory, path))) : undefined;
  if (url === undefined) {
    throw new PinionError(
      "requirement/unsupported",
      `The source of \`${requirement.name}\` in \`tool.uv.sources\` of \`${path}\` is not supported`,
      {
        details: { file: path, name: requirement.name },
        hints: [{ kind: "skip-project-sources" }],
      },
    );
  }
  return { ...requirement, url, specifiers: parseRequirement(requirement.name).specifiers };
}

function sourceUrl(source: Readonly<Record<string, unknown>>, folder: string): string | undefined {
  const { url, path, git, rev, tag, branch, subdirectory, editable, marker } = source;
  if (marker !== undefined || editable === true) return undefined;
  const fragment = typeof subdirectory === "string" ? `#subdirectory=${subdirectory}` : "";
  if (typeof url === "string") return `${url}${fragment}`;
  if (typeof path === "string") return `${pathToFileURL(resolve(folder, path)).href}${fragment}`;
  if (typeof git !== "string") return undefined;
  const reference = [rev, tag, branch].find((value) => typeof value === "string");
  return `git+${git}${reference === undefined ? "" : `@${reference}`}${fragment}`;
}

function fileOf(entries: readonly RequirementEntry[]): RequirementsFile {
  return { entries, constraints: [], options: emptyRequirementsOptions(), warnings: [] };
}

/** The lines on which requirements stand. One pass finds them all, since a file may have as many requirements as lines. */
function linesOfRequirements(text: string): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  for (const [index, line] of text.split("\n").entries()) {
    for (const piece of [...quotedIn(line), ...entriesIn(line)])
      if (!lines.has(piece)) lines.set(piece, index + 1);
  }
  return lines;
}

/** The strings of a line of TOML, as they are written. */
function quotedIn(line: string): readonly string[] {
  const found: string[] = [];
  for (let at = 0; at < line.length; at += 1) {
    const quote = line[at];
    if (quote !== '"' && quote !== "'") continue;
    let end = at + 1;
    while (end < line.length && line[end] !== quote) end += quote === '"' && line[end] === "\\" ? 2 : 1;
    if (end >= line.length) return found;
    found.push(line.slice(at + 1, end).trim());
    at = end;
  }
  return found;
}

/** What a line of an INI file may list: all of it, or what semicolons separate after its key. */
function entriesIn(line: string): readonly string[] {
  const entry = withoutComment(line);
  const value = entry.slice(entry.indexOf("=") + 1);
  return [entry, ...value.split(";").map((piece) => piece.trim())];
}

function withoutComment(line: string): string {
  for (let at = line.indexOf("#"); at !== -1; at = line.indexOf("#", at + 1)) {
    if (at === 0 || /\s/.test(line.charAt(at - 1))) return line.slice(0, at).trim();
  }
  return line.trim();
}

/** The keys of a section of an INI file; a value continues on indented lines. */
function iniSection(text: string, section: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  let current = "";
  let key: string | undefined;
  for (const line of text.split(/\r?\n/)) {
    const header = /^\[([^\]]+)\]/.exec(line)?.[1];
    if (header !== undefined) {
      current = header.trim();
      key = undefined;
      continue;
    }
    if (current !== section || /^\s*[#;]/.test(line)) continue;
    if (/^\s/.test(line) && key !== undefined) {
      values.set(key, `${values.get(key) ?? ""}\n${line.trim()}`);
      continue;
    }
    const match = /^([^=:\s]+)\s*[=:]/.exec(line);
    if (match === null) continue;
    key = match[1] ?? "";
    values.set(key, line.slice(match[0].length).trimStart());
  }
  return values;
}

/** Names the file in what is wrong with a part of it. */
function placing<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!isPinionError(error)) throw error;
    throw new PinionError(error.code, `Failed to parse: \`${path}\``, {
      details: { ...error.details, file: path },
      cause: error,
    });
  }
}

function invalid(path: string, reason: string): PinionError {
  return new PinionError("requirement/invalid-file", `Failed to parse: \`${path}\``, {
    details: { file: path, reason },
    cause: new PinionError("requirement/invalid-file", reason),
  });
}

async function parseToml(text: string, path: string): Promise<unknown> {
  const { readToml } = await import("../base/toml.ts");
  const found = readToml(text);
  if (found.kind === "read") return found.table;
  const { reason, line, column } = found;
  if (line === undefined) throw invalid(path, reason);
  throw new PinionError("requirement/invalid-file", `Failed to parse: \`${path}\``, {
    details: { file: path, line, column },
    cause: new PinionError("requirement/invalid-file", `line ${line}: it is not valid TOML: ${reason}`),
  });
}
