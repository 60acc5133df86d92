// `RECORD`: the files of an installed distribution or wheel with their digests, as CSV
// (packaging.python.org "Recording installed projects", PEP 376, 627).

import { PinionError } from "../errors.ts";

/** One file of a distribution. */
export interface RecordEntry {
  /** With `/` between its parts; relative to the folder that holds the `.dist-info`, or absolute. */
  readonly path: string;
  /** `sha256=` and the digest in base64 for URLs without padding. */
  readonly hash: string | undefined;
  /** In bytes. */
  readonly size: number | undefined;
}

/**
 * Parses `RECORD`.
 *
 * @throws PinionError `wheel/invalid`
 */
export function parseRecord(text: string): readonly RecordEntry[] {
  const entries: RecordEntry[] = [];
  const rows = readRows(text);
  while (rows.length > 0 && isBlank(rows.at(-1))) rows.pop();
  for (const [index, row] of rows.entries()) {
    if (isBlank(row)) throw invalid(index, "expected 3 values, got 0");
    if (row.length !== 3) throw invalid(index, `expected 3 values, got ${row.length}`);
    entries.push(parseRecordRow(row, index));
  }
  return entries;
}

/**
 * Parses the three values of one row.
 *
 * @throws PinionError `wheel/invalid`
 */
export function parseRecordRow(row: readonly string[], index = 0): RecordEntry {
  const [path = "", hash = "", size = ""] = row;
  if (path === "") throw invalid(index, "its path is empty");
  if (hash !== "" && !hash.includes("="))
    throw invalid(index, `its hash \`${hash}\` is not of the form \`<algorithm>=<digest>\``);
  if (size !== "" && !/^[0-9]{1,15}$/.test(size))
    throw invalid(index, `its size \`${size}\` is not a whole number`);
  return {
    path: path.replaceAll("\\", "/"),
    hash: hash === "" ? undefined : hash,
    size: size === "" ? undefined : Number(size),
  };
}

/** Writes `RECORD`, one row per entry in the order given, as every installer does: `\n`, quotes where needed. */
export function formatRecord(entries: readonly RecordEntry[]): string {
  return entries
    .map((entry) => `${quote(entry.path)},${quote(entry.hash ?? "")},${entry.size ?? ""}\n`)
    .join("");
}

/** What a file's bytes turned out to be. */
export interface MeasuredFile {
  readonly size: number;
  /** The digest under an algorithm of `node:crypto` in base64 for URLs without padding. */
  readonly digest: (algorithm: string) => string;
}

/** Tells whether a file is what its row promises; a row without size and hash promises nothing. */
export function matchesRecord(entry: RecordEntry, file: MeasuredFile): boolean {
  if (entry.size !== undefined && entry.size !== file.size) return false;
  if (entry.hash === undefined) return true;
  const equals = entry.hash.indexOf("=");
  return file.digest(entry.hash.slice(0, equals)) === entry.hash.slice(equals + 1);
}

/** Splits CSV as Python's `csv` module does by default: quotes around a value, two quotes for one inside. */
function readRows(text: string): string[][] {
  if (!text.includes('"')) {
    const lines = text.split(LINE_END);
    if (lines.at(-1) === "") lines.pop();
    return lines.map((line) => line.split(","));
  }
  const rows: string[][] = [];
  let row: string[] = [];
  let position = 0;
  while (position < text.length) {
    const [value, end] = readValue(text, position);
    row.push(value);
    position = end;
    if (text[position] === ",") {
      position += 1;
      if (position === text.length) row.push("");
      else continue;
    } else if (text.startsWith("\r\n", position)) {
      position += 2;
    } else {
      position += 1;
    }
    rows.push(row);
    row = [];
  }
  if (row.length > 0) rows.push(row);
  return rows;
}

/** One value and where it ends: at a comma, a line end or the end of the text. */
function readValue(text: string, start: number): readonly [string, number] {
  let value = "";
  let position = start;
  while (text[position] === '"') {
    const closing = text.indexOf('"', position + 1);
    const end = closing === -1 ? text.length : closing;
    value += text.slice(position + 1, end);
    position = end + 1;
    // A second quote right after the closing one means a quote inside the value.
    if (text[position] === '"') value += '"';
  }
  VALUE_END.lastIndex = position;
  const end = VALUE_END.exec(text)?.index ?? text.length;
  return [value + text.slice(position, end), end];
}

function quote(value: string): string {
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

function isBlank(row: readonly string[] | undefined): boolean {
  return row !== undefined && row.length === 1 && row[0] === "";
}

function invalid(index: number, reason: string): PinionError {
  return new PinionError("wheel/invalid", `\`RECORD\` cannot be understood, row ${index + 1}: ${reason}`, {
    details: { row: index + 1, reason },
  });
}

const LINE_END = /\r\n|\r|\n/;
const VALUE_END = /[,\r\n]/g;
