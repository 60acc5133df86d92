// Values of the cache that stay in use for a while: a large one stays in its file, which is kept open, and only what is
// needed is read. When another process replaces the file, what was opened stays as it was.

import { closeSync, openSync, readSync } from "node:fs";

/** A value, or its end from some place on. */
export interface HeldEntry {
  readonly length: number;
  /** A part of it, of which each byte is a character. */
  text(start: number, end: number): string;
  bytes(): Buffer;
  /** All from a place on. */
  from(start: number): HeldEntry;
}

export function heldInMemory(bytes: Buffer): HeldEntry {
  return {
    length: bytes.length,
    text: (start, end) => bytes.toString("latin1", start, end),
    bytes: () => bytes,
    from: (start) => heldInMemory(bytes.subarray(start)),
  };
}

/** The files that one store keeps open. */
export class HeldFiles {
  readonly #open = new Set<OpenFile>();

  /** Holds a value that was read from a file or written to it; `tail` is what the file has after the value. */
  hold(path: string, contents: Buffer, tail: Buffer): HeldEntry {
    if (IS_WINDOWS || contents.length < LARGE_BYTES || this.#open.size >= MAX_OPEN)
      return heldInMemory(contents);
    const file = openEndingWith(path, contents.length, tail);
    if (file === undefined) return heldInMemory(contents);
    this.#open.add(file);
    return heldInFile(file, 0, contents.length);
  }

  close(): void {
    for (const file of this.#open) file.close();
    this.#open.clear();
  }
}

class OpenFile {
  #descriptor: number | undefined;

  constructor(path: string) {
    this.#descriptor = openSync(path, "r");
  }

  /** A part of the file, or as much of it as there is. */
  read(start: number, end: number): Buffer {
    if (this.#descriptor === undefined) throw new Error("The cache was closed before a value of it was read");
    const bytes = Buffer.allocUnsafe(end - start);
    let length = 0;
    for (let read = -1; read !== 0 && length < bytes.length; length += read)
      read = readSync(this.#descriptor, bytes, length, bytes.length - length, start + length);
    return bytes.subarray(0, length);
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }
}

/** Opens a file that is the value and its tail; undefined where another process has put something else there. */
function openEndingWith(path: string, length: number, tail: Buffer): OpenFile | undefined {
  let file: OpenFile | undefined;
  try {
    file = new OpenFile(path);
    if (file.read(length, length + tail.length + 1).equals(tail)) return file;
  } catch {
    // It stays in memory.
  }
  file?.close();
  return undefined;
}

function heldInFile(file: OpenFile, offset: number, length: number): HeldEntry {
  return {
    length,
    text: (start, end) => file.read(offset + start, offset + end).toString("latin1"),
    bytes: () => file.read(offset, offset + length),
    from: (start) => heldInFile(file, offset + start, length - start),
  };
}

/** Windows does not replace a file that is open. */
const IS_WINDOWS = process.platform === "win32";
/** A fifth of the pages of a large set are as large, and hold four fifths of its bytes. */
const LARGE_BYTES = 64 * 1024;
/** A fifth of what a process may usually have open. */
const MAX_OPEN = 200;
