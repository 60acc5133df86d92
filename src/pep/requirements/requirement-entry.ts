// One line of a requirements file as a requirement: a name, a path or a URL, told apart by the text only.

import { isPinionError, PinionError } from "../../errors.ts";
import type { Declaration } from "../declaration.ts";
import type { FilePlace } from "../file-place.ts";
import type { Marker } from "../markers/expression.ts";
import { parseMarker } from "../markers/marker.ts";
import { underlined } from "../text.ts";
import { isValidName } from "../name.ts";
import { markerProblem, requirementProblem, type RequirementProblem } from "./requirement-problem.ts";
import { parseRequirement, type Requirement } from "./requirement.ts";
import type { LineOptions } from "./requirements-options.ts";

/** An index that a project is to come from. */
export interface NamedIndex {
  readonly name: string;
  /** As the file that names it has it; undefined where only settings know it. */
  readonly url?: string | undefined;
  /** The file, as messages name it. */
  readonly file: string;
  /** It came over the network. */
  readonly isFromNetwork?: true | undefined;
}

/** One requirement of a file. */
export interface RequirementEntry extends FilePlace {
  readonly kind: "requirement" | "editable" | "path" | "url";
  /** The requirement where it has a name; paths and bare URLs have none. */
  readonly requirement?: Requirement;
  /** The path or URL of the other kinds, without extras and marker; a path is relative to the working folder. */
  readonly location?: string;
  /** Extras of a path or URL, as written. */
  readonly extras: readonly string[];
  /** The marker of a path or URL. */
  readonly marker?: Marker;
  /** The requirement, without its options. */
  readonly text: string;
  /** The same with the names of its variables; absent where it has none. */
  readonly written?: string | undefined;
  /** `sha256:…` each. */
  readonly hashes: readonly string[];
  readonly configSettings: Readonly<Record<string, string | readonly string[]>>;
  readonly isConstraint: boolean;
  /** Where it was declared, unless by this file of requirements; undefined also for a script's metadata. */
  readonly declaredIn?: Declaration | undefined;
  /** The index that the project is to come from, where the one that requires it says so. */
  readonly index?: NamedIndex | undefined;
  /** It is a path that the sources of that one name. */
  readonly isSourcedPath?: true | undefined;
  /** The metadata of a project or a script states it, where `${NAME}` stands for itself. */
  readonly isOfMetadata?: true | undefined;
  /** What came over the network and says this, as messages name it; absent for files, whose names show it. */
  readonly fromNetwork?: string | undefined;
}

/** One line that holds a requirement, before its text is understood. */
export interface RequirementsLine extends FilePlace {
  readonly isConstraint: boolean;
  readonly isEditable: boolean;
  readonly text: string;
  /** As {@link RequirementEntry.written}. */
  readonly written?: string | undefined;
  readonly options: LineOptions;
  /** With the names of variables instead of their values; absent where there are none. */
  readonly writtenOptions?: LineOptions | undefined;
  /** One requirement by itself, not a line of a file. */
  readonly isStatement?: boolean | undefined;
  /** The whole file, in which messages give the line's place. */
  readonly source: string;
}

/** The requirement that a line states. @throws requirement/invalid-file */
export function toEntry(line: RequirementsLine): RequirementEntry {
  const { file, isConstraint, options } = line;
  const common = {
    file,
    line: line.line,
    text: separated(line.text),
    ...(line.written === undefined ? {} : { written: separated(line.written) }),
    isConstraint,
    hashes: options.hashes,
    configSettings: options.configSettings,
  };
  refuseOddBeginning(line);
  const kind = kindOf(line.text);
  if (kind === "requirement") {
    const requirement = understand(line, line.text, {
      parse: parseStrictly,
      explain: (text) => requirementProblem(text),
    });
    return { kind: line.isEditable ? "editable" : kind, ...common, requirement, extras: requirement.extras };
  }
  const { location, extras, marker } = splitLocation(line.text, kind);
  const markerText = marker ?? (line.isEditable ? options.rest.replace(/^;/, "").trim() : "");
  return {
    kind: line.isEditable ? "editable" : kind,
    ...common,
    location,
    extras,
    ...(markerText === ""
      ? {}
      : {
          marker: understand(line, markerText, {
            parse: parseMarker,
            explain: (text) => markerProblem(text),
          }),
        }),
  };
}

/** Distinguishes a named requirement from a path and from a bare URL only by its text. */
function kindOf(text: string): "requirement" | "path" | "url" {
  if (NAMED_URL.test(text)) return "requirement";
  if (WRITTEN_URL.test(text)) return "url";
  const [head = ""] = text.split(/[\s;[]/, 1);
  const isPath = head.startsWith(".") || /[/\\]/.test(head) || ARCHIVE_EXTENSION.test(head);
  return isPath ? "path" : "requirement";
}

function splitLocation(
  text: string,
  kind: "path" | "url",
): { readonly location: string; readonly extras: readonly string[]; readonly marker: string | undefined } {
  // In a URL a `;` needs white space before it, or it is part of the URL (PEP 508).
  const semicolon = kind === "url" ? text.search(/\s;/) : text.indexOf(";");
  const place = (semicolon === -1 ? text : text.slice(0, semicolon)).trim();
  const marker = semicolon === -1 ? undefined : text.slice(text.indexOf(";", semicolon) + 1).trim();
  const bracket = place.endsWith("]") ? place.lastIndexOf("[") : -1;
  if (bracket <= 0) return { location: place, extras: [], marker };
  const extras = place
    .slice(bracket + 1, -1)
    .split(",")
    .map((extra) => extra.trim())
    .filter((extra) => extra !== "");
  return { location: place.slice(0, bracket).trim(), extras, marker };
}

/** What can be neither a requirement nor an option, in uv's words, which name the place. */
function refuseOddBeginning(line: RequirementsLine): void {
  const [first = ""] = line.text;
  if (line.isEditable || line.isStatement === true || /^[A-Za-z0-9./\\$~]$/.test(first)) return;
  const reason = `Unexpected '${first}', expected '-c', '-e', '-r' or the start of a requirement`;
  throw new PinionError("requirement/invalid-file", `${reason}: ${line.file}:${line.line}:1`, {
    details: { file: line.file, line: line.line, column: 1, reason },
  });
}

/** uv also ends a URL at a `;` that a blank follows; the grammar wants one before it. */
function separated(text: string): string {
  return text.replace(URL_BEFORE_MARKER, "$1 ;");
}

/** What `packaging` passes over and uv refuses: a name that ends in `_`, and `===` without a version. */
function parseStrictly(text: string): Requirement {
  const requirement = parseRequirement(separated(text));
  const { writtenName, writtenExtras, specifiers } = requirement;
  const isWhole =
    [writtenName, ...writtenExtras].every(isValidName) &&
    specifiers.specifiers.every((specifier) => specifier.text !== "");
  if (isWhole) return requirement;
  throw new PinionError("requirement/invalid", `Not a valid requirement: \`${text}\``, { details: { text } });
}

interface Understanding<T> {
  readonly parse: (text: string) => T;
  /** What is wrong, where that is a known mistake. */
  readonly explain: (text: string) => RequirementProblem | undefined;
}

/** Turns a syntax error of a part into one of its place in the file, as uv words it. */
function understand<T>(line: RequirementsLine, text: string, { parse, explain }: Understanding<T>): T {
  try {
    return parse(text);
  } catch (error) {
    if (!isPinionError(error)) throw error;
    const problem = explain(text);
    const position = problem?.start ?? error.details["position"];
    const cause =
      problem === undefined
        ? error
        : new PinionError(
            error.code,
            underlined(problem.message, { text, position: problem.start, length: problem.length }),
            {
              details: error.details,
            },
          );
    throw new PinionError(
      "requirement/invalid-file",
      `Couldn't parse requirement in \`${line.file}\` at position ${octetOfLine(line)}`,
      {
        details: {
          file: line.file,
          line: line.line,
          column: typeof position === "number" ? position + 1 : 1,
          reason: problem?.message ?? error.message,
        },
        hints: [`\`${line.file}\` names it in line ${line.line}`],
        cause,
      },
    );
  }
}

/** Where a line's text begins, in octets from the beginning of the file, which is how uv counts. */
export function octetOfLine({ source, line }: Pick<RequirementsLine, "source" | "line">): number {
  let start = 0;
  for (let count = 1; count < line; count += 1) {
    LINE_BREAK.lastIndex = start;
    const found = LINE_BREAK.exec(source);
    if (found === null) break;
    start = LINE_BREAK.lastIndex;
  }
  const indent = /^[ \t]*/.exec(source.slice(start))?.[0].length ?? 0;
  return Buffer.byteLength(source.slice(0, start + indent));
}

/** A line that cannot be understood. */
export function invalidLine(
  { file, line }: FilePlace,
  reason: string,
  column = 1,
  cause?: unknown,
): PinionError {
  return new PinionError(
    "requirement/invalid-file",
    `Cannot understand \`${file}\`, line ${line}: ${reason}`,
    {
      details: { file, line, column, reason },
      cause,
    },
  );
}

/** `name @ address`, `name[extra] @ address`. */
const NAMED_URL = /^[A-Za-z0-9][A-Za-z0-9._-]*\s*(?:\[[^\]]*\]\s*)?@/;

/** `name @ https://…;` with a blank after it. */
const URL_BEFORE_MARKER = /^([^@;]*@[ \t]*[^ \t;]+);(?=[ \t])/;

/** A URL; a single letter before the colon is a drive. */
export const WRITTEN_URL: RegExp = /^(?:[A-Za-z][A-Za-z0-9+.-]+:\/\/|file:)/i;

const ARCHIVE_EXTENSION = /\.(?:whl|zip|tar|tgz|tbz|tar\.(?:gz|bz2|xz|zst|lz|lzma|Z))$/i;

const LINE_BREAK = /\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/g;
