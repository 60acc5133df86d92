// Memory for archives, used again. What is dropped stays until the engine's collector comes, which does not hurry for memory
// outside of its heap: a hundred downloads would lie there at one time.

import { append } from "../values/group-by.ts";

/** Owns what is not in use. Sizes are rounded up to powers of two; what is never written to costs no memory. */
export class BufferPool {
  readonly #free = new Map<number, ArrayBuffer[]>();

  /** Memory of at least so many bytes, with anything in it: what was given back, or new. */
  take(bytes: number): Buffer {
    const size = Math.max(MIN_BYTES, 2 ** Math.ceil(Math.log2(bytes)));
    if (size > MAX_BYTES) return Buffer.allocUnsafeSlow(bytes);
    // What is larger than needed before what is new, since nothing of it is ever freed.
    for (let fitting = size; fitting <= MAX_BYTES; fitting *= 2) {
      const free = this.#free.get(fitting)?.pop();
      if (free !== undefined) return Buffer.from(free);
    }
    return Buffer.allocUnsafeSlow(size);
  }

  /** Takes memory back, of which the caller keeps nothing; what no pool has made is left to the collector. */
  give({ buffer }: Uint8Array): void {
    const size = buffer.byteLength;
    if (
      !(buffer instanceof ArrayBuffer) ||
      size < MIN_BYTES ||
      size > MAX_BYTES ||
      !Number.isInteger(Math.log2(size))
    )
      return;
    append(this.#free, size, buffer);
  }

  /** Leaves everything to the collector. */
  clear(): void {
    this.#free.clear();
  }
}

const MIN_BYTES = 256 * 1024;
/** What is larger is rare, and goes at once. */
const MAX_BYTES = 8 * 1024 ** 2;
