// The only way to a person's screen: results to stdout, everything else to stderr, as loud as requested.

import { styleText } from "node:util";
import type { Period } from "../../api/events.ts";
import { hideLogins } from "../../errors.ts";
import type { Screen } from "./screen.ts";
import { safeJson, safeText, unshownValues, withoutValues } from "./safe-text.ts";
import { formatDuration } from "./text.ts";

export type Style =
  | "error"
  | "warning"
  | "hint"
  | "name"
  | "dim"
  | "count"
  | "path"
  | "added"
  | "removed"
  | "changed"
  | "good"
  | "latest";

export interface OutputOptions {
  readonly stdout: Screen;
  readonly stderr: Screen;
  /** 0: everything. 1 (`-q`): what scripts read. 2 (`-qq`): nothing. */
  readonly quiet: number;
  readonly verbose: number;
  readonly color: "auto" | "always" | "never";
  readonly isJson: boolean;
  readonly hasProgress: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The words of the command line. */
  readonly argv?: readonly string[];
}

/** What was written to a descriptor: pieces with the time that it took between them. */
export interface Written {
  readonly descriptor: 1 | 2;
  readonly pieces: readonly string[];
}

/** What a run with the same circumstances would write again. */
export interface Repeatable {
  readonly written: readonly Written[];
  /** When it would; undefined: at any time. */
  readonly period: Period | undefined;
}

/** A line that ends with how long something took; `pieces` stand around the duration. */
export interface TimedLine {
  readonly pieces: readonly [string, string];
  readonly milliseconds: number;
}

export class Output {
  readonly #options: OutputOptions;
  readonly #written: Written[] = [];
  #isRepeatable = false;
  #period: Period | undefined;
  readonly #warned = new Set<string>();
  readonly #unshown: ReadonlyMap<string, string>;
  /** Called before anything is written to stderr, so that a progress bar can make room. */
  #beforeWrite: (() => void) | undefined;

  constructor(options: OutputOptions) {
    this.#options = options;
    this.#unshown = unshownValues([...(options.argv ?? []), ...Object.values(options.env)]);
  }

  get isJson(): boolean {
    return this.#options.isJson;
  }

  get verbosity(): number {
    return this.#options.verbose;
  }

  get stderr(): Screen {
    return this.#options.stderr;
  }

  /** Whether moving progress may be shown: on a terminal, and neither quiet, verbose nor JSON. */
  get showsProgress(): boolean {
    const { stderr, quiet, verbose, isJson, hasProgress } = this.#options;
    return stderr.isTerminal && quiet === 0 && verbose === 0 && !isJson && hasProgress;
  }

  /**
   * All that was written, if {@link markRepeatable} was called. Not with `-v`, which shows how the answer was found.
   */
  get repeatable(): Repeatable | undefined {
    if (!this.#isRepeatable || this.#options.verbose > 0) return undefined;
    return { written: this.#written, period: this.#period };
  }

  /** All that was written so far. */
  get written(): readonly Written[] {
    return this.#written;
  }

  /** Whether {@link status} is shown. */
  get showsStatus(): boolean {
    return this.#options.quiet === 0 && !this.#options.isJson;
  }

  /** States that the same words, variables and files lead to the same answer, at any time or in this period. */
  markRepeatable(period?: Period): void {
    this.#isRepeatable = true;
    this.#period = period;
  }

  /**
   * The columns that text on stderr may take: `COLUMNS`, else the terminal's width. Undefined where there is neither,
   * or `UV_NO_WRAP` is set: then lines are as long as they are.
   */
  get width(): number | undefined {
    return this.#widthOf(this.#options.stderr);
  }

  /** As {@link width}, for results. */
  get resultWidth(): number | undefined {
    return this.#widthOf(this.#options.stdout);
  }

  #widthOf(screen: Screen): number | undefined {
    const { env } = this.#options;
    if (isSet(env["UV_NO_WRAP"])) return undefined;
    const columns = env["COLUMNS"]?.trim() ?? "";
    if (/^\d{1,4}$/.test(columns)) return Number(columns);
    // What is written after a use of its stream goes through that.
    return screen.isTerminal ? screen.stream.columns : undefined;
  }

  onBeforeWrite(callback: (() => void) | undefined): void {
    this.#beforeWrite = callback;
  }

  /** A result for a person, such as `show`: `-q` silences it. */
  print(text: string): void {
    if (this.#options.quiet === 0) this.#writeResult(text);
  }

  /** A result that scripts read, such as `freeze`: only `-qq` silences it. */
  result(text: string): void {
    if (this.#options.quiet < 2) this.#writeResult(text);
  }

  /** A result that is text with lines of its own, such as a lock: never silenced. */
  text(text: string): void {
    this.#options.stdout.write(safeText(text, { hasColor: wantsColor(this.#options.stdout, this.#options) }));
  }

  /** A document for programs, in one line. */
  json(value: unknown): void {
    if (this.#options.quiet < 2) this.#writeOut(safeJson(value));
  }

  /** A failure as a document for programs: like messages, it holds no value that is not shown. */
  jsonFailure(error: object): void {
    const hide = (_: string, entry: unknown): unknown =>
      typeof entry === "string" ? withoutValues(entry, this.#unshown) : entry;
    this.json({ error: JSON.parse(JSON.stringify(error, hide)) as unknown });
  }

  /** A document for programs, with two spaces a level, as uv prints it. */
  indentedJson(value: unknown): void {
    if (this.#options.quiet < 2) this.#writeOut(safeJson(value, 2));
  }

  /** What was done, for the person who waits. */
  status(text: string): void {
    if (this.showsStatus) this.#write([hideLogins(text)]);
  }

  /** A {@link status} that says how long it took. */
  timedStatus({ pieces, milliseconds }: TimedLine): void {
    if (this.showsStatus) this.#write(pieces, formatDuration(milliseconds));
  }

  /** Told once, however often it is said. */
  warn(message: string): void {
    const text = hideLogins(message);
    if (this.#options.quiet > 0 || this.#warned.has(text)) return;
    this.#warned.add(text);
    this.#write([
      `${this.style("warning", "warning")}${this.style("name", ":")} ${this.style("name", text)}`,
    ]);
  }

  /** Only `-qq` silences it: the exit code remains. */
  error(text: string): void {
    if (this.#options.quiet < 2) this.#write([text]);
  }

  /** What another program writes for the user, as it comes. Only `-qq` silences it: it may be the URL of a login. */
  passOn(text: string): void {
    if (this.#options.quiet >= 2) return;
    this.#beforeWrite?.();
    this.#options.stderr.write(text);
  }

  debug(text: string): void {
    if (this.#options.verbose > 0) this.#write([`${this.style("dim", "DEBUG")} ${text}`]);
  }

  /** A message, before it is laid out in lines, without what no message may hold. */
  withoutValues(text: string): string {
    return withoutValues(text, this.#unshown);
  }

  /** Styles a string for stderr. */
  style(style: Style, text: string): string {
    return wantsColor(this.#options.stderr, this.#options) ? dress(style, text) : text;
  }

  /** Styles a string for stdout, which may be a file while stderr is a terminal. */
  resultStyle(style: Style, text: string): string {
    return wantsColor(this.#options.stdout, this.#options) ? dress(style, text) : text;
  }

  #writeResult(text: string): void {
    this.#writeOut(safeText(text, { hasColor: wantsColor(this.#options.stdout, this.#options) }));
  }

  #writeOut(text: string): void {
    this.#written.push({ descriptor: 1, pieces: [`${text}\n`] });
    this.#options.stdout.write(`${text}\n`);
  }

  #write(written: readonly string[], duration = ""): void {
    this.#beforeWrite?.();
    const hasColor = wantsColor(this.#options.stderr, this.#options);
    const pieces = written.map((piece) => safeText(withoutValues(piece, this.#unshown), { hasColor }));
    this.#written.push({ descriptor: 2, pieces: [...pieces.slice(0, -1), `${pieces.at(-1) ?? ""}\n`] });
    this.#options.stderr.write(`${pieces.join(duration)}\n`);
  }
}

function dress(style: Style, text: string): string {
  return styleText(STYLES[style], text, { validateStream: false });
}

function wantsColor(screen: Screen, { color, env }: OutputOptions): boolean {
  if (color !== "auto") return color === "always";
  if (isSet(env["NO_COLOR"])) return false;
  if (isSet(env["FORCE_COLOR"]) || isSet(env["CLICOLOR_FORCE"])) return true;
  return screen.isTerminal && env["TERM"] !== "dumb";
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== "";
}

const STYLES: Readonly<Record<Style, Parameters<typeof styleText>[0]>> = {
  error: ["red", "bold"],
  warning: ["yellow", "bold"],
  hint: ["cyan", "bold"],
  name: ["bold"],
  dim: ["dim"],
  count: ["dim", "bold"],
  path: ["cyan"],
  added: ["green"],
  removed: ["red"],
  changed: ["yellow"],
  good: ["green"],
  latest: ["bold", "cyan"],
};
