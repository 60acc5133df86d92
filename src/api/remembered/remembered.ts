// A value that is remembered together with what it was derived from: it is recalled where every page and metadata file is the
// same file of the cache and still fresh, so that no request would be made to derive it again.

import { readdirSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";

import { isRecord } from "../../base/values/record.ts";
import { isByProject, type Protection } from "../../net/protection.ts";
import type { Witness } from "../../registry/witness.ts";
import type { Store } from "../../store/store.ts";
import type { Period } from "../events.ts";
import { isUnchanged } from "../../store/cache/verify.ts";

/** What a value was derived from. */
export interface Derivation {
  readonly store: Store;
  readonly witness: Witness;
  /** When the run began to read, in milliseconds since 1970: what changed later may have been read before. */
  readonly startedMs: number;
  /** The weakest of what the run has used. */
  readonly protection: Protection;
}

/** A value of last time, and when it holds. */
export interface Recalled<T> {
  readonly value: T;
  readonly period: Period;
}

/** The value of last time; undefined where there is none, or anything that it was derived from is not as it was. */
export function recall(key: string, store: Store): Recalled<unknown> | undefined {
  const remembered = parseRemembered(store.readEntry(BUCKET, key)?.toString("utf8"));
  if (remembered === undefined) return undefined;
  const { storedAtMs, freshUntilMs, entries, absentWheels, value } = remembered;
  const now = Date.now();
  if (now < storedAtMs || now >= freshUntilMs) return undefined;
  const { directory } = store;
  for (const [file, ino, size, mtimeMs, ctimeMs] of entries) {
    const seen = statSync(`${directory}/${file}`, NO_THROW);
    if (seen === undefined || seen.ino !== ino || seen.size !== size) return undefined;
    if (seen.mtimeMs !== mtimeMs || seen.ctimeMs !== ctimeMs) return undefined;
  }
  if (store.hasAnyWheel(absentWheels)) return undefined;
  return { value, period: { fromMs: storedAtMs, untilMs: freshUntilMs } };
}

/** Keeps a JSON value that was derived from only the cache; where the cache cannot be written, the next run derives again. */
export function remember(key: string, value: unknown, derivation: Derivation): void {
  const { store, witness, startedMs, protection } = derivation;
  if (!witness.isWhole) return;
  // What a project brought is not part of the name.
  if (isByProject(protection)) return;
  // A run that asks nothing counts as verified, and would build again what another one has built.
  if (witness.records.length > 0 && protection !== "verified") return;
  const entries = [
    ...witness.pages.map((page) => store.entryFile("pages", page)),
    ...witness.metadataEntries.map((entry) => store.entryFile("metadata", entry)),
    ...witness.records.map((entry) => store.entryFile("built", entry)),
  ].map((file) => rowOf(file, store, startedMs));
  if (!entries.every((row) => row !== undefined)) return;
  if (![...witness.wheels].every((sha256) => hasOwnMetadata(sha256, store))) return;
  const remembered: Remembered = {
    storedAtMs: witness.storedAtMs,
    freshUntilMs: witness.freshUntilMs,
    entries,
    absentWheels: [...witness.absentWheels],
    value,
  };
  try {
    store.writeEntry(BUCKET, key, Buffer.from(JSON.stringify(remembered)));
    dropOldest(join(store.directory, dirname(store.entryFile(BUCKET, key))));
  } catch {
    // It costs time, not correctness.
  }
}

interface Remembered {
  readonly storedAtMs: number;
  readonly freshUntilMs: number;
  /** Files of the cache, relative to its folder, with their identity. */
  readonly entries: readonly EntryRow[];
  /** SHA-256 of wheels that were not in the store. */
  readonly absentWheels: readonly string[];
  readonly value: unknown;
}

type EntryRow = readonly [file: string, ...identity: Identity];

/** Inode, size, mtime and ctime. */
type Identity = readonly [number, number, number, number];

function rowOf(file: string, store: Store, startedMs: number): EntryRow | undefined {
  const identity = identityOf(join(store.directory, file));
  if (identity === undefined) return undefined;
  const [, , mtimeMs, ctimeMs] = identity;
  return Math.max(mtimeMs, ctimeMs) < startedMs - CLOCK_STEP_MS ? [file, ...identity] : undefined;
}

function identityOf(path: string): Identity | undefined {
  const status = statSync(path, NO_THROW);
  return status === undefined ? undefined : [status.ino, status.size, status.mtimeMs, status.ctimeMs];
}

/** A program may have written to a file that its environment shares with the cache. */
function hasOwnMetadata(sha256: string, store: Store): boolean {
  const wheel = store.wheel(sha256);
  return wheel !== undefined && isUnchanged(wheel, [`${wheel.distInfo}/METADATA`]);
}

/** The checksum of the entry stands for its contents: only this module writes it. */
function parseRemembered(text: string | undefined): Remembered | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isRemembered(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isRemembered(value: unknown): value is Remembered {
  return (
    isRecord(value) &&
    "storedAtMs" in value &&
    "freshUntilMs" in value &&
    "value" in value &&
    Array.isArray(value["entries"]) &&
    Array.isArray(value["absentWheels"])
  );
}

function dropOldest(folder: string): void {
  const names = readdirSync(folder);
  if (names.length <= MAX_RESOLUTIONS) return;
  const files = names.map((name) => {
    const path = join(folder, name);
    return { path, writtenMs: statSync(path, NO_THROW)?.mtimeMs ?? 0 };
  });
  files.sort((one, other) => one.writtenMs - other.writtenMs);
  for (const { path } of files.slice(0, files.length - MAX_RESOLUTIONS / 2)) rmSync(path, { force: true });
}

const BUCKET = "resolutions";

const NO_THROW = { throwIfNoEntry: false } as const;

/** The coarsest clock of a file system in use, FAT's: what changed later could change again under the same time. */
const CLOCK_STEP_MS = 2000;

/** One for each set of requirements and target; some 300 bytes for each distribution. */
const MAX_RESOLUTIONS = 128;
