// Where the bytes of a download go: into memory or into a file. A sink takes them in order, and can begin again.

import { open, type FileHandle } from "node:fs/promises";

import { PinionError } from "../errors.ts";

export interface Sink {
  write(chunk: Buffer): Promise<void>;
  /** Forgets everything; `totalBytes` is what will come, where that is known. */
  restart(totalBytes: number | undefined): Promise<void>;
  /** Everything is written when this resolves. */
  finish(): Promise<void>;
}

/** Collects in memory, without a second copy where the size was given and is true. */
export class MemorySink implements Sink {
  #buffer: Buffer = Buffer.alloc(0);
  #used = 0;

  write(chunk: Buffer): Promise<void> {
    const needed = this.#used + chunk.length;
    if (needed > this.#buffer.length) this.#grow(needed);
    chunk.copy(this.#buffer, this.#used);
    this.#used = needed;
    return Promise.resolve();
  }

  restart(totalBytes: number | undefined): Promise<void> {
    // What a server says of its size is believed only so far: it costs memory before a byte of it has come.
    this.#buffer = Buffer.allocUnsafeSlow(Math.min(totalBytes ?? FIRST_ALLOCATION_BYTES, MAX_BELIEVED_BYTES));
    this.#used = 0;
    return Promise.resolve();
  }

  finish(): Promise<void> {
    return Promise.resolve();
  }

  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#used);
  }

  #grow(needed: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#buffer.length));
    this.#buffer.copy(larger, 0, 0, this.#used);
    this.#buffer = larger;
  }
}

/** Writes a new file in large pieces. */
export class FileSink implements Sink {
  readonly #path: string;
  readonly #file: FileHandle;
  #position = 0;
  #pending: Buffer[] = [];
  #pendingBytes = 0;

  private constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
  }

  /** @throws `cache/unusable` where the file exists or cannot be made */
  static async open(path: string): Promise<FileSink> {
    try {
      return new FileSink(path, await open(path, "wx"));
    } catch (cause) {
      throw unwritable(path, cause);
    }
  }

  async write(chunk: Buffer): Promise<void> {
    this.#pending.push(chunk);
    this.#pendingBytes += chunk.length;
    if (this.#pendingBytes >= WRITE_BYTES) await this.finish();
  }

  async restart(): Promise<void> {
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#position = 0;
    await this.#guard(this.#file.truncate(0));
  }

  async finish(): Promise<void> {
    const pending = Buffer.concat(this.#pending);
    this.#pending = [];
    this.#pendingBytes = 0;
    for (let offset = 0; offset < pending.length;) {
      const { bytesWritten } = await this.#guard(
        this.#file.write(pending, offset, pending.length - offset, this.#position),
      );
      offset += bytesWritten;
      this.#position += bytesWritten;
    }
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  async #guard<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
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
const WRITE_BYTES = 1024 * 1024;
