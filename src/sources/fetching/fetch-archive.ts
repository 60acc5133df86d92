// Brings the archive of a source distribution: from the cache, from its file or from its URL. Every hash that was stated is
// checked before anything is kept. They are held in memory, all of a run together in no more than the largest may need.

import { statSync } from "node:fs";

import { MAX_SOURCE_BYTES, readLocalArchive } from "./local-file.ts";
import { Limit } from "../../base/work/limit.ts";
import { Turns } from "../../base/work/turns.ts";
import { isPinionError, PinionError } from "../../errors.ts";
import { filePathOf } from "../file-url.ts";
import { notCached } from "../../net/not-cached.ts";
import { isByProject } from "../../net/protection.ts";
import type { Client } from "../../net/client.ts";
import { piecesOfBytes } from "../../base/files/file-pieces.ts";
import { downloadToBuffer } from "../../net/downloads/download.ts";
import { DigestCheck, digestMismatch } from "../../net/downloads/hash-check.ts";
import { redactUrl } from "../../net/url.ts";
import { sha256Of, type Hash } from "../../pep/hashes.ts";
import type { Store } from "../../store/store.ts";
import type { SdistSource } from "../source.ts";
import { checkHashes, eachOf, requiredDigests, statedDigests } from "./stated-hashes.ts";
import type { SharedFiles } from "./shared-files.ts";
import type { FetchEvent } from "./linked-wheel.ts";

export interface ArchiveTools {
  readonly client: Client;
  readonly store: Store;
  readonly isOffline: boolean;
  /** Asked before the index for archives whose SHA-256 is known, and offered what an index gave. */
  readonly shared?: SharedFiles | undefined;
  /** Of {@link archiveMemory}. */
  readonly memory: Limit;
  readonly onEvent?: ((event: FetchEvent) => void) | undefined;
}

export interface ArchiveOptions {
  /** The URL with the credentials that were given. */
  readonly requestUrl?: string | undefined;
  /** Of the requirement: one of them must match. */
  readonly hashes?: readonly Hash[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface FetchedArchive {
  readonly bytes: Buffer;
  /** Hexadecimal, lower case. */
  readonly sha256: string;
}

type Archive = Pick<SdistSource, "name" | "filename" | "url" | "hashes" | "size" | "listing" | "isLocked">;

/** Room for the archives of a run. */
export function archiveMemory(): Limit {
  return new Limit(MAX_SOURCE_BYTES);
}

/**
 * Brings an archive for one use. What is larger than was stated, or than is usual where nothing was, is brought once more, as the
 * only one.
 *
 * @throws wheel/hash-mismatch, wheel/not-found, net/offline, and what the client and the use throw
 */
export async function withArchive<T>(
  source: Archive,
  tools: ArchiveTools,
  options: ArchiveOptions,
  use: (archive: FetchedArchive) => Promise<T>,
): Promise<T> {
  const fetch = (maxBytes: number): Promise<FetchedArchive> =>
    fetchArchive(source, tools, { ...options, maxBytes });
  return await inMemory({ source, memory: tools.memory, fetch }, use);
}

/** How the bytes of an archive come into memory. */
export interface ArchiveFetch<A> {
  readonly source: Pick<Archive, "url" | "size">;
  /** Of {@link archiveMemory}. */
  readonly memory: Limit;
  /** @throws net/too-large where it is larger */
  readonly fetch: (maxBytes: number) => Promise<A>;
}

/** Fetches an archive into the room that there is, and uses it there. @throws what fetching and the use throw */
export async function inMemory<A, T>(
  { source, memory, fetch }: ArchiveFetch<A>,
  use: (archive: A) => Promise<T>,
): Promise<T> {
  const expected = source.size ?? sizeOfFile(source.url) ?? USUAL_BYTES;
  if (expected < MAX_SOURCE_BYTES) {
    const found = await memory.run(expected, async () => {
      const archive = await unlessTooLarge(fetch(expected));
      return archive && { result: await use(archive.fetched) };
    });
    if (found !== undefined) return found.result;
  }
  return await memory.run(MAX_SOURCE_BYTES, async () => use(await fetch(MAX_SOURCE_BYTES)));
}

interface BoundedOptions extends ArchiveOptions {
  readonly maxBytes: number;
}

async function unlessTooLarge<A>(fetching: Promise<A>): Promise<{ readonly fetched: A } | undefined> {
  try {
    return { fetched: await fetching };
  } catch (error) {
    if (isPinionError(error, "net/too-large")) return undefined;
    throw error;
  }
}

/** Undefined too where the file cannot be reached, which reading it says better. */
function sizeOfFile(url: string): number | undefined {
  if (!url.startsWith("file:")) return undefined;
  try {
    return statSync(filePathOf(url)).size;
  } catch {
    return undefined;
  }
}

async function fetchArchive(
  source: Archive,
  tools: ArchiveTools,
  options: BoundedOptions,
): Promise<FetchedArchive> {
  const alternatives = requiredDigests(options.hashes ?? []);
  const kept = await readKept(source, tools.store, options);
  const { bytes, sha256 } = kept ?? (await bring(source, tools, options));
  const received = { url: redactUrl(source.url), size: bytes.length };
  await checkHashes([alternatives], piecesOfBytes(bytes, new Turns(options.signal)), received);
  if (kept === undefined && !source.url.startsWith("file:"))
    tools.store.writeEntry("archives", keyOf(source, sha256), bytes);
  return { bytes, sha256 };
}

/** Only under the hash that the source states: then its bytes need not come again. */
async function readKept(
  source: Archive,
  store: Store,
  { signal, maxBytes }: BoundedOptions,
): Promise<FetchedArchive | undefined> {
  const sha256 = sha256Of(source.hashes);
  if (sha256 === undefined || source.url.startsWith("file:")) return undefined;
  const bytes = store.readEntry("archives", keyOf(source, sha256));
  if (bytes === undefined) return undefined;
  if (bytes.length > maxBytes) throw tooLarge(source, maxBytes);
  const check = new DigestCheck(statedDigests(source.hashes, statedBy(source)));
  for await (const piece of piecesOfBytes(bytes, new Turns(signal))) check.update(piece);
  const { sha256: actual, mismatches } = check.finish();
  // Otherwise it is damaged.
  if (actual !== sha256) return undefined;
  const [mismatch] = mismatches;
  if (mismatch !== undefined)
    throw digestMismatch(mismatch, { url: redactUrl(source.url), size: bytes.length });
  return { bytes, sha256 };
}

function statedBy({ listing }: Archive): string {
  return listing === undefined ? "its URL" : `the index \`${redactUrl(listing.index.url)}\``;
}

async function bring(source: Archive, tools: ArchiveTools, options: BoundedOptions): Promise<FetchedArchive> {
  const { url, filename, hashes, size, listing } = source;
  const { client, isOffline, shared, onEvent } = tools;
  const digests = statedDigests(hashes, statedBy(source));
  if (url.startsWith("file:")) return await readLocalArchive(url, digests, options.signal);
  if (isOffline) throw notCached(url, `\`${filename}\``);
  onEvent?.({ kind: "download-started", filename, size });
  const stated = sha256Of(hashes);
  const key = stated === undefined ? undefined : ({ kind: "files", sha256: stated } as const);
  const isStated = source.isLocked === true || (options.hashes ?? []).length > 0;
  const maySharedGive = isStated || !isByProject(client.protectionOf(url));
  const found =
    key !== undefined && maySharedGive
      ? await shared?.read(key, { size, maxBytes: options.maxBytes, signal: options.signal })
      : undefined;
  if (key !== undefined && found !== undefined) {
    await checkHashes(eachOf(digests), piecesOfBytes(found, new Turns(options.signal)), {
      url,
      size: found.length,
    });
    onEvent?.({ kind: "download-finished", filename, size: found.length });
    return { bytes: found, sha256: key.sha256 };
  }
  const { bytes, sha256, protection } = await downloadToBuffer(client, options.requestUrl ?? url, {
    digests,
    listedBy: listing?.index.url,
    maxBytes: options.maxBytes,
    onProgress: ({ bytes: received, totalBytes }) =>
      onEvent?.({ kind: "download-progress", filename, received, size: totalBytes ?? size }),
    signal: options.signal,
  });
  if (key !== undefined && (isStated || protection === "verified")) shared?.offer(key, bytes);
  onEvent?.({ kind: "download-finished", filename, size: bytes.length });
  return { bytes, sha256 };
}

function tooLarge({ url, filename }: Archive, maxBytes: number): PinionError {
  return new PinionError("net/too-large", `\`${filename}\` is larger than the limit`, {
    details: { url: redactUrl(url), maxBytes },
  });
}

/** Keeps the archive of a source distribution that is known to have this hash. @throws cache/unusable */
export function keepArchive(
  store: Store,
  { name, sha256, bytes }: { readonly name: string; readonly sha256: string; readonly bytes: Buffer },
): void {
  store.writeEntry("archives", { project: name, id: sha256 }, bytes);
}

function keyOf({ name, url }: Archive, sha256: string): { readonly project: string; readonly id: string } {
  return { project: name ?? url, id: sha256 };
}

/** Nearly all source distributions are smaller. */
const USUAL_BYTES = 64 * 1024 ** 2;
