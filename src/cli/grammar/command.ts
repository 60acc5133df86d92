// What a command of the command line is: its words, its options, and the module that runs it, loaded when it is needed.

import type { Environment } from "../../settings/variables.ts";
import type { Settings } from "../../settings/settings.ts";
import type { SettingName } from "../../settings/table/table.ts";
import type { Output } from "../screen/output.ts";
import type { Recording } from "../recording.ts";

/** 0: done. 1: an explained failure. 2: usage, or anything unexpected. */
export type ExitCode = 0 | 1 | 2;

export interface CommandOption {
  /** As commander writes it, the value named as in uv where the option is uv's: `-d, --depth <DEPTH>`. */
  readonly flag: string;
  /** Only of those that help lists. */
  readonly summary?: string;
  readonly choices?: readonly string[];
  readonly isRepeatable?: true;
  /** The command does nothing without it. */
  readonly isRequired?: true;
  /** Long flags of the same command that cannot stand beside it. */
  readonly excludes?: readonly string[];
  /** Help does not list it. */
  readonly isHidden?: true;
  /** The flag that takes it back, the last of both counts: `--no-strict`. Help does not list it. */
  readonly counter?: string;
  /** A flag that other tools have and that is taken without effect: the message. */
  readonly ignored?: string;
  /** A flag that other tools have and that is refused: the message. */
  readonly refused?: string;
}

export interface CommandArgument {
  /** As commander writes it: `<file>` where it must be given, else `[package...]`. */
  readonly syntax: string;
  readonly summary: string;
}

export interface CommandSpec {
  readonly words: readonly string[];
  readonly aliases?: readonly string[];
  readonly summary: string;
  /** What stands after the words, in its order. */
  readonly arguments?: readonly CommandArgument[];
  /** What must stand after the options, where the arguments do not show it: `<file|--group <GROUP>>`. */
  readonly usage?: string;
  readonly settings: readonly SettingName[];
  /** Whose section of pip.conf counts besides `[global]`; by default that of the last word. */
  readonly pipSection?: "install";
  /** What a setting means for this command, where its own summary does not fit: for help, and loaded for it. */
  readonly summaries?: () => Partial<Readonly<Record<SettingName, string>>>;
  readonly options: readonly CommandOption[];
  readonly examples?: readonly string[];
  load(): Promise<{ run(context: CommandContext): Promise<ExitCode> }>;
}

/** A command in the table. Only the one that runs is described, which keeps the others out of a start. */
export interface CommandEntry {
  readonly words: readonly string[];
  readonly describe: () => CommandDescription;
}

export type CommandDescription = Omit<CommandSpec, "words">;

/** What follows the words of a command: `[options] --lock <FILE>`. */
export function usageOf({
  arguments: given = [],
  usage = given.map(({ syntax }) => syntax).join(" "),
  options,
}: Pick<CommandSpec, "arguments" | "usage" | "options">): string {
  const required = options.filter(({ isRequired }) => isRequired === true);
  return ["[options]", ...required.map(({ flag }) => longOf(flag)), usage]
    .filter((part) => part !== "")
    .join(" ");
}

/** `--output-file <OUTPUT_FILE>` of `-o, --output-file <OUTPUT_FILE>`. */
export function longOf(flag: string): string {
  return flag.replace(/^-\w, /, "");
}

export function specOf({ words, describe }: CommandEntry): CommandSpec {
  return { words, ...describe() };
}

export interface CommandContext {
  readonly words: readonly string[];
  readonly arguments: readonly string[];
  /** The whole command line as it was typed, after the program's name. */
  readonly argv: readonly string[];
  /** The command's own options by their camel-case name, as commander gives them. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly settings: Settings;
  readonly env: Environment;
  readonly cwd: string;
  readonly home: string;
  readonly output: Output;
  readonly signal: AbortSignal;
  /** Keeps what this run comes to, where its words may be answered from memory. */
  readonly recording?: Recording | undefined;
  /** Whether the last word of the command line is the command's only argument, and nothing else. */
  readonly isLastWordArgument: () => boolean;
  /** Whether the value of this setting is one word of the command line, and that word nothing else. */
  readonly isOnlyValueOf: (setting: SettingName, value: string) => boolean;
  /** Every command that there is. */
  readonly commands: readonly CommandEntry[];
}

/** Whether one of the command's own options was given. */
export function hasOption(context: CommandContext, name: string): boolean {
  return context.options[name] === true;
}

/** The text of one of the command's own options. */
export function textOption(context: CommandContext, name: string): string | undefined {
  const value = context.options[name];
  return typeof value === "string" ? value : undefined;
}

/** The values of one of the command's own repeatable options. */
export function listOption(context: CommandContext, name: string): readonly string[] {
  const value = context.options[name];
  return Array.isArray(value) ? value.filter((entry) => typeof entry === "string") : [];
}
