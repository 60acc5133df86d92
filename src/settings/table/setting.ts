// What the table of settings says about each of them: how it is spelled, where it is read, and what it is read as.

import type { Sourced } from "../origin.ts";

/** What one place says of a setting. */
export type SettingValue = string | boolean | number | readonly string[];

export interface SettingDefinition extends UngroupedDefinition {
  readonly group: SettingGroup;
}

/** What is said of a setting itself; its group is its table's. */
interface UngroupedDefinition {
  /** What the text of a flag, variable or file is turned into. */
  readonly type: "text" | "path" | "boolean" | "count" | "seconds" | "whole-number" | "list" | "choice";
  readonly summary: string;
  /** As commander writes it, the value named as in uv where the option is uv's: `-i, --index-url <INDEX_URL>`. Settings without one are set elsewhere only. */
  readonly flag?: string;
  readonly aliases?: readonly string[];
  /** Flags that say the opposite, the last of both counts: `--no-offline`. Help does not list them. */
  readonly counters?: readonly string[];
  /** Flags without a value that stand for one: `--no-color` for `--color never`. Help does not list them. */
  readonly presets?: readonly { readonly flag: string; readonly value: string }[];
  readonly choices?: readonly string[];
  /** Other words for some of the choices, as uv has them. Help does not list them. */
  readonly synonyms?: Readonly<Record<string, string>>;
  /** The least whole number. */
  readonly minimum?: 1;
  /** The choice that is made by default; without one, the room that uses the setting has the default. */
  readonly fallback?: string;
  /** uv's variables, the first that is set counts. `PINION_` + the name is always read before them. */
  readonly uvVariables?: readonly string[];
  /** The long names of pip's option, which are its keys in pip.conf and, as `PIP_…`, its variables. */
  readonly pipNames?: readonly string[];
  /** Variables that belong to no tool, such as `SSL_CLIENT_CERT`; they come after Pinion's and before uv's. */
  readonly commonVariables?: readonly string[];
  /** Key at the top of uv.toml and `[tool.uv]`, and whether uv knows it only in `uv.toml`. */
  readonly uvKey?: string;
  readonly isUvTomlOnly?: true;
  /** Key at the top of uv's files whose `true` stands for `:all:`. */
  readonly uvAllKey?: string;
  /** Key in uv's `[pip]` table. */
  readonly uvPipKey?: string;
  /** A name that counts only in pip.conf: its variable is read elsewhere. */
  readonly pipKey?: string;
  /** pip takes any yes or no as yes: `no-cache-dir = false` switches the cache off. */
  readonly isPipPresence?: true;
  /** How one text is cut into a list: uv's and pip's variables differ. */
  readonly uvSeparator?: " " | ",";
  /** TOML may hold it as a table too, uv's only so: `{ name = "value" }` for `name=value`. */
  readonly table?: TableKind;
  /** TOML holds it as an array of tables, each of which becomes its JSON, or of such tables and strings. */
  readonly holdsTables?: "only" | "and-strings";
  /** uv's files may hold one string instead of a list. */
  readonly isUvTextOrList?: true;
  /** It says where files are: no file can say it. */
  readonly isFileless?: true;
  /** A project's file cannot say it (`project-authority.ts`). */
  readonly isUserOnly?: true;
  /** A project's file can only switch it on: off, more would be trusted than the user said (`project-authority.ts`). */
  readonly isOnlySwitchedOn?: true;
  /** Entries of a list that a project's file cannot have (`project-authority.ts`): the first group is their name. */
  readonly userOnlyEntries?: { readonly pattern: RegExp; readonly what: string };
  /** It names what is written: a project's file can only name a place in its own folder (`project-authority.ts`). */
  readonly staysInProject?: true;
  /** It is accepted and has no effect, for this reason: help does not list it, and a warning reports it. */
  readonly withoutEffect?: string;
  /** Its value is never shown. */
  readonly isSecret?: true;
}

/**
 * What a table holds by its keys: dates or `false`, rules, settings of build backends; by package such settings, requirements
 * and tables, or variables.
 */
export type TableKind =
  | "dates"
  | "rules"
  | "settings"
  | "package-settings"
  | "package-requirements"
  | "package-variables";

export type SettingGroup =
  | "index"
  | "resolver"
  | "network"
  | "trust"
  | "installer"
  | "environment"
  | "cache"
  | "output"
  | "configuration";

/** The summary as help prints it. */
export function summaryOf({ summary, fallback }: Pick<SettingDefinition, "summary" | "fallback">): string {
  return fallback === undefined ? summary : `${summary} (default: \`${fallback}\`)`;
}

/** A setting with the way from what was said to its value. */
export interface Setting<T> extends UngroupedSetting<T>, SettingDefinition {}

/** The same before a table puts it in its group. */
export interface UngroupedSetting<T> extends UngroupedDefinition {
  /**
   * @param said what is in force: one value, or for lists all that add up; empty for the default
   * @throws settings/invalid, usage/invalid-argument where a value cannot be understood
   */
  readonly read: (said: readonly Sourced<SettingValue>[]) => T;
}

/** A table of settings, by the types of their values. */
export type SettingTable<Values> = { readonly [Name in keyof Values]: Setting<Values[Name]> };

/** The settings of a table that help lists together. */
export function inGroup<Values>(
  group: SettingGroup,
  settings: { readonly [Name in keyof Values]: UngroupedSetting<Values[Name]> },
): SettingTable<Values>;
export function inGroup(
  group: SettingGroup,
  settings: Readonly<Record<string, UngroupedSetting<unknown>>>,
): Readonly<Record<string, Setting<unknown>>> {
  return Object.fromEntries(Object.entries(settings).map(([name, setting]) => [name, { ...setting, group }]));
}

type Facts = Omit<UngroupedDefinition, "type" | "choices" | "fallback">;

export function flag(facts: Facts): UngroupedSetting<boolean> {
  return { ...facts, type: "boolean", read: ([first]) => first?.value === true };
}

/** How often it was said. */
export function count(facts: Facts): UngroupedSetting<number> {
  return { ...facts, type: "count", read: (said) => numberOf(said) ?? 0 };
}

export function wholeNumber(facts: Facts): UngroupedSetting<number | undefined> {
  return { ...facts, type: "whole-number", read: numberOf };
}

/** Written in seconds, read in milliseconds. */
export function duration(facts: Facts): UngroupedSetting<number | undefined> {
  return {
    ...facts,
    type: "seconds",
    read: (said) => {
      const seconds = numberOf(said);
      return seconds === undefined ? undefined : seconds * 1000;
    },
  };
}

export function text(facts: Facts): UngroupedSetting<string | undefined> {
  return { ...facts, type: "text", read: (said) => textOf(said)?.value };
}

/** As it is written: the working folder and the home are the command's. */
export function path(facts: Facts): UngroupedSetting<string | undefined> {
  return { ...facts, type: "path", read: (said) => textOf(said)?.value };
}

/** A string that is parsed. */
export function parsedText<T>(
  parse: (said: Sourced<string>) => T,
  facts: Facts,
): UngroupedSetting<T | undefined> {
  return {
    ...facts,
    type: "text",
    read: (said) => {
      const found = textOf(said);
      return found === undefined ? undefined : parse(found);
    },
  };
}

export function choice<const T extends string>(
  choices: readonly T[],
  facts: Facts,
): UngroupedSetting<T | undefined> {
  return {
    ...facts,
    type: "choice",
    choices,
    read: ([first]) => choices.find((candidate) => candidate === first?.value),
  };
}

/** A choice that is always made. */
export function choiceOr<const T extends string>(
  fallback: NoInfer<T>,
  choices: readonly T[],
  facts: Facts,
): UngroupedSetting<T> {
  const { read, ...rest } = choice(choices, facts);
  return { ...rest, fallback, read: (said) => read(said) ?? fallback };
}

export function list(facts: Facts): UngroupedSetting<readonly string[]> {
  return parsedList((entries) => entries.map(({ value }) => value), facts);
}

/** A list that is parsed as a whole. */
export function parsedList<T>(
  parse: (entries: readonly Sourced<string>[]) => T,
  facts: Facts,
): UngroupedSetting<T> {
  return { ...facts, type: "list", read: (said) => parse(entriesOf(said)) };
}

/** The entries of a list in the order in which they count, each with its own origin. */
export function entriesOf(said: readonly Sourced<SettingValue>[]): readonly Sourced<string>[] {
  return said.flatMap(({ value, origin }) =>
    isList(value) ? value.map((entry) => ({ value: entry, origin })) : [],
  );
}

function numberOf([first]: readonly Sourced<SettingValue>[]): number | undefined {
  return typeof first?.value === "number" ? first.value : undefined;
}

function textOf([first]: readonly Sourced<SettingValue>[]): Sourced<string> | undefined {
  return typeof first?.value === "string" ? { value: first.value, origin: first.origin } : undefined;
}

function isList(value: SettingValue): value is readonly string[] {
  return Array.isArray(value);
}
