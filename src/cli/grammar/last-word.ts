// What one word of a command line is: the last one, or the value of a setting.

import { VERSION } from "../../version.ts";
import type { SettingName } from "../../settings/table/table.ts";
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

/** Whether the value of this setting is one word of the command line, and that word nothing else. */
export function isOnlyValueOf(setting: SettingName, given: string, argv: readonly string[]): boolean {
  const at = argv.indexOf(given);
  const [one, other] = [argv, argv.with(at, ANOTHER)].map((words) => readCommandLine(words, VERSION));
  if (one === undefined || other === undefined || "text" in one || "text" in other) return false;
  const withoutValue = (read: typeof one, value: string): string =>
    JSON.stringify(
      [read.spec.words, read.arguments, read.options, [...read.flags.values], read.warnings],
      (_, entry: unknown) => (entry === value ? null : entry),
    );
  return (
    argv.lastIndexOf(given) === at &&
    one.flags.values.get(setting)?.value === given &&
    other.flags.values.get(setting)?.value === ANOTHER &&
    withoutValue(one, given) === withoutValue(other, ANOTHER)
  );
}

const ANOTHER = "./another";
