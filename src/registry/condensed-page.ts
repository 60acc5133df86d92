// A project's page in the form in which it is cached: one line per version, newest first, whose files are decoded
// only when that version is needed. A page of 1,500 versions opens in a fraction of a millisecond.
//
// A line is the version, when the first and the last of its files were uploaded, and the files as JSON in ASCII, with tabs
// between. The bytes stay bytes: making one text of them would take longer than everything else. What is decoded of a line is
// not kept here, since there are tens of thousands of them.

import { append } from "../base/group-by.ts";
import {
  tryParseLegacySdistFilename,
  tryParseSdistFilename,
  tryParseWheelFilename,
  tryParseWheelVariant,
  type FilenameOptions,
} from "../pep/files/filename.ts";
import { compareVersions, parseVersion, tryParseVersion, type Version } from "../pep/versions/version.ts";
import type { Pausing } from "../base/turns.ts";
import { asciiJson } from "./ascii-json.ts";
import type { IndexLocation } from "./locations.ts";
import { ENTRIES_PER_PAUSE, malformedPage, MAX_VERSION_FILES, MAX_VERSIONS } from "./page-bounds.ts";
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

/**
 * The files of one project by version, newest first; what is not a file of the project falls away. Versions that are equal and
 * written otherwise stand beside each other.
 *
 * @throws index/malformed-page where there are more versions than any project has, or one has more files than any release has
 */
export function* groupByVersion(
  files: readonly DistributionFile[],
  name: string,
  index: IndexLocation,
): Pausing<readonly VersionFiles[]> {
  const remembered = { parseVersion: rememberVersions() };
  const groups = new Map<string, VersionGroup>();
  for (let at = 0; at < files.length; at += 1) {
    if (at % ENTRIES_PER_PAUSE === 0) yield;
    const file = files[at]!;
    const parsed = parseFilename(file.filename, remembered);
    if (parsed?.name !== name) continue;
    const group = groups.get(parsed.version.text);
    if (group === undefined) groups.set(parsed.version.text, new VersionGroup(index, parsed.version, [file]));
    else group.files.push(file);
  }
  if (groups.size > MAX_VERSIONS)
    throw malformedPage(index.url, "files", `it has more than ${MAX_VERSIONS} versions`);
  const versions = [...groups.values()].sort((a, b) => compareVersions(b.version, a.version));
  checkVersionFiles(versions, index);
  return versions;
}

/** The files of a page with many projects, by normalised name; what is not a distribution falls away. */
export function* groupByName(
  files: readonly DistributionFile[],
): Pausing<ReadonlyMap<string, readonly DistributionFile[]>> {
  const remembered = { parseVersion: rememberVersions() };
  const groups = new Map<string, DistributionFile[]>();
  for (let at = 0; at < files.length; at += 1) {
    if (at % ENTRIES_PER_PAUSE === 0) yield;
    const file = files[at]!;
    const parsed = parseFilename(file.filename, remembered);
    if (parsed === undefined) continue;
    append(groups, parsed.name, file);
  }
  return groups;
}

/** Writes versions as lines, in their order. */
export function* formatDigest(versions: readonly VersionFiles[]): Pausing<string> {
  const lines: string[] = [];
  for (const { version, files, uploaded } of versions) {
    const { firstMs = "", lastMs = "" } = uploaded;
    lines.push(`${version.text}\t${firstMs}\t${lastMs}\t${asciiJson(files.map(toRow))}\n`);
    yield;
  }
  return lines.join("");
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

/** Writes the files of a page with many projects, some in each line. */
export function* formatFiles(files: readonly DistributionFile[]): Pausing<string> {
  const lines: string[] = [];
  for (let start = 0; start < files.length; start += ENTRIES_PER_PAUSE) {
    lines.push(`${asciiJson(files.slice(start, start + ENTRIES_PER_PAUSE).map(toRow))}\n`);
    yield;
  }
  return lines.join("");
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

class VersionGroup implements VersionFiles {
  readonly index: IndexLocation;
  readonly version: Version;
  readonly files: DistributionFile[];

  constructor(index: IndexLocation, version: Version, files: DistributionFile[]) {
    this.index = index;
    this.version = version;
    this.files = files;
  }

  get uploaded(): UploadTimes {
    return uploadTimesOf(this.files);
  }
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

function uploadTimesOf(files: readonly DistributionFile[]): UploadTimes {
  const times = files.map(({ uploadTime }) => (uploadTime === undefined ? NaN : Date.parse(uploadTime)));
  const known = times.filter((time) => !Number.isNaN(time));
  const ends = (isFirst: boolean): number | undefined =>
    known.length === 0
      ? undefined
      : known.reduce((end, time) => (isFirst ? Math.min(end, time) : Math.max(end, time)));
  return { firstMs: ends(true), lastMs: known.length === times.length ? ends(false) : undefined };
}

/** A damaged line is as one that says nothing. */
function parseTime(digits: string): number | undefined {
  const time = digits === "" ? NaN : Number(digits);
  return Number.isNaN(time) ? undefined : time;
}

/** A file as an array, to leave out the names of its fields; what is absent is 0, an absent size -1. */
type Row = readonly [
  filename: string,
  url: string,
  hashes: Readonly<Record<string, string>>,
  yanked: 0 | string,
  metadata: 0 | 1 | Readonly<Record<string, string>>,
  requiresPython: 0 | string,
  uploadTime: 0 | string,
  size: number,
];

function toRow(file: DistributionFile): Row {
  const { filename, url, hashes, yanked, metadata, requiresPython, uploadTime, size } = file;
  return [
    filename,
    // Nearly every address ends in the file's name; the others start with a sign that no URL has.
    url.endsWith(`/${filename}`) ? url.slice(0, -filename.length) : `=${url}`,
    hashes,
    yanked === false ? 0 : yanked,
    metadata === false ? 0 : metadata === true ? 1 : metadata,
    requiresPython ?? 0,
    uploadTime ?? 0,
    size ?? -1,
  ];
}

function parseRows(json: string): readonly DistributionFile[] {
  try {
    const rows: unknown = JSON.parse(json);
    return Array.isArray(rows) ? rows.map(fromRow) : [];
  } catch {
    return [];
  }
}

function fromRow(row: Row): DistributionFile {
  const [filename, url, hashes, yanked, metadata, requiresPython, uploadTime, size] = row;
  return {
    filename,
    url: url.startsWith("=") ? url.slice(1) : url + filename,
    hashes,
    yanked: yanked === 0 ? false : yanked,
    metadata: metadata === 0 ? false : metadata === 1 ? true : metadata,
    ...(requiresPython === 0 ? {} : { requiresPython }),
    ...(uploadTime === 0 ? {} : { uploadTime }),
    ...(size === -1 ? {} : { size }),
  };
}

/** All files of a version are looked at when one is chosen, in whichever way the version is written. */
function checkVersionFiles(versions: readonly VersionFiles[], index: IndexLocation): void {
  let order = "";
  let count = 0;
  for (const { version, files } of versions) {
    count = files.length + (version.order === order ? count : 0);
    order = version.order;
    if (count <= MAX_VERSION_FILES) continue;
    const reason = `version ${version.text} has more than ${MAX_VERSION_FILES} files`;
    throw malformedPage(index.url, "files", reason);
  }
}

function parseFilename(
  filename: string,
  options: FilenameOptions,
): { readonly name: string; readonly version: Version } | undefined {
  return (
    tryParseWheelFilename(filename, options) ??
    tryParseSdistFilename(filename, options) ??
    tryParseLegacySdistFilename(filename, options) ??
    tryParseWheelVariant(filename, options)
  );
}

/** Versions repeat: every file of a release has the same. */
function rememberVersions(): (text: string) => Version | undefined {
  const seen = new Map<string, Version | undefined>();
  return (text) => {
    if (!seen.has(text)) seen.set(text, tryParseVersion(text));
    return seen.get(text);
  };
}

const LINE_END = 0x0a;
const TAB = 0x09;
/** The version and the two times. */
const FIELDS_BEFORE_FILES = 3;
