// Lines out of pieces of text, as they come from a pipe: in time that is proportional to the text, however small the pieces are and
// however long a line is.

/** Puts the lines of one stream together. */
export class LineReader {
  readonly #onLine: (line: string) => void;
  readonly #maxLength: number;
  /** What follows the last line break. */
  #open = "";

  /** @param maxLength what is longer than this is handed on as several lines */
  constructor(onLine: (line: string) => void, maxLength: number) {
    this.#onLine = onLine;
    this.#maxLength = maxLength;
  }

  /** Hands on each line that this piece ends, without its `\n` or `\r\n`. */
  add(text: string): void {
    let start = 0;
    for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", start)) {
      this.#extend(text.slice(start, end));
      this.#end();
      start = end + 1;
    }
    this.#extend(text.slice(start));
  }

  /** Hands on what has no line break yet. */
  flush(): void {
    if (this.#open !== "") this.#end();
  }

  #extend(text: string): void {
    let start = 0;
    while (this.#open.length + text.length - start > this.#maxLength) {
      const end = start + this.#maxLength - this.#open.length;
      this.#open += text.slice(start, end);
      this.#end();
      start = end;
    }
    // Engines put strings together without copying them until they are looked at, which happens once for each line.
    this.#open += text.slice(start);
  }

  #end(): void {
    const line = this.#open;
    this.#open = "";
    this.#onLine(line.endsWith("\r") ? line.slice(0, -1) : line);
  }
}
