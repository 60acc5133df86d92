// The words for yes and no in the variables of pip and uv.

/** What a word says, in any case; undefined for any other. */
export function readTruthWord(word: string): boolean | undefined {
  const lower = word.toLowerCase();
  if (TRUE_WORDS.has(lower)) return true;
  return FALSE_WORDS.has(lower) ? false : undefined;
}

const TRUE_WORDS: ReadonlySet<string> = new Set(["1", "true", "yes", "y", "on", "t"]);
const FALSE_WORDS: ReadonlySet<string> = new Set(["0", "false", "no", "n", "off", "f"]);
