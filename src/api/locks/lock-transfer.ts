// Moves the files that a lock needs: into the cache, into the shared cache, into an archive and out of one (docs/fleet.md).

import { createHash } from "node:crypto";
import { createReadStream, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";

import { firstFew } from "../../base/text/first-few.ts";
import { makeFolders } from "../../base/files/make-folders.ts";
import { removeLargeTree } from "../../base/files/remove-tree.ts";
import { readBundle, writeBundle, type BundledFile } from "../../archive/file-bundle.ts";
import { throwIfCancelled } from "../../base/work/cancelled.ts";
import { piecesOfFile } from "../../base/files/file-pieces.ts";
import { Limit } from "../../base/work/limit.ts";
import { allSettled } from "../../base/work/settled.ts";
import { Turns } from "../../base/work/turns.ts";
import { PinionError } from "../../errors.ts";
import { redactUrl } from "../../net/url.ts";
import { parseSdistFilename } from "../../pep/files/filename.ts";
import type { Files } from "../../registry/files.ts";
import type { RemoteStore } from "../../remote/remote-store.ts";
import {
  archiveMemory,
  keepArchive,
  withArchive,
  type ArchiveTools,
} from "../../sources/fetching/fetch-archive.ts";
import { keepDigests } from "../../sources/fetching/known-digests.ts";
import { MAX_SOURCE_BYTES, MAX_WHEEL_BYTES } from "../../sources/fetching/local-file.ts";
import { checkHashes, eachOf, statedDigests } from "../../sources/fetching/stated-hashes.ts";
import { findStoredWheel } from "../../sources/fetching/stored-wheel.ts";
import { temporaryName } from "../../base/files/atomic-file.ts";
import type { Store } from "../../store/store.ts";
import type { OnEvent } from "../events.ts";
import { neededFiles, type LockFilesRequest, type NeededFile, type SkippedPackage } from "./lock-files.ts";
import { fromFetchEvent, type Network } from "../network.ts";
import type { LockFile } from "../plan/from-lock.ts";
import type { ApplyOptions } from "../requests.ts";

/** What of a session moves files. */
export interface TransferTools {
  readonly store: Store;
  readonly network: Network;
  readonly files: Files;
  readonly onEvent: OnEvent;
  readonly isOffline: boolean;
}

/** What `pull` brought. */
export interface PulledFiles {
  /** All that the lock needs. */
  readonly files: number;
  /** Those that the cache held already. */
  readonly present: number;
  /** Those that the shared cache gave. */
  readonly shared: number;
  readonly skipped: readonly SkippedPackage[];
}

/** What `push` brought. */
export interface PushedFiles {
  readonly files: number;
  /** Those that the shared cache held already. */
  readonly present: number;
  /** Written to the shared cache. */
  readonly bytes: number;
  readonly skipped: readonly SkippedPackage[];
}

/** What `importFiles` found. */
export interface ImportedFiles {
  readonly files: number;
  /** Those that the cache held already. */
  readonly present: number;
  readonly bytes: number;
}

/** Brings what a lock needs into the cache: from the shared cache, else from where the lock says. */
export async function pullFiles(
  lock: LockFile,
  request: LockFilesRequest,
  tools: TransferTools,
): Promise<PulledFiles> {
  const { store, files, network, onEvent } = tools;
  const { signal } = request;
  const needed = neededFiles(lock, request);
  const missing = needed.files.filter(
    ({ source }) => source.kind === "sdist" || findStoredWheel(source, [], store) === undefined,
  );
  const before = network.shared?.counts.hits ?? 0;
  const started = performance.now();
  onEvent({ kind: "preparing", count: missing.length, bytes: bytesOf(missing) });
  const archives = archiveTools(tools);
  await allSettled(
    missing.map(async ({ source }) => {
      if (source.kind === "sdist") await withArchive(source, archives, { signal }, () => Promise.resolve());
      else await files.obtain(source, { signal });
    }),
  );
  await store.rest();
  onEvent({ kind: "prepared", count: missing.length, milliseconds: performance.now() - started });
  return {
    files: needed.files.length,
    present: needed.files.length - missing.length,
    shared: (network.shared?.counts.hits ?? 0) - before,
    skipped: needed.skipped,
  };
}

/**
 * Writes what a lock needs to the shared cache, unless it is there.
 *
 * @throws cache/remote for the first refusal, settings/invalid without a shared cache, wheel/hash-mismatch, net/…, tls/…
 */
export async function pushFiles(
  lock: LockFile,
  request: LockFilesRequest,
  tools: TransferTools,
): Promise<PushedFiles> {
  const needed = neededFiles(lock, request);
  const remote = await tools.network.openSharedStore();
  const limit = new Limit(MAX_TRANSFERS);
  // A store that refuses one file, or says nothing, gets no request for another one.
  const failing = new AbortController();
  const signal =
    request.signal === undefined ? failing.signal : AbortSignal.any([request.signal, failing.signal]);
  let present = 0;
  let bytes = 0;
  try {
    await withFolder(tools.store, async (folder) => {
      await allSettled(
        needed.files.map((file) =>
          limit.run(1, async () => {
            throwIfCancelled(signal, CANCELLED);
            try {
              const written = await pushFile(file, join(folder, file.sha256), { remote, tools, signal });
              if (written === undefined) present += 1;
              else bytes += written;
            } catch (error) {
              failing.abort(error);
              throw error;
            }
          }),
        ),
      );
    });
  } catch (error) {
    throw failing.signal.aborted ? failing.signal.reason : error;
  } finally {
    remote.close();
  }
  return { files: needed.files.length, present, bytes, skipped: needed.skipped };
}

/** How many bytes were written; undefined where the store has the file. */
async function pushFile(
  file: NeededFile,
  path: string,
  {
    remote,
    tools,
    signal,
  }: { readonly remote: RemoteStore; readonly tools: TransferTools; readonly signal: AbortSignal },
): Promise<number | undefined> {
  const key = { kind: "files", sha256: file.sha256 } as const;
  if (await patiently(0, signal, (patience) => remote.has(key, patience))) return undefined;
  try {
    await tools.files.save(file.source, { path, signal });
    const { size } = statSync(path);
    await patiently(size, signal, (patience) => remote.write(key, { path, size }, patience));
    return size;
  } finally {
    rmSync(path, { force: true });
  }
}

/** Ends an exchange with a store that takes longer than a slow one would. @throws cache/remote */
async function patiently<T>(
  bytes: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const patience = AbortSignal.timeout(PATIENCE_MS + Math.ceil(bytes / MIN_BYTES_PER_MS));
  try {
    return await work(AbortSignal.any([signal, patience]));
  } catch (cause) {
    if (!patience.aborted || signal.aborted) throw cause;
    throw new PinionError("cache/remote", "The shared cache is too slow (timed out)", { cause });
  }
}

/**
 * What a lock needs as one archive: the same lock gives the same bytes.
 *
 * @throws wheel/hash-mismatch, archive/too-large, lock/…, net/…, tls/…
 */
export async function* exportFiles(
  lock: LockFile,
  request: LockFilesRequest,
  tools: TransferTools,
): AsyncGenerator<Uint8Array, void, void> {
  const { signal } = request;
  const { files, skipped } = neededFiles(lock, request);
  const missing = firstFew(
    skipped,
    ({ name, reason }) => `\`${name}\` is not in the archive: ${SKIPPED_BECAUSE[reason]}`,
    (count) => `${count} more packages are not in the archive`,
  );
  for (const message of missing) tools.onEvent({ kind: "warning", message });
  const folder = join(tools.store.directory, temporaryName());
  makeFolders(folder);
  try {
    const limit = new Limit(MAX_TRANSFERS);
    tools.onEvent({ kind: "preparing", count: files.length, bytes: bytesOf(files) });
    const bundled = await allSettled(
      files.map((file) =>
        limit.run(1, async (): Promise<BundledFile> => {
          const path = join(folder, file.sha256);
          await bring(file, path, { tools, signal });
          return { filename: file.filename, sha256: file.sha256, size: statSync(path).size };
        }),
      ),
    );
    tools.onEvent({
      kind: "packing",
      count: bundled.length,
      bytes: bundled.reduce((sum, { size }) => sum + size, 0),
    });
    for await (const piece of writeBundle(bundled, ({ sha256 }) => createReadStream(join(folder, sha256)))) {
      throwIfCancelled(signal, CANCELLED);
      yield piece;
    }
  } finally {
    await removeLargeTree(folder);
  }
}

/** The archive of a file, from the shared cache or from where the lock says. */
async function bring(
  { source, sha256 }: NeededFile,
  path: string,
  { tools, signal }: { readonly tools: TransferTools; readonly signal: AbortSignal | undefined },
): Promise<void> {
  throwIfCancelled(signal, CANCELLED);
  const request = { size: source.size, maxBytes: MAX_WHEEL_BYTES, signal };
  const shared = await tools.network.shared?.readToFile({ kind: "files", sha256 }, path, request);
  if (shared === undefined) {
    await tools.files.save(source, { path, signal });
    return;
  }
  // The shared cache compared the SHA-256.
  const digests = statedDigests(source.hashes, "the lock file");
  const received = { url: redactUrl(source.url), size: shared };
  await checkHashes(eachOf(digests), piecesOfFile(path, new Turns(signal)), received);
}

/**
 * Brings the files of an archive into the cache, each under the hash that its bytes have.
 *
 * @throws archive/invalid, wheel/hash-mismatch, wheel/invalid, cache/unusable; what was verified before stays
 */
export async function importFiles(
  archive: AsyncIterable<Uint8Array>,
  { signal }: ApplyOptions,
  { store }: Pick<TransferTools, "store">,
): Promise<ImportedFiles> {
  let files = 0;
  let present = 0;
  let bytes = 0;
  await withFolder(store, async (folder) => {
    await readBundle(buffers(archive), {
      pathFor: ({ sha256 }) => join(folder, sha256),
      async take(file, path) {
        files += 1;
        bytes += file.size;
        if (store.wheel(file.sha256) === undefined) await keep(file, path, { store, signal });
        else present += 1;
        await keepFurtherDigests(file, path, { store, signal });
        rmSync(path);
      },
      signal,
    });
  });
  await store.rest();
  return { files, present, bytes };
}

async function keep(
  { filename, sha256, size }: BundledFile,
  path: string,
  { store, signal }: { readonly store: Store; readonly signal: AbortSignal | undefined },
): Promise<void> {
  if (filename.endsWith(".whl")) await store.addWheel({ path }, { filename, sha256, signal });
  else if (size > MAX_SOURCE_BYTES)
    throw new PinionError("archive/too-large", `The source distribution \`${filename}\` is too large`, {
      details: { filename, size, limit: MAX_SOURCE_BYTES },
    });
  else keepArchive(store, { name: parseSdistFilename(filename).name, sha256, bytes: readFileSync(path) });
}

/** A lock may state other hashes than SHA-256 too, and nothing can compute them of a wheel that is unpacked. */
async function keepFurtherDigests(
  { filename, sha256 }: BundledFile,
  path: string,
  { store, signal }: { readonly store: Store; readonly signal: AbortSignal | undefined },
): Promise<void> {
  if (!filename.endsWith(".whl")) return;
  const digests = FURTHER_ALGORITHMS.map((algorithm) => [algorithm, createHash(algorithm)] as const);
  for await (const piece of piecesOfFile(path, new Turns(signal)))
    for (const [, digest] of digests) digest.update(piece);
  const hashes = Object.fromEntries(digests.map(([algorithm, digest]) => [algorithm, digest.digest("hex")]));
  keepDigests(sha256, { filename, hashes }, store);
}

async function* buffers(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, void, void> {
  for await (const piece of pieces)
    yield Buffer.isBuffer(piece) ? piece : Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
}

async function withFolder<T>(store: Store, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = join(store.directory, temporaryName());
  makeFolders(folder);
  try {
    return await work(folder);
  } finally {
    await removeLargeTree(folder);
  }
}

function archiveTools({ network, store, onEvent, isOffline }: TransferTools): ArchiveTools {
  return {
    memory: archiveMemory(),
    client: network.client,
    store,
    isOffline,
    shared: network.shared,
    onEvent: (event) => onEvent(fromFetchEvent(event)),
  };
}

function bytesOf(files: readonly NeededFile[]): number | undefined {
  let bytes = 0;
  for (const { source } of files) {
    if (source.size === undefined) return undefined;
    bytes += source.size;
  }
  return bytes;
}

export const SKIPPED_BECAUSE: Readonly<Record<SkippedPackage["reason"], string>> = {
  git: "it comes from a Git repository",
  directory: "it is a folder",
  "no-sha256": "the lock file does not give its SHA-256",
};

/** What pip, uv and indexes write besides SHA-256. */
const FURTHER_ALGORITHMS = ["sha384", "sha512"] as const;
const CANCELLED = "The transfer was cancelled";
/** At a time; a store on the same network is the bottleneck with fewer. */
const MAX_TRANSFERS = 8;
/** A request of a store that answers at all. */
const PATIENCE_MS = 30_000;
/** 100 kB a second. */
const MIN_BYTES_PER_MS = 100;
