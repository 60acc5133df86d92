// What build backends print, line by line: pieces of lines come from several processes at the same time.

export class BackendLog {
  readonly #show: (line: string) => void;
  /** What follows the last line break, by stream. */
  readonly #open = new Map<string, string>();

  constructor(show: (line: string) => void) {
    this.#show = show;
  }

  /** Shows each line that this piece ends. `stream` tells apart what prints at the same time. */
  add(stream: string, text: string): void {
    const lines = `${this.#open.get(stream) ?? ""}${text}`.split("\n");
    this.#open.set(stream, lines.pop() ?? "");
    for (const line of lines) this.#show(line.endsWith("\r") ? line.slice(0, -1) : line);
  }

  /** Shows what has no line break yet. */
  flush(): void {
    for (const rest of this.#open.values()) if (rest !== "") this.#show(rest);
    this.#open.clear();
  }
}
