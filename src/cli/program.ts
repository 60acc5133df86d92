// From argv to a command, its arguments and what its flags say; usage errors in clap's words.

import { Command, CommanderError, Option } from "commander";
import { PinionError } from "../errors.ts";
import type { Origin, Sourced } from "../settings/origin.ts";
import type { SettingsLayer } from "../settings/settings.ts";
import { SETTINGS, type SettingDefinition, type SettingName } from "../settings/table.ts";
import { parseSetting, type SettingValue } from "../settings/value.ts";
import type { CommandOption, CommandSpec } from "./command.ts";
import { COMMANDS, GLOBAL_SETTINGS } from "./commands/index.ts";
import { hoistFlags } from "./hoist.ts";
import { usageError } from "./usage-error.ts";

export interface Invocation {
  readonly spec: CommandSpec;
  readonly arguments: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly flags: SettingsLayer;
  /** What to tell of flags that are taken without effect. */
  readonly warnings: readonly string[];
}

/** The command line asked for help or the version, or named no command: this text is the whole answer. */
export interface HelpText {
  readonly text: string;
  /** Whether it is what was asked for, or tells what is missing. */
  readonly isAsked: boolean;
}

/**
 * Reads a command line.
 *
 * @param argv what stands after the program's name
 * @throws usage/invalid-argument, usage/unsupported with the text to print
 */
export function readCommandLine(argv: readonly string[], version: string): Invocation | HelpText {
  const words = hoistFlags(
    argv[0] === "help" ? [...argv.slice(1), "--help"] : argv,
    COMMANDS.map((spec) => spec.words),
    GLOBAL_SETTINGS,
  );
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
    if (error.code === "commander.help" || error.exitCode === 0)
      return { text: written.trimEnd(), isAsked: error.exitCode === 0 };
    throw usageError(error, program, words);
  }
  if (invocation === undefined) throw new Error("a command line that names no command shows its help");
  return invocation;
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
  for (const name of spec.settings) addSetting(command, name, { flags, isHidden: false });
  for (const name of GLOBAL_SETTINGS.filter((global) => !spec.settings.includes(global)))
    addSetting(command, name, { flags, isHidden: true });
  for (const option of spec.options) addOwnOption(command, option, warnings);
  if (spec.examples !== undefined)
    command.addHelpText("after", `\nExamples:\n${spec.examples.map((line) => `  $ ${line}`).join("\n")}`);
  command.action(() =>
    found({ spec, arguments: command.args, options: command.opts(), flags: { values: flags }, warnings }),
  );
}

function addSetting(
  command: Command,
  name: SettingName,
  {
    flags,
    isHidden,
  }: { readonly flags: Map<SettingName, Sourced<SettingValue>>; readonly isHidden: boolean },
): void {
  const definition: SettingDefinition = SETTINGS[name];
  if (definition.flag === undefined) return;
  const spellings = [
    definition.flag,
    ...(definition.aliases ?? []).map((alias) => withValueOf(definition.flag ?? "", alias)),
  ];
  spellings.forEach((spelling, index) => {
    const option = new Option(spelling, definition.summary);
    if (index > 0 || isHidden) option.hideHelp();
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
  for (const counter of definition.counters ?? []) {
    const option = new Option(counter).hideHelp();
    command.addOption(option);
    command.on(`option:${option.name()}`, () =>
      flags.set(name, { value: false, origin: { kind: "flag", flag: counter } }),
    );
  }
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
  { flag, summary, choices, isRepeatable, ignored, counter }: CommandOption,
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
  if (counter !== undefined) command.addOption(new Option(counter).hideHelp());
}

/** `--trusted-host` takes what `--allow-insecure-host <host[:port]>` takes. */
function withValueOf(flag: string, alias: string): string {
  const value = / (<.*>|\[.*\])$/.exec(flag)?.[1];
  return value === undefined ? alias : `${alias} ${value}`;
}

const GROUP_SUMMARIES: Readonly<Record<string, string>> = {
  pip: "Install, remove and look at packages, as `uv pip` does",
  cache: "Look at and clean the cache",
  trust: "Trust a server for itself alone, instead of switching verification off",
  lab: "A laboratory of certificates: an index on loopback behind any shape of TLS",
};
