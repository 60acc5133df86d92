// One archive of files under their SHA-256: a POSIX ustar with a list first, then the files in its order. The same files give
// the same bytes; what is read must be byte for byte what would be written, so no two readers can see different files.

import { isUtf8 } from "node:buffer";
import { createHash } from "node:crypto";
import { closeSync, openSync } from "node:fs";

import { throwIfCancelled } from "../base/work/cancelled.ts";
import { inTurns, Turns, type Pausing } from "../base/work/turns.ts";
import { isRecord } from "../base/values/record.ts";
import { writeAllSync } from "../base/files/write-all.ts";
import { PinionError } from "../errors.ts";
import { tryParseSdistFilename, tryParseWheelFilename } from "../pep/files/filename.ts";
import { sha256Of } from "../pep/hashes.ts";
import { BLOCK_BYTES, malformedTar, parseTarHeader } from "./tar-header.ts";
import { paddedSize, TarPieces } from "./tar-pieces.ts";

/** A wheel or source distribution of a bundle. */
export interface BundledFile {
  readonly filename: string;
  /** Hexadecimal, lower case. */
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

/**
 * The archive in pieces. The order of `files` does not matter.
 *
 * @throws archive/too-large for a file above 8 GiB, and what reading a file throws
 */
export async function* writeBundle<File extends BundledFile>(
  files: readonly File[],
  read: (file: File) => AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, void> {
  const sorted = files.toSorted((one, other) => (sortKey(one) < sortKey(other) ? -1 : 1));
  const list = formatList(sorted);
  yield header(LIST_NAME, list.length);
  yield padded(list);
  for (const file of sorted) {
    yield header(memberName(file), file.size);
    let written = 0;
    for await (const piece of read(file)) {
      written += piece.length;
      yield piece;
    }
    if (written !== file.size) throw new Error(`${file.filename} changed while it was read`);
    const padding = paddedSize(file.size) - file.size;
    if (padding > 0) yield Buffer.alloc(padding);
  }
  yield Buffer.alloc(2 * BLOCK_BYTES);
}

/** What {@link readBundle} does with its files. */
export interface BundleReader {
  /** Where a file goes while its hash is computed: a new file, which its owner removes. */
  readonly pathFor: (file: BundledFile) => string;
  /** Takes a file whose bytes have its hash. */
  readonly take: (file: BundledFile, path: string) => Promise<void>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads an archive; each file is verified before it is taken.
 *
 * @throws archive/invalid where it is not a bundle, wheel/hash-mismatch, net/cancelled; what was taken before stays taken
 */
export async function readBundle(
  archive: AsyncIterable<Buffer>,
  { pathFor, take, signal }: BundleReader,
): Promise<void> {
  const turns = new Turns(signal, CANCELLED);
  const pieces = new TarPieces(archive, { turns });
  const files = await readList(pieces, turns);
  for (const file of files) {
    throwIfCancelled(signal, CANCELLED);
    const expected = header(memberName(file), file.size);
    if (!(await pieces.block()).equals(expected))
      throw malformedTar(`\`${file.filename}\` is not in its place`);
    const path = pathFor(file);
    await extract(pieces, file, path);
    await take(file, path);
  }
  await pieces.expectZeros();
}

async function extract(
  pieces: TarPieces,
  { filename, sha256, size }: BundledFile,
  path: string,
): Promise<void> {
  const hash = createHash("sha256");
  const descriptor = openSync(path, "wx");
  try {
    await pieces.each(size, (piece) => {
      hash.update(piece);
      writeAllSync(descriptor, piece);
    });
  } finally {
    closeSync(descriptor);
  }
  const actual = hash.digest("hex");
  if (actual === sha256) return;
  throw new PinionError(
    "wheel/hash-mismatch",
    `\`${filename}\` does not match the hash given by the archive: expected sha256 ${sha256}, got ${actual}`,
    { details: { filename, algorithm: "sha256", expected: sha256, actual } },
  );
}

async function readList(pieces: TarPieces, turns: Turns): Promise<readonly BundledFile[]> {
  const first = await pieces.block();
  const size = parseTarHeader(first)?.size ?? 0;
  if (size > MAX_LIST_BYTES || !first.equals(header(LIST_NAME, size)))
    throw malformedTar("it does not begin with a list of its files");
  const bytes = await pieces.padded(size);
  const files = isUtf8(bytes) ? await inTurns(parseList(bytes.toString("utf8")), turns) : undefined;
  if (files === undefined) throw malformedTar("its list of files is damaged");
  return files;
}

/** One way to write a list: what is read is what is written. A row at a time, so that nothing else is made of it. */
function* parseList(text: string): Pausing<readonly BundledFile[] | undefined> {
  const end = text.length - LIST_END.length;
  if (!text.startsWith(LIST_START) || !text.endsWith(LIST_END) || end < LIST_START.length) return undefined;
  const files: BundledFile[] = [];
  for (let at = LIST_START.length; at < end;) {
    yield;
    const between = text.indexOf(BETWEEN_ROWS, at);
    const rowEnd = between === -1 || between > end ? end : between;
    const file = rowEnd - at > MAX_ROW_LENGTH ? undefined : parseRow(text.slice(at, rowEnd));
    const before = files.at(-1);
    if (file === undefined || (before !== undefined && sortKey(before) >= sortKey(file))) return undefined;
    files.push(file);
    at = rowEnd + BETWEEN_ROWS.length;
    if (rowEnd < end && at >= end) return undefined;
  }
  return files;
}

function parseRow(row: string): BundledFile | undefined {
  let entry: unknown;
  try {
    entry = JSON.parse(row);
  } catch {
    return undefined;
  }
  const file = toBundledFile(entry);
  return file !== undefined && formatRow(file) === row ? file : undefined;
}

function toBundledFile(entry: unknown): BundledFile | undefined {
  if (!isRecord(entry)) return undefined;
  const { filename, sha256, size } = entry;
  if (typeof filename !== "string" || typeof sha256 !== "string" || typeof size !== "number")
    return undefined;
  if (!Number.isSafeInteger(size) || size < 0 || size > MAX_FILE_BYTES) return undefined;
  if (sha256Of({ sha256 }) === undefined) return undefined;
  const isNamed = tryParseWheelFilename(filename) ?? tryParseSdistFilename(filename);
  return isNamed === undefined ? undefined : { filename, sha256, size };
}

function formatList(files: readonly BundledFile[]): Buffer {
  return Buffer.from(`${LIST_START}${files.map(formatRow).join(BETWEEN_ROWS)}${LIST_END}`);
}

function formatRow({ filename, sha256, size }: BundledFile): string {
  return JSON.stringify({ filename, sha256, size });
}

/** People look for names. */
function sortKey({ filename, sha256 }: BundledFile): string {
  return `${filename} ${sha256}`;
}

function memberName({ sha256 }: BundledFile): string {
  return `files/${sha256}`;
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(paddedSize(bytes.length) - bytes.length)]);
}

/** A ustar header block (POSIX.1-2024 "pax"): mode 644, no owner, 1980-01-01 as in our ZIP archives. */
function header(name: string, size: number): Buffer {
  if (size > MAX_FILE_BYTES) {
    throw new PinionError("archive/too-large", `\`${name}\` does not fit into the archive`, {
      details: { path: name, limit: MAX_FILE_BYTES },
    });
  }
  const block = Buffer.alloc(BLOCK_BYTES);
  const octal = (value: number, at: number, digits: number): void =>
    void block.write(value.toString(8).padStart(digits, "0"), at, "latin1");
  block.write(name, 0, "latin1");
  octal(0o644, 100, 7);
  octal(0, 108, 7);
  octal(0, 116, 7);
  octal(size, 124, 11);
  octal(SECONDS_1980_01_01, 136, 11);
  block.write("        0", 148, "latin1");
  block.write("ustar\u000000", 257, "latin1");
  octal(0, 329, 7);
  octal(0, 337, 7);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\u0000 `, 148, "latin1");
  return block;
}

const LIST_START = '{"format":"pinion-files 1","files":[\n';
const BETWEEN_ROWS = ",\n";
const LIST_END = "\n]}\n";
const LIST_NAME = "pinion-files.json";
/** A name has no more than some hundred characters. */
const MAX_ROW_LENGTH = 4096;
/** Eleven octal digits. */
const MAX_FILE_BYTES = 8 ** 11 - 1;
/** Some 80,000 files. */
const MAX_LIST_BYTES = 16 * 1024 ** 2;
const SECONDS_1980_01_01 = 315_532_800;
const CANCELLED = "Reading the archive was cancelled";
