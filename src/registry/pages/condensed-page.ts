// A project's page in the form in which it is cached: one line per version, newest first, whose files are decoded
// only when that version is needed. A page of 1,500 versions opens in a fraction of a millisecond.
//
// A line is the version, when the first and the last of its files were uploaded, and the files as JSON in ASCII, with tabs
// between. A version that is equal to that of the line before, and written otherwise, follows a sign. The bytes stay bytes: making
// one text of them would take longer than everything else. The beginnings of the lines stay in memory, the files of a large page
// in the file of the cache. What is decoded of a line is not kept here, since there are tens of thousands of them.

import type { Pausing } from "../../base/work/turns.ts";
import { parseVersion, type Version } from "../../pep/versions/version.ts";
import { heldInMemory, type HeldEntry } from "../../store/cache/held-entries.ts";
import type { IndexLocation } from "../indexes/locations.ts";
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

/** The versions of a project at one index, newest first. */
export interface VersionList {
  readonly length: number;
  at(place: number): VersionFiles | undefined;
}

/** Some of its versions, or all. */
export function versionsOf(list: VersionList, start = 0, end: number = list.length): readonly VersionFiles[] {
  return Array.from({ length: end - start }, (_, at) => list.at(start + at)!);
}

/**
 * Opens lines that {@link formatDigest} wrote; undefined where they are damaged.
 *
 * @param held the same bytes, from which files are read
 */
export function openDigest(
  bytes: Buffer,
  index: IndexLocation,
  held: HeldEntry = heldInMemory(bytes),
): Digest | undefined {
  const starts: number[] = [];
  for (let start = 0; start < bytes.length;) {
    const end = bytes.indexOf(LINE_END, start);
    if (end === -1) return undefined;
    starts.push(start);
    start = end + 1;
  }
  return new Digest(index, held, { bytes, starts });
}

/** Lines, each read on demand: most of a long page are never looked at. */
export class Digest implements VersionList {
  readonly index: IndexLocation;
  readonly length: number;
  readonly #held: HeldEntry;
  /** Of each line the fields before its files, one after the other. */
  readonly #heads: Buffer;
  /** Where the head of each line begins, and where the last one ends. */
  readonly #headStarts: Uint32Array;
  /** Where each line begins, and where the last one ends. */
  readonly #lineStarts: Uint32Array;

  constructor(
    index: IndexLocation,
    held: HeldEntry,
    { bytes, starts }: { readonly bytes: Buffer; readonly starts: readonly number[] },
  ) {
    this.index = index;
    this.length = starts.length;
    this.#held = held;
    this.#lineStarts = new Uint32Array(starts.length + 1);
    this.#headStarts = new Uint32Array(starts.length + 1);
    let heads = 0;
    for (let at = 0; at < starts.length; at += 1) {
      this.#lineStarts[at] = starts[at]!;
      heads += headEnd(bytes, starts[at]!) - starts[at]!;
      this.#headStarts[at + 1] = heads;
    }
    this.#lineStarts[starts.length] = bytes.length;
    this.#heads = Buffer.allocUnsafe(heads);
    for (let at = 0; at < starts.length; at += 1)
      bytes.copy(this.#heads, this.#headStarts[at], starts[at], starts[at]! + heads - this.#headStarts[at]!);
  }

  at(place: number): VersionFiles | undefined {
    return place >= 0 && place < this.length ? new DigestLine(this, place) : undefined;
  }

  /** Whether a line is of the version of the line before, written otherwise. */
  isSameVersion(place: number): boolean {
    return this.#heads[this.#headStarts[place]!] === SAME_VERSION;
  }

  /** The fields of a line that stand before its files. */
  head(place: number): readonly string[] {
    const start = this.#headStarts[place]! + (this.isSameVersion(place) ? 1 : 0);
    return this.#heads.toString("latin1", start, this.#headStarts[place + 1]).split("\t");
  }

  files(place: number): readonly DistributionFile[] {
    const headLength = this.#headStarts[place + 1]! - this.#headStarts[place]!;
    const [start, end] = [this.#lineStarts[place]! + headLength, this.#lineStarts[place + 1]! - 1];
    return parseRows(this.#held.text(start, end));
  }
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

class DigestLine implements VersionFiles {
  readonly #digest: Digest;
  readonly #place: number;
  #version: Version | undefined;

  constructor(digest: Digest, place: number) {
    this.#digest = digest;
    this.#place = place;
  }

  get index(): IndexLocation {
    return this.#digest.index;
  }

  get version(): Version {
    this.#version ??= parseVersion(this.#digest.head(this.#place)[0] ?? "");
    return this.#version;
  }

  get uploaded(): UploadTimes {
    const [, first = "", last = ""] = this.#digest.head(this.#place);
    return { firstMs: parseTime(first), lastMs: parseTime(last) };
  }

  get files(): readonly DistributionFile[] {
    return this.#digest.files(this.#place);
  }
}

/** Where the files of a line begin, or the line ends. */
function headEnd(bytes: Buffer, start: number): number {
  let tabs = 0;
  let end = start;
  for (; tabs < FIELDS_BEFORE_FILES && bytes[end] !== LINE_END; end += 1) if (bytes[end] === TAB) tabs += 1;
  return end;
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
/** Before a version: `=`, which none begins with. */
export const SAME_VERSION = 0x3d;
/** The version and the two times. */
const FIELDS_BEFORE_FILES = 3;
export const WHOLE_URL = "=";
