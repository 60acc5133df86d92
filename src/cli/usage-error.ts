// commander's command whose refusals are clap's words, made from the names it is given and not from its messages.

import { Command, type Option } from "commander";
import { editDistance } from "../settings/edit-distance.ts";
import { COMMANDS } from "./command-table/commands.ts";
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

  /** Refuses two options that exclude each other. */
  conflict(one: string, other: string): never {
    throw invalidArgument(`the argument '${one}' cannot be used with '${other}'`, ...this.#usageLine());
  }

  missingArgument(name: string): never {
    throw invalidArgument(
      `the following required arguments were not provided:\n  <${name}>`,
      ...this.#usageLine(),
    );
  }

  optionMissingArgument(option: Option): never {
    throw invalidArgument(`a value is required for '${withoutShort(option.flags)}' but none was supplied`);
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
    const path = pathOf(this);
    const below = this.commands.flatMap((command) => [command.name(), ...command.aliases()]);
    const whole = COMMANDS.find(({ words }) => words.at(-1) === word)?.words.join(" ");
    const similar = similarWord(word, below);
    const tip = whole === undefined ? similar && `${path} ${similar}` : `pinion ${whole}`;
    throw invalidArgument(
      `unrecognized subcommand '${word}'`,
      ...(tip === undefined ? [] : [`  tip: a similar subcommand exists: '${tip}'`]),
      ...this.#usageLine(),
    );
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
        `invalid value '${value}' for '${withoutShort(option.flags)}'\n  [possible values: ${choices.join(", ")}]`,
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

function withoutShort(flags: string): string {
  return flags.replace(/^-\w, /, "");
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}

// In a shorter word, two changes make another word: `add`, `rm`.
const SHORT_WORD = 6;
