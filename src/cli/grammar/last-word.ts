// What the last word of a command line is.

import { VERSION } from "../../version.ts";
import { readCommandLine } from "./program.ts";

/**
 * Whether the last word is the command's only argument and nothing else: with another word in its place, all the rest means
 * the same.
 */
export function isLastWordArgument(argv: readonly string[]): boolean {
  const [one, other] = [argv, [...argv.slice(0, -1), ANOTHER]].map((words) =>
    readCommandLine(words, VERSION),
  );
  if (one === undefined || other === undefined || "text" in one || "text" in other) return false;
  const rest = ({ spec, options, flags, warnings }: typeof one): string =>
    JSON.stringify([spec.words, options, [...flags.values], warnings]);
  return (
    one.arguments.length === 1 &&
    other.arguments.length === 1 &&
    other.arguments[0] === ANOTHER &&
    rest(one) === rest(other)
  );
}

const ANOTHER = "./another";
