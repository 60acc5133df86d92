// The logical lines of a requirements file: decoded, continuations joined, comments gone, variables filled in.
// Follows pip's `req_file.py`, whose reading of these files is the standard in fact.

import { PinionError } from "../../errors.ts";
import { withoutComment } from "./line-comment.ts";

/** A line as the parser sees it. */
export interface LogicalLine {
  /** Of its first physical line, from 1. */
  readonly line: number;
  readonly text: string;
  /** With the names of variables instead of their values; absent where there are none. */
  readonly written?: string | undefined;
}

export interface LinesOptions {
  /** Names the file in errors. */
  readonly file: string;
  /** What `${NAME}` is looked up in; a name that is missing or empty stays as written. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Splits a requirements file into the lines that say something. */
export function logicalLines(text: string, options: LinesOptions): readonly LogicalLine[] {
  const lines: LogicalLine[] = [];
  for (const { line, text: joined } of joinLines(text.split(LINE_BREAK))) {
    const bare = withoutComment(joined);
    if (bare === "") continue;
    const expanded = expandVariables(bare, options);
    lines.push({ line, text: expanded, ...(expanded === bare ? {} : { written: bare }) });
  }
  return lines;
}

/**
 * Decodes a requirements file: by its byte order mark, by a `coding:` comment in its first two lines (PEP 263),
 * else UTF-8.
 *
 * @throws PinionError `requirement/invalid-file`
 */
export function decodeRequirementsFile(data: string | Uint8Array, file: string): string {
  if (data.length > MAX_FILE_LENGTH) {
    throw new PinionError("requirement/invalid-file", `The requirements file is too large: ${file}`, {
      details: { file },
    });
  }
  if (typeof data === "string") return data.startsWith("\ufeff") ? data.slice(1) : data;
  const { encoding, start } = detectEncoding(data);
  const bytes = data.subarray(start);
  try {
    const text =
      encoding === "utf-32le" || encoding === "utf-32be"
        ? decodeUtf32(bytes, encoding)
        : new TextDecoder(encoding, { fatal: true }).decode(bytes);
    return text.startsWith("\ufeff") ? text.slice(1) : text;
  } catch (cause) {
    throw new PinionError(
      "requirement/invalid-file",
      `The requirements file is not in ${encoding.toUpperCase()}: ${file}`,
      {
        details: { file, encoding },
        hints: ["save it as UTF-8, or name its encoding in the first line: `# -*- coding: latin-1 -*-`"],
        cause,
      },
    );
  }
}

/** Joins lines that end in a backslash; a comment line ends the joining and swallows nothing. */
function* joinLines(physicalLines: readonly string[]): Generator<LogicalLine> {
  let parts: string[] = [];
  let firstLine = 0;
  for (const [index, physical] of physicalLines.entries()) {
    const isComment = /^\s*#/.test(physical);
    if (physical.endsWith("\\") && !isComment) {
      if (parts.length === 0) firstLine = index + 1;
      parts.push(physical.replace(/^\\+/, "").replace(TRAILING_BACKSLASHES, ""));
      continue;
    }
    // The space keeps a comment that follows a continued line recognisable as one.
    const line = isComment ? ` ${physical}` : physical;
    if (parts.length === 0) {
      yield { line: index + 1, text: line };
    } else {
      yield { line: firstLine, text: parts.join("") + line };
      parts = [];
    }
  }
  if (parts.length > 0) yield { line: firstLine, text: parts.join("") };
}

function expandVariables(line: string, options: LinesOptions): string {
  return line.replace(VARIABLE, (written, name: string) => {
    const value = Object.hasOwn(options.env, name) ? options.env[name] : undefined;
    return value === undefined || value === "" ? written : value;
  });
}

function detectEncoding(data: Uint8Array): { readonly encoding: string; readonly start: number } {
  for (const [mark, encoding] of BYTE_ORDER_MARKS) {
    if (mark.every((byte, index) => data[index] === byte)) return { encoding, start: mark.length };
  }
  const head = String.fromCharCode(...data.subarray(0, MAX_CODING_LINES_LENGTH));
  for (const line of head.split("\n").slice(0, 2)) {
    const encoding = line.startsWith("#") ? /coding[:=]\s*([-\w.]+)/.exec(line)?.[1] : undefined;
    if (encoding !== undefined) return { encoding: webEncoding(encoding), start: 0 };
  }
  return { encoding: "utf-8", start: 0 };
}

/** Python's name of an encoding as the web's: `latin_1`, `cp1252` and `utf-8-sig` are the ones that differ. */
function webEncoding(name: string): string {
  const label = name.toLowerCase().replaceAll("_", "-");
  if (label === "utf-8-sig") return "utf-8";
  return label.replace(/^latin-?([0-9]+)$/, "latin$1").replace(/^cp-?(125[0-9])$/, "windows-$1");
}

function decodeUtf32(bytes: Uint8Array, encoding: "utf-32le" | "utf-32be"): string {
  if (bytes.length % 4 !== 0) throw new RangeError("a character is cut off");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let text = "";
  for (let offset = 0; offset < bytes.length; offset += 4)
    text += String.fromCodePoint(view.getUint32(offset, encoding === "utf-32le"));
  return text;
}

// Where Python's `str.splitlines` ends a line.
const LINE_BREAK = /\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/;
const TRAILING_BACKSLASHES = /(?<!\\)\\+$/;

// Only POSIX names in braces, so that a `$` in a password stays (pip, IEEE 1003.1).
const VARIABLE = /\$\{([A-Z0-9_]+)\}/g;

// The longer marks first: that of UTF-32 begins with that of UTF-16.
const BYTE_ORDER_MARKS: readonly (readonly [readonly number[], string])[] = [
  [[0xef, 0xbb, 0xbf], "utf-8"],
  [[0xff, 0xfe, 0x00, 0x00], "utf-32le"],
  [[0x00, 0x00, 0xfe, 0xff], "utf-32be"],
  [[0xff, 0xfe], "utf-16le"],
  [[0xfe, 0xff], "utf-16be"],
];

const MAX_CODING_LINES_LENGTH = 1024;

// A lock of a thousand projects with all hashes has about 10 MB.
export const MAX_FILE_LENGTH: number = 64 * 1024 * 1024;
