// A strict reader of ZIP archives: the central directory decides, and every other record must agree with it.
// An archive that two readers could understand differently is refused (CVE-2025-54368, CVE-2026-3219 and their kin).
// PKWARE APPNOTE 6.3.10; the section numbers below are its.

import { crc32, inflateRawSync } from "node:zlib";

import { PinionError } from "../errors.ts";
import { atOnce, inTurns, type Pausing, type Turns } from "../base/work/turns.ts";
import { MAX_UNPACKED_FOLDERS } from "../base/files/unpack-bounds.ts";
import { checkMemberName, composedName, decodeMemberName } from "./member-name.ts";
import { checkLocalRecord, malformed, MEMBERS_PER_PAUSE, zipDirectoryOf } from "./zip-directory.ts";
import type { ZipDirectory, ZipDirectoryEntry, ZipSource } from "./zip-directory.ts";

export type { ZipSource } from "./zip-directory.ts";

/** One member whose records agree. `name` is a safe relative POSIX path, without a slash at its end. */
export interface ZipEntry {
  readonly name: string;
  readonly isDirectory: boolean;
  readonly isExecutable: boolean;
  readonly isDeflated: boolean;
  /** Bytes once unpacked. */
  readonly size: number;
  readonly compressedSize: number;
  readonly crc32: number;
  /** Where the compressed bytes begin. */
  readonly offset: number;
}

export interface ZipArchive {
  readonly source: ZipSource;
  readonly entries: readonly ZipEntry[];
  /** Bytes of all members once unpacked. */
  readonly unpackedSize: number;
  /** The bytes of one member, in memory; size and CRC-32 are checked. @throws archive/invalid */
  read(entry: ZipEntry): Buffer;
}

/**
 * Opens an archive that is in memory or in a file, and checks its whole structure; contents are checked as they are read.
 *
 * @throws archive/invalid where it is malformed, ambiguous or would write outside its folder; archive/too-large
 *
 * @example
 * const archive = readZip(await readFile("flask-3.0.0-py3-none-any.whl"));
 * archive.entries.map((entry) => entry.name);
 */
export function readZip(archive: Buffer | ZipSource): ZipArchive {
  return atOnce(openZip(archive));
}

/** The same for archives of strangers, which may have half a million members. @throws archive/…, net/cancelled */
export function readZipInTurns(archive: Buffer | ZipSource, turns: Turns): Promise<ZipArchive> {
  return inTurns(openZip(archive), turns);
}

function* openZip(archive: Buffer | ZipSource): Pausing<ZipArchive> {
  const source = Buffer.isBuffer(archive) ? memorySource(archive) : archive;
  const directory = yield* zipDirectoryOf(source);
  const unpackedSize = checkExpansion(directory, source.size);
  const entries = yield* readMembers(directory, source);
  yield* checkTree(entries);
  return {
    source,
    entries,
    unpackedSize,
    read: (entry) => unpackMember(entry, source.read(entry.offset, entry.compressedSize)),
  };
}

/** Turns the stored bytes of a member into its contents. @throws archive/invalid unless size and CRC-32 are as promised */
export function unpackMember(entry: ZipEntry, stored: Buffer): Buffer {
  const contents = inflateMember(entry, stored);
  checkChecksum(entry, crc32(contents));
  return contents;
}

/**
 * As {@link unpackMember}, without CRC-32: for contents that a stronger digest is held against, or {@link checkChecksum}.
 *
 * @throws archive/invalid unless size and end are as promised
 */
export function inflateMember(entry: Pick<ZipEntry, "name" | "size" | "isDeflated">, stored: Buffer): Buffer {
  return entry.isDeflated ? inflate(entry, stored) : stored;
}

/** Holds the CRC-32 of a member's contents against what the archive says. @throws archive/invalid */
export function checkChecksum(entry: ZipEntry, checksum: number): void {
  if (checksum !== entry.crc32) throw malformed(`the checksum of \`${entry.name}\` is wrong`);
}

function memorySource(bytes: Buffer): ZipSource {
  return {
    size: bytes.length,
    read: (offset, length) => {
      if (offset + length > bytes.length) throw malformed("it is truncated");
      return bytes.subarray(offset, offset + length);
    },
  };
}

function inflate(entry: Pick<ZipEntry, "name" | "size">, stored: Buffer): Buffer {
  // One byte more than needed spares zlib the second round that a full chunk would cause.
  const chunkSize = Math.max(entry.size + 1, MIN_CHUNK_BYTES);
  let inflated: InflateInfo;
  try {
    inflated = inflateWithInfo(stored, chunkSize, Math.max(entry.size, 1));
  } catch (cause) {
    throw malformed(`\`${entry.name}\` does not inflate to the promised size`, cause);
  }
  if (inflated.buffer.length !== entry.size) {
    throw malformed(`\`${entry.name}\` does not inflate to the promised size`);
  }
  // Bytes after the end of the deflate stream would be a place to hide another member.
  if (inflated.engine.bytesWritten !== stored.length) {
    throw malformed(`\`${entry.name}\` has bytes after its compressed data`);
  }
  return inflated.buffer;
}

interface InflateInfo {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}

/** With `info` the result includes how much was read; the type declarations of Node 20 know only the plain form. */
function inflateWithInfo(stored: Buffer, chunkSize: number, maxOutputLength: number): InflateInfo {
  const result: unknown = inflateRawSync(stored, { chunkSize, maxOutputLength, info: true });
  if (!isInflateInfo(result)) throw new TypeError("This runtime's zlib does not report how much it read");
  return result;
}

function isInflateInfo(value: unknown): value is InflateInfo {
  return typeof value === "object" && value !== null && "buffer" in value && "engine" in value;
}

function checkExpansion(directory: ZipDirectory, archiveSize: number): number {
  const unpackedSize = directory.entries.reduce((sum, entry) => sum + entry.size, 0);
  if (unpackedSize > MAX_UNPACKED_BYTES)
    throw tooLarge(`${unpackedSize} bytes, more than ${MAX_UNPACKED_BYTES}`);
  if (unpackedSize > RATIO_FREE_BYTES && unpackedSize > archiveSize * MAX_RATIO) {
    throw tooLarge(`${unpackedSize} bytes, more than ${MAX_RATIO} times its own size`);
  }
  return unpackedSize;
}

function tooLarge(reason: string): PinionError {
  return new PinionError("archive/too-large", `The ZIP archive is too large when unpacked: ${reason}`, {
    details: { reason },
  });
}

/** Walks the local records in the order of the file: they must fill it without gap or overlap up to the directory. */
function* readMembers(directory: ZipDirectory, source: ZipSource): Pausing<readonly ZipEntry[]> {
  const inFileOrder = [...directory.entries].sort((a, b) => a.localOffset - b.localOffset);
  const members = new Map<ZipDirectoryEntry, ZipEntry>();
  let position = 0;
  for (const [index, entry] of inFileOrder.entries()) {
    if (index % MEMBERS_PER_PAUSE === 0) yield;
    if (entry.localOffset !== position) throw malformed("it holds bytes that belong to no member");
    const end = inFileOrder[index + 1]?.localOffset ?? directory.offset;
    const offset = checkLocalRecord(source, entry, end);
    members.set(entry, toMember(entry, offset));
    position = end;
  }
  if (position !== directory.offset) throw malformed("it holds bytes that belong to no member");
  return directory.entries.map((entry) => members.get(entry)!);
}

function toMember(entry: ZipDirectoryEntry, offset: number): ZipEntry {
  const written = decodeMemberName(entry.rawName, entry.isUtf8);
  const isDirectory = written.endsWith("/");
  const name = isDirectory ? written.slice(0, -1) : written;
  checkMemberName(name);
  checkFileType(entry, name, isDirectory);
  return {
    name,
    isDirectory,
    isExecutable: !isDirectory && (entry.unixMode & EXECUTE_BITS) !== 0,
    isDeflated: entry.isDeflated,
    size: entry.size,
    compressedSize: entry.compressedSize,
    crc32: entry.crc32,
    offset,
  };
}

/** Wheels hold files and folders; a link or a device could only lead out of the folder. */
function checkFileType(entry: ZipDirectoryEntry, name: string, isDirectory: boolean): void {
  const type = entry.unixMode & FILE_TYPE_BITS;
  if (type === SYMLINK_TYPE) throw malformed(`\`${name}\` is a symbolic link`);
  const expected = isDirectory ? DIRECTORY_TYPE : REGULAR_TYPE;
  if (type !== 0 && type !== expected) throw malformed(`the type of \`${name}\` is not the one of its name`);
  if (isDirectory && (entry.size > 0 || entry.compressedSize > EMPTY_DEFLATED_BYTES)) {
    throw malformed(`the folder \`${name}\` has contents`);
  }
}

/**
 * No name twice (composed and decomposed letters are one name to macOS), no file where another member needs a folder, and
 * no more folders than a package has: a few bytes of a name imply a hundred.
 *
 * @throws archive/invalid
 */
export function* checkTree(
  entries: readonly Pick<ZipEntry, "name" | "isDirectory">[],
  maxImpliedFolders: number = MAX_UNPACKED_FOLDERS,
): Pausing<void> {
  const kinds = new Map<string, "file" | "directory">();
  for (const [index, entry] of entries.entries()) {
    if (index % MEMBERS_PER_PAUSE === 0) yield;
    const name = composedName(entry.name);
    if (kinds.has(name)) throw malformed(`\`${entry.name}\` occurs twice`);
    kinds.set(name, entry.isDirectory ? "directory" : "file");
  }
  const checkedFolders = new Set<string>();
  let impliedCount = 0;
  for (const [index, entry] of entries.entries()) {
    if (index % MEMBERS_PER_PAUSE === 0) yield;
    let folder = parentFolder(composedName(entry.name));
    while (folder !== "" && !checkedFolders.has(folder)) {
      const kind = kinds.get(folder);
      if (kind === "file") throw malformed(`\`${folder}\` is a file and a folder`);
      if (kind === undefined) impliedCount += 1;
      if (impliedCount > maxImpliedFolders)
        throw malformed(`the names of its members imply more than ${maxImpliedFolders} folders`);
      checkedFolders.add(folder);
      folder = parentFolder(folder);
    }
  }
}

function parentFolder(name: string): string {
  return name.slice(0, Math.max(0, name.lastIndexOf("/")));
}

const FILE_TYPE_BITS = 0o170000;
const REGULAR_TYPE = 0o100000;
const DIRECTORY_TYPE = 0o040000;
const SYMLINK_TYPE = 0o120000;
const EXECUTE_BITS = 0o111;
/** What deflate makes of nothing. */
const EMPTY_DEFLATED_BYTES = 2;
/** zlib refuses smaller chunks. */
const MIN_CHUNK_BYTES = 64;
/** The largest wheels of PyPI's machine-learning projects unpack to about 5 GB; eight times that is not a package any more. */
const MAX_UNPACKED_BYTES = 40 * 1024 ** 3;
/** PyPI refuses uploads above 50:1 from 64 MiB on (warehouse `_is_valid_dist_file`); other indexes get some leeway. */
const RATIO_FREE_BYTES = 64 * 1024 ** 2;
const MAX_RATIO = 100;
