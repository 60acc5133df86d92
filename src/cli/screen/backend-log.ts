// What build backends print, line by line: pieces of lines come from several processes at the same time.

import { LineReader } from "../../base/streams/line-reader.ts";
import { madeOnce } from "../../base/work/once.ts";

export class BackendLog {
  readonly #show: (line: string) => void;
  readonly #streams = new Map<string, LineReader>();

  constructor(show: (line: string) => void) {
    this.#show = show;
  }

  /** Shows each line that this piece ends. `stream` tells apart what prints at the same time. */
  add(stream: string, text: string): void {
    madeOnce(this.#streams, stream, () => new LineReader(this.#show, MAX_LINE_LENGTH)).add(text);
  }

  /** Shows what has no line break yet. */
  flush(): void {
    for (const lines of this.#streams.values()) lines.flush();
    this.#streams.clear();
  }
}

/** Compilers' command lines have some thousand characters. What is longer is shown in several lines, so that none fills the memory. */
const MAX_LINE_LENGTH = 64 * 1024;
