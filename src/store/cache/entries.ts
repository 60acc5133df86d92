// Small values of the cache: index pages, metadata, what an interpreter said about itself. One file per key, under a
// digest of it; a checksum at the end distinguishes a whole file from a damaged one.

import { hash } from "node:crypto";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";

import { systemCode } from "../../errors.ts";
import { writeFileAtomically } from "../../base/files/atomic-file.ts";
import { cacheFailure } from "./cache-failure.ts";
import type { HeldEntry, HeldFiles } from "./held-entries.ts";

/** `project` groups what `cache clean <project>` removes; `id` is anything, without credentials. */
export type EntryKey = string | { readonly project: string; readonly id: string };

/** Reads a value; undefined where there is none or it is damaged, which then is gone. */
export function readEntry(bucketDirectory: string, key: EntryKey): Buffer | undefined {
  const path = entryPath(bucketDirectory, key);
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch {
    return undefined;
  }
  const contents = wholeContents(bytes, key);
  if (contents === undefined) rmSync(path, { force: true });
  return contents;
}

/** Writes a value atomically. @throws cache/unusable */
export function writeEntry(bucketDirectory: string, key: EntryKey, contents: Uint8Array): void {
  writeWhole(bucketDirectory, key, contents);
}

/**
 * Reads a value as {@link readEntry}, to be looked at once as a whole, before another one is read, and later in parts.
 */
export function readHeldEntry(
  bucketDirectory: string,
  key: EntryKey,
  files: HeldFiles,
): { readonly contents: Buffer; readonly held: HeldEntry } | undefined {
  const path = entryPath(bucketDirectory, key);
  const file = files.read(path);
  const contents = file && wholeContents(file.bytes, key);
  if (contents !== undefined) return { contents, held: file!.hold(contents.length) };
  file?.drop();
  if (file !== undefined) rmSync(path, { force: true });
  return undefined;
}

/** Writes a value as {@link writeEntry}, which is read in parts later. @throws cache/unusable */
export function writeHeldEntry(
  bucketDirectory: string,
  key: EntryKey,
  { contents, files }: { readonly contents: Buffer; readonly files: HeldFiles },
): HeldEntry {
  const tail = writeWhole(bucketDirectory, key, contents);
  return files.hold(entryPath(bucketDirectory, key), contents, tail);
}

/** A value without its checksum; undefined where it is damaged. */
function wholeContents(bytes: Buffer, key: EntryKey): Buffer | undefined {
  if (bytes.length < CHECKSUM_BYTES) return undefined;
  const contents = bytes.subarray(0, bytes.length - CHECKSUM_BYTES);
  return bytes.readUInt32LE(contents.length) === checksum(contents, key) ? contents : undefined;
}

function writeWhole(bucketDirectory: string, key: EntryKey, contents: Uint8Array): Buffer {
  const tail = Buffer.alloc(CHECKSUM_BYTES);
  tail.writeUInt32LE(checksum(contents, key));
  try {
    writeFileAtomically(entryPath(bucketDirectory, key), Buffer.concat([contents, tail]));
  } catch (error) {
    throw cacheFailure(bucketDirectory, error);
  }
  return tail;
}

/** Removes a value where there is one. */
export function removeEntry(bucketDirectory: string, key: EntryKey): void {
  try {
    rmSync(entryPath(bucketDirectory, key), { force: true });
  } catch (error) {
    if (systemCode(error) !== "ENOTDIR") throw cacheFailure(bucketDirectory, error);
  }
}

/** The folder of a project's values inside a bucket; a name that is not a plain file name is digested too. */
export function projectFolder(project: string): string {
  return PLAIN_NAME.test(project) ? `p-${project}` : `q-${digest(project)}`;
}

/** Tells whether a name in a bucket is that of a project's folder. */
export function isProjectFolder(name: string): boolean {
  return name.startsWith("p-") || name.startsWith("q-");
}

/** The file of a value. */
export function entryPath(bucketDirectory: string, key: EntryKey): string {
  if (typeof key === "string") return join(bucketDirectory, digest(key));
  return join(bucketDirectory, projectFolder(key.project), isFingerprint(key) ? key.id : digest(key.id));
}

/** A name of its own length, shorter than any digest: what stands under it is distinguished by its owner. */
function isFingerprint(key: EntryKey): boolean {
  return typeof key !== "string" && /^[0-9a-f]{32}$/.test(key.id);
}

function digest(text: string): string {
  return hash("sha256", text, "hex");
}

/** Of an empty value too this is not zero, so that a file of zeros is damaged. */
function checksum(contents: Uint8Array, key: EntryKey): number {
  return isFingerprint(key) && contents.length <= SMALL_BYTES
    ? crc32OfSmall(contents)
    : crc32(contents, CHECKSUM_SEED);
}

/** The same for the one small value that every start reads, which is there before zlib would be loaded. */
function crc32OfSmall(contents: Uint8Array): number {
  let register = ~CHECKSUM_SEED;
  for (const byte of contents) {
    register = (register >>> 4) ^ (CRC_TABLE[(register ^ byte) & 15] ?? 0);
    register = (register >>> 4) ^ (CRC_TABLE[(register ^ (byte >>> 4)) & 15] ?? 0);
  }
  return ~register >>> 0;
}

const SMALL_BYTES = 4096;
/** CRC-32 of the sixteen half bytes (ISO 3309, reflected). */
const CRC_TABLE: readonly number[] = Array.from({ length: 16 }, (_, half) => {
  let value = half;
  for (let bit = 0; bit < 4; bit += 1) value = (value & 1) === 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});
const CHECKSUM_BYTES = 4;
const CHECKSUM_SEED = 0x70696e6f;
const PLAIN_NAME = /^[a-z0-9]([a-z0-9-]{0,98}[a-z0-9])?$/;
