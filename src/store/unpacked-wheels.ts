// Unpacked wheels: each once, in a folder named by the SHA-256 of its archive, with a manifest beside its files. The
// folder appears by one rename, so a wheel is there whole or not at all (docs/cache.md).

import { isUtf8 } from "node:buffer";
import { createHash, hash } from "node:crypto";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { crc32 } from "node:zlib";

import { Turns } from "../base/work/turns.ts";
import { removeAtomically, removeLargeTree } from "../base/files/remove-tree.ts";
import { piecesOf, piecesOfFile } from "../base/files/file-pieces.ts";
import { makeFolders } from "../base/files/make-folders.ts";
import { checkChecksum, readZipInTurns, type ZipArchive } from "../archive/zip.ts";
import { openRegularFile } from "../base/files/small-file.ts";
import { nowMs } from "../base/work/clock.ts";
import { isPinionError, PinionError, systemCode } from "../errors.ts";
import { temporaryName } from "../base/files/atomic-file.ts";
import { cacheFailure } from "./cache/cache-failure.ts";
import {
  formatManifest,
  readManifestEntries,
  readManifestSummary,
  type ManifestEntry,
  type ManifestSummary,
} from "./manifest.ts";
import {
  MAX_OWN_FILE_BYTES,
  formatPreparedWheel,
  prepareWheel,
  readPreparedWheel,
  type PreparedWheel,
} from "./prepared-wheel.ts";
import { UnpackThreadLost } from "./unpacking/unpack-task.ts";
import { HELD_BYTES, type UnpackMeans, type UnpackQueue } from "./unpacking/unpack-queue.ts";
import { fileSource, unpackArchive, type UnpackedFile, type UnpackOptions } from "./unpacking/unpack.ts";
import {
  checkOwnMetadata,
  checkRecord,
  findDistInfo,
  invalidWheel,
  MAX_METADATA_BYTES,
  MAX_RECORD_BYTES,
} from "./unpacking/wheel-contents.ts";

/** A wheel whose files are in the cache. */
export interface UnpackedWheel {
  /** Of the archive: hexadecimal, lower case. */
  readonly sha256: string;
  /** Of the archive, in bytes; undefined where an older version has unpacked it. */
  readonly archiveSize: number | undefined;
  /** The folder that holds its files. */
  readonly directory: string;
  readonly filename: string;
  /** `flask-3.0.0.dist-info` */
  readonly distInfo: string;
  readonly fileCount: number;
  /** Sorted by path; read again at each use, since a hundred wheels have tens of thousands. @throws cache/damaged */
  readonly manifest: readonly ManifestEntry[];
  /** The same, ready to be installed, where that is possible; read again at each use. */
  readonly prepared: PreparedWheel | undefined;
  /** Whether this program has unpacked it within the last minute, so that its files need not be looked at. */
  readonly isFresh?: boolean;
}

export type WheelSource = Buffer | { readonly path: string };

export interface AddWheelOptions {
  readonly filename: string;
  /** By default `downloaded`; a `built` wheel survives `prune --ci`. */
  readonly origin?: "downloaded" | "built";
  /** Of exactly these bytes, where the caller has computed it while they came in: hexadecimal, lower case. */
  readonly sha256?: string;
  readonly signal?: AbortSignal | undefined;
}

export interface AddWheelRequest {
  readonly options: AddWheelOptions;
  readonly queue: UnpackQueue;
}

/** Reads a wheel's manifest; undefined where the wheel is not there. A damaged entry is dropped. */
export function readWheel(bucket: string, sha256: string): UnpackedWheel | undefined {
  const home = join(bucket, sha256);
  let bytes: Buffer;
  try {
    bytes = readFileSync(join(home, MANIFEST));
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw cacheFailure(bucket, error);
  }
  const summary = readManifestSummary(bytes);
  if (summary === undefined) {
    removeAtomically(home);
    return undefined;
  }
  return new CachedWheel(sha256, join(home, FILES), { ...summary, bytes });
}

/** Removes a wheel that turned out to be damaged, by what is known of it. */
export function forgetWheel({ sha256, directory }: UnpackedWheel): void {
  const home = dirname(directory);
  if (basename(home) !== sha256) return;
  try {
    removeAtomically(home);
  } catch {
    // In a cache that cannot be written it stays damaged; the error for that is on its way.
  }
}

/**
 * Verifies and unpacks a wheel, unless it is there already.
 *
 * @throws archive/invalid, archive/too-large, wheel/invalid, wheel/not-found, cache/unusable, net/cancelled; nothing is left behind then
 */
export async function addWheel(
  bucket: string,
  source: WheelSource,
  request: AddWheelRequest,
): Promise<UnpackedWheel> {
  const { options, queue } = request;
  let opened: OpenedWheel | undefined;
  try {
    const wheel = (opened = await openWheel(source, options));
    const known = readWheel(bucket, wheel.sha256);
    if (known !== undefined) return known;
    const work = { bytes: wheel.archive.source.size, archive: wheel.contents };
    return await queue.run(work, (means) => unpackWheel(bucket, wheel, { options, means }));
  } catch (error) {
    throw cacheFailure(bucket, namingWheel(error, options.filename));
  } finally {
    opened?.close();
  }
}

/** What is wrong with an archive, as a sentence about the wheel. */
function namingWheel(error: unknown, filename: string): unknown {
  if (!isPinionError(error, "archive/invalid") && !isPinionError(error, "archive/too-large")) return error;
  const reason = String(error.details["reason"]);
  const says =
    error.code === "archive/invalid"
      ? "is a malformed or ambiguous ZIP archive"
      : "is too large when unpacked";
  return new PinionError(error.code, `The wheel \`${filename}\` ${says}: ${reason}`, {
    details: { ...error.details, filename },
    cause: error.cause,
  });
}

class CachedWheel implements UnpackedWheel {
  readonly sha256: string;
  readonly archiveSize: number | undefined;
  readonly directory: string;
  readonly filename: string;
  readonly distInfo: string;
  readonly fileCount: number;
  readonly #bytes: Buffer;
  readonly #freshUntilMs: number;

  constructor(
    sha256: string,
    directory: string,
    manifest: ManifestSummary & { readonly bytes: Buffer; readonly freshUntilMs?: number },
  ) {
    this.sha256 = sha256;
    this.archiveSize = manifest.archiveSize;
    this.directory = directory;
    this.filename = manifest.filename;
    this.distInfo = manifest.distInfo;
    this.fileCount = manifest.fileCount;
    this.#bytes = manifest.bytes;
    this.#freshUntilMs = manifest.freshUntilMs ?? 0;
  }

  get isFresh(): boolean {
    return nowMs() < this.#freshUntilMs;
  }

  get prepared(): PreparedWheel | undefined {
    return readPreparedWheel(join(dirname(this.directory), PREPARED));
  }

  get manifest(): readonly ManifestEntry[] {
    const entries = readManifestEntries(this.#bytes.toString("utf8"));
    if (entries !== undefined) return entries;
    throw new PinionError("cache/damaged", `The cache has a damaged entry for \`${this.filename}\``, {
      details: { sha256: this.sha256 },
    });
  }
}

interface OpenedWheel {
  readonly sha256: string;
  readonly archive: ZipArchive;
  /** The archive's bytes, or the path of its file. */
  readonly contents: Buffer | string;
  close(): void;
}

/** Wheels up to a bound are held in memory; larger ones are read from their file piece by piece. */
async function openWheel(
  source: WheelSource,
  { filename, sha256: known, signal }: AddWheelOptions,
): Promise<OpenedWheel> {
  if (Buffer.isBuffer(source)) return await openBytes(source, { sha256: known, signal });
  const descriptor = openWheelFile(source.path, filename);
  const close = (): void => closeSync(descriptor);
  let isKept = false;
  try {
    const file = fileSource(descriptor);
    if (file.size <= HELD_BYTES) return await openBytes(file.read(0, file.size), { sha256: known, signal });
    const sha256 = known ?? (await hashFile(descriptor, signal));
    const archive = await readZipInTurns(file, new Turns(signal));
    isKept = true;
    return { sha256, archive, contents: source.path, close };
  } finally {
    if (!isKept) close();
  }
}

function openWheelFile(path: string, filename: string): number {
  try {
    return openRegularFile(path);
  } catch (cause) {
    throw new PinionError("wheel/not-found", `The wheel \`${filename}\` cannot be read: ${path}`, {
      details: { path, systemCode: systemCode(cause) },
      cause,
    });
  }
}

async function openBytes(
  bytes: Buffer,
  { sha256, signal }: { readonly sha256: string | undefined; readonly signal: AbortSignal | undefined },
): Promise<OpenedWheel> {
  return {
    sha256: sha256 ?? hash("sha256", bytes, "hex"),
    archive: await readZipInTurns(bytes, new Turns(signal)),
    contents: bytes,
    close: () => {},
  };
}

async function hashFile(descriptor: number, signal: AbortSignal | undefined): Promise<string> {
  const digest = createHash("sha256");
  for await (const piece of piecesOf(descriptor, new Turns(signal))) digest.update(piece);
  return digest.digest("hex");
}

async function unpackWheel(
  bucket: string,
  opened: OpenedWheel,
  { options, means }: { readonly options: AddWheelOptions; readonly means: UnpackMeans },
): Promise<UnpackedWheel> {
  const { archive, sha256 } = opened;
  const distInfo = findDistInfo(archive.entries, options.filename);
  const staging = join(bucket, temporaryName());
  const directory = join(staging, FILES);
  try {
    const files = await unpackHelped(archive, directory, { signal: options.signal, ...means });
    const { filename, signal, origin = "downloaded" } = options;
    const turns = new Turns(signal);
    const entries = files.map(toManifestEntry).sort((a, b) => (a.path < b.path ? -1 : 1));
    if (turns.isDue) await turns.give();
    await verifyContents(files, directory, { entries, filename, distInfo, turns });
    const head = { filename, distInfo, origin, archiveSize: archive.source.size };
    const bytes = Buffer.from(formatManifest({ ...head, entries }));
    writeFileSync(join(staging, MANIFEST), bytes);
    if (turns.isDue) await turns.give();
    writePrepared(staging, { entries, distInfo });
    if (turns.isDue) await turns.give();
    const home = join(bucket, sha256);
    if (moveIntoPlace(staging, home) === "moved") {
      const manifest = { ...head, fileCount: entries.length, bytes, freshUntilMs: nowMs() + FRESH_MS };
      return new CachedWheel(sha256, join(home, FILES), manifest);
    }
  } finally {
    await removeLargeTree(staging);
  }
  const wheel = readWheel(bucket, sha256);
  if (wheel === undefined) {
    throw new PinionError("cache/damaged", `The cache lost \`${options.filename}\` while it was written`);
  }
  return wheel;
}

/** A second thread that dies, for want of memory perhaps, is not a reason to fail: one thread begins again. */
async function unpackHelped(
  archive: ZipArchive,
  directory: string,
  options: UnpackOptions,
): Promise<readonly UnpackedFile[]> {
  makeFolders(directory);
  try {
    return await unpackArchive(archive, directory, options);
  } catch (error) {
    if (!(error instanceof UnpackThreadLost)) throw error;
    await removeLargeTree(directory);
    mkdirSync(directory);
    return unpackArchive(archive, directory, { signal: options.signal, inflater: options.inflater });
  }
}

function toManifestEntry({ entry, sha256Base64Url }: UnpackedFile): ManifestEntry {
  return { path: entry.name, size: entry.size, sha256Base64Url, isExecutable: entry.isExecutable };
}

/** What installing needs is computed once; a reader that does not find it does without. */
function writePrepared(
  home: string,
  { entries, distInfo }: { readonly entries: readonly ManifestEntry[]; readonly distInfo: string },
): void {
  const own = (file: string): Buffer | undefined => {
    const entry = entries.find(({ path }) => path === `${distInfo}/${file}`);
    if (entry === undefined) return undefined;
    // A few bytes of an archive may become gigabytes: what is too long to be prepared is not read whole.
    return readStart(join(home, FILES, distInfo, file), Math.min(entry.size, MAX_OWN_FILE_BYTES + 1));
  };
  const prepared = prepareWheel(entries, distInfo, own);
  if (prepared !== undefined) writeFileSync(join(home, PREPARED), formatPreparedWheel(prepared));
}

async function verifyContents(
  files: readonly UnpackedFile[],
  directory: string,
  {
    entries,
    filename,
    distInfo,
    turns,
  }: {
    readonly entries: readonly ManifestEntry[];
    readonly filename: string;
    readonly distInfo: string;
    readonly turns: Turns;
  },
): Promise<void> {
  const members = new Map(files.map(({ entry }) => [entry.name, entry]));
  const checkChecksumOf = async (path: string): Promise<void> => {
    const member = members.get(path);
    if (member === undefined) return;
    let checksum = 0;
    for await (const piece of piecesOfFile(join(directory, path), turns)) checksum = crc32(piece, checksum);
    checkChecksum(member, checksum);
  };
  const read = (file: "METADATA" | "RECORD", maxBytes: number): string => {
    const path = `${distInfo}/${file}`;
    const entry = entries.find((candidate) => candidate.path === path);
    if (entry === undefined) throw invalidWheel(filename, `it has no ${file}`);
    if (entry.size > maxBytes) throw invalidWheel(filename, `its ${file} is too large`);
    const bytes = readFileSync(join(directory, path));
    if (file === "RECORD" && !isUtf8(bytes)) throw invalidWheel(filename, "its RECORD is not UTF-8");
    return bytes.toString();
  };
  const digestOf = async (algorithm: string, path: string): Promise<string> => {
    const digest = createHash(algorithm);
    for await (const piece of piecesOfFile(join(directory, path), turns)) digest.update(piece);
    return digest.digest("base64url");
  };
  // RECORD cannot hold a digest of its own, and decides about all the rest.
  await checkChecksumOf(`${distInfo}/RECORD`);
  const metadata = read("METADATA", MAX_METADATA_BYTES);
  const record = read("RECORD", MAX_RECORD_BYTES);
  await checkRecord(entries, {
    filename,
    distInfo,
    record,
    digestOf,
    turns,
    checkChecksum: checkChecksumOf,
  });
  checkOwnMetadata(filename, distInfo, metadata);
}

/** Where another process was faster, its folder stays and ours goes. */
function moveIntoPlace(staging: string, home: string): "moved" | "there" {
  try {
    renameSync(staging, home);
    return "moved";
  } catch (error) {
    const code = systemCode(error);
    if (code !== "ENOTEMPTY" && code !== "EEXIST" && !(code === "EPERM" && existsSync(home))) throw error;
    return "there";
  }
}

/** Names in a wheel's folder. */
const FILES = "files";
export const PREPARED = "prepared";
export const MANIFEST = "manifest";
/** Longer than most installations take. What another environment writes to a file later than this is in all of them anyway. */
const FRESH_MS = 60_000;

/** The first bytes of a file. */
function readStart(path: string, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  const descriptor = openSync(path, "r");
  try {
    return bytes.subarray(0, readSync(descriptor, bytes, 0, length, 0));
  } finally {
    closeSync(descriptor);
  }
}
