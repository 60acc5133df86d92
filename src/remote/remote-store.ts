// What a shared store is to the rest of Pinion: objects under the hash of their content, read piece by piece and written
// whole. A store is a server like any other: slow, broken or lying ones are the business of `remote-files.ts`.

import type { Pour } from "../net/http/http1.ts";
import type { SharedKey } from "../sources/fetching/shared-files.ts";

/** Index pages are never shared: they say what is new. */
export type RemoteKey = SharedKey;

/** The bytes of an object: in memory, or a file with its size in bytes. */
export type RemoteBody = Buffer | { readonly path: string; readonly size: number };

export interface RemoteObject {
  /** Hands over all of its bytes. */
  readonly pour: Pour;
  /** Ends a transfer whose bytes are not wanted; never rejects. */
  discard(): Promise<void>;
  /** Bytes, where the store says so. */
  readonly size: number | undefined;
}

export interface RemoteStore {
  /** For messages, without credentials: `s3://bucket/prefix`. */
  readonly name: string;
  /**
   * Opens an object; undefined where the store does not have it.
   *
   * @throws `cache/remote` where the store refuses or fails, and what opening a connection throws
   */
  read(key: RemoteKey, signal: AbortSignal): Promise<RemoteObject | undefined>;
  /** Whether the store has an object. @throws as {@link read} */
  has(key: RemoteKey, signal: AbortSignal): Promise<boolean>;
  /** Writes an object. @throws as {@link read} */
  write(key: RemoteKey, body: RemoteBody, signal: AbortSignal): Promise<void>;
  close(): void;
}
