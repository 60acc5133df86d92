// Memory in which the bytes of one connection land, the same for every piece: what would otherwise be allocated for each TLS
// record is gone before the engine's collector looks for it, a download of 157 MB in 10,000 pieces.

/** Owns the memory of one connection. */
export class Landing {
  /** For `onread` of the runtime. */
  readonly buffer: Buffer = Buffer.allocUnsafeSlow(RECORD_BYTES);
  readonly #early: Buffer[] = [];
  #take: ((chunk: Buffer) => void) | undefined;

  /** For `onread` of the runtime: the first bytes of {@link buffer} have come. */
  readonly onRead = (length: number): boolean => {
    const chunk = this.buffer.subarray(0, length);
    if (this.#take === undefined) this.#early.push(Buffer.from(chunk));
    else this.#take(chunk);
    return true;
  };

  /** Hands pieces over from now on; one is valid until `take` returns. */
  attach(take: (chunk: Buffer) => void): void {
    this.#take = take;
    for (const chunk of this.#early.splice(0)) take(chunk);
  }
}

/** The plaintext of a TLS record (RFC 8446 section 5.1), of which the runtime hands over one at a time. */
const RECORD_BYTES = 16 * 1024;
