// Requirements files: requirements, constraints and options, with the files that they include.
// Format: https://pip.pypa.io/en/stable/reference/requirements-file-format/, as pip reads it, with uv's additions.

import { placedAt, type FilePlace } from "./file-place.ts";
import { isRemoteFile, localReach } from "./remote-requirements.ts";
import { PinionError } from "../errors.ts";
import {
  invalidLine,
  toEntry,
  WRITTEN_URL,
  type RequirementEntry,
  type RequirementsLine,
} from "./requirement-entry.ts";
import { decodeRequirementsFile, logicalLines } from "./requirements-lines.ts";
import { divideLine, parseLineOptions, type LineOptions } from "./requirements-options.ts";

/** A value of an option and where it was given. */
export interface PlacedValue extends FilePlace {
  readonly value: string;
}

/** The options of a file and of everything it includes, in the order of their lines. */
export interface RequirementsOptions {
  /** The last one given. */
  readonly indexUrl: PlacedValue | undefined;
  readonly extraIndexUrls: readonly PlacedValue[];
  /** Relative paths belong to the folder of the file, if there is such a path, else to the working folder. */
  readonly findLinks: readonly PlacedValue[];
  readonly noIndex: boolean;
  /** Undefined where nothing was said. */
  readonly requireHashes: boolean | undefined;
  /** Names, `:all:` or `:none:`, as written: several may be joined by commas. */
  readonly noBinary: readonly PlacedValue[];
  readonly onlyBinary: readonly PlacedValue[];
  readonly preferBinary: boolean;
  readonly pre: boolean;
  readonly allReleases: readonly PlacedValue[];
  readonly onlyFinal: readonly PlacedValue[];
  readonly trustedHosts: readonly PlacedValue[];
  readonly features: readonly PlacedValue[];
}

export interface RequirementsFile {
  readonly entries: readonly RequirementEntry[];
  readonly constraints: readonly RequirementEntry[];
  readonly options: RequirementsOptions;
  readonly warnings: readonly string[];
}

/** What a requirements file is read as. */
export type RequirementsKind = "requirements" | "constraints";

export interface RequirementsSource {
  /** Names the file in errors and gives the folder of what it includes. */
  readonly file: string;
  /** What the file itself is read as; requirements, unless said otherwise. */
  readonly kind?: RequirementsKind;
  /** What `${NAME}` is looked up in. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /**
   * Reads an included file, named by a path relative to the working folder, an absolute path, or a URL;
   * undefined where there is none.
   */
  readonly read?: (path: string, kind: RequirementsKind) => string | Uint8Array | undefined;
}

/** As {@link RequirementsSource}, for files that come over a network. */
export interface AsyncRequirementsSource extends Omit<RequirementsSource, "read"> {
  readonly read?: (path: string, kind: RequirementsKind) => Promise<string | Uint8Array | undefined>;
}

/**
 * Parses a requirements file and what it includes.
 *
 * @throws PinionError `requirement/invalid-file` (details `file`, `line`, `column`), `requirement/file-not-found`
 */
export function parseRequirementsTxt(
  data: string | Uint8Array,
  source: RequirementsSource,
): RequirementsFile {
  const parser = parseFiles(data, source);
  for (let step = parser.next(); ;) {
    if (step.done === true) return step.value;
    step = parser.next(readIncluded(step.value, source));
  }
}

/**
 * Parses a requirements file whose includes may have to be fetched.
 *
 * @throws PinionError as {@link parseRequirementsTxt}, and whatever `read` throws
 */
export async function loadRequirementsTxt(
  data: string | Uint8Array,
  source: AsyncRequirementsSource,
): Promise<RequirementsFile> {
  const parser = parseFiles(data, source);
  for (let step = parser.next(); ;) {
    if (step.done === true) return step.value;
    step = parser.next(await loadIncluded(step.value, source));
  }
}

function readIncluded({ path, kind, place }: FileRequest, { read }: RequirementsSource): FileData {
  try {
    return read?.(path, kind);
  } catch (error) {
    throw placedAt(error, place);
  }
}

async function loadIncluded(
  { path, kind, place }: FileRequest,
  { read }: AsyncRequirementsSource,
): Promise<FileData> {
  try {
    return await read?.(path, kind);
  } catch (error) {
    throw placedAt(error, place);
  }
}

/** The lines that hold requirements, in order, of a file and of what it includes; they are not judged. */
export function readRequirementsLines(
  data: string | Uint8Array,
  source: RequirementsSource,
): readonly RequirementsLine[] {
  const walker = walkFiles(data, source);
  const lines: RequirementsLine[] = [];
  for (let step = walker.next(); step.done !== true;) {
    if (step.value.kind === "line") {
      if (step.value.line.text !== "") lines.push(step.value.line);
      step = walker.next();
    } else {
      step = walker.next(readIncluded({ ...step.value, kind: step.value.as }, source));
    }
  }
  return lines;
}

type FileData = string | Uint8Array | undefined;

interface FileRequest {
  /** The line that includes it. */
  readonly place: FilePlace;
  readonly path: string;
  readonly kind: RequirementsKind;
}

type Step =
  | { readonly kind: "line"; readonly line: RequirementsLine }
  | {
      readonly kind: "file";
      readonly path: string;
      readonly as: RequirementsKind;
      readonly place: FilePlace;
    };

type Source = Omit<RequirementsSource, "read">;

function* parseFiles(
  data: string | Uint8Array,
  source: Source,
): Generator<FileRequest, RequirementsFile, FileData> {
  const all: RequirementEntry[] = [];
  const optionLines: RequirementsLine[] = [];
  const warnings: string[] = [];
  const walker = walkFiles(data, source);
  for (let step = walker.next(); step.done !== true;) {
    if (step.value.kind === "file") {
      step = walker.next(yield { ...step.value, kind: step.value.as });
      continue;
    }
    const { line } = step.value;
    if (line.text === "") optionLines.push(line);
    else all.push(toEntry(line));
    if (line.options.rest !== "" && !line.isEditable) {
      warnings.push(`Ignoring what follows the options in \`${line.file}\`, line ${line.line}`);
    }
    if (line.text === "" && line.options.hashes.length > 0) {
      warnings.push(`Ignoring \`--hash\` without a requirement in \`${line.file}\`, line ${line.line}`);
    }
    step = walker.next();
  }
  return {
    entries: all.filter((entry) => !entry.isConstraint),
    constraints: all.filter((entry) => entry.isConstraint),
    options: mergeOptions(optionLines),
    warnings,
  };
}

/** Yields every line with a requirement or an option, and asks for each included file where it stands. */
function* walkFiles(data: string | Uint8Array, source: Source): Generator<Step, void, FileData> {
  const limits = { includes: 0 };
  yield* walkFile(data, {
    file: source.file,
    kind: source.kind ?? "requirements",
    source,
    limits,
    including: [normalizePath(source.file)],
  });
}

interface FileWalk {
  readonly file: string;
  readonly kind: RequirementsKind;
  readonly source: Source;
  /** Counts over all files; the only thing here that changes. */
  readonly limits: { includes: number };
  /** This file and those that include it, outermost first. */
  readonly including: readonly string[];
}

function* walkFile(data: string | Uint8Array, walk: FileWalk): Generator<Step, void, FileData> {
  const { file, source, including, limits } = walk;
  const text = decodeRequirementsFile(data, file);
  const isRemote = isRemoteFile(file);
  for (const { line, text: content } of logicalLines(text, {
    file,
    env: isRemote ? {} : (source.env ?? {}),
  })) {
    const place = { file, line };
    const divided = divideLine(content);
    const options = parseLineOptions(divided.options);
    if (typeof options === "string") throw invalidLine(place, options, divided.optionsStart + 1);

    const requirement = divided.requirement === "" ? (options.editable ?? "") : divided.requirement;
    const included = requirement === "" ? (options.include ?? options.constraint) : undefined;
    const path = included === undefined ? undefined : resolveInclude(file, included);
    const reach = isRemote ? localReach({ text: content, included: path, options }) : undefined;
    if (reach !== undefined) throw invalidLine(place, reach);
    if (path === undefined) {
      const isEditable = options.editable !== undefined;
      yield {
        kind: "line",
        line: { ...place, isConstraint: walk.kind === "constraints", isEditable, text: requirement, options },
      };
      continue;
    }
    if (including.includes(path)) throw invalidLine(place, `\`${path}\` includes itself`);
    limits.includes += 1;
    if (limits.includes > MAX_INCLUDES) throw invalidLine(place, "files include one another too often");
    const kind = options.include === undefined ? "constraints" : "requirements";
    const content_ = yield { kind: "file", path, as: kind, place };
    if (content_ === undefined) throw notFound(path, kind, place);
    yield* walkFile(content_, { ...walk, file: path, kind, including: [...including, path] });
  }
}

/** The options of a file that has none. */
export function emptyRequirementsOptions(): RequirementsOptions {
  return mergeOptions([]);
}

function mergeOptions(lines: readonly RequirementsLine[]): RequirementsOptions {
  const collect = (values: (options: LineOptions) => readonly string[]): PlacedValue[] =>
    lines.flatMap(({ file, line, options }) => values(options).map((value) => ({ value, file, line })));
  return {
    indexUrl: collect(({ indexUrl }) => (indexUrl === undefined ? [] : [indexUrl])).at(-1),
    extraIndexUrls: collect((options) => options.extraIndexUrls),
    findLinks: collect((options) => options.findLinks),
    noIndex: lines.some(({ options }) => options.noIndex),
    requireHashes: lines.findLast(({ options }) => options.requireHashes !== undefined)?.options
      .requireHashes,
    noBinary: collect((options) => options.noBinary),
    onlyBinary: collect((options) => options.onlyBinary),
    preferBinary: lines.some(({ options }) => options.preferBinary),
    pre: lines.some(({ options }) => options.pre),
    allReleases: collect((options) => options.allReleases),
    onlyFinal: collect((options) => options.onlyFinal),
    trustedHosts: collect((options) => options.trustedHosts),
    features: collect((options) => options.features),
  };
}

/** An included file's path: relative to the folder, or the URL, of the file that includes it. */
function resolveInclude(file: string, included: string): string {
  if (/^(?:https?|file):/i.test(file))
    return URL.canParse(included, file) ? new URL(included, file).href : included;
  if (/^(?:https?|file):/i.test(included)) return included;
  if (/^(?:[/\\]|[A-Za-z]:[/\\])/.test(included)) return normalizePath(included);
  const folder = file.slice(0, Math.max(file.lastIndexOf("/"), file.lastIndexOf("\\")) + 1);
  return normalizePath(folder + included);
}

/** Takes out `.` and `..` parts, so that one file has one name. */
function normalizePath(path: string): string {
  if (WRITTEN_URL.test(path)) return path;
  const parts: string[] = [];
  for (const [index, part] of path.split(/[/\\]/).entries()) {
    if (part === "." || (part === "" && index > 0)) continue;
    const last = parts.at(-1);
    if (part !== ".." || last === undefined || last === "..") parts.push(part);
    else if (last !== "") parts.pop();
  }
  return parts.length === 1 && parts[0] === "" ? "/" : parts.join("/");
}

function notFound(path: string, kind: RequirementsKind, { file, line }: FilePlace): PinionError {
  return new PinionError("requirement/file-not-found", `File not found: ${path}`, {
    details: { file: path, kind, includedBy: file, line },
    hints: [`\`${file}\` names it in line ${line}`],
  });
}

// Far above any project; two files that each include the other's copy twice grow as powers of two.
const MAX_INCLUDES = 1000;
