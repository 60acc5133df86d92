// What comes in pieces, kept whole: in memory that its length bounds, also where each piece is one byte, for which an object of
// its own would take a hundred.

/** Gathers pieces, in order. */
export class GatheredBytes {
  readonly #parts: Buffer[] = [];
  /** Where small pieces are copied, and how far that is used, since the last part that was made of it. */
  #block: Buffer = Buffer.alloc(0);
  #from = 0;
  #to = 0;

  /** Adds a piece. A large one is kept as it is and must not change any more. */
  add(piece: Buffer): void {
    if (piece.length >= LARGE_BYTES) {
      this.#endPart();
      this.#parts.push(piece);
      return;
    }
    if (this.#to + piece.length > this.#block.length) {
      this.#endPart();
      this.#block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
      this.#from = this.#to = 0;
    }
    piece.copy(this.#block, this.#to);
    this.#to += piece.length;
  }

  /** All of them. */
  bytes(): Buffer {
    this.#endPart();
    const [only] = this.#parts;
    return this.#parts.length === 1 && only !== undefined ? only : Buffer.concat(this.#parts);
  }

  #endPart(): void {
    if (this.#to === this.#from) return;
    this.#parts.push(this.#block.subarray(this.#from, this.#to));
    this.#from = this.#to;
  }
}

const LARGE_BYTES = 1024;
const BLOCK_BYTES = 16 * 1024;
