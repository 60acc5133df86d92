// The bytes of a tar archive, which come in pieces, taken in the sizes of the archive, and no more of them than allowed.

import type { Turns } from "../base/work/turns.ts";
import { PinionError } from "../errors.ts";
import { BLOCK_BYTES, isZeros, malformedTar } from "./tar-header.ts";

export interface TarPiecesOptions {
  /** How many bytes the archive may have without its compression. Default: any number. */
  readonly maxBytes?: number | undefined;
  /** Given away between the blocks: a piece that is there already may hold very many members. */
  readonly turns: Turns;
}

/** Bytes that come in pieces, taken in the sizes of the archive. */
export class TarPieces {
  readonly #source: AsyncIterator<Buffer>;
  readonly #maxBytes: number;
  readonly #turns: Turns;
  #rest: Buffer = Buffer.alloc(0);
  #read = 0;

  constructor(source: AsyncIterable<Buffer>, options: TarPiecesOptions) {
    this.#source = source[Symbol.asyncIterator]();
    this.#maxBytes = options.maxBytes ?? Infinity;
    this.#turns = options.turns;
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
      if (this.#turns.isDue) await this.#turns.give();
      if (this.#rest.length === 0) await this.#refill();
      const piece = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(piece.length);
      left -= piece.length;
      take(piece);
    }
    await this.#take(paddedSize(size) - size);
  }

  /** After the first block of zeros there is a second one, the padding of the last record, and nothing else. */
  async expectZeros(): Promise<void> {
    let zeros = 0;
    for (let piece: Buffer | undefined = this.#rest; piece !== undefined; piece = await this.#next()) {
      zeros += piece.length;
      if (zeros > MAX_END_BYTES) throw malformedTar("there are too many zeros after its end");
      if (!isZeros(piece)) throw malformedTar("there are bytes after its end");
    }
    if (zeros < BLOCK_BYTES) throw malformedTar("it is cut off");
  }

  /** Lets go of the source, also where it was not read to its end. */
  async close(): Promise<void> {
    await this.#source.return?.();
  }

  async #take(length: number): Promise<Buffer> {
    if (this.#turns.isDue) await this.#turns.give();
    while (this.#rest.length < length) await this.#refill();
    const taken = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(length);
    return taken;
  }

  async #refill(): Promise<void> {
    const piece = await this.#next();
    if (piece === undefined) throw malformedTar("it is cut off");
    this.#rest = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece]);
  }

  async #next(): Promise<Buffer | undefined> {
    const next = await this.#source.next();
    if (next.done === true) return undefined;
    this.#read += next.value.length;
    if (this.#read > this.#maxBytes) throw tooLargeTar(this.#maxBytes);
    return next.value;
  }
}

/** The error for an archive that has more bytes than it may. */
export function tooLargeTar(limit: number): PinionError {
  return new PinionError("archive/too-large", `The tar archive would unpack to more than ${limit} bytes`, {
    details: { limit },
  });
}

/** The size of data with the padding after it. */
export function paddedSize(size: number): number {
  return Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES;
}

/** GNU tar and libarchive fill the last record, 10 KiB by default and at most some hundred with `--blocking-factor`. */
const MAX_END_BYTES = 1024 ** 2;
