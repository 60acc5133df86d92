// One answer of an index through the cache: fresh from the disk, revalidated, or fetched, digested and kept.

import { PinionError } from "../errors.ts";
import { cacheVerdict, refreshedResponse, storeResponse, type StoredResponse } from "../net/http-cache.ts";
import type { Client, ClientResponse } from "../net/client.ts";
import { redactUrl } from "../net/url.ts";
import type { EntryKey, Store } from "../store/store.ts";
import type { IndexLocation } from "./locations.ts";
import type { NameSet } from "./select.ts";
import { PAGE_ACCEPT, type PageSource } from "./simple.ts";

export interface CacheSettings {
  readonly client: Client;
  readonly store: Store;
  readonly isOffline: boolean;
  /** Projects whose kept answers are asked for again even while they are fresh. */
  readonly refresh?: NameSet;
  readonly signal?: AbortSignal;
}

/** What is asked for, and how its answer is kept. */
export interface CachedAnswer<T> {
  /** Holds no credentials. */
  readonly key: EntryKey;
  readonly url: string;
  readonly index: IndexLocation;
  /** From the body of the answer to the ASCII text that is kept. */
  digest(body: string, source: PageSource): Promise<string>;
  /** From the kept text to the value; undefined where it is damaged. */
  open(text: string): T | undefined;
}

/**
 * Gives an answer of an index; undefined where the index says that there is none.
 *
 * @throws net/offline, index/not-an-index, index/malformed-page, and what the client throws
 */
export async function answerThroughCache<T>(
  question: CachedAnswer<T>,
  settings: CacheSettings,
): Promise<T | undefined> {
  const kept = readKept(question, settings.store);
  return kept;
}
