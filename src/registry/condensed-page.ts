// A project's page in the form in which it is cached: one line per version, newest first, whose files are decoded
// only when that version is needed. A page of 1,500 versions opens in a fraction of a millisecond.
//
// A line is the version, when the first and the last of its files were uploaded, and the files as JSON in ASCII, with tabs
// between. The bytes stay bytes: making one text of them would take longer than everything else. What is decoded of a line is
// not kept here, since there are tens of thousands of them.

import type { Pausing } from "../base/turns.ts";
import { parseVersion, type Version } from "../pep/versions/version.ts";
import type { IndexLocation } from "./locations.ts";
import type { DistributionFile } from "./project-page.ts";

/** One version of a project at one index, with its files. */
export interface VersionFiles {
  readonly index: IndexLocation;
  readonly version: Version;
  /** In the order of the page; source distributions too. */
  readonly files: readonly DistributionFile[];
  /** Of its files. */
  readonly uploaded: UploadTimes;
}

/** When files were uploaded, in milliseconds since 1970, as far as the index says so. */
export interface UploadTimes {
  /** Undefined where the time of none is known. */
  readonly firstMs: number | undefined;
  /** Undefined where the time of one is not known. */
  readonly lastMs: number | undefined;
}

/** Opens lines that {@link formatDigest} wrote; undefined where they are damaged. */
export function openDigest(bytes: Buffer, index: IndexLocation): readonly VersionFiles[] | undefined {
  const versions: VersionFiles[] = [];
  for (let start = 0; start < bytes.length;) {
    const end = bytes.indexOf(LINE_END, start);
    if (end === -1) return undefined;
    versions.push(new DigestLine(index, bytes, start));
    start = end + 1;
  }
  return versions;
}

/** Reads what {@link formatFiles} wrote. */
export function* openFiles(bytes: Buffer): Pausing<readonly DistributionFile[]> {
  const files: DistributionFile[] = [];
  for (let start = 0, end = 0; start < bytes.length; start = end + 1) {
    end = bytes.indexOf(LINE_END, start);
    if (end === -1) end = bytes.length;
    for (const file of parseRows(bytes.toString("latin1", start, end))) files.push(file);
    yield;
  }
  return files;
}

// Reads itself when asked: most lines of a long page are never looked at.
class DigestLine implements VersionFiles {
  readonly index: IndexLocation;
  readonly #bytes: Buffer;
  readonly #start: number;
  #version: Version | undefined;

  constructor(index: IndexLocation, bytes: Buffer, start: number) {
    this.index = index;
    this.#bytes = bytes;
    this.#start = start;
  }

  get version(): Version {
    this.#version ??= parseVersion(this.#text(this.#start, this.#tabFrom(this.#start)));
    return this.#version;
  }

  get uploaded(): UploadTimes {
    const first = this.#tabFrom(this.#start);
    const last = this.#tabFrom(first + 1);
    const end = this.#tabFrom(last + 1);
    return {
      firstMs: parseTime(this.#text(first + 1, last)),
      lastMs: parseTime(this.#text(last + 1, end)),
    };
  }

  get files(): readonly DistributionFile[] {
    let start = this.#start;
    for (let field = 0; field < FIELDS_BEFORE_FILES; field += 1) start = this.#tabFrom(start) + 1;
    return parseRows(this.#text(start, this.#bytes.indexOf(LINE_END, start)));
  }

  #tabFrom(start: number): number {
    return this.#bytes.indexOf(TAB, start);
  }

  #text(start: number, end: number): string {
    return this.#bytes.toString("latin1", start, end);
  }
}

/** A damaged line counts as one that says nothing. */
function parseTime(digits: string): number | undefined {
  const time = digits === "" ? NaN : Number(digits);
  return Number.isNaN(time) ? undefined : time;
}

/** The files of a line as an array: first what they have in common, and each without the names of its fields. */
export type Rows = readonly [Start, ...Row[]];

/** What all file names, all addresses and all times begin with. */
export type Start = readonly [filenames: string, urls: string, uploadTimes: string];

/** What is absent is 0, an absent size -1. */
export type Row = readonly [
  filename: string,
  /** Without the name of the file, in which nearly every one ends; the others start with a sign that no URL has. */
  url: string,
  /** SHA-256, where that is all. */
  hashes: string | Readonly<Record<string, string>>,
  /** 1: as the file before. */
  yanked: 0 | 1 | string,
  /** SHA-256, where that is all. */
  metadata: 0 | 1 | string | Readonly<Record<string, string>>,
  /** 1: as the file before. */
  requiresPython: 0 | 1 | string,
  uploadTime: 0 | string,
  size: number,
];

type Changeable<T> = { -readonly [Key in keyof T]: T[Key] };

function parseRows(json: string): readonly DistributionFile[] {
  try {
    const rows: unknown = JSON.parse(json);
    if (!Array.isArray(rows)) return [];
    const [start, ...files] = rows;
    return fromRows(start, files);
  } catch {
    return [];
  }
}

function fromRows([filenames, urls, uploadTimes]: Start, rows: readonly Row[]): readonly DistributionFile[] {
  let before: Pick<DistributionFile, "yanked" | "requiresPython"> = { yanked: false };
  return rows.map((row) => {
    const [name, url, hashes, yanked, metadata, requiresPython, uploadTime, size] = row;
    const filename = filenames + name;
    const address = urls + url;
    const python = requiresPython === 1 ? before.requiresPython : requiresPython;
    const file: Changeable<DistributionFile> = {
      filename,
      url: address.startsWith(WHOLE_URL) ? address.slice(WHOLE_URL.length) : address + filename,
      hashes: typeof hashes === "string" ? { sha256: hashes } : hashes,
      yanked: yanked === 0 ? false : yanked === 1 ? before.yanked : yanked,
      metadata:
        typeof metadata === "string"
          ? { sha256: metadata }
          : metadata === 0
            ? false
            : metadata === 1 || metadata,
    };
    if (python !== 0 && python !== undefined) file.requiresPython = python;
    if (uploadTime !== 0) file.uploadTime = uploadTimes + uploadTime;
    if (size !== -1) file.size = size;
    before = file;
    return file;
  });
}

const LINE_END = 0x0a;
const TAB = 0x09;
/** The version and the two times. */
const FIELDS_BEFORE_FILES = 3;
export const WHOLE_URL = "=";
