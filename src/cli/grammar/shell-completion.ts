// Completion for shells, made from the outline of the commands. Each script is complete in itself: no call of the command
// while a user types.

import { madeOnce } from "../../base/work/once.ts";
import type { CommandOutline, OptionOutline } from "./command-outline.ts";

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

/** The completion script of a shell, to be sourced or put where the shell looks for it. */
export function shellCompletion(shell: Shell, commands: readonly CommandOutline[]): string {
  switch (shell) {
    case "bash":
      return bashCompletion(commands);
    case "zsh":
      return zshCompletion(commands);
    case "fish":
      return fishCompletion(commands);
  }
}

/** By what was typed so far (`pip install`): the words that may follow, with what they do. */
function nextWords(commands: readonly CommandOutline[]): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const next = new Map<string, Map<string, string>>();
  for (const { words, summary } of commands) {
    for (const [index, word] of words.entries()) {
      const before = words.slice(0, index).join(" ");
      const known = madeOnce(next, before, () => new Map());
      const isLast = index === words.length - 1;
      if (isLast || !known.has(word)) known.set(word, isLast ? summary : `${word} commands`);
    }
  }
  return next;
}

function spellings({ long, short }: OptionOutline): readonly string[] {
  return [long, short].filter((name) => name !== undefined);
}

function bashCompletion(commands: readonly CommandOutline[]): string {
  const groups = [...nextWords(commands)].map(
    ([before, words]) => `    "${before}") words="${[...words.keys()].join(" ")}" ;;`,
  );
  const options = commands.map(
    ({ words, options: own }) => `    "${words.join(" ")}") options="${own.flatMap(spellings).join(" ")}" ;;`,
  );
  const choices = new Map(
    commands
      .flatMap(({ options: own }) => own)
      .filter((option) => option.choices.length > 0)
      .map((option) => [spellings(option).join("|"), option.choices.join(" ")]),
  );
  return `# bash completion for pinion

_pinion() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}"
  local path="" words="" options="" word candidate
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) continue ;; esac
    candidate="\${path:+$path }$word"
    case "$candidate" in
${indentCase(commands.flatMap(prefixesOf))}
        path="$candidate" ;;
      *) break ;;
    esac
  done
  case "$previous" in
${[...choices].map(([names, values]) => `    ${names}) COMPREPLY=($(compgen -W "${values}" -- "$current")); return ;;`).join("\n")}
  esac
  case "$path" in
${groups.join("\n")}
  esac
  case "$path" in
${options.join("\n")}
  esac
  if [[ "$current" == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$current"))
  elif [ -n "$words" ]; then
    COMPREPLY=($(compgen -W "$words" -- "$current"))
  else
    COMPREPLY=($(compgen -f -- "$current"))
  fi
}
complete -o filenames -F _pinion pinion
`;
}

function prefixesOf({ words }: CommandOutline): readonly string[] {
  return words.map((_, index) => words.slice(0, index + 1).join(" "));
}

function indentCase(prefixes: readonly string[]): string {
  const unique = [...new Set(prefixes)].map((prefix) => `"${prefix}"`);
  return `      ${unique.join("|")})`;
}

function zshCompletion(commands: readonly CommandOutline[]): string {
  const describe = (words: ReadonlyMap<string, string>): string =>
    [...words].map(([word, summary]) => zshQuote(`${word}:${summary.replaceAll(":", "\\:")}`)).join(" ");
  const groups = [...nextWords(commands)].map(
    ([before, words]) =>
      `    ${zshQuote(before)}) local -a words_here; words_here=(${describe(words)}); _describe -t commands command words_here ;;`,
  );
  const specs = commands.map(
    ({ words, options }) =>
      `    ${zshQuote(words.join(" "))}) _arguments -s ${options.flatMap(zshOptions).join(" ")} '*:file:_files' ;;`,
  );
  return `#compdef pinion

_pinion() {
  local path="" word candidate depth=1
  for word in "\${(@)words[2,CURRENT-1]}"; do
    [[ "$word" == -* ]] && continue
    candidate="\${path:+$path }$word"
    case "$candidate" in
      ${[...new Set(commands.flatMap(prefixesOf))].map(zshQuote).join("|")}) path="$candidate"; (( depth++ )) ;;
      *) break ;;
    esac
  done
  if [[ "\${words[CURRENT]}" != -* ]]; then
    case "$path" in
${groups.join("\n")}
    esac
  fi
  (( depth > 1 )) && { words=("pinion" "\${(@)words[depth+1,-1]}"); (( CURRENT -= depth - 1 )) }
  case "$path" in
${specs.join("\n")}
  esac
}
compdef _pinion pinion
`;
}

function zshOptions(option: OptionOutline): readonly string[] {
  const summary = option.summary.replaceAll(/[[\]:]/g, "\\$&");
  const action = option.choices.length > 0 ? `(${option.choices.join(" ")})` : "_files";
  const value = option.value === undefined ? "" : `:value:${action}`;
  return spellings(option).map((name) => zshQuote(`${name}[${summary}]${value}`));
}

function zshQuote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function fishCompletion(commands: readonly CommandOutline[]): string {
  const lines = ["# fish completion for pinion", "", FISH_PATH];
  for (const [before, words] of nextWords(commands))
    for (const [word, summary] of words)
      lines.push(
        `complete -c pinion -n '__pinion_at "${before}"' -f -a ${fishQuote(word)} -d ${fishQuote(summary)}`,
      );
  for (const { words, options } of commands) {
    for (const { long, short, value, choices, summary } of options) {
      const names = [
        ...(long === undefined ? [] : [`-l ${long.slice(2)}`]),
        ...(short === undefined ? [] : [`-s ${short.slice(1)}`]),
      ];
      const takes =
        value === undefined ? "" : choices.length > 0 ? ` -x -a ${fishQuote(choices.join(" "))}` : " -r";
      lines.push(
        `complete -c pinion -n '__pinion_at "${words.join(" ")}"' ${names.join(" ")}${takes} -d ${fishQuote(summary)}`,
      );
    }
  }
  return `${lines.join("\n")}\n`;
}

/** Compares the words that are not options with the words of a command. */
const FISH_PATH = `function __pinion_at
    set -l words (commandline -opc)[2..-1]
    set -l wanted (string split -n ' ' -- $argv[1])
    set -l path
    for word in $words
        string match -q -- '-*' $word; and continue
        set -a path $word
    end
    set -l length (count $wanted)
    if test $length -eq 0
        test (count $path) -eq 0
        return
    end
    test (count $path) -ge $length; and test "$path[1..$length]" = "$wanted"
end
`;

function fishQuote(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
