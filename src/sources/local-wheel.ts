// Wheels that are files of this machine, and the size that a lock file states for any wheel.

import { closeSync, openSync, readSync } from "node:fs";
import { readSmallFile } from "../base/small-file.ts";
import { PinionError, systemCode } from "../errors.ts";
import type { UnpackedWheel } from "../store/store.ts";
import { checkAlternatives, statedDigests } from "./stated-hashes.ts";
import { filePathOf } from "./file-url.ts";
import type { FetchContext, LinkedWheel, Order } from "./linked-wheel.ts";

export async function addLocalWheel(
  { wheel, alternatives, signal }: Order,
  { store }: FetchContext,
): Promise<UnpackedWheel> {
  const path = filePathOf(wheel.url);
  const digests = statedDigests(wheel.hashes, wheel.statedBy ?? "the index");
  const { size, bytes } = readLocal(path, wheel);
  checkSize(wheel, size);
  const received = { url: wheel.url, size };
  for (const wanted of [...digests.map((digest) => [digest]), alternatives]) {
    checkAlternatives(wanted, bytes === undefined ? chunksOf(path) : [bytes], received);
  }
  return store.addWheel(bytes ?? { path }, { filename: wheel.filename, signal });
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
    if (file.kind === "too-large") return { size: file.size, bytes: undefined };
    throw new TypeError("not a file");
  } catch (cause) {
    throw new PinionError("wheel/not-found", `The wheel \`${filename}\` cannot be read: ${path}`, {
      details: { path, systemCode: systemCode(cause) },
      cause,
    });
  }
}

/** The bytes of a file, piece by piece; a piece is valid until the next is requested. */
export function* chunksOf(path: string): Generator<Buffer, void, undefined> {
  const descriptor = openSync(path, "r");
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  try {
    // With every argument: `graceful-fs`, with which some hosts wrap `node:fs`, reads nothing without them.
    const next = (): number => readSync(descriptor, buffer, 0, buffer.length, null);
    for (let read = next(); read > 0; read = next()) {
      yield buffer.subarray(0, read);
    }
  } finally {
    closeSync(descriptor);
  }
}

/** Larger wheels go through a file, and those whose page states no size; nine of ten of PyPI's are smaller. */
export const MAX_BYTES_IN_MEMORY: number = 8 * 1024 ** 2;

const CHUNK_BYTES = 1024 ** 2;
