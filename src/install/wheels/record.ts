// The RECORD of an installed wheel: its files under their installed paths, with the digests that were verified when the
// wheel was unpacked, and those of what the installer wrote itself. PEP 376, 627.

import { hash } from "node:crypto";
import { posix } from "node:path";

import { formatRecord, type RecordEntry } from "../../pep/files/record.ts";

/** A file that the installer wrote. */
export interface WrittenFile {
  /** Absolute, where it will be. */
  readonly destination: string;
  readonly contents: string | Buffer;
}

/** Rows that are there already: their text, and the paths of them in its order, sorted. None of them has quotes. */
export interface PreparedRows {
  readonly record: string;
  readonly files: readonly string[];
}

/** The rows of one RECORD; paths are relative to the wheel's site folder. */
export class RecordWriter {
  readonly #site: string;
  readonly #prepared: PreparedRows;
  readonly #rows: RecordEntry[] = [];

  constructor(site: string, prepared: PreparedRows = NO_ROWS) {
    this.#site = site;
    this.#prepared = prepared;
  }

  /** Adds a file whose digest is known. */
  add(destination: string, size: number, sha256Base64Url: string): void {
    this.#rows.push({ path: this.#relative(destination), hash: `sha256=${sha256Base64Url}`, size });
  }

  /** Adds a file that was written here. */
  addWritten({ destination, contents }: WrittenFile): void {
    this.add(destination, Buffer.byteLength(contents), hash("sha256", contents, "base64url"));
  }

  /** The text, sorted by path; RECORD itself comes without digest, since it cannot hold its own. */
  format(distInfo: string): string {
    const rows = [...this.#rows, { path: `${distInfo}/RECORD`, hash: undefined, size: undefined }];
    rows.sort((a, b) => (a.path < b.path ? -1 : 1));
    return this.#prepared.files.length === 0 ? formatRecord(rows) : mergeRows(this.#prepared, rows);
  }

  #relative(destination: string): string {
    const inside = `${this.#site}/`;
    if (destination.startsWith(inside)) return destination.slice(inside.length);
    return posix.relative(this.#site, destination);
  }
}

/** Puts a few rows between those that are prepared, which stay text. */
function mergeRows({ record, files }: PreparedRows, rows: readonly RecordEntry[]): string {
  let text = "";
  let position = 0;
  for (const row of rows) {
    const next = files[countBefore(files, row.path)];
    const end = next === undefined ? record.length : startOfRow(record, next, position);
    text += record.slice(position, end) + formatRecord([row]);
    position = end;
  }
  return text + record.slice(position);
}

/** How many of the sorted paths come before one. */
function countBefore(files: readonly string[], path: string): number {
  let low = 0;
  let high = files.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((files[middle] ?? "") < path) low = middle + 1;
    else high = middle;
  }
  return low;
}

function startOfRow(record: string, path: string, from: number): number {
  if (record.startsWith(`${path},`, from)) return from;
  return record.indexOf(`\n${path},`, from) + 1;
}

const NO_ROWS: PreparedRows = { record: "", files: [] };
