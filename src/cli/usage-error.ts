// commander's command whose refusals are clap's words, made from the names it is given and not from its messages.

import { Command, type Help, type Option } from "commander";
import { shownValue } from "../net/url.ts";
import { editDistance } from "../settings/edit-distance.ts";
import { longOf } from "./command.ts";
import { COMMANDS } from "./command-table/commands.ts";
import { HelpLayout } from "./help-layout.ts";
import { invalidArgument } from "../settings/invalid-argument.ts";

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

  /** Refuses two options that exclude each other. */
  conflict(one: string, other: string): never {
    throw invalidArgument(`the argument '${one}' cannot be used with '${other}'`, ...this.#usageLine());
  }

  missingArgument(): never {
    const missing = this.registeredArguments.slice(this.args.length).filter(({ required }) => required);
    this.missing(missing.map((argument) => `<${argument.name()}>`));
  }

  /** Refuses a command line without what must be given: arguments as `<file>`, options as `--lock <file>`. */
  missing(names: readonly string[]): never {
    throw invalidArgument(
      ["the following required arguments were not provided:", ...names].join("\n  "),
      ...this.#usageLine(),
    );
  }

  optionMissingArgument(option: Option): never {
    throw invalidArgument(`a value is required for '${longOf(option.flags)}' but none was supplied`);
  }

  unknownOption(flag: string): never {
    const visible = this.options.filter(({ hidden }) => !hidden).flatMap(({ long }) => long ?? []);
    const similar = similarWord(
      flag,
      visible.filter((long) => isNegative(long) === isNegative(flag)),
    );
    throw invalidArgument(
      `unexpected argument '${flag}' found`,
      ...(similar === undefined ? [] : [`  tip: a similar argument exists: '${similar}'`]),
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
    throw invalidArgument(`unrecognized subcommand '${word}'`, ...this.#tipFor(word), ...this.#usageLine());
  }

  /** What the word probably means; nothing where that is not known, because a wrong tip costs more than none. */
  #tipFor(word: string): readonly string[] {
    const otherwise = NAMED_OTHERWISE.get(word);
    if (otherwise !== undefined) return [`  tip: ${otherwise}`];
    const similar = similarWord(
      word,
      this.commands.flatMap((command) => [command.name(), ...command.aliases()]),
    );
    // In a group, the same word of another group means something else: `cache list`.
    const isRoot = this.parent === null;
    const whole = COMMANDS.filter(({ words }) => words.at(-1) === word && (isRoot || words.length === 1));
    const found =
      whole.length > 0
        ? whole.map(({ words }) => `pinion ${words.join(" ")}`)
        : similar === undefined
          ? []
          : [`${pathOf(this)} ${similar}`];
    if (found.length === 0) return [];
    const list = found.map((command) => `'${command}'`).join(", ");
    return [
      found.length === 1
        ? `  tip: a similar subcommand exists: ${list}`
        : `  tip: some similar subcommands exist: ${list}`,
    ];
  }

  #usageLine(): readonly string[] {
    return [`Usage: ${pathOf(this)} ${this.usage()}`];
  }
}

/** An option with a list of values that it accepts. */
export function choiceOption(option: Option, choices: readonly string[]): Option {
  return option.choices(choices).argParser((value) => {
    if (!choices.includes(value))
      throw invalidArgument(
        `invalid value '${shownValue(value)}' for '${longOf(option.flags)}'\n  [possible values: ${choices.join(", ")}]`,
      );
    return value;
  });
}

/** The word that a mistyped one probably means; undefined where none is close enough to be suggested. */
export function similarWord(word: string, candidates: readonly string[]): string | undefined {
  const limit = word.length < SHORT_WORD ? 1 : 2;
  let best: { readonly candidate: string; readonly distance: number } | undefined;
  for (const candidate of candidates) {
    const distance = editDistance(word, candidate);
    if (distance <= limit && (best === undefined || distance < best.distance)) best = { candidate, distance };
  }
  return best?.candidate;
}

/** A suggestion must not turn an option into its opposite: `--only-deps` does not mean `--no-deps`. */
function isNegative(flag: string): boolean {
  return flag.startsWith("--no-");
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}

/** What uv, npm and others call what Pinion calls otherwise. */
const NAMED_OTHERWISE: ReadonlyMap<string, string> = new Map([
  ...["add", "i"].map((word) => [word, "to install packages, use 'pinion pip install'"] as const),
  ...["remove", "rm"].map((word) => [word, "to remove packages, use 'pinion pip uninstall'"] as const),
  ...["update", "upgrade"].map(
    (word) => [word, "to upgrade packages, use 'pinion pip install --upgrade'"] as const,
  ),
  ["outdated", "to list outdated packages, use 'pinion pip list --outdated'"],
  ["export", "to write a lock file, use 'pinion pip compile'; for its files, 'pinion cache export'"],
]);

// In a shorter word, two changes make another word: `add`, `rm`.
const SHORT_WORD = 6;
