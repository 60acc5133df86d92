// Wheels that are files of this machine, and the size that a lock file states for any wheel.

import { realpathSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";

import { Turns } from "../../base/work/turns.ts";
import { temporaryName } from "../../base/files/atomic-file.ts";
import { piecesOfFile } from "../../base/files/file-pieces.ts";
import { makeFolders } from "../../base/files/make-folders.ts";
import { readSmallFile } from "../../base/files/small-file.ts";
import { isPinionError, PinionError, systemCode } from "../../errors.ts";
import type { UnpackedWheel } from "../../store/store.ts";
import { checkHashes, eachOf, statedDigests } from "./stated-hashes.ts";
import { filePathOf } from "../file-url.ts";
import { checkLocalWheel, copyLocalWheel, unreadableFile } from "./local-file.ts";
import type { FetchContext, LinkedWheel, Order } from "./linked-wheel.ts";

export async function addLocalWheel(
  { wheel, alternatives, signal }: Order,
  { store }: FetchContext,
): Promise<UnpackedWheel> {
  const path = filePathOf(wheel.url);
  const { filename } = wheel;
  const { size, bytes } = readLocal(path, wheel);
  checkSize(wheel, size);
  const wanted = [...eachOf(statedDigests(wheel.hashes, wheel.statedBy ?? "the index")), alternatives];
  if (bytes !== undefined) {
    await checkHashes(wanted, [bytes], { url: wheel.url, size });
    return store.addWheel(bytes, { filename, signal });
  }
  const { path: own, remove } = await ownFile(path, store.directory, signal);
  try {
    const received = statSync(own).size;
    checkSize(wheel, received);
    await checkHashes(wanted, piecesOfFile(own, new Turns(signal)), { url: wheel.url, size: received });
    return await store.addWheel({ path: own }, { filename, signal });
  } finally {
    remove();
  }
}

/**
 * A file that is not held in memory is read once for its hashes and once to be unpacked: where others could change it between,
 * that is done with a copy.
 */
async function ownFile(
  path: string,
  cacheDirectory: string,
  signal: AbortSignal | undefined,
): Promise<{ readonly path: string; readonly remove: () => void }> {
  if (!canOthersChange(path)) return { path, remove: () => undefined };
  makeFolders(cacheDirectory);
  const copy = join(cacheDirectory, temporaryName(".whl"));
  const remove = (): void => rmSync(copy, { force: true });
  try {
    await copyLocalWheel(path, copy, signal);
  } catch (cause) {
    remove();
    throw isPinionError(cause, "net/cancelled") ? cause : unreadableFile(path, cause);
  }
  return { path: copy, remove };
}

function canOthersChange(path: string): boolean {
  const self = process.geteuid?.();
  const real = realpathSync.native(path);
  return [real, dirname(real)]
    .map((part) => statSync(part))
    .some(({ uid, mode }) => {
      const isOwn = self === undefined || uid === self || uid === 0;
      return !isOwn || (self !== undefined && (mode & WRITABLE_BY_OTHERS) !== 0);
    });
}

/** @throws wheel/size-mismatch */
export function checkSize(wheel: LinkedWheel, size: number): void {
  if (wheel.isLocked === true && wheel.size !== undefined && wheel.size !== size)
    throw sizeMismatch(wheel, size);
}

export function sizeMismatch({ filename, size = 0 }: LinkedWheel, actual: number | undefined): PinionError {
  const found = actual === undefined ? "the file is larger" : `downloaded ${actual} bytes`;
  return new PinionError(
    "wheel/size-mismatch",
    `Size mismatch for \`${filename}\`: expected ${size} bytes, but ${found}`,
    { details: { filename, expected: size, actual } },
  );
}

/** Small wheels are read at once; a large one stays in its file. */
function readLocal(
  path: string,
  { filename }: LinkedWheel,
): { readonly size: number; readonly bytes: Buffer | undefined } {
  try {
    const file = readSmallFile(path, MAX_BYTES_IN_MEMORY);
    if (file.kind === "read") return { size: file.bytes.length, bytes: file.bytes };
    if (file.kind === "too-large") {
      checkLocalWheel(path);
      return { size: file.size, bytes: undefined };
    }
    throw new TypeError("not a file");
  } catch (cause) {
    throw new PinionError("wheel/not-found", `The wheel \`${filename}\` cannot be read: ${path}`, {
      details: { path, systemCode: systemCode(cause) },
      cause,
    });
  }
}

/** Larger wheels go through a file, and those whose page states no size; nine of ten of PyPI's are smaller. */
export const MAX_BYTES_IN_MEMORY: number = 8 * 1024 ** 2;

/** Permission of the group, or of all users, to write. */
const WRITABLE_BY_OTHERS = 0o022;
