// Brings wheels into the store: bounded in number and in memory, and never before every stated digest was checked.

import { parseWheelFilename } from "../../pep/files/filename.ts";
import { sha256Of, type Hash } from "../../pep/hashes.ts";
import type { UnpackedWheel } from "../../store/store.ts";
import { isRefreshed, type RefreshPolicy } from "./refresh.ts";
import { requiredDigests } from "./stated-hashes.ts";
import { checkDistInfoFolder, findStoredWheel } from "./stored-wheel.ts";
import { findKnownAddress, keepAddress } from "./known-addresses.ts";
import { isAsPromised } from "./provenance.ts";
import { BufferPool } from "../../base/streams/buffer-pool.ts";
import { Limit } from "../../base/work/limit.ts";
import { download } from "./download-wheel.ts";
import type { FetchContext, LinkedWheel, Order, WheelSettings } from "./linked-wheel.ts";
import { addLocalWheel } from "./local-wheel.ts";

export interface FetchOptions {
  readonly signal?: AbortSignal | undefined;
  /** Of a requirement: `sha256:ab…`. One of them must fit (pip's `--hash`). */
  readonly hashes?: readonly Hash[] | undefined;
  /** Asks again about a URL without a hash; by default what the settings say. */
  readonly refresh?: RefreshPolicy | undefined;
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
  const context: FetchContext = {
    ...settings,
    downloads: new Limit(settings.concurrency ?? DEFAULT_CONCURRENCY),
    memory: new Limit(MAX_BYTES_IN_FLIGHT),
    buffers: new BufferPool(),
  };
  const start = (key: string, order: Order): Promise<UnpackedWheel> => {
    const task = fetchWheel(order, context);
    fetching.set(key, task);
    task.catch(() => fetching.delete(key));
    return task;
  };
  return {
    async fetch(wheel, options = {}) {
      const key = JSON.stringify([
        wheel.requestUrl ?? wheel.url,
        wheel.filename,
        wheel.listedBy,
        wheel.hashes,
        options.hashes,
      ]);
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

async function fetchWheel(order: Order, context: FetchContext): Promise<UnpackedWheel> {
  const { wheel, alternatives } = order;
  const stored = findStoredWheel(wheel, alternatives, context.store);
  if (stored !== undefined) return stored;
  const unpacked = await obtain(order, context);
  checkDistInfoFolder(unpacked, wheel);
  return unpacked;
}

function obtain(order: Order, context: FetchContext): Promise<UnpackedWheel> {
  const { wheel } = order;
  if (wheel.url.startsWith("file:")) return addLocalWheel(order, context);
  if (sha256Of(wheel.hashes) === undefined && order.alternatives.length === 0)
    return obtainUndigested(order, context);
  return download(order, context).then((downloaded) => downloaded.wheel);
}

/** A URL without SHA-256 is asked whether it still leads to the wheel of last time. */
async function obtainUndigested(order: Order, context: FetchContext): Promise<UnpackedWheel> {
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

/** uv's `UV_CONCURRENT_DOWNLOADS`. */
const DEFAULT_CONCURRENCY = 50;

/** Together with their unpacked files and the runtime this stays near 150 MB (docs/performance.md). */
const MAX_BYTES_IN_FLIGHT = 12 * 1024 ** 2;
