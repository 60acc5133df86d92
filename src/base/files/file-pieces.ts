// Files that are too large to be read at once: piece by piece, with a turn for others in between, so that downloads go on and a
// signal is heard.

import { closeSync, fstatSync, readSync } from "node:fs";

import { openRegularFile } from "./small-file.ts";
import type { Turns } from "../work/turns.ts";

/**
 * The bytes of a file, as many as it states; a piece is valid until the next is requested.
 *
 * @throws the system's error, such as ENOENT; EINVAL for what is not a regular file; net/cancelled
 */
export async function* piecesOfFile(path: string, turns: Turns): AsyncGenerator<Buffer, void, undefined> {
  const descriptor = openRegularFile(path);
  try {
    yield* piecesOf(descriptor, turns);
  } finally {
    closeSync(descriptor);
  }
}

/** The same of an open file, which stays open. */
export async function* piecesOf(descriptor: number, turns: Turns): AsyncGenerator<Buffer, void, undefined> {
  // Some of the system's own files (`/proc`) state no size, and have no end.
  const { size } = fstatSync(descriptor);
  const buffer = Buffer.allocUnsafe(Math.min(size, PIECE_BYTES));
  for (let left = size, read = 0; left > 0; left -= read) {
    if (turns.isDue) await turns.give();
    // With every argument: `graceful-fs`, with which some hosts wrap `node:fs`, reads nothing without them.
    read = readSync(descriptor, buffer, 0, Math.min(left, buffer.length), null);
    if (read === 0) return;
    yield buffer.subarray(0, read);
  }
}

/** Bytes that are in memory, in pieces of the same kind. @throws net/cancelled */
export async function* piecesOfBytes(bytes: Buffer, turns: Turns): AsyncGenerator<Buffer, void, undefined> {
  for (let start = 0; start < bytes.length; start += PIECE_BYTES) {
    if (turns.isDue) await turns.give();
    yield bytes.subarray(start, start + PIECE_BYTES);
  }
}

/** Read and hashed in a few milliseconds. */
const PIECE_BYTES = 1024 ** 2;
