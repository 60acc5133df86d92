// How much is read of the metadata of one environment: real ones have some megabytes in all, however many distributions.

import { closeSync, readSync } from "node:fs";

import { openRegularFile, readFileWithin } from "../../base/files/small-file.ts";
import { isPinionError, PinionError } from "../../errors.ts";

export class EnvironmentRoom {
  readonly #maxBytes: number;
  #left: number;

  constructor(maxBytes: number = MAX_BYTES_TOGETHER) {
    this.#maxBytes = maxBytes;
    this.#left = maxBytes;
  }

  /**
   * The text of a small file, such as `direct_url.json`.
   *
   * @throws the system's error, such as ENOENT, EINVAL for what is not a file, and EFBIG; environment/too-large
   */
  file(path: string): string {
    const bytes = readFileWithin(path, MAX_FILE_BYTES);
    this.take(bytes.length);
    return bytes.toString();
  }

  /**
   * The header of METADATA or PKG-INFO: the text up to the first empty line. What follows is not read, however long it is.
   *
   * @throws as {@link file}
   */
  header(path: string): string {
    const header = readHeader(path);
    this.take(header.length);
    return header.toString();
  }

  /** Counts what the values of `Requires-Dist` take once they are read, beside their text. @throws environment/too-large */
  takeRequirements(texts: readonly string[]): void {
    let length = 0;
    for (const text of texts) length += REQUIRES_DIST.length + text.length;
    this.take(length * BYTES_PER_CHARACTER);
  }

  /** Counts what was read in another way. @throws environment/too-large */
  take(bytes: number): void {
    this.#left -= bytes;
    if (this.#left < 0) throw tooLarge(this.#maxBytes);
  }
}

/** Whether the environment as a whole is refused, and not one of its files. */
export function isTooLarge(error: unknown): error is PinionError {
  return isPinionError(error, "environment/too-large");
}

function readHeader(path: string): Buffer {
  const descriptor = openRegularFile(path);
  try {
    const chunks: Buffer[] = [];
    let tail = Buffer.alloc(0);
    for (let length = 0; length <= MAX_HEADER_BYTES;) {
      const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
      const read = chunk.subarray(0, readSync(descriptor, chunk, 0, chunk.length, null));
      if (read.length === 0) return Buffer.concat(chunks);
      chunks.push(read);
      length += read.length;
      const joined = Buffer.concat([tail, read]);
      const ends = EMPTY_LINES.map((line) => joined.indexOf(line)).filter((at) => at !== -1);
      if (ends.length > 0) {
        const before = length - joined.length;
        return Buffer.concat(chunks).subarray(0, before + Math.min(...ends) + 1);
      }
      tail = Buffer.from(read.subarray(-LONGEST_EMPTY_LINE));
    }
  } finally {
    closeSync(descriptor);
  }
  throw Object.assign(new Error(`Cannot read ${path}: its header is larger than ${MAX_HEADER_BYTES} bytes`), {
    code: "EFBIG",
  });
}

function tooLarge(maxBytes: number): PinionError {
  return new PinionError(
    "environment/too-large",
    `The environment cannot be read: its packages have more than ${Math.floor(maxBytes / 1024 ** 2)} MiB of metadata`,
    { details: { maxBytes } },
  );
}

const EMPTY_LINES = ["\n\n", "\n\r\n"] as const;
const LONGEST_EMPTY_LINE = 2;
const REQUIRES_DIST = "Requires-Dist: ";
/** As values, requirements take ten times as much again, as measured; those of all usual distributions together are short. */
const BYTES_PER_CHARACTER = 4;
/** Nearly every header is shorter. */
const CHUNK_BYTES = 64 * 1024;
/** What a wheel's METADATA may have with its description. */
const MAX_HEADER_BYTES: number = 8 * 1024 ** 2;
/** Far above the longest `direct_url.json` and WHEEL. */
const MAX_FILE_BYTES: number = 1024 ** 2;
/** The headers of ten thousand usual distributions. */
const MAX_BYTES_TOGETHER: number = 64 * 1024 ** 2;
