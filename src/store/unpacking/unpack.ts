// Unpacking on this thread and, for large archives, on one more: both take the next member from a shared counter.
// Synchronous calls on two threads measured faster than the libuv pool, streams or promises (docs/cache.md).

import { DIGEST_CHARACTERS, UnpackThreadLost } from "./unpack-task.ts";
import { hash } from "node:crypto";
import { closeSync, fstatSync, mkdirSync, readSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";

import { malformed, type ZipSource } from "../../archive/zip-directory.ts";
import type { Inflater } from "../../archive/inflater.ts";
import { inflateMember, type ZipArchive, type ZipEntry } from "../../archive/zip.ts";
import { writeAllSync } from "../../base/files/write-all.ts";
import { throwIfCancelled } from "../../base/work/cancelled.ts";
import { unpackLargeMember } from "./unpack-large.ts";
import { openNewFile } from "./new-file.ts";
import { packMembers, type PackedMember } from "./packed-members.ts";
import type { UnpackHelper } from "./unpack-helper.ts";

export interface UnpackOptions {
  readonly signal?: AbortSignal | undefined;
  /** A second thread, where the archive is worth it. */
  readonly helper?: UnpackHelper | undefined;
  /** For this thread; without one, `node:zlib` inflates. */
  readonly inflater?: Inflater | undefined;
}

/** A file that was unpacked, with the digest of its contents. */
export interface UnpackedFile {
  readonly entry: ZipEntry;
  readonly sha256Base64Url: string;
}

/**
 * Unpacks every file of an archive into an empty folder. Folders appear only where a file needs them. CRC-32 is left to the
 * caller, who knows which files a stronger digest is held against.
 *
 * @throws archive/invalid, net/cancelled, and what the system refuses as it is
 */
export async function unpackArchive(
  archive: ZipArchive,
  directory: string,
  options: UnpackOptions = {},
): Promise<readonly UnpackedFile[]> {
  const files = archive.entries.filter((entry) => !entry.isDirectory);
  await makeFolders(directory, files, options.signal);
  const large = files.filter((entry) => entry.size > LARGE_MEMBER_BYTES);
  const small = files.filter((entry) => entry.size <= LARGE_MEMBER_BYTES);
  const unpacked = await unpackTogether(archive.source, { directory, files: small }, options);
  for (const entry of large) {
    const sha256Base64Url = await unpackLargeMember(entry, archive.source, {
      path: join(directory, entry.name),
      signal: options.signal,
    });
    unpacked.push({ entry, sha256Base64Url });
  }
  return unpacked;
}

/** The members of an archive, as a thread takes them. */
export interface SliceWork {
  readonly directory: string;
  /** The index of the next member that neither thread has taken. */
  readonly next: Int32Array;
  /** Undefined past the last. */
  readonly member: (index: number) => PackedMember | undefined;
  /** Called for each member: its place, and SHA-256 in URL-safe Base64 without padding. */
  readonly onUnpacked: (index: number, sha256Base64Url: string) => void;
}

/** Unpacks members until none is left or the time is over; returns whether any may be left. Runs on both threads. */
export function unpackSlice(
  { directory, next, member, onUnpacked }: SliceWork,
  source: ZipSource,
  { sliceMs, inflater }: { readonly sliceMs: number; readonly inflater: Inflater | undefined },
): boolean {
  const endMs = performance.now() + sliceMs;
  while (performance.now() < endMs) {
    const index = Atomics.add(next, 0, 1);
    const entry = member(index);
    if (entry === undefined) return false;
    const contents =
      inflater !== undefined && entry.isDeflated && inflater.fits(entry)
        ? inflater.inflate(entry, source)
        : inflateMember(entry, source.read(entry.offset, entry.compressedSize));
    writeNewFile(`${directory}/${entry.name}`, contents, entry.isExecutable);
    onUnpacked(index, hash("sha256", contents, "base64url"));
  }
  return true;
}

/** An archive in a file that is read piece by piece; the caller closes the descriptor. */
export function fileSource(descriptor: number): ZipSource {
  const { size } = fstatSync(descriptor);
  const readInto = (target: Buffer, offset: number): void => {
    for (let position = 0; position < target.length;) {
      const read = readSync(descriptor, target, position, target.length - position, offset + position);
      if (read === 0) throw malformed("it is truncated");
      position += read;
    }
  };
  return {
    size,
    readInto,
    read: (offset, length) => {
      const bytes = Buffer.allocUnsafe(length);
      readInto(bytes, offset);
      return bytes;
    },
  };
}

/** The bytes that a thread was given, as a source. */
export function givenSource(archive: Uint8Array): ZipSource {
  const bytes = Buffer.from(archive.buffer, archive.byteOffset, archive.byteLength);
  return { size: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) };
}

async function unpackTogether(
  source: ZipSource,
  work: { readonly directory: string; readonly files: readonly ZipEntry[] },
  { signal, helper, inflater }: UnpackOptions,
): Promise<UnpackedFile[]> {
  const { directory, files } = work;
  const next = new Int32Array(new SharedArrayBuffer(4));
  const digests = Array.from<string | undefined>({ length: files.length });
  const helped = helper?.start({ directory, archive: helper.archive, members: packMembers(files), next });
  // Its failure is looked at below, when this thread has nothing left to do.
  helped?.catch(() => {});
  const stop = (): void => void Atomics.store(next, 0, files.length);
  signal?.addEventListener("abort", stop);
  try {
    // What the other thread has a copy of belongs to it: this one goes on with another archive.
    const isShared = helper === undefined || typeof helper.archive === "string";
    if (isShared) {
      const own: SliceWork = {
        directory,
        next,
        member: (index) => files[index],
        onUnpacked: (index, digest) => void (digests[index] = digest),
      };
      while (unpackSlice(own, source, { sliceMs: SLICE_MS, inflater })) {
        throwIfCancelled(signal, CANCELLED);
        await nextTurn();
      }
    }
    const theirs = await helped;
    throwIfCancelled(signal, CANCELLED);
    theirs?.taken.forEach((index, place) => {
      digests[index] = theirs.digests.slice(place * DIGEST_CHARACTERS, (place + 1) * DIGEST_CHARACTERS);
    });
  } catch (error) {
    stop();
    await helped?.catch(() => {});
    throw error;
  } finally {
    signal?.removeEventListener("abort", stop);
  }
  throwIfCancelled(signal, CANCELLED);
  return files.map((entry, index) => {
    const sha256Base64Url = digests[index];
    if (sha256Base64Url === undefined) throw new UnpackThreadLost("The unpacking thread left members out");
    return { entry, sha256Base64Url };
  });
}

/** A name may imply a hundred folders, so that others get their turn meanwhile. @throws net/cancelled */
async function makeFolders(
  directory: string,
  files: readonly ZipEntry[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const made = new Set<string>();
  let sliceEndMs = performance.now() + SLICE_MS;
  for (const { name } of files) {
    makeFolder(directory, name.slice(0, Math.max(0, name.lastIndexOf("/"))), made);
    if (performance.now() < sliceEndMs) continue;
    await nextTurn();
    throwIfCancelled(signal, CANCELLED);
    sliceEndMs = performance.now() + SLICE_MS;
  }
}

function makeFolder(directory: string, folder: string, made: Set<string>): void {
  if (folder === "" || made.has(folder)) return;
  makeFolder(directory, folder.slice(0, Math.max(0, folder.lastIndexOf("/"))), made);
  // Recursive, so that two names that are one to the file system (`A/x`, `a/y`) share a folder.
  mkdirSync(`${directory}/${folder}`, RECURSIVE);
  made.add(folder);
}

function writeNewFile(path: string, contents: Buffer, isExecutable: boolean): void {
  const descriptor = openNewFile(path, isExecutable);
  try {
    writeAllSync(descriptor, contents);
  } finally {
    closeSync(descriptor);
  }
}

const RECURSIVE = { recursive: true } as const;
/** Long enough to be cheap, short enough that downloads on this thread do not wait. */
const SLICE_MS = 8;
/** Larger members are inflated piece by piece, so that memory stays bounded. */
const LARGE_MEMBER_BYTES = 24 * 1024 ** 2;

const CANCELLED = "Unpacking was cancelled";
