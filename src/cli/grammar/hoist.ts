// Flags of every command may stand before its words: `pinion --offline pip install flask`, as in uv.

import { SETTINGS, type SettingName } from "../../settings/table/table.ts";
import type { CommandOption } from "./command.ts";

/** Flags of every command. */
export interface HoistedFlags {
  readonly settings: readonly SettingName[];
  readonly options: readonly CommandOption[];
}

/**
 * Moves the flags that stand before or between the words of a command after them.
 *
 * @param commands the words of every command
 * @param flags what may stand there; anything else stays where it is, and is refused there
 */
export function hoistFlags(
  words: readonly string[],
  commands: readonly (readonly string[])[],
  { settings, options }: HoistedFlags,
): readonly string[] {
  let arity: ReadonlyMap<string, boolean> | undefined;
  const path: string[] = [];
  const flags: string[] = [];
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? "";
    if (!word.startsWith("-")) {
      path.push(word);
      if (
        !commands.some(
          (command) => command.length > path.length && path.every((part, at) => command[at] === part),
        )
      )
        return [...path, ...flags, ...words.slice(index + 1)];
      continue;
    }
    // Computed only where a flag comes first, which is rare.
    arity ??= flagArity({ settings, options });
    const takesValue = arity.get(word.split("=", 1)[0] ?? "") ?? shortFlags(word, arity);
    if (takesValue === undefined) break;
    flags.push(word);
    if (takesValue && !word.includes("=")) {
      index += 1;
      flags.push(words[index] ?? "");
    }
  }
  return words;
}

/** Whether each spelling of the flags takes a value. */
function flagArity({ settings, options }: HoistedFlags): ReadonlyMap<string, boolean> {
  const arity = new Map<string, boolean>();
  for (const { flag } of options) arity.set(flag.split(" ", 1)[0] ?? "", flag.includes(" <"));
  for (const name of settings) {
    const { flag = "", aliases = [], counters = [], presets = [], type } = SETTINGS[name];
    const spellings = flag.split(/,? /).filter((part) => part.startsWith("-"));
    for (const spelling of [...spellings, ...aliases])
      arity.set(spelling, type !== "boolean" && type !== "count");
    for (const preset of presets) arity.set(preset.flag, false);
    for (const counter of counters) arity.set(counter, false);
  }
  return arity;
}

/** Short flags without values in one word: `-qq`, `-nv`. */
function shortFlags(word: string, arity: ReadonlyMap<string, boolean>): false | undefined {
  const isKnown =
    /^-[a-z]{2,}$/i.test(word) &&
    word
      .slice(1)
      .split("")
      .every((letter) => arity.get(`-${letter}`) === false);
  return isKnown ? false : undefined;
}
