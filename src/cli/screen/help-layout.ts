// The layout of help: as wide as the terminal, but not wider than people read, as clap lays out uv's; without a terminal as
// wide as that. Descriptions stand beside their terms, or below them where the terminal is narrow.

import { Help, type Command } from "commander";
import { pathOf } from "../grammar/similar-words.ts";
import { wrapLine } from "./text.ts";

/** commander's help, in lines that fit. The methods are those that commander itself calls. */
export class HelpLayout extends Help {
  override prepareContext(options: Parameters<Help["prepareContext"]>[0]): void {
    super.prepareContext({ ...options, helpWidth: helpColumns(options.helpWidth) });
  }

  /** Without the aliases that commander puts there: what is copied works with either name. */
  override commandUsage(command: Command): string {
    return `${pathOf(command)} ${command.usage()}`;
  }

  override styleUsage(usage: string): string {
    return wrapLine(usage, this.#columns - USAGE.length).join(`\n${" ".repeat(USAGE.length)}`);
  }

  override padWidth(...call: Parameters<Help["padWidth"]>): number {
    return Math.min(super.padWidth(...call), Math.floor(this.#columns * TERM_SHARE));
  }

  override formatItem(term: string, termWidth: number, description: string): string {
    const first = `${" ".repeat(INDENT)}${term}`;
    if (description === "") return first;
    const column = INDENT + termWidth + GAP;
    if (this.#columns - column < MIN_DESCRIPTION) {
      // A value that does not fit beside its option stands below it.
      const [option = "", ...value] = wrapLine(term, this.#columns - BELOW);
      const below = [...value, ...wrapLine(description, this.#columns - BELOW)].map(indentedBy(BELOW));
      return [`${" ".repeat(INDENT)}${option}`, ...below].join("\n");
    }
    const lines = wrapLine(description, this.#columns - column).map(indentedBy(column));
    if (term.length > termWidth) return [first, ...lines].join("\n");
    const [beside = "", ...rest] = lines;
    return [first.padEnd(column) + beside.slice(column), ...rest].join("\n");
  }

  override boxWrap(text: string, width: number): string {
    return text
      .split("\n")
      .flatMap((line) => wrapLine(line, width))
      .join("\n");
  }

  get #columns(): number {
    return this.helpWidth ?? MAX_HELP_COLUMNS;
  }
}

/** The examples of a command; what is longer than a line goes on after a backslash, so that it can be copied. */
export function helpExamples(examples: readonly string[], terminal: number | undefined): string {
  const columns = helpColumns(terminal);
  return ["", "Examples:", ...examples.map((example) => exampleLines(example, columns))].join("\n");
}

function exampleLines(example: string, columns: number): string {
  const indent = " ".repeat(EXAMPLE_MARK.length);
  if (example.length + EXAMPLE_MARK.length <= columns) return `${EXAMPLE_MARK}${example}`;
  const width = columns - EXAMPLE_MARK.length - CONTINUED.length;
  // An option stays beside its value, where both fit into a line.
  const held = example.replaceAll(OPTION_WITH_VALUE, (pair: string) =>
    pair.length > width ? pair : pair.replace(" ", HELD),
  );
  const lines = wrapLine(held, width).join(`${CONTINUED}\n${indent}`);
  return `${EXAMPLE_MARK}${lines.replaceAll(HELD, " ")}`;
}

function helpColumns(terminal = MAX_HELP_COLUMNS): number {
  return Math.min(Math.max(terminal, MIN_COLUMNS), MAX_HELP_COLUMNS);
}

function indentedBy(columns: number): (line: string) => string {
  return (line) => " ".repeat(columns) + line;
}

/** clap's default, https://docs.rs/clap/latest/clap/struct.Command.html#method.max_term_width */
export const MAX_HELP_COLUMNS = 100;
/** The longest option without its value takes 30. */
const MIN_COLUMNS = 44;
const TERM_SHARE = 0.4;
/** In fewer columns a description is a column of single words. */
const MIN_DESCRIPTION = 30;
const INDENT = 2;
const GAP = 2;
const BELOW = 6;
const USAGE = "Usage: ";
/** A blank at which no line is broken; no example has one. */
const HELD = "\0";
const OPTION_WITH_VALUE = /(?<= )-\S+ [^-\s]\S*/g;
const EXAMPLE_MARK = "  $ ";
const CONTINUED = " \\";
