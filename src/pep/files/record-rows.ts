// The rows of `RECORD`, as they are met: a file may have millions.

import { PinionError } from "../../errors.ts";

/** One file of a distribution. */
export interface RecordEntry {
  /** With `/` between its parts; relative to the folder that holds the `.dist-info`, or absolute. */
  readonly path: string;
  /** `sha256=` and the digest in base64 for URLs without padding. */
  readonly hash: string | undefined;
  /** In bytes. */
  readonly size: number | undefined;
}

/** The rows of `RECORD`, one by one. @throws PinionError `wheel/invalid` */
export function* recordRows(text: string, maxRows: number): Generator<RecordEntry, void, void> {
  let index = -1;
  // Blank rows may only be the last ones.
  let blank: number | undefined;
  for (const row of readRows(text)) {
    index += 1;
    if (row.length === 1 && row[0] === "") {
      blank ??= index;
      if (index - blank >= MAX_BLANK_ROWS) throw invalid(blank, "expected 3 values, got 0");
      continue;
    }
    if (blank !== undefined) throw invalid(blank, "expected 3 values, got 0");
    if (row.length !== 3) throw invalid(index, `expected 3 values, got ${row.length}`);
    if (index >= maxRows) throw invalid(index, `expected at most ${maxRows} rows`);
    yield parseRecordRow(row, index);
  }
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

/** Splits CSV as Python's `csv` module does by default: quotes around a value, two quotes for one inside. */
function* readRows(text: string): Generator<readonly string[], void, void> {
  if (!text.includes('"')) {
    for (const line of readLines(text)) yield line.split(",", MAX_VALUES);
    return;
  }
  let index = 0;
  let row: string[] = [];
  let position = 0;
  while (position < text.length) {
    const [value, end] = readValue(text, position);
    if (end - position > MAX_VALUE_CHARACTERS)
      throw invalid(index, `a value is longer than ${MAX_VALUE_CHARACTERS} characters`);
    row.push(value);
    position = end;
    if (text[position] === "," && row.length < MAX_VALUES) {
      position += 1;
      if (position < text.length) continue;
      row.push("");
    } else if (text.startsWith("\r\n", position)) {
      position += 2;
    } else {
      position += 1;
    }
    yield row;
    index += 1;
    row = [];
  }
}

function* readLines(text: string): Generator<string, void, void> {
  let start = 0;
  if (text.includes("\r")) {
    for (const {
      0: { length },
      index,
    } of text.matchAll(LINE_END)) {
      yield text.slice(start, index);
      start = index + length;
    }
  } else {
    for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", start)) {
      yield text.slice(start, end);
      start = end + 1;
    }
  }
  if (start < text.length) yield text.slice(start);
}

/** One value and where it ends: at a comma, a line end or the end of the text. Quotes are read as far as a value may reach. */
function readValue(text: string, start: number): readonly [string, number] {
  let position = start;
  let quotedEnd = start;
  // A second quote right after the closing one means a quote inside the value.
  while (text[position] === '"' && position - start <= MAX_VALUE_CHARACTERS) {
    const closing = text.indexOf('"', position + 1);
    quotedEnd = closing === -1 ? text.length : closing;
    position = quotedEnd + 1;
  }
  const quoted = quotedEnd === start ? "" : text.slice(start + 1, quotedEnd).replaceAll(TWO_QUOTES, '"');
  VALUE_END.lastIndex = position;
  const end = VALUE_END.exec(text)?.index ?? text.length;
  return [quoted + text.slice(position, end), end];
}

function invalid(index: number, reason: string): PinionError {
  return new PinionError("wheel/invalid", `\`RECORD\` cannot be understood, row ${index + 1}: ${reason}`, {
    details: { row: index + 1, reason },
  });
}

const LINE_END = /\r\n|\r|\n/g;
const TWO_QUOTES = /""/g;
const VALUE_END = /[,\r\n]/g;
/** At the end of a file, where an editor may leave some. */
const MAX_BLANK_ROWS = 1_000;
/** Far above any path, also with its quotes doubled, and read in milliseconds. */
const MAX_VALUE_CHARACTERS = 1024 ** 2;
/** A row has three: of more, the rest are rows of their own. */
const MAX_VALUES = 100;
