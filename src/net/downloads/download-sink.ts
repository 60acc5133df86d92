// Where the bytes of a download go: into memory or into a file. A sink takes them in order, and can begin again. Synchronous,
// as unpacking is: a promise for each piece of 16 KiB costs more than the piece.

import { closeSync, ftruncateSync, openSync, writeSync } from "node:fs";

import { PinionError } from "../../errors.ts";

export interface Sink {
  /** Takes a piece, which the caller may use again afterwards. */
  write(chunk: Buffer): void;
  /** Forgets everything; `totalBytes` is what will come, where that is known. */
  restart(totalBytes: number | undefined): void;
  /** Everything is written when this returns. */
  finish(): void;
}

/** Gives memory of at least so many bytes, with anything in it. */
export type Allocate = (bytes: number) => Buffer;

/** Collects in memory, without a second copy where the size was given and is true. */
export class MemorySink implements Sink {
  readonly #allocate: Allocate;
  #buffer: Buffer = Buffer.alloc(0);
  #used = 0;

  constructor(allocate: Allocate = (bytes) => Buffer.allocUnsafeSlow(bytes)) {
    this.#allocate = allocate;
  }

  write(chunk: Buffer): void {
    const needed = this.#used + chunk.length;
    if (needed > this.#buffer.length) this.#grow(needed);
    chunk.copy(this.#buffer, this.#used);
    this.#used = needed;
  }

  restart(totalBytes: number | undefined): void {
    // What a server says of its size is believed only so far: it costs memory before a byte of it has come.
    const expected = Math.min(totalBytes ?? FIRST_ALLOCATION_BYTES, MAX_BELIEVED_BYTES);
    if (expected > this.#buffer.length) this.#buffer = this.#allocate(expected);
    this.#used = 0;
  }

  finish(): void {}

  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#used);
  }

  #grow(needed: number): void {
    const larger = this.#allocate(Math.max(needed, 2 * this.#buffer.length));
    this.#buffer.copy(larger, 0, 0, this.#used);
    this.#buffer = larger;
  }
}

/** Writes a new file in large pieces. */
export class FileSink implements Sink {
  readonly #path: string;
  readonly #descriptor: number;
  readonly #pending = Buffer.allocUnsafeSlow(WRITE_BYTES);
  #pendingBytes = 0;
  #position = 0;

  /** @throws `cache/unusable` where the file exists or cannot be made */
  constructor(path: string) {
    this.#path = path;
    this.#descriptor = this.#guard(() => openSync(path, "wx"));
  }

  write(chunk: Buffer): void {
    if (this.#pendingBytes + chunk.length > WRITE_BYTES) this.finish();
    if (chunk.length > WRITE_BYTES) return this.#writeAll(chunk);
    chunk.copy(this.#pending, this.#pendingBytes);
    this.#pendingBytes += chunk.length;
  }

  restart(): void {
    this.#pendingBytes = 0;
    this.#position = 0;
    this.#guard(() => ftruncateSync(this.#descriptor));
  }

  finish(): void {
    this.#writeAll(this.#pending.subarray(0, this.#pendingBytes));
    this.#pendingBytes = 0;
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #writeAll(bytes: Buffer): void {
    for (let offset = 0; offset < bytes.length;) {
      const written = this.#guard(() =>
        writeSync(this.#descriptor, bytes, offset, bytes.length - offset, this.#position),
      );
      offset += written;
      this.#position += written;
    }
  }

  #guard<T>(work: () => T): T {
    try {
      return work();
    } catch (cause) {
      throw unwritable(this.#path, cause);
    }
  }
}

function unwritable(path: string, cause: unknown): PinionError {
  return new PinionError("cache/unusable", `Cannot write \`${path}\``, { details: { path }, cause });
}

const FIRST_ALLOCATION_BYTES = 64 * 1024;
const MAX_BELIEVED_BYTES = 64 * 1024 * 1024;
const WRITE_BYTES = 256 * 1024;
