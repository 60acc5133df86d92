// The files of sources for one plan, obtained with the checks that only the index pages allow.

import { isPinionError } from "../errors.ts";
import type { Client } from "../net/client.ts";
import {
  obtainWheel,
  saveArchive,
  type ObtainOptions,
  type ObtainTools,
} from "../sources/fetching/obtain.ts";
import type { RefreshPolicy } from "../sources/fetching/refresh.ts";
import type { Source } from "../sources/source.ts";
import { refusingBuilder, type SourceBuilder } from "../sources/source-builder.ts";
import type { FetchEvent } from "../sources/fetching/linked-wheel.ts";
import type { Store, UnpackedWheel } from "../store/store.ts";
import type { IndexLocation } from "./indexes/locations.ts";
import { forgetPage } from "./pages/pages.ts";
import type { SharedReads } from "./shared-reads.ts";

export interface FilesOptions {
  readonly client: Client;
  readonly store: Store;
  readonly reads: SharedReads;
  /** By default nothing is built. */
  readonly builder?: SourceBuilder | undefined;
  /** The indexes of the plan, for their `cache-control`. */
  readonly locations: readonly IndexLocation[];
  readonly requestUrls?: RequestUrls | undefined;
  readonly refresh?: RefreshPolicy | undefined;
  readonly onEvent?: ((event: FetchEvent) => void) | undefined;
}

/** Remembers with which credentials sources are requested, by their URLs without them. */
export type RequestUrls = Pick<Map<string, string>, "get" | "set">;

export interface Files {
  /**
   * Brings the wheel of a source into the store.
   *
   * @throws index/metadata-mismatch, and as `obtainWheel`
   */
  obtain(source: Source, options?: ObtainOptions): Promise<UnpackedWheel>;
  /** Saves the archive of a source as it is, into a new file. @throws as `saveArchive` */
  save(source: Source, options: ObtainOptions & { readonly path: string }): Promise<void>;
}

export function createFiles({ reads, store, refresh, ...options }: FilesOptions): Files {
  const cache = { client: options.client, store };
  const cacheControl = new Map(options.locations.map(({ url, cacheControl: own }) => [url, own?.files]));
  const tools: ObtainTools = {
    client: options.client,
    wheels: reads.wheels,
    builder: options.builder ?? refusingBuilder,
    cacheControlOf: ({ url }) => cacheControl.get(url),
    requestUrlOf: (url) => options.requestUrls?.get(url),
    onEvent: options.onEvent,
  };
  return {
    async obtain(source, given) {
      const obtaining = obtainWheel(source, tools, { refresh, ...given });
      const wheel = await doubtingPage(source, obtaining, cache);
      if (source.kind === "index") reads.metadata.check(source, wheel);
      return wheel;
    },
    async save(source, given) {
      await doubtingPage(source, saveArchive(source, tools, given), cache);
    },
  };
}

/**
 * Where bytes do not match what a page states, either may be wrong: a connection without TLS may have changed the page,
 * and its server would go on answering that nothing changed. So the page is fetched again by the next attempt.
 */
export async function doubtingPage<T>(
  source: Source,
  reading: Promise<T>,
  cache: Pick<FilesOptions, "client" | "store">,
): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    const index =
      source.kind === "index" ? source.index : source.kind === "sdist" ? source.listing?.index : undefined;
    if (index !== undefined && isPinionError(error, "wheel/hash-mismatch"))
      forgetPage(index, source.name ?? "", cache);
    throw error;
  }
}
