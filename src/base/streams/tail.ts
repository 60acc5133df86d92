// The end of a stream, kept in time that is proportional to the stream, however small its pieces are.

/** Keeps the last bytes of a stream. */
export class Tail {
  readonly #maxBytes: number;
  /** Twice as long as what is kept at most, so that it is moved only once for every `maxBytes` that come. */
  #buffer = Buffer.alloc(0);
  #length = 0;
  #isCut = false;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Whether something came before what is kept. */
  get isCut(): boolean {
    return this.#isCut || this.#length > this.#maxBytes;
  }

  add(piece: Buffer): void {
    const last = piece.subarray(Math.max(0, piece.length - this.#maxBytes));
    if (last.length < piece.length) this.#isCut = true;
    if (this.#length + last.length > this.#buffer.length) this.#makeRoom(last.length);
    this.#buffer.set(last, this.#length);
    this.#length += last.length;
  }

  bytes(): Buffer {
    return this.#buffer.subarray(Math.max(0, this.#length - this.#maxBytes), this.#length);
  }

  #makeRoom(length: number): void {
    const kept = this.bytes();
    this.#isCut = this.isCut;
    const wanted = Math.min(2 * (kept.length + length), 2 * this.#maxBytes);
    const buffer = wanted > this.#buffer.length ? Buffer.allocUnsafe(wanted) : this.#buffer;
    buffer.set(kept, 0);
    this.#buffer = buffer;
    this.#length = kept.length;
  }
}
