// Moving progress on a terminal: one line for what is being looked up, bars for what is being downloaded.

import { barLayout, fitName } from "./bar-layout.ts";
import type * as CliProgress from "cli-progress";
import type { InstallerEvent } from "../../api/events.ts";
import type { Output } from "./output.ts";
import { count, formatBytes } from "./text.ts";

type Library = (typeof CliProgress)["default"];

interface Download {
  /** Undefined where it is unknown. */
  readonly total: number | undefined;
  received: number;
  bar: CliProgress.SingleBar | undefined;
}

/** Shows events of an installer while it works; does nothing where progress is not wanted. */
export class Progress {
  readonly #output: Output;
  readonly #library: Library | undefined;
  /** What is under way, in the order in which it began; the first of them have bars. */
  readonly #downloads = new Map<string, Download>();
  #bars: CliProgress.MultiBar | undefined;
  #tried = 0;
  #hasLine = false;

  private constructor(output: Output, library: Library | undefined) {
    this.#output = output;
    this.#library = library;
    // Lines are written where nothing moves; the bars come back below them.
    if (library !== undefined) output.onBeforeWrite(() => this.#clear());
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
        this.#downloads.set(event.filename, { total: event.bytes, received: 0, bar: undefined });
        this.#showBars(this.#library);
        return;
      case "download-progress": {
        const download = this.#downloads.get(event.filename);
        if (download === undefined) return;
        download.received = event.bytes;
        if (download.bar === undefined) this.#showBars(this.#library);
        else download.bar.update(event.bytes);
        return;
      }
      case "download-finished": {
        const bar = this.#downloads.get(event.filename)?.bar;
        this.#downloads.delete(event.filename);
        if (bar !== undefined) this.#bars?.remove(bar);
        if (this.#downloads.size === 0) this.#clear();
        else this.#showBars(this.#library);
        return;
      }
      case "build-hook":
        this.#showLine(`${HOOKS[event.hook] ?? "Building"} ${event.subject}`);
        return;
      case "build-started":
      case "build-output":
      case "build-finished":
      case "git-started":
      case "git-finished":
      case "resolved":
      case "preparing":
      case "packing":
      case "packed":
      case "prepared":
      case "removed":
      case "installed":
      case "program-output":
      case "waiting":
      case "warning":
      case "detail":
        return;
    }
  }

  /** Takes everything moving off the screen. */
  stop(): void {
    this.#downloads.clear();
    this.#clear();
    this.#output.onBeforeWrite(undefined);
  }

  /** Gives a bar to each of the first downloads that has none; more would not fit on the screen. */
  #showBars(library: Library): void {
    for (const [filename, download] of [...this.#downloads].slice(0, MOST_BARS)) {
      if (download.bar !== undefined) continue;
      this.#clearLine();
      this.#bars ??= this.#makeBars(library);
      const name = fitName(filename, barLayout(this.#width).name);
      download.bar = this.#bars.create(download.total ?? 0, download.received, { filename: name });
    }
  }

  #makeBars(library: Library): CliProgress.MultiBar {
    return new library.MultiBar({
      stream: this.#output.stderr.stream,
      clearOnComplete: true,
      hideCursor: true,
      barsize: barLayout(this.#width).bar,
      barCompleteChar: "━",
      barIncompleteChar: "─",
      format: "{filename} {bar} {value}/{total}",
      formatValue: (value, _, type) => {
        if (type === "total" && value === 0) return "?";
        return type === "value" || type === "total" ? formatBytes(value) : String(value);
      },
    });
  }

  /** `COLUMNS`, else the terminal's. */
  get #width(): number {
    return this.#output.width ?? this.#output.stderr.stream.columns;
  }

  #showLine(text: string): void {
    this.#output.stderr.write(`${CLEAR_LINE}${text.slice(0, Math.max(this.#width - 1, 1))}`);
    this.#hasLine = true;
  }

  #clear(): void {
    this.#bars?.stop();
    this.#bars = undefined;
    for (const download of this.#downloads.values()) download.bar = undefined;
    this.#clearLine();
  }

  #clearLine(): void {
    if (!this.#hasLine) return;
    this.#output.stderr.write(CLEAR_LINE);
    this.#hasLine = false;
  }
}

// Terminals have 24 lines at least; half of them are enough.
const MOST_BARS = 10;

const CLEAR_LINE = "\r\u001B[2K";

const HOOKS: Readonly<Record<string, string>> = {
  get_requires_for_build_wheel: "Reading the build requirements of",
  get_requires_for_build_editable: "Reading the build requirements of",
  get_requires_for_build_sdist: "Reading the build requirements of",
  prepare_metadata_for_build_wheel: "Preparing the metadata of",
  prepare_metadata_for_build_editable: "Preparing the metadata of",
  build_wheel: "Building the wheel of",
  build_editable: "Building the editable wheel of",
  build_sdist: "Building the source distribution of",
};
