// Whether the unpacked wheels of a cache are still what they were: a program in an environment may have written to a file
// that it shares with the cache (docs/cache.md, "Shared files").

import { createHash } from "node:crypto";
import { closeSync, existsSync, lstatSync, readdirSync, readSync } from "node:fs";
import { dirname, join } from "node:path";

import { piecesOfFile } from "../../base/files/file-pieces.ts";
import { openRegularFile } from "../../base/files/small-file.ts";
import { atOnce, STEPS_PER_PAUSE, Turns, type Pausing } from "../../base/work/turns.ts";
import { bucketDirectory } from "./buckets.ts";
import type { ManifestEntry } from "../manifest.ts";
import { forgetWheel, MANIFEST, readWheel, type UnpackedWheel } from "../unpacked-wheels.ts";

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
    const found = lookAt(entry, { wheel, depth, writtenMs });
    if (found === "changed" || (found === "unclear" && (await isOther(entry, wheel, turns)))) return true;
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
  return atOnce(staysUnchanged(wheel, files));
}

/**
 * The same, with pauses.
 *
 * @param folder the wheel's as a path to look by, with a slash at the end
 */
export function* staysUnchanged(
  wheel: UnpackedWheel,
  files: readonly string[],
  folder: string = `${wheel.directory}/`,
): Pausing<boolean> {
  const writtenMs = writtenAt(wheel);
  let count = 0;
  for (const file of files) {
    if ((count += 1) % STEPS_PER_PAUSE === 0) yield;
    const status = lstatSync(folder + file, { throwIfNoEntry: false });
    if (status === undefined || status.mtimeMs > writtenMs) return yield* areUnchanged(wheel, writtenMs);
  }
  return true;
}

/** In milliseconds since 1970. */
function writtenAt({ directory }: UnpackedWheel): number {
  return lstatSync(join(dirname(directory), MANIFEST)).mtimeMs;
}

function* areUnchanged(wheel: UnpackedWheel, writtenMs: number): Pausing<boolean> {
  for (const entry of wheel.manifest) {
    yield;
    const found = lookAt(entry, { wheel, depth: "quick", writtenMs });
    if (found === "changed" || (found === "unclear" && (yield* isOtherPausing(entry, wheel)))) return false;
  }
  return true;
}

/** A file that is as large as it was, and not newer than the manifest, which was written after it, is taken as it is. */
function lookAt(
  entry: ManifestEntry,
  {
    wheel,
    depth,
    writtenMs,
  }: { readonly wheel: UnpackedWheel; readonly depth: "quick" | "full"; readonly writtenMs: number },
): "changed" | "unchanged" | "unclear" {
  const status = lstatSync(pathOf(entry, wheel), { throwIfNoEntry: false });
  if (status?.isFile() !== true || status.size !== entry.size) return "changed";
  return depth === "quick" && status.mtimeMs <= writtenMs ? "unchanged" : "unclear";
}

async function isOther(entry: ManifestEntry, wheel: UnpackedWheel, turns: Turns): Promise<boolean> {
  const digest = createHash("sha256");
  for await (const piece of piecesOfFile(pathOf(entry, wheel), turns)) digest.update(piece);
  return digest.digest("base64url") !== entry.sha256Base64Url;
}

function* isOtherPausing(entry: ManifestEntry, wheel: UnpackedWheel): Pausing<boolean> {
  const digest = createHash("sha256");
  const descriptor = openRegularFile(pathOf(entry, wheel));
  try {
    const buffer = Buffer.allocUnsafe(PIECE_BYTES);
    for (let read = -1; read !== 0;) {
      yield;
      read = readSync(descriptor, buffer, 0, buffer.length, null);
      digest.update(buffer.subarray(0, read));
    }
  } finally {
    closeSync(descriptor);
  }
  return digest.digest("base64url") !== entry.sha256Base64Url;
}

function pathOf({ path }: ManifestEntry, { directory }: UnpackedWheel): string {
  return `${directory}/${path}`;
}

const SHA256 = /^[0-9a-f]{64}$/;
/** Read and hashed in a few milliseconds. */
const PIECE_BYTES = 1024 ** 2;
