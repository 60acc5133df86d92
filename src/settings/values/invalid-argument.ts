// What is wrong with a command line, in clap's words, as uv prints it.

import { PinionError } from "../../errors.ts";

/** A usage error of these paragraphs, the first of them the message, followed by the pointer to `--help`. */
export function invalidArgument(...paragraphs: readonly string[]): PinionError {
  return new PinionError("usage/invalid-argument", [...paragraphs, MORE].join("\n\n"));
}

/** A value that an option or argument does not accept. `option` as the help writes it: `--exclude-newer <EXCLUDE_NEWER>`. */
export function invalidValue(value: string, { option, why }: { option: string; why: string }): PinionError {
  return invalidArgument(`invalid value '${value}' for '${option}': ${why}`);
}

/** Two options of which only one can be given. */
export function conflictingArguments(one: string, other: string): PinionError {
  return invalidArgument(`the argument '${one}' cannot be used with '${other}'`);
}

/** A command that needs packages, or files of requirements, was given none. `command`: `pip install`. */
export function nothingRequested(command: string, kind: "files" | "requirements"): PinionError {
  const needed = kind === "files" ? "<file|--group <GROUP>>" : "<package|--requirement <REQUIREMENTS>>";
  return invalidArgument(
    `the following required arguments were not provided:\n  ${needed}`,
    `Usage: pinion ${command} [options] ${kind === "files" ? needed : "[package...]"}`,
  );
}

const MORE = "For more information, try '--help'.";
