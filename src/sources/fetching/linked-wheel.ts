// A wheel that is to be fetched, what happens meanwhile, and what a fetch needs.

import type { Client } from "../../net/client.ts";
import type { StatedDigest } from "../../net/downloads/hash-check.ts";
import { type Hashes } from "../../pep/hashes.ts";
import type { Store } from "../../store/store.ts";
import { type RefreshPolicy } from "./refresh.ts";
import type { SharedFiles } from "./shared-files.ts";
import type { BufferPool } from "../../base/streams/buffer-pool.ts";
import type { Limit } from "../../base/work/limit.ts";

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

export interface Order {
  readonly wheel: LinkedWheel;
  /** One of them must fit, if there are any. */
  readonly alternatives: readonly StatedDigest[];
  readonly signal: AbortSignal | undefined;
  readonly refresh: RefreshPolicy | undefined;
}

/** The settings, with the bounds that all wheels of a run share. */
export interface FetchContext extends WheelSettings {
  readonly downloads: Limit;
  readonly memory: Limit;
  /** For archives that are held in memory. */
  readonly buffers: BufferPool;
}
