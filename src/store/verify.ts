// Whether the unpacked wheels of a cache are still what they were: a program in an environment may have written to a file
// that it shares with the cache (docs/cache.md, "Shared files").

import { createHash } from "node:crypto";
import { existsSync, lstatSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { Turns } from "../base/turns.ts";
import { bucketDirectory } from "./buckets.ts";
import type { ManifestEntry } from "./manifest.ts";
import { forgetWheel, MANIFEST, readWheel, type UnpackedWheel } from "./unpacked-wheels.ts";

export interface Verified {
  readonly wheels: number;
  /** File names of the wheels that were dropped. */
  readonly dropped: readonly string[];
}

/**
 * Checks every wheel of a cache and drops those that changed.
 *
 * @param depth `quick` looks at sizes and times, and reads what these do not clear; `full` reads every file
 * @throws net/cancelled
 */
export async function verifyWheels(
  cacheDirectory: string,
  depth: "quick" | "full",
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Verified> {
  const bucket = bucketDirectory(cacheDirectory, "wheels");
  const names = existsSync(bucket) ? readdirSync(bucket).filter((name) => SHA256.test(name)) : [];
  const dropped: string[] = [];
  const turns = new Turns(signal);
  for (const sha256 of names) {
    const wheel = readWheel(bucket, sha256);
    if (wheel === undefined || !(await hasChanged(wheel, depth, turns))) continue;
    forgetWheel(wheel);
    dropped.push(wheel.filename);
  }
  return { wheels: names.length, dropped: dropped.toSorted() };
}

async function hasChanged(wheel: UnpackedWheel, depth: "quick" | "full", turns: Turns): Promise<boolean> {
  const writtenMs = writtenAt(wheel);
  for (const entry of wheel.manifest) {
    if (turns.isDue) await turns.give();
    if (isChanged(entry, { wheel, depth, writtenMs })) return true;
  }
  return false;
}

/**
 * Whether a wheel is as it was when it was unpacked, by the times of its files; only those that were written to since are
 * read. Costs a look at each file.
 *
 * @param files relative to the wheel's folder
 */
export function isUnchanged(wheel: UnpackedWheel, files: readonly string[]): boolean {
  const writtenMs = writtenAt(wheel);
  for (const file of files) {
    const status = lstatSync(`${wheel.directory}/${file}`, { throwIfNoEntry: false });
    if (status === undefined || status.mtimeMs > writtenMs) return changedFile(wheel, "quick") === undefined;
  }
  return true;
}

/** The first file of a wheel that is not what its manifest says; undefined where all are. */
function changedFile(wheel: UnpackedWheel, depth: "quick" | "full"): string | undefined {
  const writtenMs = writtenAt(wheel);
  return wheel.manifest.find((entry) => isChanged(entry, { wheel, depth, writtenMs }))?.path;
}

/** In milliseconds since 1970. */
function writtenAt({ directory }: UnpackedWheel): number {
  return lstatSync(join(dirname(directory), MANIFEST)).mtimeMs;
}

/** A file that is as large as it was, and not newer than the manifest, which was written after it, is taken as it is. */
function isChanged(
  entry: ManifestEntry,
  {
    wheel,
    depth,
    writtenMs,
  }: { readonly wheel: UnpackedWheel; readonly depth: "quick" | "full"; readonly writtenMs: number },
): boolean {
  const path = `${wheel.directory}/${entry.path}`;
  const status = lstatSync(path, { throwIfNoEntry: false });
  if (status?.isFile() !== true || status.size !== entry.size) return true;
  if (depth === "quick" && status.mtimeMs <= writtenMs) return false;
  return createHash("sha256").update(readFileSync(path)).digest("base64url") !== entry.sha256Base64Url;
}

const SHA256 = /^[0-9a-f]{64}$/;
