// From what people write (requirements, URLs, paths, files of them) to requirements with their origin and source.

import { closeSync, openSync, readSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { otherProject } from "../sources/other-project.ts";
import { isPinionError, PinionError, systemCode } from "../errors.ts";
import { redactText, redactUrl } from "../net/url.ts";
import type { Declaration } from "../pep/declaration.ts";
import type { Marker } from "../pep/marker-expression.ts";
import { normalizeName } from "../pep/name.ts";
import { isRemoteFile } from "../pep/remote-requirements.ts";
import type { Requirement } from "../pep/requirement.ts";
import { MAX_FILE_LENGTH } from "../pep/requirements-lines.ts";
import {
  loadRequirementsTxt,
  type RequirementEntry,
  type RequirementsFile,
  type RequirementsKind,
} from "../pep/requirements-txt.ts";
import { makeSpecifierSet } from "../pep/specifier.ts";
import { projectKind } from "./project-kind.ts";
import { parseEditable, parseSource, type ParsedSource } from "../sources/parse-source.ts";
import { refuseLocalSource } from "../sources/reach.ts";
import { requirementTextOf } from "../sources/source-text.ts";
import { isBuildable, type Source } from "../sources/source.ts";
import type { Inputs, NamedRequirement, RequestedRequirement } from "../sources/requested.ts";

/** One thing to install, or to narrow by, as it was given. */
export type RequirementInput =
  | {
      readonly kind: "text";
      readonly text: string;
      /** Where it was declared, for the comments of a lock. */
      readonly declaredIn?: Declaration;
      /** What came over the network and says this, as messages name it; absent where the user does. */
      readonly fromNetwork?: string;
    }
  /** The folder of a project, as `-e` names it. */
  | { readonly kind: "editable"; readonly text: string }
  /** A value instead of a string, as plans and locks hold it. */
  | { readonly kind: "source"; readonly source: Source }
  /** A path, an http(s) URL, or `-` for the string that `readInput` gives. */
  | { readonly kind: "file"; readonly path: string };

export interface InputSources {
  readonly requirements: readonly RequirementInput[];
  readonly constraints: readonly RequirementInput[];
  readonly overrides: readonly RequirementInput[];
  /** Files of names that nothing may bring in. */
  readonly excludes?: readonly RequirementInput[] | undefined;
  /** Everything must be pinned with a hash, whatever the files say. */
  readonly requiresHashes?: boolean | undefined;
  /** Of the projects among the files: normalized extras, or all. */
  readonly extras?: "all" | readonly string[] | undefined;
  readonly groups?: readonly GroupInput[] | undefined;
  /** Passes over `[tool.uv.sources]`. */
  readonly ignoresSources?: boolean | undefined;
}

/** A dependency group of a project. */
export interface GroupInput {
  readonly name: string;
  /** Of its `pyproject.toml`. */
  readonly path: string;
}

export interface InputReader {
  /** What relative paths are relative to. */
  readonly directory: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The text of `-`. */
  readonly readInput: () => Promise<string>;
  readonly fetch: (url: string) => Promise<string>;
}

/**
 * Reads everything that was requested.
 *
 * @throws requirement/invalid, requirement/invalid-file, requirement/file-not-found, requirement/unsupported,
 * net/invalid-url, wheel/invalid, wheel/invalid-filename, net/…
 */
export async function readInputs(sources: InputSources, reader: InputReader): Promise<Inputs> {
  const projects = projectReader(sources, reader);
  const requirements = [
    ...(await readAll(sources.requirements, "requirements", { ...reader, projects })),
    ...(await readGroups(sources, reader)),
  ];
  projects.checkExtras();
  const constraints = await readAll(sources.constraints, "constraints", reader);
  const overrides = await readAll(sources.overrides, "requirements", reader);
  const excludes = await readAll(sources.excludes ?? [], "requirements", reader);
  const files = [...requirements, ...constraints, ...overrides];
  const requested = (entries: readonly RequirementEntry[]): readonly RequestedRequirement[] =>
    entries.map((entry) => toRequested(entry, reader.directory));
  return {
    requirements: requested(requirements.flatMap((file) => file.entries)),
    constraints: requested([
      ...requirements.flatMap((file) => file.constraints.map(refuseEditable)),
      ...constraints.flatMap((file) => file.constraints),
    ]).map((constraint) => requireName(constraint, "constraint")),
    overrides: requested(overrides.flatMap((file) => file.entries)).map((override) =>
      requireName(override, "override"),
    ),
    excludes: requested(excludes.flatMap((file) => file.entries)).map(
      (exclude) => requireName(exclude, "exclude").requirement.name,
    ),
    requiresHashes:
      sources.requiresHashes === true || files.some(({ options }) => options.requireHashes === true),
    options: files.map((file) => file.options),
    warnings: files.flatMap((file) => file.warnings),
  };
}

/** A reader that also reads projects; nothing but requirements may come from them. */
interface ProjectAwareReader extends InputReader {
  readonly projects?: ProjectReader;
}

interface ProjectReader {
  /** The requirements of a project's file; undefined where the path is not one. */
  read(path: string): Promise<RequirementsFile | undefined>;
  /** Refuses extras that no project has. */
  checkExtras(): void;
}

function projectReader(
  { extras = [], ignoresSources = false }: InputSources,
  reader: InputReader,
): ProjectReader {
  const choice = { extras, ignoresSources, directory: reader.directory };
  const known = new Set<string>();
  let isAny = false;
  return {
    async read(path) {
      const kind = projectKind(path);
      if (kind === undefined) return undefined;
      const text = await readTextFile(path, reader);
      const { needsBuild, readPyproject, readScript, readSetupCfg } = await import("./read-projects.ts");
      if (kind === "script") return await readScript(text, path, choice);
      isAny = true;
      if (kind === "setup.py") throw needsBuild(path, "it is a program");
      const project =
        kind === "pyproject" ? await readPyproject(text, path, choice) : readSetupCfg(text, path, choice);
      for (const extra of project.extras) known.add(extra);
      return project.file;
    },
    checkExtras() {
      if (extras === "all" ? isAny : extras.length === 0) return;
      if (!isAny)
        throw new PinionError(
          "requirement/unsupported",
          "Requesting extras requires a `pyproject.toml`, `setup.cfg`, or `setup.py` file.",
        );
      const missing = [...new Set(extras)].filter((extra) => !known.has(extra)).toSorted();
      if (missing.length === 0) return;
      throw new PinionError(
        "requirement/invalid",
        `Requested extra${missing.length === 1 ? "" : "s"} not found: ${missing.join(", ")}`,
        { details: { missing, available: [...known] } },
      );
    },
  };
}

/** The requirements of the chosen dependency groups. */
async function readGroups(
  { groups = [], extras = [], ignoresSources = false }: InputSources,
  reader: InputReader,
): Promise<readonly RequirementsFile[]> {
  if (groups.length === 0) return [];
  const { readGroup } = await import("./read-projects.ts");
  const choice = { extras, ignoresSources, directory: reader.directory };
  const files: RequirementsFile[] = [];
  for (const { name, path } of groups)
    files.push(await readGroup(await readTextFile(path, reader), { path, group: name, choice }));
  return files;
}

async function readTextFile(path: string, reader: InputReader): Promise<string> {
  const found = await readFileOrUrl(path, reader);
  if (found === undefined) throw fileNotFound(path);
  return typeof found === "string" ? found : new TextDecoder().decode(found);
}

function fileNotFound(path: string): PinionError {
  return new PinionError("requirement/file-not-found", `File not found: ${path}`, {
    details: { file: path },
  });
}

async function readAll(
  inputs: readonly RequirementInput[],
  kind: RequirementsKind,
  reader: ProjectAwareReader,
): Promise<readonly RequirementsFile[]> {
  const files: RequirementsFile[] = [];
  for (const input of inputs) {
    files.push(
      input.kind === "file"
        ? await readRequirementsFile(input.path, kind, reader)
        : declared(await readText(input.kind === "source" ? textInputOf(input.source) : input, kind), input),
    );
  }
  return files;
}

function declared(file: RequirementsFile, input: RequirementInput): RequirementsFile {
  if (input.kind !== "text") return file;
  const { declaredIn, fromNetwork } = input;
  const marks = {
    ...(declaredIn === undefined ? {} : { declaredIn }),
    ...(fromNetwork === undefined ? {} : { fromNetwork }),
  };
  const mark = (entry: RequirementEntry): RequirementEntry => ({ ...entry, ...marks });
  return { ...file, entries: file.entries.map(mark), constraints: file.constraints.map(mark) };
}

type TextInput = Extract<RequirementInput, { readonly text: string }>;

function textInputOf(source: Source): TextInput {
  const isEditable = source.kind === "directory" && source.isEditable;
  return { kind: isEditable ? "editable" : "text", text: requirementTextOf(source) };
}

/** One requirement of the command line or of a program: a line that must hold nothing else. */
async function readText(
  { kind: inputKind, text }: TextInput,
  kind: RequirementsKind,
): Promise<RequirementsFile> {
  const message = `Failed to parse: \`${redactText(text)}\``;
  if (text.startsWith("-") || /[\r\n]/.test(text)) {
    throw new PinionError("requirement/invalid", message, { details: { text: redactText(text) } });
  }
  try {
    const line = inputKind === "editable" ? `-e "${text.replace(/[\\"]/g, "\\$&")}"` : text;
    return await loadRequirementsTxt(line, { file: COMMAND_LINE, kind });
  } catch (error) {
    if (!isPinionError(error, "requirement/invalid-file")) throw error;
    throw new PinionError("requirement/invalid", message, {
      details: { text: redactText(text) },
      cause: error.cause ?? error,
    });
  }
}

async function readRequirementsFile(
  path: string,
  kind: RequirementsKind,
  reader: ProjectAwareReader,
): Promise<RequirementsFile> {
  const project = await reader.projects?.read(path);
  if (project !== undefined) return project;
  refuseOtherFormats(path);
  const text = path === "-" ? await reader.readInput() : await readFileOrUrl(path, reader);
  if (text === undefined) throw fileNotFound(path);
  const file = await loadRequirementsTxt(text, {
    file: path,
    kind,
    env: reader.env,
    read: (included) => readFileOrUrl(included, reader),
  });
  const empty = kind === "requirements" && isEmpty(file) ? [emptyWarning(path)] : [];
  return { ...file, warnings: [...file.warnings, ...ignoredOptions(file, path), ...empty] };
}

/** Options that pip takes from a file, and Pinion, like uv, only from its own command line, or not at all. */
function ignoredOptions({ options }: RequirementsFile, path: string): readonly string[] {
  const { trustedHosts, features, allReleases, onlyFinal, preferBinary } = options;
  const warn = (file: string, option: string, hint = ""): string =>
    `Ignoring unsupported option in \`${file}\`: \`${option}\`${hint}`;
  return [
    ...trustedHosts.map(({ file }) =>
      warn(file, "--trusted-host", " (hint: pass `--trusted-host` on the command line instead)"),
    ),
    ...features.map(({ file }) => warn(file, "--use-feature")),
    ...allReleases.map(({ file }) => warn(file, "--all-releases")),
    ...onlyFinal.map(({ file }) => warn(file, "--only-final")),
    ...(preferBinary ? [warn(path, "--prefer-binary")] : []),
  ];
}

/** Neither requirements nor anything else that a file may say. */
function isEmpty({ entries, constraints, options }: RequirementsFile): boolean {
  const saysNothing = Object.values(options).every(
    (value: unknown) =>
      value === undefined || value === false || (Array.isArray(value) && value.length === 0),
  );
  return entries.length === 0 && constraints.length === 0 && saysNothing;
}

function emptyWarning(path: string): string {
  return path === "-"
    ? "No dependencies found in stdin"
    : `Requirements file \`${path}\` does not contain any dependencies`;
}

async function readFileOrUrl(
  path: string,
  { directory, fetch }: InputReader,
): Promise<string | Uint8Array | undefined> {
  if (isRemoteFile(path)) return await fetch(path);
  try {
    return readBounded(/^file:/i.test(path) ? fileURLToPath(path) : resolve(directory, path), path);
  } catch (error) {
    if (isPinionError(error)) throw error;
    if (systemCode(error) === "ENOENT") return undefined;
    throw new PinionError("requirement/file-not-found", `Cannot read the requirements file: ${path}`, {
      details: { file: path },
      cause: error,
    });
  }
}

/** Pipes are read as they come (`-r <(…)`), and nothing is read without end. */
function readBounded(path: string, shown: string): Buffer {
  const descriptor = openSync(path, "r");
  try {
    const chunks: Buffer[] = [];
    for (let length = 0; ;) {
      const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
      const read = readSync(descriptor, chunk);
      if (read === 0) return Buffer.concat(chunks);
      chunks.push(chunk.subarray(0, read));
      length += read;
      if (length > MAX_FILE_LENGTH) throw tooLarge(shown);
    }
  } finally {
    closeSync(descriptor);
  }
}

function tooLarge(file: string): PinionError {
  return new PinionError("requirement/invalid-file", `The requirements file is too large: \`${file}\``, {
    details: { file },
  });
}

function refuseOtherFormats(path: string): void {
  const name = path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
  if (/^environment\.ya?ml$/.test(name)) {
    throw new PinionError(
      "requirement/unsupported",
      `Conda environment files (i.e., \`${name}\`) are not supported`,
      { details: { file: path } },
    );
  }
  if (!OTHER_FORMATS.has(name) && !/^pylock(\..*)?\.toml$/.test(name)) return;
  throw new PinionError(
    "requirement/unsupported",
    `Cannot read requirements from \`${path}\`: only requirements files are read`,
    {
      details: { file: path },
      hints: ["List the requirements in a `requirements.txt`"],
    },
  );
}

function toRequested(entry: RequirementEntry, directory: string): RequestedRequirement {
  const { text, hashes, configSettings, file, line } = entry;
  // `-e flask` means a folder of that name.
  const requirement =
    entry.kind === "editable" && entry.requirement?.url === undefined ? undefined : entry.requirement;
  const origin = file === COMMAND_LINE ? COMMAND_LINE : `${file}:${line}`;
  const isUnnamed = file === COMMAND_LINE || file === "-";
  const declaredIn: Declaration | undefined =
    "declaredIn" in entry ? entry.declaredIn : isUnnamed ? undefined : { kind: "file", path: file };
  const place = { text, origin, hashes, configSettings, declaredIn };
  const parsed = sourceOf(entry, directory);
  const fromNetwork = entry.fromNetwork ?? (isRemoteFile(file) ? `${redactUrl(file)}:${line}` : undefined);
  if (parsed !== undefined && fromNetwork !== undefined) refuseLocalSource(parsed.source, fromNetwork);
  if (requirement !== undefined) {
    if (parsed?.source.kind === "direct" && parsed.source.name !== requirement.name)
      throw otherProject(requirement.name, { found: parsed.source.name, url: parsed.source.url });
    return { kind: "named", requirement, source: undefined, ...place, ...parsed };
  }
  if (parsed === undefined) throw new Error(`a requirement has neither a name nor a source: ${text}`);
  const { source } = parsed;
  if (isBuildable(source) && source.name === undefined)
    return { kind: "unnamed", extras: entry.extras, marker: entry.marker, ...place, ...parsed, source };
  const named = nameRequirement(source.name ?? "", {
    extras: entry.extras,
    url: source.url,
    marker: entry.marker,
  });
  return { kind: "named", requirement: named, ...place, ...parsed };
}

/** The requirement of a source whose name is known. */
export function nameRequirement(
  name: string,
  {
    extras,
    url,
    marker,
  }: { readonly extras: readonly string[]; readonly url: string; readonly marker: Marker | undefined },
): Requirement {
  return {
    name,
    writtenName: name,
    extras: [...new Set(extras.map(normalizeName))].toSorted(),
    writtenExtras: [...new Set(extras)].toSorted(),
    specifiers: makeSpecifierSet([]),
    url,
    marker,
  };
}

function sourceOf(
  { kind, location, text, requirement }: RequirementEntry,
  directory: string,
): ParsedSource | undefined {
  const named = requirement === undefined ? (location ?? text) : requirement.url;
  if (kind === "editable") return parseEditable(named ?? text, { directory });
  return named === undefined ? undefined : parseSource(named, { directory });
}

/** uv: a file of constraints that another file includes may not hold editable projects. */
function refuseEditable(entry: RequirementEntry): RequirementEntry {
  if (entry.kind !== "editable") return entry;
  throw new PinionError(
    "requirement/unsupported",
    `Editable requirements are not allowed as constraints in \`${entry.file}\``,
    { details: { file: entry.file, line: entry.line } },
  );
}

/** uv: what narrows or replaces requirements must say whose. */
function requireName(
  requested: RequestedRequirement,
  role: "constraint" | "override" | "exclude",
): NamedRequirement {
  if (requested.kind === "named") return requested;
  const text = redactText(requested.text);
  throw new PinionError(
    "requirement/unsupported",
    `Unnamed requirements are not allowed as ${role}s (found: \`${text}\`)`,
    { details: { text, origin: requested.origin }, hints: [`Write it as \`name @ ${text}\``] },
  );
}

const CHUNK_BYTES = 64 * 1024;
const COMMAND_LINE = "the command line";

const OTHER_FORMATS: ReadonlySet<string> = new Set(["pyproject.toml", "setup.py", "setup.cfg"]);
