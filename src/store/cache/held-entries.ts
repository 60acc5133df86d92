// Values of the cache that stay in use for a while: a large one stays in its file, which is kept open, and only what is
// needed is read. When another process replaces the file, what was opened stays as it was.

import { closeSync, fstatSync, openSync, readSync } from "node:fs";

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

/** A file that was read as a whole. */
export interface ReadFile {
  /** Valid until the next file is read. */
  readonly bytes: Buffer;
  /** Holds so many of its first bytes. */
  hold(length: number): HeldEntry;
  /** Ends it, where nothing of it is held. */
  drop(): void;
}

/** The files that one store keeps open. */
export class HeldFiles {
  readonly #open = new Set<OpenFile>();
  /** Where files that are kept open are read, one after the other: what is dropped would wait for the engine's collector. */
  #memory: Buffer = Buffer.alloc(0);

  /** Reads a file; undefined where it cannot be read. */
  read(path: string): ReadFile | undefined {
    let file: OpenFile | undefined;
    try {
      file = new OpenFile(path);
      return this.#readWhole(file);
    } catch {
      file?.close();
      return undefined;
    }
  }

  /** Holds a value that was written to a file; `tail` is what the file has after the value. */
  hold(path: string, contents: Buffer, tail: Buffer): HeldEntry {
    const file = this.#isKept(contents.length) ? openEndingWith(path, contents.length, tail) : undefined;
    return file === undefined ? heldInMemory(contents) : this.#keep(file, contents.length);
  }

  close(): void {
    for (const file of this.#open) file.close();
    this.#open.clear();
  }

  #readWhole(file: OpenFile): ReadFile {
    const { size } = file;
    if (!this.#isKept(size)) {
      const bytes = file.read(Buffer.allocUnsafeSlow(size), 0);
      file.close();
      return { bytes, hold: (length) => heldInMemory(bytes.subarray(0, length)), drop: () => undefined };
    }
    if (this.#memory.length < size) this.#memory = Buffer.allocUnsafeSlow(2 ** Math.ceil(Math.log2(size)));
    const bytes = file.read(this.#memory.subarray(0, size), 0);
    return { bytes, hold: (length) => this.#keep(file, length), drop: () => file.close() };
  }

  #isKept(bytes: number): boolean {
    return !IS_WINDOWS && bytes >= LARGE_BYTES && bytes <= LARGEST_BYTES && this.#open.size < MAX_OPEN;
  }

  #keep(file: OpenFile, length: number): HeldEntry {
    this.#open.add(file);
    return heldInFile(file, 0, length);
  }
}

class OpenFile {
  #descriptor: number | undefined;

  constructor(path: string) {
    this.#descriptor = openSync(path, "r");
  }

  get size(): number {
    return fstatSync(this.#opened).size;
  }

  /** Reads from a place on until `bytes` are full, or as much as there is. */
  read(bytes: Buffer, start: number): Buffer {
    let length = 0;
    for (let read = -1; read !== 0 && length < bytes.length; length += read)
      read = readSync(this.#opened, bytes, length, bytes.length - length, start + length);
    return bytes.subarray(0, length);
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  get #opened(): number {
    if (this.#descriptor === undefined) throw new Error("The cache was closed before a value of it was read");
    return this.#descriptor;
  }
}

/** Opens a file that is the value and its tail; undefined where another process has put something else there. */
function openEndingWith(path: string, length: number, tail: Buffer): OpenFile | undefined {
  let file: OpenFile | undefined;
  try {
    file = new OpenFile(path);
    if (file.read(Buffer.allocUnsafe(tail.length + 1), length).equals(tail)) return file;
  } catch {
    // It stays in memory.
  }
  file?.close();
  return undefined;
}

function heldInFile(file: OpenFile, offset: number, length: number): HeldEntry {
  return {
    length,
    text: (start, end) => file.read(Buffer.allocUnsafe(end - start), offset + start).toString("latin1"),
    bytes: () => file.read(Buffer.allocUnsafe(length), offset),
    from: (start) => heldInFile(file, offset + start, length - start),
  };
}

/** Windows does not replace a file that is open. */
const IS_WINDOWS = process.platform === "win32";
/** Half of the pages of a large set are as large, and hold nearly all of its bytes. */
const LARGE_BYTES = 24 * 1024;
/** What is larger is rare, and read into memory of its own. */
const LARGEST_BYTES = 16 * 1024 ** 2;
/** Less than half of what a process may usually have open. */
const MAX_OPEN = 400;
