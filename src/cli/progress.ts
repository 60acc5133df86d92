// Moving progress on a terminal: one line for what is being looked up, bars for what is being downloaded.

import type * as CliProgress from "cli-progress";
import type { InstallerEvent } from "../api/events.ts";
import type { Output } from "./output.ts";
import { count, formatBytes } from "./text.ts";

type Library = (typeof CliProgress)["default"];

/** Shows events of an installer while it works; does nothing where progress is not wanted. */
export class Progress {
  readonly #output: Output;
  #library: Library | undefined;
  #bars: CliProgress.MultiBar | undefined;
  readonly #downloads = new Map<string, CliProgress.SingleBar>();
  #tried = 0;
  #hasLine = false;

  private constructor(output: Output, library: Library | undefined) {
    this.#output = output;
    this.#library = library;
    if (library !== undefined) output.onBeforeWrite(() => this.#clearLine());
  }

  static async start(output: Output): Promise<Progress> {
    if (!output.showsProgress) return new Progress(output, undefined);
    const { default: library } = await import("cli-progress");
    return new Progress(output, library);
  }

  show(event: InstallerEvent): void {
    if (this.#library === undefined) return;
    switch (event.kind) {
      case "version-tried":
        this.#tried += 1;
        this.#showLine(
          `Resolving (${count(this.#tried, "version")} tried): ${event.name}==${event.version.text}`,
        );
        return;
      case "download-started":
        this.#clearLine();
        this.#bars ??= this.#makeBars(this.#library);
        this.#downloads.set(
          event.filename,
          this.#bars.create(event.bytes ?? 0, 0, { filename: event.filename }),
        );
        return;
      case "download-progress":
        this.#downloads.get(event.filename)?.update(event.bytes);
        return;
      case "download-finished": {
        const bar = this.#downloads.get(event.filename);
        if (bar !== undefined) this.#bars?.remove(bar);
        this.#downloads.delete(event.filename);
        return;
      }
      case "resolved":
      case "prepared":
      case "removed":
      case "installed":
      case "waiting":
      case "warning":
      case "detail":
        return;
    }
  }

  /** Takes everything moving off the screen. */
  stop(): void {
    this.#bars?.stop();
    this.#bars = undefined;
    this.#clearLine();
    this.#output.onBeforeWrite(undefined);
  }

  #makeBars(library: Library): CliProgress.MultiBar {
    return new library.MultiBar({
      stream: this.#output.stderr.stream,
      clearOnComplete: true,
      hideCursor: true,
      barsize: 24,
      barCompleteChar: "━",
      barIncompleteChar: "─",
      format: "{filename} {bar} {value}/{total}",
      formatValue: (value, _, type) =>
        type === "value" || type === "total" ? formatBytes(value) : String(value),
    });
  }

  #showLine(text: string): void {
    const width = this.#output.stderr.stream.columns;
    this.#output.stderr.write(`\r\u001B[2K${text.slice(0, Math.max(width - 1, 1))}`);
    this.#hasLine = true;
  }

  #clearLine(): void {
    if (!this.#hasLine) return;
    this.#output.stderr.write("\r\u001B[2K");
    this.#hasLine = false;
  }
}
