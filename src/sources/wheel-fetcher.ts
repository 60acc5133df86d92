// Brings wheels into the store: bounded in number and in memory, and never before every stated digest was checked.

import { closeSync, mkdirSync, openSync, readFileSync, readSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";

import { notCached } from "../net/not-cached.ts";
import { isPinionError, PinionError, systemCode } from "../errors.ts";
import type { Client } from "../net/client.ts";
import type { StatedDigest } from "../net/hash-check.ts";
import { downloadToBuffer, downloadToFile, type DownloadOptions } from "../net/download.ts";
import type { Protection } from "../net/protection.ts";
import { redactUrl } from "../net/url.ts";
import { parseWheelFilename } from "../pep/filename.ts";
import { sha256Of, type Hash, type Hashes } from "../pep/hashes.ts";
import { normalizeName } from "../pep/name.ts";
import { tryParseVersion } from "../pep/version.ts";
import { temporaryName } from "../base/atomic-file.ts";
import type { EntryKey, Store, UnpackedWheel } from "../store/store.ts";
import { isRefreshed, type RefreshPolicy } from "./refresh.ts";
import type { SharedFiles } from "./shared-files.ts";
import { checkAlternatives, requiredDigests, statedDigests } from "./stated-hashes.ts";
import { findKnownAddress, keepAddress } from "./known-addresses.ts";
import { isAsPromised } from "./provenance.ts";
import { Limit } from "../base/limit.ts";
import { filePathOf } from "./file-url.ts";

/** A wheel that a URL names: one of a page, of a lock file, or of a direct requirement. */
export interface LinkedWheel {
  /** Absolute, without credentials. */
  readonly url: string;
  /** As `url`, with credentials for the request; absent means `url`. */
  readonly requestUrl?: string | undefined;
  readonly filename: string;
  /** All of them must fit. */
  readonly hashes: Hashes;
  readonly size?: number | undefined;
  /** Whether a lock file states the size: any other is a failure then. */
  readonly isLocked?: true | undefined;
  /** Replaces the server's `Cache-Control` where the URL comes without a digest. */
  readonly cacheControl?: string | undefined;
  /** Who stated the digests: "the index `https://…`", "`pylock.toml`". */
  readonly statedBy?: string;
  /** The URL of the index whose page listed it: its credentials count. */
  readonly listedBy?: string | undefined;
}

export interface FetchOptions {
  readonly signal?: AbortSignal | undefined;
  /** Of a requirement: `sha256:ab…`. One of them must fit (pip's `--hash`). */
  readonly hashes?: readonly Hash[] | undefined;
  /** Asks again about a URL without a hash; by default what the settings say. */
  readonly refresh?: RefreshPolicy | undefined;
}

/** What happens to wheels, for progress. Sizes and counts are bytes. */
export type FetchEvent =
  | { readonly kind: "download-started"; readonly filename: string; readonly size: number | undefined }
  | {
      readonly kind: "download-progress";
      readonly filename: string;
      readonly received: number;
      readonly size: number | undefined;
    }
  | { readonly kind: "download-finished"; readonly filename: string; readonly size: number };

export interface WheelSettings {
  readonly client: Client;
  readonly store: Store;
  readonly isOffline?: boolean | undefined;
  readonly refresh?: RefreshPolicy | undefined;
  /** Asked before an index for every wheel whose SHA-256 is known, and offered what an index gave. */
  readonly shared?: SharedFiles | undefined;
  /** Downloads at a time; 50. */
  readonly concurrency?: number | undefined;
  readonly onEvent?: ((event: FetchEvent) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface WheelFetcher {
  /**
   * The wheel in the store, from there or from its URL.
   *
   * @throws wheel/hash-mismatch, wheel/not-found, wheel/invalid, archive/invalid, net/offline, and what the client throws
   */
  fetch(wheel: LinkedWheel, options?: FetchOptions): Promise<UnpackedWheel>;
}

/** Prepares fetching with one bound for all wheels of a run. */
export function createWheelFetcher(settings: WheelSettings): WheelFetcher {
  const fetching = new Map<string, Promise<UnpackedWheel>>();
  const context: Context = {
    ...settings,
    downloads: new Limit(settings.concurrency ?? DEFAULT_CONCURRENCY),
    memory: new Limit(MAX_BYTES_IN_FLIGHT),
  };
  const start = (key: string, order: Order): Promise<UnpackedWheel> => {
    const task = fetchWheel(order, context);
    fetching.set(key, task);
    task.catch(() => fetching.delete(key));
    return task;
  };
  return {
    async fetch(wheel, options = {}) {
      const key = JSON.stringify([wheel.requestUrl ?? wheel.url, wheel.hashes, options.hashes]);
      const signal = options.signal ?? settings.signal;
      const refresh = options.refresh ?? settings.refresh;
      const order = { wheel, alternatives: requiredDigests(options.hashes ?? []), signal, refresh };
      const known = await fetching.get(key);
      // A wheel that turned out to be damaged has been dropped from the store since.
      if (known !== undefined && settings.store.wheel(known.sha256) !== undefined) return known;
      return known === undefined ? (fetching.get(key) ?? start(key, order)) : start(key, order);
    },
  };
}

interface Context extends WheelSettings {
  readonly downloads: Limit;
  readonly memory: Limit;
}

interface Order {
  readonly wheel: LinkedWheel;
  /** One of them must fit, if there are any. */
  readonly alternatives: readonly StatedDigest[];
  readonly signal: AbortSignal | undefined;
  readonly refresh: RefreshPolicy | undefined;
}

async function fetchWheel(order: Order, context: Context): Promise<UnpackedWheel> {
  const unpacked = findUnpacked(order, context.store) ?? (await obtain(order, context));
  checkIdentity(unpacked, order.wheel);
  return unpacked;
}

/** A wheel with the stated SHA-256 that is in the store already: no byte of it has to come again. */
function findUnpacked({ wheel, alternatives }: Order, store: Store): UnpackedWheel | undefined {
  const sha256 = sha256Of(wheel.hashes);
  if (sha256 === undefined) return undefined;
  const isAllowed = alternatives.some(({ algorithm, value }) => algorithm === "sha256" && value === sha256);
  if (alternatives.length > 0 && !isAllowed) return undefined;
  return hasDigests(sha256, wheel, store) ? store.wheel(sha256) : undefined;
}

/** Whether every other stated hash was computed of this archive; one that never was is computed by downloading again. */
function hasDigests(sha256: string, { filename, hashes }: LinkedWheel, store: Store): boolean {
  const others = otherHashes(hashes);
  if (others.length === 0) return true;
  const known = readDigests(store, digestKey(filename, sha256));
  return others.every(([algorithm, value]) => known[algorithm] === value.toLowerCase());
}

/** Keeps the stated hashes besides SHA-256 that an archive turned out to have. */
function keepDigests(sha256: string, { filename, hashes }: LinkedWheel, store: Store): void {
  const others = otherHashes(hashes);
  if (others.length === 0) return;
  const key = digestKey(filename, sha256);
  const stated = Object.fromEntries(others.map(([algorithm, value]) => [algorithm, value.toLowerCase()]));
  store.writeEntry("metadata", key, Buffer.from(JSON.stringify({ ...readDigests(store, key), ...stated })));
}

function otherHashes(hashes: Hashes): readonly (readonly [string, string])[] {
  return Object.entries(hashes).filter(([algorithm]) => algorithm !== "sha256");
}

function digestKey(filename: string, sha256: string): EntryKey {
  return { project: parseWheelFilename(filename).name, id: `digests ${sha256}` };
}

function readDigests(store: Store, key: EntryKey): Readonly<Record<string, unknown>> {
  try {
    const kept: unknown = JSON.parse(store.readEntry("metadata", key)?.toString("utf8") ?? "{}");
    return typeof kept === "object" && kept !== null ? { ...kept } : {};
  } catch {
    return {};
  }
}

function obtain(order: Order, context: Context): Promise<UnpackedWheel> {
  const { wheel } = order;
  if (wheel.url.startsWith("file:")) return addLocalWheel(order, context);
  if (sha256Of(wheel.hashes) === undefined && order.alternatives.length === 0)
    return obtainUndigested(order, context);
  return download(order, context).then((downloaded) => downloaded.wheel);
}

/** A URL without SHA-256 is asked whether it still leads to the wheel of last time. */
async function obtainUndigested(order: Order, context: Context): Promise<UnpackedWheel> {
  const { wheel, signal, refresh } = order;
  const { client, store, isOffline = false } = context;
  const { name } = parseWheelFilename(wheel.filename);
  const address = {
    url: wheel.url,
    requestUrl: wheel.requestUrl ?? wheel.url,
    hashes: wheel.hashes,
    project: name,
    cacheControl: wheel.cacheControl,
    listedBy: wheel.listedBy,
    isRefreshed: isRefreshed(refresh, name),
    signal,
  };
  const known = await findKnownAddress(address, { client, store, isOffline });
  if (known.wheel !== undefined) {
    keepAddress(address, { wheel: known.wheel, http: known.http }, { client, store });
    return known.wheel;
  }
  const found = await download(order, context);
  if (isAsPromised(client.protectionOf(address.requestUrl), found.protection))
    keepAddress(address, { wheel: found.wheel, http: known.http }, { client, store });
  return found.wheel;
}

interface DownloadedWheel {
  readonly wheel: UnpackedWheel;
  readonly protection: Protection;
}

async function download(order: Order, context: Context): Promise<DownloadedWheel> {
  if (context.isOffline === true) throw notCached(order.wheel.url, `\`${order.wheel.filename}\``);
  return context.downloads.run(1, () => downloadWheel(order, context));
}

async function downloadWheel(order: Order, context: Context): Promise<DownloadedWheel> {
  const { filename, size } = order.wheel;
  context.onEvent?.({ kind: "download-started", filename, size });
  const shared = await readShared(order, context);
  if (shared !== undefined) return shared;
  try {
    if (size === undefined || size > MAX_BYTES_IN_MEMORY) return await downloadLargeWheel(order, context);
    return await context.memory.run(size, () => downloadSmallWheel(order, context, size));
  } catch (error) {
    if (size === undefined || !isPinionError(error, "net/too-large")) throw error;
    throw order.wheel.isLocked === true ? sizeMismatch(order.wheel, undefined) : tooLong(order.wheel, size);
  }
}

/** A body that goes on behind the stated size is cut off there: it may never end. */
function tooLong({ filename, url, statedBy = "the index" }: LinkedWheel, size: number): PinionError {
  return new PinionError(
    "net/too-large",
    `The server sends more for \`${filename}\` than the ${size} bytes given by ${statedBy}`,
    { details: { filename, url: redactUrl(url), size } },
  );
}

/** The wheel from the shared store, checked as a download is; undefined where the store cannot give it. */
async function readShared(order: Order, context: Context): Promise<DownloadedWheel | undefined> {
  const { wheel, signal } = order;
  const { shared, store } = context;
  const sha256 = sha256Of(wheel.hashes);
  if (shared === undefined || sha256 === undefined) return undefined;
  const { size } = wheel;
  const key = { kind: "files", sha256 } as const;
  if (size !== undefined && size <= MAX_BYTES_IN_MEMORY) {
    return await context.memory.run(size, async () => {
      const bytes = await shared.read(key, { size, maxBytes: size, signal });
      return bytes === undefined
        ? undefined
        : await addShared(order, context, { sha256, bytes, size: bytes.length });
    });
  }
  mkdirSync(store.directory, { recursive: true });
  const path = join(store.directory, temporaryName(".whl"));
  try {
    const read = await shared.readToFile(key, path, { size, maxBytes: MAX_WHEEL_BYTES, signal });
    return read === undefined ? undefined : await addShared(order, context, { sha256, path, size: read });
  } finally {
    rmSync(path, { force: true });
  }
}

async function addShared(
  { wheel, alternatives, signal }: Order,
  { store, onEvent }: Context,
  found: { readonly sha256: string; readonly size: number } & (
    | { readonly bytes: Buffer }
    | { readonly path: string }
  ),
): Promise<DownloadedWheel> {
  const { url, filename, hashes } = wheel;
  const chunks = (): Iterable<Buffer> => ("bytes" in found ? [found.bytes] : chunksOf(found.path));
  const others = statedDigests(hashes, wheel.statedBy ?? "the index").filter(
    (digest) => digest.algorithm !== "sha256",
  );
  for (const wanted of [...others.map((digest) => [digest]), alternatives])
    checkAlternatives(wanted, chunks(), { url, size: found.size });
  onEvent?.({ kind: "download-finished", filename, size: found.size });
  const source = "bytes" in found ? found.bytes : { path: found.path };
  const added = await store.addWheel(source, { filename, sha256: found.sha256, signal });
  // Its hash was promised by the index: the store vouches for nothing.
  return { wheel: added, protection: "verified" };
}

async function downloadSmallWheel(
  order: Order,
  context: Context,
  maxBytes: number,
): Promise<DownloadedWheel> {
  const { wheel, alternatives, signal } = order;
  const options = downloadOptions(order, context, maxBytes);
  const { bytes, sha256, url, protection } = await downloadToBuffer(
    context.client,
    wheel.requestUrl ?? wheel.url,
    options,
  );
  checkSize(wheel, bytes.length);
  checkAlternatives(alternatives, [bytes], { url, size: bytes.length });
  if (mayBeShared(order, protection)) context.shared?.offer({ kind: "files", sha256 }, bytes);
  context.onEvent?.({ kind: "download-finished", filename: wheel.filename, size: bytes.length });
  const added = await context.store.addWheel(bytes, { filename: wheel.filename, sha256, signal });
  keepDigests(sha256, wheel, context.store);
  return { wheel: added, protection };
}

async function downloadLargeWheel(order: Order, context: Context): Promise<DownloadedWheel> {
  const { wheel, alternatives, signal } = order;
  const { client, store } = context;
  mkdirSync(store.directory, { recursive: true });
  const path = join(store.directory, temporaryName(".whl"));
  try {
    const options = { ...downloadOptions(order, context, wheel.size ?? MAX_WHEEL_BYTES), path };
    const { url, size, sha256, protection } = await downloadToFile(
      client,
      wheel.requestUrl ?? wheel.url,
      options,
    );
    checkSize(wheel, size);
    checkAlternatives(alternatives, chunksOf(path), { url, size });
    if (mayBeShared(order, protection)) context.shared?.offer({ kind: "files", sha256 }, { path, size });
    context.onEvent?.({ kind: "download-finished", filename: wheel.filename, size });
    const added = await store.addWheel({ path }, { filename: wheel.filename, sha256, signal });
    keepDigests(sha256, wheel, store);
    return { wheel: added, protection };
  } finally {
    rmSync(path, { force: true });
  }
}

/** What came without verified TLS is not handed on, unless a lock file or the requirement says which bytes they are. */
function mayBeShared({ wheel, alternatives }: Order, protection: Protection): boolean {
  return protection === "verified" || wheel.isLocked === true || alternatives.length > 0;
}

function downloadOptions({ wheel, signal }: Order, { onEvent }: Context, maxBytes: number): DownloadOptions {
  const { filename, size } = wheel;
  return {
    digests: statedDigests(wheel.hashes, wheel.statedBy ?? "the index"),
    listedBy: wheel.listedBy,
    maxBytes,
    ...(onEvent === undefined
      ? {}
      : {
          onProgress: ({ bytes, totalBytes }) =>
            onEvent({ kind: "download-progress", filename, received: bytes, size: totalBytes ?? size }),
        }),
    ...(signal === undefined ? {} : { signal }),
  };
}

async function addLocalWheel(
  { wheel, alternatives, signal }: Order,
  { store }: Context,
): Promise<UnpackedWheel> {
  const path = filePathOf(wheel.url);
  const digests = statedDigests(wheel.hashes, wheel.statedBy ?? "the index");
  const { size, bytes } = readLocal(path, wheel);
  checkSize(wheel, size);
  const received = { url: wheel.url, size };
  for (const wanted of [...digests.map((digest) => [digest]), alternatives]) {
    checkAlternatives(wanted, bytes === undefined ? chunksOf(path) : [bytes], received);
  }
  return store.addWheel(bytes ?? { path }, { filename: wheel.filename, signal });
}

/** @throws wheel/size-mismatch */
function checkSize(wheel: LinkedWheel, size: number): void {
  if (wheel.isLocked === true && wheel.size !== undefined && wheel.size !== size)
    throw sizeMismatch(wheel, size);
}

function sizeMismatch({ filename, size = 0 }: LinkedWheel, actual: number | undefined): PinionError {
  const found = actual === undefined ? "the file is larger" : `downloaded ${actual} bytes`;
  return new PinionError(
    "wheel/size-mismatch",
    `Size mismatch for \`${filename}\`: expected ${size} bytes, but ${found}`,
    { details: { filename, expected: size, actual } },
  );
}

/** Small wheels are read at once; a large one stays in its file. */
function readLocal(
  path: string,
  { filename }: LinkedWheel,
): { readonly size: number; readonly bytes: Buffer | undefined } {
  try {
    const { size } = statSync(path);
    return { size, bytes: size > MAX_BYTES_IN_MEMORY ? undefined : readFileSync(path) };
  } catch (cause) {
    throw new PinionError("wheel/not-found", `The wheel \`${filename}\` cannot be read: ${path}`, {
      details: { path, systemCode: systemCode(cause) },
      cause,
    });
  }
}

/** The bytes of a file, piece by piece; a piece is valid until the next is requested. */
export function* chunksOf(path: string): Generator<Buffer, void, undefined> {
  const descriptor = openSync(path, "r");
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  try {
    for (let read = readSync(descriptor, buffer); read > 0; read = readSync(descriptor, buffer)) {
      yield buffer.subarray(0, read);
    }
  } finally {
    closeSync(descriptor);
  }
}

/** A wheel's `.dist-info` must be of the project and version that its file name says. */
function checkIdentity({ distInfo }: UnpackedWheel, wheel: LinkedWheel): void {
  const { name, version } = parseWheelFilename(wheel.filename);
  const [, actualName = "", actualVersion = ""] = /^(.*)-([^-]*)\.dist-info$/.exec(distInfo) ?? [];
  const isSame =
    normalizeName(actualName) === name && tryParseVersion(actualVersion)?.order === version.order;
  if (isSame) return;
  throw new PinionError(
    "wheel/invalid",
    `The wheel \`${wheel.filename}\` is another one inside: \`${distInfo}\``,
    {
      details: { filename: wheel.filename, url: redactUrl(wheel.url), distInfo },
    },
  );
}

/** uv's `UV_CONCURRENT_DOWNLOADS`. */
const DEFAULT_CONCURRENCY = 50;

/** Together with their unpacked files and the runtime this stays below 200 MB (docs/performance.md). */
const MAX_BYTES_IN_FLIGHT = 24 * 1024 ** 2;

/** Larger wheels go through a file, and those whose page states no size; nine of ten of PyPI's are smaller. */
const MAX_BYTES_IN_MEMORY = 8 * 1024 ** 2;

/** The largest wheels of the machine-learning projects have about 3 GB. */
export const MAX_WHEEL_BYTES: number = 8 * 1024 ** 3;

const CHUNK_BYTES = 1024 ** 2;
