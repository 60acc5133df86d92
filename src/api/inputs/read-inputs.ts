// From what people write (requirements, URLs, paths, files of them) to requirements with their origin and source.

import { isAbsolute, resolve } from "node:path";

import { firstFew } from "../../base/text/first-few.ts";
import { showInvisible } from "../../base/text/printable.ts";
import { isPinionError, PinionError } from "../../errors.ts";
import { redactText } from "../../net/url.ts";
import type { Declaration } from "../../pep/declaration.ts";
import { isRemoteFile } from "../../pep/requirements/remote-requirements.ts";
import type { NamedIndex, RequirementEntry } from "../../pep/requirements/requirement-entry.ts";
import {
  emptyRequirementsOptions,
  loadRequirementsTxt,
  type RequirementsFile,
  type RequirementsKind,
} from "../../pep/requirements/requirements-txt.ts";
import { projectKind } from "../project-kind.ts";
import { requirementTextOf } from "../../sources/source-text.ts";
import { namedExtras } from "../../sources/projects/extra-choice.ts";
import type { StatedIndex } from "../../sources/projects/project-statements.ts";
import { type Source } from "../../sources/source.ts";
import type { Inputs, RequestedRequirement, UnreadProject, UnreadProjects } from "../../sources/requested.ts";
import {
  fileNotFound,
  readFileOrUrl,
  readIncludedFile,
  readTextFile,
  refuseOtherFormats,
  type InputReader,
} from "./read-files.ts";
import type { ReadGroup, ReadScript } from "../projects/read.ts";
import { COMMAND_LINE, refuseEditable, requireName, toPlaced } from "./to-requested.ts";

/** One thing to install, or to narrow by, as it was given. */
export type RequirementInput =
  | {
      readonly kind: "text";
      readonly text: string;
      /** Where it was declared, for the comments of a lock. */
      readonly declaredIn?: Declaration;
      /** What came over the network and says this, as messages name it; absent where the user does. */
      readonly fromNetwork?: string;
      /** From which it is to come; absent where all indexes count. */
      readonly index?: NamedIndex;
    }
  /** The folder of a project, as `-e` names it. */
  | { readonly kind: "editable"; readonly text: string }
  /** A value instead of a string, as plans and locks hold it. */
  | { readonly kind: "source"; readonly source: Source }
  /** A path, an http(s) URL, or `-` for the string that `readInput` gives. */
  | { readonly kind: "file"; readonly path: string };

export interface InputSources {
  readonly requirements: readonly RequirementInput[];
  /** What versions are allowed, of what something else requires. Default: none. */
  readonly constraints?: readonly RequirementInput[] | undefined;
  /** What stands in place of every requirement on a project. Default: none. */
  readonly overrides?: readonly RequirementInput[] | undefined;
  /** Files of names that nothing may bring in. */
  readonly excludes?: readonly RequirementInput[] | undefined;
  /**
   * A lock is made, which states hashes of its own: those of a wrong form are passed over, and a file's `--require-hashes` is
   * about what is installed.
   */
  readonly ignoresHashes?: boolean | undefined;
  /** Everything must be pinned with a hash, whatever the files say. */
  readonly requiresHashes?: boolean | undefined;
  /** Of the projects among the files: normalized extras, or all. */
  readonly extras?: "all" | readonly string[] | undefined;
  /** Normalized extras that do not count, whatever `extras` says. */
  readonly excludedExtras?: readonly string[] | undefined;
  readonly groups?: readonly GroupInput[] | undefined;
  /** Projects that are installed as others are, although `-e` names their folders: normalized names, or all. */
  readonly ignoresEditable?: "all" | readonly string[] | undefined;
  /** Passes over `[tool.uv.sources]`. */
  readonly ignoresSources?: "all" | readonly string[] | undefined;
}

/** A dependency group of a project. */
export interface GroupInput {
  readonly name: string;
  /** Of its `pyproject.toml`. */
  readonly path: string;
}

/**
 * Reads everything that was requested.
 *
 * @throws requirement/invalid, requirement/invalid-file, requirement/file-not-found, requirement/unsupported,
 * net/invalid-url, wheel/invalid, wheel/invalid-filename, net/…
 */
export async function readInputs(sources: InputSources, inputReader: InputReader): Promise<Inputs> {
  const reader = { ...inputReader, ignoresHashes: sources.ignoresHashes };
  refuseExtrasWithoutProject(sources);
  const projects = projectReader(sources, reader);
  const listed = await readAll(sources.requirements, "requirements", { ...reader, projects });
  const groups = await readGroups(sources, reader);
  const requirements = [...listed, ...groups.map(({ file }) => file)];
  const statedIndexes = [projects, ...groups].flatMap((read) => read.statedIndexes);
  const unread = await projects.finish();
  const constraints = await readAll(sources.constraints ?? [], "constraints", reader);
  const overrides = await readAll(sources.overrides ?? [], "requirements", reader);
  const excludes = await readAll(sources.excludes ?? [], "requirements", reader);
  const files = [...requirements, ...constraints, ...overrides];
  const { scripts } = projects;
  refuseTooMany(files);
  const requested = (entries: readonly RequirementEntry[]): readonly RequestedRequirement[] =>
    entries.map((entry) => toPlaced(entry, reader.directory));
  return {
    requirements: await withoutEditable(
      requested(requirements.flatMap((file) => file.entries)),
      sources.ignoresEditable,
    ),
    constraints: requested([
      ...requirements.flatMap((file) => file.constraints.map(refuseEditable)),
      ...constraints.flatMap((file) => file.constraints),
    ]).map((constraint) => requireName(constraint, "constraint")),
    overrides: requested([
      ...overrides.flatMap((file) => file.entries),
      ...scripts.flatMap((script) => script.overrides),
    ]).map((override) => requireName(override, "override")),
    excludes: [
      ...requested(excludes.flatMap((file) => file.entries)).map(
        (exclude) => requireName(exclude, "exclude").requirement.name,
      ),
      ...scripts.flatMap((script) => script.excludes),
    ],
    requiresHashes:
      sources.requiresHashes === true ||
      (sources.ignoresHashes !== true && files.some(({ options }) => options.requireHashes === true)),
    options: files.map((file) => file.options),
    warnings: files.flatMap((file) => file.warnings),
    unread,
    ...(statedIndexes.length === 0 ? {} : { statedIndexes }),
  };
}

/** Whatever names them: what is made of each is resolved in one piece, which only the count bounds. */
function refuseTooMany(files: readonly RequirementsFile[]): void {
  const count = files.reduce((sum, { entries, constraints }) => sum + entries.length + constraints.length, 0);
  if (count <= MAX_REQUIREMENTS) return;
  throw new PinionError(
    "requirement/unsupported",
    `There are ${count} requirements and constraints: up to ${MAX_REQUIREMENTS} are supported`,
    { details: { count, max: MAX_REQUIREMENTS } },
  );
}

async function withoutEditable(
  requirements: readonly RequestedRequirement[],
  chosen: InputSources["ignoresEditable"] = [],
): Promise<readonly RequestedRequirement[]> {
  if (chosen.length === 0) return requirements;
  const { ignoreEditable } = await import("./ignore-editable.ts");
  return await ignoreEditable(requirements, chosen);
}

/** A reader that also reads projects; nothing but requirements may come from them. */
interface ProjectAwareReader extends InputReader {
  readonly ignoresHashes?: boolean | undefined;
  readonly projects?: ProjectReader;
}

interface ProjectReader {
  /** The requirements of a project's file; undefined where the path is not one. */
  read(path: string): Promise<RequirementsFile | undefined>;
  /** What was read of scripts. */
  readonly scripts: readonly ReadScript[];
  /** What was read of projects. */
  readonly statedIndexes: readonly StatedIndex[];
  /** Refuses extras that no project has; gives the projects that are still to be read. */
  finish(): Promise<UnreadProjects | undefined>;
}

function projectReader(
  { extras = [], excludedExtras = [], ignoresSources = [] }: InputSources,
  reader: InputReader,
): ProjectReader {
  const choice = { extras, excludedExtras, ignoresSources, directory: reader.directory };
  const known = new Set<string>();
  const unread: UnreadProject[] = [];
  const scripts: ReadScript[] = [];
  const statedIndexes: StatedIndex[] = [];
  return {
    scripts,
    statedIndexes,
    async read(path) {
      const kind = projectKind(path);
      if (kind === undefined) return undefined;
      const text = await readTextFile(path, reader);
      const readers = await import("../projects/read.ts");
      if (kind === "script") {
        const script = await readers.readScript(text, path, choice);
        scripts.push(script);
        return script.file;
      }
      const project = await {
        pyproject: readers.readPyproject,
        "setup.cfg": readers.readSetupCfg,
        "setup.py": readers.readSetupPy,
      }[kind](text, path, choice);
      if (project.kind === "read") {
        for (const extra of project.extras) known.add(extra);
        statedIndexes.push(...project.statedIndexes);
        return project.file;
      }
      unread.push(project.project);
      return { entries: [], constraints: [], options: emptyRequirementsOptions(), warnings: [] };
    },
    async finish() {
      const named = namedExtras(choice);
      if (unread.length > 0) return { projects: unread, extras, excludedExtras, knownExtras: [...known] };
      if (named.length === 0) return undefined;
      const { refuseUnknownExtras } = await import("../projects/built.ts");
      refuseUnknownExtras(named, known);
      return undefined;
    },
  };
}

/** As uv, before anything is read, and in its words: a lock is not made of another one. @throws requirement/unsupported */
function refuseExtrasWithoutProject(sources: InputSources): void {
  const { requirements, extras = [], excludedExtras, ignoresHashes } = sources;
  const isAny = requirements.some((input) => input.kind === "file" && hasExtras(input.path));
  if (isAny || (extras !== "all" && namedExtras({ extras, excludedExtras }).length === 0)) return;
  const makesLock = ignoresHashes === true;
  throw new PinionError(
    "requirement/unsupported",
    makesLock
      ? "Requesting extras requires a `pyproject.toml`, `setup.cfg`, or `setup.py` file."
      : "Requesting extras requires a `pylock.toml`, `pyproject.toml`, `setup.cfg`, or `setup.py` file",
    makesLock ? {} : { hints: ["Use `package[extra]` syntax instead"] },
  );
}

function hasExtras(path: string): boolean {
  const kind = projectKind(path);
  return kind !== undefined && kind !== "script";
}

/** The requirements of the chosen dependency groups. */
async function readGroups(
  { groups = [], extras = [], excludedExtras = [], ignoresSources = [] }: InputSources,
  reader: InputReader,
): Promise<readonly ReadGroup[]> {
  if (groups.length === 0) return [];
  const { readGroup } = await import("../projects/read.ts");
  const choice = { extras, excludedExtras, ignoresSources, directory: reader.directory };
  const files: ReadGroup[] = [];
  for (const { name, path } of groups) {
    const text = await readFileOrUrl(path, reader);
    if (text === undefined) throw noProjectOfGroup(path, reader);
    const read = typeof text === "string" ? text : new TextDecoder().decode(text);
    files.push(await readGroup(read, { path, group: name, choice }));
  }
  return files;
}

/** uv shows the whole path of a project that is not named. */
function noProjectOfGroup(path: string, { directory }: InputReader): PinionError {
  const shown = path === "pyproject.toml" ? resolve(directory, path) : path;
  return new PinionError("requirement/file-not-found", `Failed to read dependency groups from: ${shown}`, {
    details: { file: path },
    cause: new PinionError("requirement/file-not-found", `No \`pyproject.toml\` found at: ${shown}`, {
      details: { file: path },
    }),
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
  const { declaredIn, fromNetwork, index } = input;
  const marks = {
    ...(declaredIn === undefined ? {} : { declaredIn }),
    ...(fromNetwork === undefined ? {} : { fromNetwork }),
    ...(index === undefined ? {} : { index }),
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
  const message = `Failed to parse: \`${redactText(showInvisible(text))}\``;
  if (text.trim() === "")
    throw new PinionError("requirement/invalid", message, {
      details: { text },
      cause: new PinionError("requirement/invalid", "Empty field is not allowed for PEP508", {
        details: { text },
      }),
    });
  if (text.startsWith("-") || /[\r\n]/.test(text)) {
    throw new PinionError("requirement/invalid", message, { details: { text: redactText(text) } });
  }
  try {
    const line = inputKind === "editable" ? `-e "${text.replace(/[\\"]/g, "\\$&")}"` : text;
    return await loadRequirementsTxt(line, { file: COMMAND_LINE, kind, isStatement: true });
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
  refuseOtherFormats(
    path,
    reader.projects === undefined ? (kind === "constraints" ? "constraints" : "overrides") : "requirements",
  );
  const text = path === "-" ? await reader.readInput() : await readFileOrUrl(path, reader);
  if (text === undefined) throw fileNotFound(path);
  const file = await loadRequirementsTxt(text, {
    file: path,
    kind,
    env: reader.env,
    ignoresHashes: reader.ignoresHashes,
    pause: () => (reader.turns?.isDue === true ? reader.turns.give() : undefined),
    read: (included, _, includedBy) =>
      readIncludedFile(included, reader, { includedBy, isInFolder: isInFolder(path) }),
  });
  const empty = isEmpty(file) ? [emptyWarning(path)] : [];
  return {
    ...file,
    entries: file.entries.map((entry) => placed(entry, path)),
    constraints: file.constraints.map((entry) => placed(entry, path)),
    warnings: [...file.warnings, ...ignoredOptions(file, path), ...empty],
  };
}

/** uv: the files that a file of the working folder includes are known by their whole paths. */
function placed(entry: RequirementEntry, root: string): RequirementEntry {
  const { file } = entry;
  if (file === "-" || isRemoteFile(file)) return entry;
  const hasWholePath = isAbsolute(file) || (file !== root && isInFolder(root));
  return {
    ...entry,
    declaredIn: { kind: "file", path: file, ...(hasWholePath ? { isAbsolute: true } : {}) },
  };
}

function isInFolder(path: string): boolean {
  return !/[/\\]/.test(path);
}

/** Options that pip takes from a file, and Pinion, like uv, only from its own command line, or not at all. */
function ignoredOptions({ options }: RequirementsFile, path: string): readonly string[] {
  const { trustedHosts, features, allReleases, onlyFinal, preferBinary } = options;
  const warn = (file: string, option: string, hint = ""): string =>
    `Ignoring unsupported option in \`${file}\`: \`${option}\`${hint}`;
  const few = (given: readonly { readonly file: string }[], option: string, hint = ""): readonly string[] =>
    firstFew(
      given,
      ({ file }) => warn(file, option, hint),
      (count) => `Ignoring \`${option}\` ${count} more times in \`${path}\``,
    );
  return [
    ...few(trustedHosts, "--trusted-host", " (hint: pass `--trusted-host` on the command line instead)"),
    ...few(features, "--use-feature"),
    ...few(allReleases, "--all-releases"),
    ...few(onlyFinal, "--only-final"),
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

/** A distribution's own constraints are some thousands. */
const MAX_REQUIREMENTS = 20_000;
