// From argv to a command, its arguments and what its flags say; usage errors in clap's words.

import { CommanderError, Option, type Command } from "commander";
import { madeOnce } from "../../base/work/once.ts";
import { PinionError } from "../../errors.ts";
import { formatOrigin, type Origin, type Sourced } from "../../settings/origin.ts";
import type { SettingsLayer } from "../../settings/settings.ts";
import { SETTINGS, summaryOf, type SettingDefinition, type SettingName } from "../../settings/table/table.ts";
import { parseSetting, refusePem } from "../../settings/values/value.ts";
import type { SettingValue } from "../../settings/table/setting.ts";
import { longOf, specOf, usageOf, type CommandOption, type CommandSpec } from "./command.ts";
import { COMMANDS } from "../command-table/commands.ts";
import { GLOBAL_OPTIONS } from "../command-table/other-tools-options.ts";
import { GLOBAL_SETTINGS } from "../command-table/setting-groups.ts";
import { helpExamples, MAX_HELP_COLUMNS } from "../screen/help-layout.ts";
import { hoistFlags } from "./hoist.ts";
import { ClapCommand, ClapOption, choiceOption } from "./usage-error.ts";

export interface Invocation {
  readonly spec: CommandSpec;
  readonly arguments: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly flags: SettingsLayer;
  /** What to print about flags that are accepted without effect. */
  readonly warnings: readonly string[];
}

/** The command line asked for help or the version, or named no command: this text is the whole answer. */
export interface HelpText {
  readonly text: string;
  /** Whether it is the requested command, or reports what is missing. */
  readonly isAsked: boolean;
}

/**
 * Reads a command line.
 *
 * @param argv what stands after the program's name
 * @param columns how wide the terminal is, asked only for help
 * @throws usage/invalid-argument, usage/unsupported with the text to print
 */
export function readCommandLine(
  argv: readonly string[],
  version: string,
  columns: () => number | undefined = () => undefined,
): Invocation | HelpText {
  const written = hoistFlags(
    argv[0] === "help" ? helpOf(argv.slice(1)) : argv,
    COMMANDS.map((entry) => entry.words),
    { settings: GLOBAL_SETTINGS, options: GLOBAL_OPTIONS },
  );
  const whole = wholeCommand(written[0]);
  const words = whole === undefined ? written : [...whole, ...written.slice(1)];
  let invocation: Invocation | undefined;
  let help = "";
  const program = buildProgram(words, version, (found) => (invocation = found));
  const helpWidth = (): number => columns() ?? MAX_HELP_COLUMNS;
  const configure = (command: Command): void => {
    command.exitOverride().configureOutput({
      writeOut: (text) => (help += text),
      writeErr: (text) => (help += text),
      outputError: () => undefined,
      getOutHelpWidth: helpWidth,
      getErrHelpWidth: helpWidth,
    });
    command.commands.forEach(configure);
  };
  configure(program);
  try {
    program.parse([...words], { from: "user" });
  } catch (error) {
    // What is left to commander is help and the version: its refusals are ClapCommand's.
    if (!(error instanceof CommanderError)) throw error;
    return { text: help.trimEnd(), isAsked: error.exitCode === 0 };
  }
  if (invocation === undefined) throw new Error("a command line that names no command shows its help");
  if (whole === undefined) return invocation;
  const note = `\`pinion ${written[0] ?? ""}\` means \`pinion ${whole.join(" ")}\``;
  return { ...invocation, warnings: [note, ...invocation.warnings] };
}

/** `help lock diff` is `lock diff --help`; words that name no command are reported as such. */
function helpOf(words: readonly string[]): readonly string[] {
  const isKnown =
    wholeCommand(words[0]) !== undefined ||
    COMMANDS.some((entry) =>
      words.every((word, index) => word.startsWith("-") || entry.words[index] === word),
    );
  return isKnown ? [...words, "--help"] : words;
}

/** `install` means `pip install`, unless there is a command of the word itself. */
function wholeCommand(word: string | undefined): readonly string[] | undefined {
  if (COMMANDS.some(({ words }) => words[0] === word)) return undefined;
  return COMMANDS.find(({ words }) => words[0] === "pip" && words[1] === word)?.words;
}

/**
 * Only what the words can mean is built, because building everything costs start-up time: a command that is named
 * outright only, and of its options those that are there; all of them where one is unknown or help is requested.
 */
function buildProgram(
  words: readonly string[],
  version: string,
  found: (invocation: Invocation) => void,
): Command {
  const program = new ClapCommand("pinion").helpOption("-h, --help", "Print help");
  const outright = COMMANDS.findLast((entry) => entry.words.every((word, index) => words[index] === word));
  if (outright === undefined) {
    program
      .description("Install Python packages from any index, over any TLS that your network throws at you")
      .version(`pinion ${version}`, "-V, --version", "Print the version")
      .helpCommand("help [command]", "Print the help of a command");
    for (const name of GLOBAL_SETTINGS) {
      const { flag, summary }: SettingDefinition = SETTINGS[name];
      if (flag !== undefined && SHOWN_GLOBALLY.has(name))
        program.addOption(new Option(flag, summary).helpGroup("Options of every command:"));
    }
  }
  const named = words.filter((word) => !word.startsWith("-"));
  const groups = new Map<string, ClapCommand>();
  for (const spec of (outright === undefined ? COMMANDS : [outright]).map(specOf)) {
    const [first, second] = spec.words;
    const parent =
      second === undefined || first === undefined
        ? program
        : madeOnce(groups, first, () => program.subcommand(first, GROUP_SUMMARIES[first] ?? ""));
    const command = parent.subcommand(second ?? first ?? "", spec.summary);
    for (const alias of spec.aliases ?? []) command.alias(alias);
    if (isNamed(spec, named)) addOptions(command, spec, { words, found });
  }
  return program;
}

function isNamed(spec: CommandSpec, named: readonly string[]): boolean {
  const last = spec.words.at(-1) ?? "";
  return named.includes(last) || (spec.aliases ?? []).some((alias) => named.includes(alias));
}

function addOptions(
  command: ClapCommand,
  spec: CommandSpec,
  { words, found }: { readonly words: readonly string[]; readonly found: (invocation: Invocation) => void },
): void {
  for (const { syntax, summary } of spec.arguments ?? []) command.argument(syntax, summary);
  command.usage(usageOf(spec));
  const flags = new Map<SettingName, Sourced<SettingValue>>();
  const warnings: string[] = [];
  const hidden = GLOBAL_SETTINGS.filter((global) => !spec.settings.includes(global));
  const declarations = [
    ...spec.settings.flatMap((name) =>
      declareSetting(command, name, { flags, isHidden: false, summariesOf: spec.summaries }),
    ),
    ...hidden.flatMap((name) => declareSetting(command, name, { flags, isHidden: true })),
    ...[...spec.options, ...globalOptions(spec)].flatMap((option) =>
      declareOwnOption(command, option, warnings),
    ),
  ];
  const selected = selectDeclarations(declarations, words);
  for (const { add } of selected) add(selected === declarations ? "help" : "parsing");
  const { examples } = spec;
  if (examples !== undefined)
    command.addHelpText("after", () => helpExamples(examples, command.configureOutput().getOutHelpWidth?.()));
  command.action(() => {
    const options = givenOptions(command);
    refuseExcluded(command, spec);
    refuseConflicts(command, flags);
    refuseMissing(command, spec);
    found({ spec, arguments: command.args, options, flags: { values: flags }, warnings });
  });
}

/** Those that the command has no option of its own for. */
function globalOptions({ options }: CommandSpec): readonly CommandOption[] {
  return GLOBAL_OPTIONS.filter(({ flag }) => !options.some((own) => own.flag === flag));
}

/** What stands on the command line: a declared `--no-x` by itself makes `x` true. */
function givenOptions(command: ClapCommand): Record<string, unknown> {
  const all = Object.entries(command.opts<Record<string, unknown>>());
  return Object.fromEntries(all.filter(([name]) => command.getOptionValueSource(name) !== "default"));
}

function refuseExcluded(command: ClapCommand, { options }: CommandSpec): void {
  const given = givenOptions(command);
  const isGiven = (flag: string): boolean => given[new Option(flag).attributeName()] !== undefined;
  for (const { flag, excludes = [] } of options)
    for (const other of excludes)
      if (isGiven(flag) && isGiven(other)) command.conflict(new Option(flag).long ?? flag, other);
}

/** Settings of which only one can be given on the command line, as in uv; the first one given is named first. */
function refuseConflicts(command: ClapCommand, flags: ReadonlyMap<SettingName, Sourced<SettingValue>>): void {
  const given = [...flags].filter(([, { value }]) => value !== false).map(([name]) => name);
  for (const [place, first] of given.entries())
    for (const second of given.slice(place + 1))
      if (CONFLICTS.some((pair) => pair.includes(first) && pair.includes(second)))
        command.conflict(shownFlag(first), shownFlag(second));
}

function shownFlag(name: SettingName): string {
  const { flag = name, type }: SettingDefinition = SETTINGS[name];
  return `${longOf(flag)}${type === "count" ? "..." : ""}`;
}

function refuseMissing(command: ClapCommand, { options }: CommandSpec): void {
  const given = givenOptions(command);
  const missing = options.filter(
    ({ flag, isRequired }) => isRequired === true && given[new Option(flag).attributeName()] === undefined,
  );
  if (missing.length > 0) command.missing(missing.map(({ flag }) => longOf(flag)));
}

const CONFLICTS: readonly (readonly SettingName[])[] = [
  ["verbose", "quiet"],
  ["extra", "all-extras"],
  ["no-build", "no-binary"],
  ["no-build", "only-binary"],
  ["universal", "python-platform"],
  ["target", "prefix"],
];

/** An option that a command may have; what it costs is making it. */
interface Declaration {
  /** As commander writes it: `-r, --requirement <REQUIREMENTS>`. */
  readonly spelling: string;
  /** Only help needs its summary. */
  readonly add: (purpose: Purpose) => void;
}

type Purpose = "help" | "parsing";

/** The options that are there; all of them where one is unknown, which is reported with what is similar, or for help. */
function selectDeclarations(
  declarations: readonly Declaration[],
  words: readonly string[],
): readonly Declaration[] {
  const end = words.indexOf("--");
  const given = (end === -1 ? words : words.slice(0, end)).filter((word) => /^-./.test(word));
  const wanted = new Set(given.map((word) => word.split("=", 1)[0] ?? ""));
  const selected: Declaration[] = [];
  const found = new Set<string>();
  for (const declaration of declarations) {
    const names = declaration.spelling.split(/,? /).filter((name) => wanted.has(name));
    if (names.length > 0) selected.push(declaration);
    for (const name of names) found.add(name);
  }
  return found.size === wanted.size ? selected : declarations;
}

function declareSetting(
  command: Command,
  name: SettingName,
  {
    flags,
    isHidden,
    summariesOf,
  }: {
    readonly flags: Map<SettingName, Sourced<SettingValue>>;
    readonly isHidden: boolean;
    readonly summariesOf?: CommandSpec["summaries"];
  },
): readonly Declaration[] {
  const definition: SettingDefinition = SETTINGS[name];
  if (definition.flag === undefined) return [];
  const spellings = [
    definition.flag,
    ...(definition.aliases ?? []).map((alias) => withValueOf(definition.flag ?? "", alias)),
  ];
  const addSpelling = (spelling: string, index: number, purpose: Purpose): void => {
    const { group } = definition;
    const summary = purpose === "parsing" ? "" : (summariesOf?.()[name] ?? summaryOf(definition));
    const option = new ClapOption(spelling, summary, definition.flag).helpGroup(
      `${group.charAt(0).toUpperCase()}${group.slice(1)} options:`,
    );
    if (index > 0 || isHidden || definition.withoutEffect !== undefined) option.hideHelp();
    if (definition.choices !== undefined) choiceOption(option, definition.choices, definition.synonyms);
    command.addOption(option);
    command.on(`option:${option.name()}`, (text: string | null) => {
      const origin: Origin = { kind: "flag", flag: option.long ?? option.short ?? spelling };
      flags.set(name, {
        value: flagValue(name, definition, { text, origin, before: flags.get(name)?.value }),
        origin,
      });
    });
  };
  /** A flag without a value of its own. */
  const standingFor = (flag: string, value: string | false): Declaration => ({
    spelling: flag,
    add: () => {
      const option = new Option(flag).hideHelp();
      command.addOption(option);
      command.on(`option:${option.name()}`, () => flags.set(name, { value, origin: { kind: "flag", flag } }));
    },
  });
  return [
    ...(definition.presets ?? []).map(({ flag, value }) => standingFor(flag, value)),
    ...spellings.map((spelling, index) => ({
      spelling,
      add: (purpose: Purpose) => addSpelling(spelling, index, purpose),
    })),
    ...(definition.counters ?? []).map((counter) => standingFor(counter, false)),
  ];
}

function flagValue(
  name: SettingName,
  definition: SettingDefinition,
  given: { readonly text: string | null; readonly origin: Origin; readonly before: SettingValue | undefined },
): SettingValue {
  const { text, origin, before } = given;
  if (definition.type === "boolean") return true;
  if (definition.type === "count") return (typeof before === "number" ? before : 0) + 1;
  if (definition.type === "list") {
    refusePem(text ?? "", formatOrigin(origin));
    return [...(Array.isArray(before) ? (before as readonly string[]) : []), text ?? ""];
  }
  return parseSetting(name, definition, { text: text ?? "", origin });
}

function declareOwnOption(
  command: Command,
  { flag, summary = "", choices, isRepeatable, isHidden, ignored, refused, counter }: CommandOption,
  warnings: string[],
): readonly Declaration[] {
  const add = (): void => {
    const option = new ClapOption(flag, summary);
    if (choices !== undefined) choiceOption(option, choices);
    if (isHidden === true) option.hideHelp();
    if (isRepeatable === true)
      // Commander gives what begins with `--no-` a `true` to start from.
      option.argParser((text: string, before: readonly string[] | true | undefined) => [
        ...(Array.isArray(before) ? before : []),
        text,
      ]);
    if (ignored !== undefined) {
      option.hideHelp();
      command.on(`option:${option.name()}`, () => void warnings.push(ignored));
    }
    if (refused !== undefined) {
      option.hideHelp();
      command.on(`option:${option.name()}`, () => {
        throw new PinionError("usage/unsupported", refused);
      });
    }
    command.on(`option:${option.name()}`, (text: unknown) => {
      if (typeof text === "string") refusePem(text, option.long ?? flag);
    });
    command.addOption(option);
  };
  if (counter === undefined) return [{ spelling: flag, add }];
  const addCounter = (): void => void command.addOption(new Option(counter).hideHelp());
  return [
    { spelling: flag, add },
    { spelling: counter, add: addCounter },
  ];
}

/** `--trusted-host` takes what `--allow-insecure-host <ALLOW_INSECURE_HOST>` takes. */
function withValueOf(flag: string, alias: string): string {
  const value = / (<.*>|\[.*\])$/.exec(flag)?.[1];
  return value === undefined ? alias : `${alias} ${value}`;
}

/** What the root's help lists; the others are for those who know them from pip. */
const SHOWN_GLOBALLY: ReadonlySet<SettingName> = new Set<SettingName>([
  "quiet",
  "verbose",
  "color",
  "no-progress",
  "json",
  "config-file",
  "no-config",
  "directory",
  "cache-dir",
  "no-cache",
  "offline",
]);

const GROUP_SUMMARIES: Readonly<Record<string, string>> = {
  pip: "Install, remove and inspect packages, like `uv pip`",
  cache: "Inspect and clean the cache",
  self: "Check the machine that Pinion runs on",
  lock: "Compare lock files, and check them against the indexes",
  trust: "Trust a certificate for one server only, instead of switching verification off",
  lab: "A certificate laboratory: an index on loopback with any shape of TLS",
};
