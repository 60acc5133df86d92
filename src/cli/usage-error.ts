// What is wrong with a command line, in clap's words.

import type { Command, CommanderError } from "commander";
import { PinionError } from "../errors.ts";
import { COMMANDS } from "./commands/index.ts";

/** What commander refuses, as the error to tell. */
export function usageError(error: CommanderError, program: Command, words: readonly string[]): PinionError {
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
    case "commander.excessArguments":
      return text(
        `unexpected argument '${command.args[command.registeredArguments.length] ?? ""}' found`,
        usage,
      );
    case "commander.unknownCommand": {
      const similar =
        COMMANDS.find((spec) => spec.words.at(-1) === quoted)?.words.join(" ") ??
        (suggestion === undefined ? undefined : `${path} ${suggestion}`.replace(/^pinion /, ""));
      return text(
        `unrecognized subcommand '${quoted}'`,
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

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}
