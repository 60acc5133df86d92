// The bytes of a tar archive, which come in pieces, taken in the sizes of the archive.

import { BLOCK_BYTES, malformedTar } from "./tar-header.ts";

/** Bytes that come in pieces, taken in the sizes of the archive. */
export class TarPieces {
  readonly #source: AsyncIterator<Buffer> | Iterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer> | Iterable<Buffer>) {
    this.#source =
      Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  }

  async block(): Promise<Buffer> {
    return this.#take(BLOCK_BYTES);
  }

  /** Data in memory, with the padding after it. */
  async padded(size: number): Promise<Buffer> {
    return (await this.#take(paddedSize(size))).subarray(0, size);
  }

  /** Data piece by piece, with the padding after it. */
  async each(size: number, take: (piece: Buffer) => void): Promise<void> {
    for (let left = size; left > 0;) {
      if (this.#rest.length === 0) await this.#refill();
      const piece = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(piece.length);
      left -= piece.length;
      take(piece);
    }
    await this.#take(paddedSize(size) - size);
  }

  /** After the first block of zeros there is a second one, and nothing else. */
  async expectZeros(): Promise<void> {
    let zeros = 0;
    for (;;) {
      if (this.#rest.some((byte) => byte !== 0)) throw malformedTar("there are bytes after its end");
      zeros += this.#rest.length;
      const next = await this.#source.next();
      if (next.done === true) break;
      this.#rest = next.value;
    }
    if (zeros < BLOCK_BYTES) throw malformedTar("it is cut off");
  }

  async #take(length: number): Promise<Buffer> {
    while (this.#rest.length < length) await this.#refill();
    const taken = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(length);
    return taken;
  }

  async #refill(): Promise<void> {
    const next = await this.#source.next();
    if (next.done === true) throw malformedTar("it is cut off");
    this.#rest = this.#rest.length === 0 ? next.value : Buffer.concat([this.#rest, next.value]);
  }
}

/** The size of data with the padding after it. */
export function paddedSize(size: number): number {
  return Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES;
}
