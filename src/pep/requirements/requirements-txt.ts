// Requirements files: requirements, constraints and options, with the files that they include.
// Format: https://pip.pypa.io/en/stable/reference/requirements-file-format/, as pip reads it, with uv's additions.

import { FirstFew } from "../../base/text/first-few.ts";
import type { FilePlace } from "../file-place.ts";
import { isRemoteFile, localReach } from "./remote-requirements.ts";
import { isPinionError, PinionError } from "../../errors.ts";
import {
  invalidLine,
  octetOfLine,
  toEntry,
  WRITTEN_URL,
  type RequirementEntry,
  type RequirementsLine,
} from "./requirement-entry.ts";
import { decodeRequirementsFile, logicalLines } from "./requirements-lines.ts";
import {
  divideLine,
  parseLineOptions,
  type DividedLine,
  type LineOptions,
  type OptionsProblem,
} from "./requirements-options.ts";

/** A value of an option and where it was given. */
export interface PlacedValue extends FilePlace {
  readonly value: string;
  /** With the names of variables instead of their values; absent where it has none. */
  readonly written?: string;
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
  /** One requirement by itself, not a file. */
  readonly isStatement?: boolean | undefined;
  /** Whether hashes of a wrong form are passed over, as when a lock is made, which states its own. */
  readonly ignoresHashes?: boolean | undefined;
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
  /** Called between some of the lines, so that everything else goes on where there are very many. */
  readonly pause?: (() => Promise<void> | undefined) | undefined;
  /** @param includedBy the file that names it */
  readonly read?: (
    path: string,
    kind: RequirementsKind,
    includedBy: string,
  ) => Promise<string | Uint8Array | undefined>;
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
    step = parser.next(step.value === undefined ? undefined : readIncluded(step.value, source));
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
    if (step.value === undefined) await source.pause?.();
    step = parser.next(step.value === undefined ? undefined : await loadIncluded(step.value, source));
  }
}

function readIncluded(request: FileRequest, { read }: RequirementsSource): FileData {
  try {
    return read?.(request.path, request.kind);
  } catch (error) {
    throw withinIncludes(error, request.within);
  }
}

async function loadIncluded(request: FileRequest, { read }: AsyncRequirementsSource): Promise<FileData> {
  try {
    return await read?.(request.path, request.kind, request.within.at(-1)?.file ?? "");
  } catch (error) {
    throw withinIncludes(error, request.within);
  }
}

/** What went wrong with a file that other files include, named from the outermost line inwards, as uv does. */
function withinIncludes(error: unknown, within: readonly IncludingLine[]): unknown {
  return within.toReversed().reduce<unknown>((inner, including) => {
    if (!isPinionError(inner) || inner.code === "net/cancelled") return inner;
    const { file, line } = including;
    const hint = `\`${file}\` names it in line ${line}`;
    return new PinionError(
      inner.code,
      `Error parsing included file in \`${file}\` at position ${octetOfLine(including)}`,
      { details: { includedBy: file, line, ...inner.details }, hints: [...inner.hints, hint], cause: inner },
    );
  }, error);
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

/** A line that includes a file; `source` is the whole file that it is in. */
interface IncludingLine extends FilePlace {
  readonly source: string;
}

interface FileRequest {
  /** The lines that lead to it, outermost first. */
  readonly within: readonly IncludingLine[];
  readonly path: string;
  readonly kind: RequirementsKind;
}

type Step =
  | {
      readonly kind: "line";
      readonly line: RequirementsLine;
      readonly within: readonly IncludingLine[];
    }
  | {
      readonly kind: "file";
      readonly path: string;
      readonly as: RequirementsKind;
      readonly within: readonly IncludingLine[];
    };

/** As the parsers take it, which pause at `undefined`. */
type Source = Omit<RequirementsSource, "read">;

function* parseFiles(
  data: string | Uint8Array,
  source: Source,
): Generator<FileRequest | undefined, RequirementsFile, FileData> {
  const all: RequirementEntry[] = [];
  const optionLines: RequirementsLine[] = [];
  const warnings = new FirstFew((count) => `Ignoring ${count} more such parts of \`${source.file}\``);
  const walker = walkFiles(data, source);
  let lines = 0;
  for (let step = walker.next(); step.done !== true;) {
    if (step.value.kind === "file") {
      step = walker.next(yield { ...step.value, kind: step.value.as });
      continue;
    }
    const { line, within } = step.value;
    if ((lines += 1) % LINES_PER_PAUSE === 0) yield undefined;
    if (line.text === "") optionLines.push(line);
    else all.push(entryWithin(line, within));
    if (line.options.rest !== "" && !line.isEditable) {
      warnings.add(() => `Ignoring what follows the options in \`${line.file}\`, line ${line.line}`);
    }
    if (line.text === "" && line.options.hashes.length > 0) {
      warnings.add(() => `Ignoring \`--hash\` without a requirement in \`${line.file}\`, line ${line.line}`);
    }
    step = walker.next();
  }
  return {
    entries: all.filter((entry) => !entry.isConstraint),
    constraints: all.filter((entry) => entry.isConstraint),
    options: mergeOptions(optionLines),
    warnings: [...warnings],
  };
}

function entryWithin(line: RequirementsLine, within: readonly IncludingLine[]): RequirementEntry {
  try {
    return toEntry(line);
  } catch (error) {
    throw withinIncludes(error, within);
  }
}

/** Yields every line with a requirement or an option, and asks for each included file where it stands. */
function* walkFiles(data: string | Uint8Array, source: Source): Generator<Step, void, FileData> {
  const limits = { includes: 0, lines: 0 };
  yield* walkFile(data, {
    file: source.file,
    kind: source.kind ?? "requirements",
    source,
    limits,
    including: [normalizePath(source.file)],
    within: [],
  });
}

interface FileWalk {
  readonly file: string;
  readonly kind: RequirementsKind;
  readonly source: Source;
  /** Counts over all files; the only thing here that changes. */
  readonly limits: { includes: number; lines: number };
  /** This file and those that include it, outermost first. */
  readonly including: readonly string[];
  /** The lines that lead here, outermost first. */
  readonly within: readonly IncludingLine[];
}

function* walkFile(data: string | Uint8Array, walk: FileWalk): Generator<Step, void, FileData> {
  const { file, source, including, limits, within } = walk;
  const text = decodeRequirementsFile(data, file);
  const isRemote = isRemoteFile(file);
  for (const { line, text: content, written } of logicalLines(text, {
    file,
    env: isRemote ? {} : (source.env ?? {}),
  })) {
    const place = { file, line };
    limits.lines += 1;
    if (limits.lines > MAX_LINES) throw invalidLine(place, `there are more than ${MAX_LINES} lines`);
    const divided = divideLine(content);
    const options = parseLineOptions(divided.options, { checksHashes: source.ignoresHashes !== true });
    if ("reason" in options) throw withinIncludes(invalidOptions(place, divided, options), within);

    const requirement = divided.requirement === "" ? (options.editable ?? "") : divided.requirement;
    const included = requirement === "" ? (options.include ?? options.constraint) : undefined;
    const path = included === undefined ? undefined : resolveInclude(file, included);
    const reach = isRemote ? localReach({ text: content, included: path, options }) : undefined;
    if (reach !== undefined) throw invalidLine(place, reach);
    if (path === undefined) {
      const isEditable = options.editable !== undefined;
      yield {
        kind: "line",
        within,
        line: {
          ...place,
          isConstraint: walk.kind === "constraints",
          isEditable,
          text: requirement,
          ...writtenPart(written),
          options,
          ...(written === undefined ? {} : { writtenOptions: writtenOptions(written) }),
          isStatement: source.isStatement,
          source: text,
        },
      };
      continue;
    }
    const identity = normalizePath(path);
    if (including.includes(identity)) throw invalidLine(place, `\`${identity}\` includes itself`);
    limits.includes += 1;
    if (limits.includes > MAX_INCLUDES) throw invalidLine(place, "files include one another too often");
    const kind = options.include === undefined ? "constraints" : "requirements";
    const here = [...within, { ...place, source: text }];
    const content_ = yield { kind: "file", path, as: kind, within: here };
    if (content_ === undefined) throw withinIncludes(notFound(path, kind), here);
    const known = [...including, identity];
    yield* walkFile(content_, { ...walk, file: path, kind, including: known, within: here });
  }
}

/** The requirement of a line as it was written. */
function writtenPart(line: string | undefined): Pick<RequirementsLine, "written"> {
  if (line === undefined) return {};
  const { requirement, options } = divideLine(line);
  const editable = /^(?:-e|--editable)[ \t=]+(.+)$/s.exec(options)?.[1];
  return { written: requirement === "" ? (editable ?? line) : requirement };
}

/** The options of a line as they were written; undefined where they could not be read so. */
function writtenOptions(line: string): LineOptions | undefined {
  const options = parseLineOptions(divideLine(line).options, { checksHashes: false });
  return "reason" in options ? undefined : options;
}

/** The options of a file that has none. */
export function emptyRequirementsOptions(): RequirementsOptions {
  return mergeOptions([]);
}

function mergeOptions(lines: readonly RequirementsLine[]): RequirementsOptions {
  const collect = (values: (options: LineOptions) => readonly string[]): PlacedValue[] =>
    lines.flatMap(({ file, line, options, writtenOptions: asWritten }) => {
      const filledIn = values(options);
      const written = asWritten === undefined ? [] : values(asWritten);
      return filledIn.map((value, at) => {
        // A variable may hold several of them.
        const own = written.length === filledIn.length ? written[at] : undefined;
        return { value, file, line, ...(own === undefined || own === value ? {} : { written: own }) };
      });
    });
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

/** An included file's path as uv shows it: behind the folder, or the URL, of the file that includes it. */
function resolveInclude(file: string, included: string): string {
  if (/^(?:https?|file):/i.test(file))
    return URL.canParse(included, file) ? new URL(included, file).href : included;
  if (/^(?:https?|file):/i.test(included)) return included;
  if (/^(?:[/\\]|[A-Za-z]:[/\\])/.test(included)) return included;
  const folder = file.slice(0, Math.max(file.lastIndexOf("/"), file.lastIndexOf("\\")) + 1);
  return folder === "" ? included.replace(/^(?:\.[/\\]+)+/, "") : folder + included;
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

function notFound(path: string, kind: RequirementsKind): PinionError {
  return new PinionError("requirement/file-not-found", `File not found: ${path}`, {
    details: { file: path, kind },
  });
}

/** As uv words it, which names the place itself. */
function invalidOptions(
  { file, line }: FilePlace,
  { requirement, options, optionsStart }: DividedLine,
  { reason, kind }: OptionsProblem,
): PinionError {
  const column = optionsStart + 1;
  if (kind === "other") return invalidLine({ file, line }, reason, column);
  if (kind === "hash")
    return new PinionError("requirement/invalid-file", reason, {
      details: { file, line, column, reason },
      hints: [`\`${file}\` names it in line ${line}`],
    });
  const [word = ""] = options.split(/\s/, 1);
  const message =
    requirement === ""
      ? "Unexpected '-', expected '-c', '-e', '-r' or the start of a requirement"
      : `Expected \`--hash\`, found \`${JSON.stringify(word.slice(0, MAX_WORD_LENGTH))}\``;
  return new PinionError("requirement/invalid-file", `${message}: ${file}:${line}:${column}`, {
    details: { file, line, column, reason },
    hints: [`\`${file}\`, line ${line}: ${reason}`],
  });
}

// Far above any project; two files that each include the other's copy twice grow as powers of two.
const MAX_INCLUDES = 1000;
/** Of all files, those that only continue another one apart: each takes a kilobyte and more, and files have some thousands. */
const MAX_LINES = 50_000;
/** Read in a few milliseconds. */
const LINES_PER_PAUSE = 128;
const MAX_WORD_LENGTH = 80;
