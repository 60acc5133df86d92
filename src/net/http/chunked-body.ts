// The chunked coding (RFC 9112 section 7.1) as it comes, in pieces of any size, in time that is proportional to what comes: a
// server may give each byte a chunk of its own, and each chunk in a piece of its own.

import { parseChunkSize } from "./http1-head.ts";
import { excerpt } from "../url.ts";

/** Takes the chunked coding off the pieces of one body. */
export class ChunkedBody {
  readonly #malformed: (why: string) => Error;
  #state: State = "size";
  /** Of the present chunk. */
  #size = 0;
  #left = 0;
  /** What has come of a line. */
  #line = "";
  #dataBytes = 0;
  #framingBytes = 0;
  #trailerBytes = 0;
  #rest: Buffer = NOTHING;

  /** @param malformed makes the error that says why a body is not valid */
  constructor(malformed: (why: string) => Error) {
    this.#malformed = malformed;
  }

  get isComplete(): boolean {
    return this.#state === "complete";
  }

  /** What came after the body. */
  get rest(): Buffer {
    return this.#rest;
  }

  /** Where the body is at the moment, for what is said of one that was cut. */
  get place(): string {
    return this.#state === "data" ? `after ${this.#size - this.#left} of ${this.#size} bytes` : BETWEEN;
  }

  /**
   * Reads a piece, and gives the data in it: a view where they stand together, else a copy.
   *
   * @throws what `malformed` makes
   */
  take(piece: Buffer): Buffer {
    let data = NOTHING;
    let space: Buffer | undefined;
    for (let at = 0; at < piece.length;) {
      if (this.#state === "complete") {
        this.#rest = piece.subarray(at);
        break;
      }
      if (this.#state !== "data") {
        at = this.#takeLine(piece, at);
        continue;
      }
      const end = Math.min(piece.length, at + this.#left);
      if (data.length === 0) data = piece.subarray(at, end);
      else {
        if (space === undefined) {
          space = Buffer.allocUnsafe(piece.length);
          data.copy(space);
        }
        piece.copy(space, data.length, at, end);
        data = space.subarray(0, data.length + end - at);
      }
      this.#left -= end - at;
      this.#dataBytes += end - at;
      at = end;
      if (this.#left === 0) this.#state = "end-of-data";
    }
    return data;
  }

  /** Reads up to the end of a line, or of the piece; gives where it ended. */
  #takeLine(piece: Buffer, from: number): number {
    const lineFeed = piece.indexOf(LF, from);
    const end = lineFeed === -1 ? piece.length : lineFeed;
    if (this.#line.length + end - from > MAX_LINE_BYTES)
      throw this.#malformed("a line of its chunked coding is too long");
    this.#line += piece.toString("latin1", from, end);
    this.#framingBytes += end - from + 1;
    if (this.#framingBytes > MAX_FRAMING_BYTES + this.#dataBytes)
      throw this.#malformed("its chunked coding takes more bytes than its body");
    if (lineFeed === -1) return end;
    const line = this.#line.endsWith("\r") ? this.#line.slice(0, -1) : this.#line;
    this.#line = "";
    this.#endLine(line);
    return lineFeed + 1;
  }

  #endLine(line: string): void {
    switch (this.#state) {
      case "size": {
        const size = parseChunkSize(line);
        if (size === undefined) throw this.#malformed(`a chunk begins with \`${excerpt(line)}\``);
        this.#size = this.#left = size;
        this.#state = size === 0 ? "trailers" : "data";
        break;
      }
      case "end-of-data":
        if (line !== "") throw this.#malformed("a chunk is longer than it says");
        this.#state = "size";
        break;
      case "trailers":
        if (line === "") this.#state = "complete";
        this.#trailerBytes += line.length;
        if (this.#trailerBytes > MAX_TRAILER_BYTES) throw this.#malformed("its trailers are too long");
        break;
      case "data":
      case "complete":
        break;
    }
  }
}

type State = "size" | "data" | "end-of-data" | "trailers" | "complete";

const LF = 0x0a;
const NOTHING: Buffer = Buffer.alloc(0);
const BETWEEN = "between two chunks";
const MAX_LINE_BYTES = 4096;
/** As long as a head may be. */
const MAX_TRAILER_BYTES = 64 * 1024;
/** Servers that write single lines or small values make small chunks, though not for megabytes. */
const MAX_FRAMING_BYTES = 4 * 1024 ** 2;
