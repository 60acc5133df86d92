// Wheels whose URL comes without a digest: which one it led to last time, and whether the server says that it
// still does. Without this, such a wheel would be downloaded in every run.

import { isPinionError } from "../../errors.ts";
import type { Client, ClientResponse } from "../../net/client.ts";
import {
  cacheVerdict,
  parseStoredResponse,
  underOverride,
  type StoredResponse,
} from "../../net/http/http-cache.ts";
import { keyUnder } from "./provenance.ts";
import { keptOf, revalidate, type Exchange } from "./revalidate.ts";
import type { EntryKey, Store, UnpackedWheel } from "../../store/store.ts";

export interface Address {
  /** Without credentials. */
  readonly url: string;
  readonly requestUrl: string;
  /** Other hashes that are given; if they change, so did the file. */
  readonly hashes: Readonly<Record<string, string>>;
  /** Normalised. */
  readonly project: string;
  /** Replaces the server's `Cache-Control`. */
  readonly cacheControl: string | undefined;
  /** The URL of the index whose page listed it. */
  readonly listedBy?: string | undefined;
  /** Asks the server although what is kept is fresh. */
  readonly isRefreshed: boolean;
  readonly signal: AbortSignal | undefined;
}

export interface KnownAddress {
  /** The wheel from last time, where the URL still leads to it. */
  readonly wheel: UnpackedWheel | undefined;
  /** What HTTP says about the URL; undefined where nothing may be kept about it. */
  readonly http: StoredResponse | undefined;
}

export interface AddressTools {
  readonly client: Client;
  readonly store: Store;
  readonly isOffline: boolean;
}

/** Tells whether a URL leads to the wheel of last time: from the cache, or by one HEAD request with validators. */
export async function findKnownAddress(
  address: Address,
  { client, store, isOffline }: AddressTools,
): Promise<KnownAddress> {
  const kept = readKept(address, { client, store });
  const seen = kept && (await underOverride(kept.http, address.cacheControl));
  const wheel = kept === undefined ? undefined : store.wheel(kept.sha256);
  if (kept === undefined || seen === undefined || wheel === undefined) {
    return {
      wheel: undefined,
      http: isOffline ? undefined : (await askServer(address, undefined, client)).http,
    };
  }
  const isFresh = !address.isRefreshed && cacheVerdict(seen, Date.now()) === "fresh";
  if (isOffline || isFresh) return { wheel, http: undefined };
  const { http, isUnchanged } = await askServer(address, kept.http, client);
  return { wheel: isUnchanged ? wheel : undefined, http };
}

/** Keeps which wheel a URL leads to. */
export function keepAddress(
  address: Address,
  known: { readonly wheel: UnpackedWheel; readonly http: StoredResponse | undefined },
  { client, store }: Pick<AddressTools, "client" | "store">,
): void {
  const { wheel, http } = known;
  if (http === undefined) return;
  const key = keyUnder(client.protectionOf(address.url), keyOf(address));
  store.writeEntry("metadata", key, Buffer.from(JSON.stringify({ sha256: wheel.sha256, http })));
}

async function askServer(
  { requestUrl, cacheControl, listedBy, signal }: Address,
  kept: StoredResponse | undefined,
  client: Client,
): Promise<{ readonly http: StoredResponse | undefined; readonly isUnchanged: boolean }> {
  const exchange: Exchange<ClientResponse> = {
    promised: client.protectionOf(requestUrl),
    options: { nowMs: Date.now(), cacheControl },
    ask: (headers) =>
      client.request(requestUrl, { method: "HEAD", headers, encoding: "identity", listedBy, signal }),
  };
  try {
    const result = await revalidate(kept, exchange);
    if (result.kind === "unchanged") return { http: result.http, isUnchanged: true };
    const response = result.kind === "answered" ? result.response : undefined;
    const http = response && (await keptOf(response, exchange));
    const etag = http?.headers["etag"];
    // Bytes are meant, so a weak entity tag does not do (RFC 9110 section 8.8.1).
    return { http, isUnchanged: etag?.startsWith('"') === true && etag === kept?.headers["etag"] };
  } catch (error) {
    // A server that refuses HEAD may still give the file, and says better than here why it does not.
    if (isPinionError(error) && "status" in error.details) return { http: undefined, isUnchanged: false };
    throw error;
  }
}

function readKept(
  address: Address,
  { client, store }: Pick<AddressTools, "client" | "store">,
): { readonly sha256: string; readonly http: StoredResponse } | undefined {
  const json = store
    .readEntry("metadata", keyUnder(client.protectionOf(address.url), keyOf(address)))
    ?.toString("utf8");
  if (json === undefined) return undefined;
  try {
    const kept: { readonly sha256?: unknown; readonly http?: unknown } = JSON.parse(json);
    const http = parseStoredResponse(kept.http);
    return typeof kept.sha256 !== "string" || http === undefined ? undefined : { sha256: kept.sha256, http };
  } catch {
    return undefined;
  }
}

function keyOf({ project, url, hashes }: Address): EntryKey {
  return { project, id: `wheel ${url} ${JSON.stringify(hashes)}` };
}
