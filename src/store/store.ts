// The cache: versioned buckets of small values, and wheels that are unpacked once under their digest (docs/cache.md).

import { existsSync } from "node:fs";
import { relative } from "node:path";

import { bucketDirectory, createCacheDirectory, type EntryBucket } from "./cache/buckets.ts";
import { useCache, type CacheLockOptions } from "./cache/cache-lock.ts";
import { requireOwnCache } from "./cache/cache-owner.ts";
import { explainingCacheFailure } from "./cache/cache-failure.ts";
import {
  entryPath,
  readEntry,
  readHeldEntry,
  removeEntry,
  writeEntry,
  writeHeldEntry,
  type EntryKey,
} from "./cache/entries.ts";
import { HeldFiles, type HeldEntry } from "./cache/held-entries.ts";
import type { Lock } from "../base/files/lock.ts";
import { UnpackQueue } from "./unpacking/unpack-queue.ts";
import {
  addWheel,
  MANIFEST,
  readWheel,
  type AddWheelOptions,
  type UnpackedWheel,
  type WheelSource,
} from "./unpacked-wheels.ts";

export type { EntryBucket } from "./cache/buckets.ts";
export type { EntryKey } from "./cache/entries.ts";
export type { HeldEntry } from "./cache/held-entries.ts";
export type { CacheLockOptions } from "./cache/cache-lock.ts";
export type { Lock } from "../base/files/lock.ts";
export type { ManifestEntry } from "./manifest.ts";
export type { AddWheelOptions, UnpackedWheel, WheelSource } from "./unpacked-wheels.ts";

export interface StoreOptions {
  /** The compiled `unpack-worker.js`; by default beside this module. Without it everything stays on one thread. */
  readonly workerPath?: string | undefined;
}

/**
 * The cache of one folder. Readers need no lock; nothing in it is ever half written. Every use of a folder that another
 * user owns, or that every user can write, throws cache/unusable.
 */
export interface Store {
  readonly directory: string;
  /** A wheel by the SHA-256 of its archive, hexadecimal. @throws cache/unusable */
  wheel(sha256: string): UnpackedWheel | undefined;
  /** Verifies and unpacks a wheel once. @throws archive/invalid, archive/too-large, wheel/invalid, wheel/not-found, cache/unusable, net/cancelled */
  addWheel(source: WheelSource, options: AddWheelOptions): Promise<UnpackedWheel>;
  /** A small value; undefined where there is none, or it was damaged. */
  readEntry(bucket: EntryBucket, key: EntryKey): Buffer | undefined;
  /** Keeps a small value. Credentials must be no part of a key. @throws cache/unusable */
  writeEntry(bucket: EntryBucket, key: EntryKey, contents: Uint8Array): void;
  removeEntry(bucket: EntryBucket, key: EntryKey): void;
  /**
   * A value as {@link readEntry} gives it, to be looked at before another one is read, and to be read in parts until the store is
   * closed.
   */
  readHeldEntry(
    bucket: EntryBucket,
    key: EntryKey,
  ): { readonly contents: Buffer; readonly held: HeldEntry } | undefined;
  /** Keeps a value as {@link writeEntry}, to be read in parts until the store is closed. @throws cache/unusable */
  writeHeldEntry(bucket: EntryBucket, key: EntryKey, contents: Buffer): HeldEntry;
  /** The path of a small value below the cache's folder, whether it is there or not. */
  entryFile(bucket: EntryBucket, key: EntryKey): string;
  /** Whether one of these wheels is there, without reading it. */
  hasAnyWheel(sha256: readonly string[]): boolean;
  /** Announces that a command uses the cache, so that it is not cleared meanwhile. @throws cache/locked, cache/unusable, net/cancelled */
  use(options?: CacheLockOptions): Promise<Lock>;
  /** Ends the second thread where one was started, which frees its memory; the next large wheel starts it again. */
  rest(): Promise<void>;
  /** Ends the second thread, and closes what was held. */
  close(): Promise<void>;
}

/**
 * Opens the cache in a folder, which is made at the first write.
 *
 * @example
 * const store = openStore("/home/me/.cache/pinion");
 * const wheel = await store.addWheel(bytes, { filename: "flask-3.0.0-py3-none-any.whl" });
 */
export function openStore(directory: string, options: StoreOptions = {}): Store {
  // Asked at each use: another user may make the folder after this program began.
  const folder = (bucket: EntryBucket | "wheels"): string => {
    requireOwnCache(directory);
    return bucketDirectory(directory, bucket);
  };
  const prepare = (): void => {
    requireOwnCache(directory);
    explainingCacheFailure(directory, () => createCacheDirectory(directory));
  };
  /** Of what {@link prepare} has just looked at. */
  const prepared = (bucket: EntryBucket | "wheels"): string => {
    prepare();
    return bucketDirectory(directory, bucket);
  };
  const queue = new UnpackQueue(options.workerPath);
  const files = new HeldFiles();
  return {
    get directory() {
      requireOwnCache(directory);
      return directory;
    },
    wheel: (sha256) => readWheel(folder("wheels"), sha256),
    addWheel: async (source, addOptions) => {
      return addWheel(prepared("wheels"), source, { options: addOptions, queue });
    },
    readEntry: (bucket, key) => readEntry(folder(bucket), key),
    writeEntry: (bucket, key, contents) => writeEntry(prepared(bucket), key, contents),
    removeEntry: (bucket, key) => removeEntry(folder(bucket), key),
    readHeldEntry: (bucket, key) => readHeldEntry(folder(bucket), key, files),
    writeHeldEntry: (bucket, key, contents) => writeHeldEntry(prepared(bucket), key, { contents, files }),
    entryFile: (bucket, key) => relative(directory, entryPath(folder(bucket), key)),
    hasAnyWheel: (sha256) => {
      const wheels = folder("wheels");
      return sha256.some((one) => existsSync(`${wheels}/${one}/${MANIFEST}`));
    },
    use: async (lockOptions) => {
      prepare();
      return useCache(directory, lockOptions);
    },
    rest: () => queue.rest(),
    close: async () => {
      files.close();
      await queue.rest();
    },
  };
}
