// commander's command whose refusals are clap's words, made from the names it is given and not from its messages.

import { Command, Option, type Help, type ParseOptionsResult } from "commander";
import { shownValue } from "../../net/url.ts";
import { longOf } from "./command.ts";
import { HelpLayout } from "../screen/help-layout.ts";
import { pathOf, similarWord, tipFor } from "./similar-words.ts";
import { invalidArgument } from "../../settings/values/invalid-argument.ts";

/** A command that refuses as uv's do. The methods are those that commander itself calls. */
export class ClapCommand extends Command {
  /** Adds a command below this one. */
  subcommand(name: string, summary: string): ClapCommand {
    const command = new ClapCommand(name).description(summary).copyInheritedSettings(this);
    this.addCommand(command);
    return command;
  }

  override createCommand(name?: string): ClapCommand {
    return new ClapCommand(name);
  }

  override createHelp(): Help {
    return new HelpLayout();
  }

  /** Refuses an option where the value of another one must stand, before commander takes it for that value. */
  override parseOptions(args: string[]): ParseOptionsResult {
    const end = args.indexOf("--");
    const words = end === -1 ? args : args.slice(0, end);
    for (let index = 0; index < words.length; index += 1) {
      const option = this.#optionOf(words[index] ?? "");
      if (option?.required !== true) continue;
      index += 1;
      const value = words[index] ?? "";
      if (this.#isOption(value) && !takesOptions(option)) this.optionMissingArgument(option);
    }
    return super.parseOptions(args);
  }

  #optionOf(word: string): Option | undefined {
    return this.options.find(({ long, short }) => long === word || short === word);
  }

  /** Whether a word is an option of the command, with a value or in front of other short ones too. */
  #isOption(word: string): boolean {
    if (!/^-./.test(word)) return false;
    const name = word.startsWith("--") ? word.split("=", 1)[0] : word.slice(0, 2);
    return this.#optionOf(name ?? "") !== undefined;
  }

  /** Refuses two options that exclude each other. */
  conflict(one: string, other: string): never {
    throw invalidArgument(`the argument '${one}' cannot be used with '${other}'`, ...this.#usageLine());
  }

  missingArgument(): never {
    const missing = this.registeredArguments.slice(this.args.length).filter(({ required }) => required);
    this.missing(missing.map((argument) => `<${argument.name()}>`));
  }

  /** Refuses a command line without what must be given: arguments as `<file>`, options as `--lock <FILE>`. */
  missing(names: readonly string[]): never {
    throw invalidArgument(
      ["the following required arguments were not provided:", ...names].join("\n  "),
      ...this.#usageLine(),
    );
  }

  optionMissingArgument(option: Option): never {
    const message = `a value is required for '${quoted(option)}' but none was supplied`;
    throw invalidArgument(message + possibleValues(option.argChoices));
  }

  unknownOption(flag: string): never {
    const visible = this.options.filter(({ hidden }) => !hidden).flatMap(({ long }) => long ?? []);
    const similar = similarWord(
      flag,
      visible.filter((long) => isNegative(long) === isNegative(flag)),
    );
    throw invalidArgument(
      `unexpected argument '${flag}' found`,
      ...(similar === undefined
        ? this.registeredArguments.length > 0
          ? [`  tip: to pass '${flag}' as a value, use '-- ${flag}'`]
          : []
        : [`  tip: a similar argument exists: '${similar}'`]),
      ...this.#usageLine(),
    );
  }

  _excessArguments(received: readonly string[]): never {
    throw invalidArgument(
      `unexpected argument '${received[this.registeredArguments.length] ?? ""}' found`,
      ...this.#usageLine(),
    );
  }

  unknownCommand(): never {
    const word = this.args[0] ?? "";
    throw invalidArgument(`unrecognized subcommand '${word}'`, ...tipFor(word, this), ...this.#usageLine());
  }

  #usageLine(): readonly string[] {
    return [`Usage: ${pathOf(this)} ${this.usage()}`];
  }
}

/** An option, and the spelling by which refusals name it, whichever of its names was typed. */
export class ClapOption extends Option {
  readonly mainSpelling: string;

  constructor(flags: string, summary: string, mainSpelling: string = flags) {
    super(flags, summary);
    this.mainSpelling = mainSpelling;
  }
}

/** An option with a list of values that it accepts. */
export function choiceOption(
  option: Option,
  choices: readonly string[],
  synonyms: Readonly<Record<string, string>> = {},
): Option {
  return option.choices(choices).argParser((value) => {
    if (!choices.includes(value) && !Object.hasOwn(synonyms, value))
      throw invalidArgument(
        `invalid value '${shownValue(value)}' for '${quoted(option)}'${possibleValues(choices)}`,
      );
    return value;
  });
}

/** Whether the values of an option may look like options: a build backend has options of its own. */
function takesOptions(option: Option): boolean {
  return quoted(option).startsWith("--config-setting");
}

/** `--resolution <RESOLUTION>`; `--allow-insecure-host <ALLOW_INSECURE_HOST>` for `--trusted-host` too. */
function quoted(option: Option): string {
  return longOf(option instanceof ClapOption ? option.mainSpelling : option.flags);
}

function possibleValues(choices: readonly string[] = []): string {
  return choices.length === 0 ? "" : `\n  [possible values: ${choices.join(", ")}]`;
}

/** A suggestion must not turn an option into its opposite: `--only-deps` does not mean `--no-deps`. */
function isNegative(flag: string): boolean {
  return flag.startsWith("--no-");
}
