// From argv to a command, its arguments and what its flags say; usage errors in clap's words.

import { Command, CommanderError, Option } from "commander";
import { PinionError } from "../errors.ts";
import type { Origin, Sourced } from "../settings/origin.ts";
import type { SettingsLayer } from "../settings/settings.ts";
import { SETTINGS, type SettingDefinition, type SettingName } from "../settings/table.ts";
import { parseSetting, type SettingValue } from "../settings/value.ts";
import type { CommandOption, CommandSpec } from "./command.ts";
import { COMMANDS } from "./commands/index.ts";

export interface Invocation {
  readonly spec: CommandSpec;
  readonly arguments: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly flags: SettingsLayer;
  /** What to tell of flags that are taken without effect. */
  readonly warnings: readonly string[];
}

/** The command line asked for help or the version: this text is the whole answer. */
export interface HelpText {
  readonly text: string;
}

/**
 * Reads a command line.
 *
 * @param words argv after the program's name
 * @throws usage/invalid-argument, usage/unsupported with the text to print
 */
export function readCommandLine(words: readonly string[], version: string): Invocation | HelpText {
  let invocation: Invocation | undefined;
  let written = "";
  const program = buildProgram(words, version, (found) => (invocation = found));
  const configure = (command: Command): void => {
    command.exitOverride().configureOutput({
      writeOut: (text) => (written += text),
      writeErr: (text) => (written += text),
      outputError: () => undefined,
    });
    command.commands.forEach(configure);
  };
  configure(program);
  try {
    program.parse([...words], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0 || error.code === "commander.help") return helpOrUsage(program, words, written);
    throw usageError(error, program, words);
  }
  return invocation ?? { text: written };
}

/** Only the commands that the words can mean get their options: building all of them costs start-up time. */
function buildProgram(
  words: readonly string[],
  version: string,
  found: (invocation: Invocation) => void,
): Command {
  const program = new Command("pinion")
    .description("Install Python packages from any index, over any TLS that your network throws at you")
    .version(`pinion ${version}`, "-V, --version", "Print the version")
    .helpOption("-h, --help", "Print help")
    .helpCommand("help [command]", "Print the help of a command");
  const named = words.filter((word) => !word.startsWith("-"));
  const groups = new Map<string, Command>();
  for (const spec of COMMANDS) {
    const [first, second] = spec.words;
    let parent = program;
    if (second !== undefined && first !== undefined) {
      const group = groups.get(first) ?? program.command(first).description(GROUP_SUMMARIES[first] ?? "");
      groups.set(first, group);
      parent = group;
    }
    const command = parent.command(second ?? first ?? "").description(spec.summary);
    for (const alias of spec.aliases ?? []) command.alias(alias);
    if (isNamed(spec, named)) addOptions(command, spec, found);
  }
  return program;
}

function isNamed(spec: CommandSpec, named: readonly string[]): boolean {
  const last = spec.words.at(-1) ?? "";
  return named.includes(last) || (spec.aliases ?? []).some((alias) => named.includes(alias));
}

function addOptions(command: Command, spec: CommandSpec, found: (invocation: Invocation) => void): void {
  if (spec.argument !== undefined) command.argument(spec.argument.syntax, spec.argument.summary);
  const flags = new Map<SettingName, Sourced<SettingValue>>();
  const warnings: string[] = [];
  for (const name of spec.settings) addSetting(command, name, flags);
  for (const option of spec.options) addOwnOption(command, option, warnings);
  if (spec.examples !== undefined)
    command.addHelpText("after", `\nExamples:\n${spec.examples.map((line) => `  $ ${line}`).join("\n")}`);
  command.action((...given: unknown[]) => {
    found({ spec, arguments: command.args, options: command.opts(), flags: { values: flags }, warnings });
    void given;
  });
}

function addSetting(
  command: Command,
  name: SettingName,
  flags: Map<SettingName, Sourced<SettingValue>>,
): void {
  const definition: SettingDefinition = SETTINGS[name];
  if (definition.flag === undefined) return;
  const spellings = [
    definition.flag,
    ...(definition.aliases ?? []).map((alias) => withValueOf(definition.flag ?? "", alias)),
  ];
  spellings.forEach((spelling, index) => {
    const option = new Option(spelling, definition.summary);
    if (index > 0) option.hideHelp();
    if (definition.choices !== undefined) option.choices(definition.choices);
    command.addOption(option);
    command.on(`option:${option.name()}`, (text: string | null) => {
      const origin: Origin = { kind: "flag", flag: option.long ?? option.short ?? spelling };
      flags.set(name, {
        value: flagValue(name, definition, { text, origin, before: flags.get(name)?.value }),
        origin,
      });
    });
  });
}

function flagValue(
  name: SettingName,
  definition: SettingDefinition,
  given: { readonly text: string | null; readonly origin: Origin; readonly before: SettingValue | undefined },
): SettingValue {
  const { text, origin, before } = given;
  if (definition.type === "boolean") return true;
  if (definition.type === "count") return (typeof before === "number" ? before : 0) + 1;
  if (definition.type === "list")
    return [...(Array.isArray(before) ? (before as readonly string[]) : []), text ?? ""];
  return parseSetting(name, definition, { text: text ?? "", origin });
}

function addOwnOption(
  command: Command,
  { flag, summary, choices, isRepeatable, ignored }: CommandOption,
  warnings: string[],
): void {
  const option = new Option(flag, summary);
  if (choices !== undefined) option.choices(choices);
  if (isRepeatable === true)
    option.argParser((text: string, before: string[] | undefined) => [...(before ?? []), text]);
  if (ignored !== undefined) {
    option.hideHelp();
    command.on(`option:${option.name()}`, () => {
      if (ignored === "refuse")
        throw new PinionError(
          "usage/unsupported",
          `pip's \`${option.long ?? flag}\` is unsupported (use a virtual environment instead)`,
        );
      warnings.push(ignored);
    });
  }
  command.addOption(option);
}

/** `--trusted-host` takes what `--allow-insecure-host <host[:port]>` takes. */
function withValueOf(flag: string, alias: string): string {
  const value = / (<.*>|\[.*\])$/.exec(flag)?.[1];
  return value === undefined ? alias : `${alias} ${value}`;
}

function helpOrUsage(program: Command, words: readonly string[], written: string): HelpText {
  return { text: (written === "" ? commandOf(program, words).helpInformation() : written).trimEnd() };
}

/** The command that the words lead to, as far as they name one. */
function commandOf(program: Command, words: readonly string[]): Command {
  let command = program;
  for (const word of words) {
    const next = command.commands.find(
      (candidate) => candidate.name() === word || candidate.aliases().includes(word),
    );
    if (next !== undefined) command = next;
  }
  return command;
}

function usageError(error: CommanderError, program: Command, words: readonly string[]): PinionError {
  const command = commandOf(program, words);
  const path = pathOf(command);
  const usage = `Usage: ${path} ${command.usage()}`;
  const more = "For more information, try '--help'.";
  const text = (...parts: string[]): PinionError =>
    new PinionError("usage/invalid-argument", [...parts, more].join("\n\n"));
  const quoted = /'([^']*)'/.exec(error.message)?.[1] ?? "";
  const suggestion = /\(Did you mean (?:one of )?([^)?]*)/.exec(error.message)?.[1]?.split(",")[0]?.trim();
  switch (error.code) {
    case "commander.unknownOption":
      return text(
        `unexpected argument '${quoted}' found`,
        ...(suggestion === undefined ? [] : [`  tip: a similar argument exists: '${suggestion}'`]),
        usage,
      );
    case "commander.unknownCommand":
    case "commander.excessArguments": {
      const word =
        quoted === ""
          ? (words.find((candidate) => !candidate.startsWith("-") && !path.split(" ").includes(candidate)) ??
            "")
          : quoted;
      const similar =
        COMMANDS.find((spec) => spec.words.at(-1) === word)?.words.join(" ") ??
        (suggestion === undefined ? undefined : `${path} ${suggestion}`.replace(/^pinion /, ""));
      if (command.commands.length === 0) return text(`unexpected argument '${word}' found`, usage);
      return text(
        `unrecognized subcommand '${word}'`,
        ...(similar === undefined ? [] : [`  tip: a similar subcommand exists: 'pinion ${similar}'`]),
        usage,
      );
    }
    case "commander.optionMissingArgument":
      return text(`a value is required for '${quoted.replace(/^-\w, /, "")}' but none was supplied`);
    case "commander.missingArgument":
      return text(`the following required arguments were not provided:\n  <${quoted}>`, usage);
    case "commander.invalidArgument": {
      const match = /option '([^']*)' argument '([^']*)' is invalid\. Allowed choices are (.*)\.$/.exec(
        error.message,
      );
      if (match === null) return text(error.message.replace(/^error: /, ""));
      return text(
        `invalid value '${match[2]}' for '${(match[1] ?? "").replace(/^-\w, /, "")}'\n  [possible values: ${match[3]}]`,
      );
    }
    default:
      return text(error.message.replace(/^error: /, ""), usage);
  }
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}

const GROUP_SUMMARIES: Readonly<Record<string, string>> = {
  pip: "Install, remove and look at packages, as `uv pip` does",
  cache: "Look at and clean the cache",
  trust: "Trust a server for itself alone, instead of switching verification off",
  lab: "A laboratory of certificates: an index on loopback behind any shape of TLS",
};
