// What a word probably means that names no command or option.

import type { Command } from "commander";
import { editDistance } from "../../base/text/edit-distance.ts";
import { COMMANDS } from "../command-table/commands.ts";

/** The paragraph about a word that is not a command below this one; nothing where a tip would only be a guess. */
export function tipFor(word: string, command: Command): readonly string[] {
  const otherwise = NAMED_OTHERWISE.get(word);
  if (otherwise !== undefined) return [`  tip: ${otherwise}`];
  // In a group, the same word of another group means something else: `cache list`.
  const isRoot = command.parent === null;
  const whole = COMMANDS.filter(({ words }) => words.at(-1) === word && (isRoot || words.length === 1));
  const found =
    whole.length > 0
      ? whole.map(({ words }) => `pinion ${words.join(" ")}`)
      : COMMANDS.some(({ words }) => words[0] === word)
        ? [`pinion ${word}`]
        : similarCommand(word, command);
  if (found.length === 0) return [];
  const list = found.map((line) => `'${line}'`).join(", ");
  return [
    found.length === 1
      ? `  tip: a similar subcommand exists: ${list}`
      : `  tip: some similar subcommands exist: ${list}`,
  ];
}

/** A command that is below this one; for the first word also one of `pip`, whose name may be left out: `pinion instal`. */
function similarCommand(word: string, command: Command): readonly string[] {
  const below = command.commands.flatMap((each) => [each.name(), ...each.aliases()]);
  const similar = similarWord(word, below);
  if (similar !== undefined) return [`${pathOf(command)} ${similar}`];
  const ofPip = COMMANDS.flatMap(({ words: [group, name] }) =>
    group === "pip" && name !== undefined ? [name] : [],
  );
  const meant = command.parent === null ? similarWord(word, ofPip) : undefined;
  return meant === undefined ? [] : [`pinion pip ${meant}`];
}

/** `pinion pip install` */
export function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
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
