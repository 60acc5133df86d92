// A requirements file of this machine: a regular file, a pipe (`-r <(…)`, `mkfifo`) or standard input by its path. Nothing is
// read without end, and a pipe without a writer yet is waited for without blocking the process.

import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";

import { PinionError } from "../../errors.ts";
import { MAX_FILE_LENGTH } from "../../pep/requirements/requirements-lines.ts";

/**
 * Reads a whole file.
 *
 * @param shown the path as the user wrote it, for the error
 * @throws requirement/invalid-file, and the system's error, such as ENOENT
 */
export async function readLocalFile(path: string, shown: string): Promise<Buffer> {
  // An open that waits for the other end of a pipe would hold the process, and a signal with it.
  const descriptor = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  let isOpen = true;
  try {
    if (!fstatSync(descriptor).isFIFO()) return readBounded(descriptor, shown);
    isOpen = false;
    return await readPipe(descriptor, shown);
  } finally {
    if (isOpen) closeSync(descriptor);
  }
}

function readBounded(descriptor: number, shown: string): Buffer {
  const chunks: Buffer[] = [];
  for (let length = 0; ;) {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    // With every argument: `graceful-fs`, with which some hosts wrap `node:fs`, reads nothing without them.
    const read = readSync(descriptor, chunk, 0, chunk.length, null);
    if (read === 0) return Buffer.concat(chunks);
    chunks.push(chunk.subarray(0, read));
    length += read;
    if (length > MAX_FILE_LENGTH) throw tooLarge(shown);
  }
}

/** Closes the descriptor. */
async function readPipe(descriptor: number, shown: string): Promise<Buffer> {
  const { Socket } = await import("node:net");
  const pipe = new Socket({ fd: descriptor, readable: true, writable: false });
  try {
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of pipe) {
      if (!Buffer.isBuffer(chunk)) continue;
      chunks.push(chunk);
      length += chunk.length;
      if (length > MAX_FILE_LENGTH) throw tooLarge(shown);
    }
    return Buffer.concat(chunks);
  } finally {
    pipe.destroy();
  }
}

function tooLarge(file: string): PinionError {
  return new PinionError("requirement/invalid-file", `The requirements file is too large: \`${file}\``, {
    details: { file },
  });
}

const CHUNK_BYTES = 64 * 1024;
