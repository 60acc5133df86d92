// The head of an HTTP answer as it comes, in pieces of any size (RFC 9112 section 2): each byte is copied and looked at a
// bounded number of times, also where each is a piece of its own, as TLS records of one byte make it.

/** Gathers pieces until the empty line that ends a head. */
export class HeadBytes {
  #space: Buffer = Buffer.alloc(0);
  #length = 0;
  /** No end begins before this offset. */
  #from = 0;

  /** All that has come, until the next piece comes. */
  get bytes(): Buffer {
    return this.#space.subarray(0, this.#length);
  }

  /** Adds a piece, and gives the offset after the empty line that ends the head; -1 where it has not come. */
  add(piece: Buffer): number {
    this.#append(piece);
    const end = endOfHead(this.bytes, this.#from);
    // An end takes up to three bytes, and the last two may be the beginning of one.
    this.#from = Math.max(0, this.#length - 2);
    return end;
  }

  #append(piece: Buffer): void {
    const length = this.#length + piece.length;
    if (this.#length === 0) {
      // Nearly every head comes in one piece.
      this.#space = piece;
    } else {
      if (length > this.#space.length) {
        const larger = Buffer.allocUnsafe(2 * length);
        this.bytes.copy(larger);
        this.#space = larger;
      }
      piece.copy(this.#space, this.#length);
    }
    this.#length = length;
  }
}

/** Lone line feeds count (RFC 9112 section 2.2). */
function endOfHead(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(LF, from); at !== -1; at = bytes.indexOf(LF, at + 1)) {
    if (bytes[at + 1] === LF) return at + 2;
    if (bytes[at + 1] === CR && bytes[at + 2] === LF) return at + 3;
  }
  return -1;
}

const LF = 0x0a;
const CR = 0x0d;
