// How deep and how large a document of JSON is, before it is parsed: each value costs tens of bytes, so a page of nothing
// but brackets would take forty times its size in memory.

/** What a document holds, added up over its parts where it is read in parts. */
export interface DocumentCounts {
  containers: number;
  values: number;
  keys: number;
  names: Set<string> | undefined;
}

export function newCounts(): DocumentCounts {
  return { containers: 0, values: 0, keys: 0, names: undefined };
}

/**
 * What is wrong with a document as a whole, as the end of a sentence; undefined where it may be parsed. One pass.
 *
 * @param counts of the parts before this one, to which it is added
 */
export function nestingFault(text: string, counts: DocumentCounts = newCounts()): string | undefined {
  const end = text.length;
  let depth = 0;
  let { containers, values, keys, names } = counts;
  let nameStart = 0;
  for (let position = 0; position < end; position += 1) {
    switch (text.charCodeAt(position)) {
      case OPENING_BRACE:
      case OPENING_BRACKET:
        depth += 1;
        containers += 1;
        if (depth > MAX_DEPTH) return `it is nested deeper than ${MAX_DEPTH} levels`;
        break;
      case CLOSING_BRACE:
      case CLOSING_BRACKET:
        depth -= 1;
        break;
      case COMMA:
        values += 1;
        break;
      case QUOTE:
        nameStart = position;
        position = endOfString(text, position);
        break;
      case COLON:
        if (position - nameStart > MAX_KEY_LENGTH) return LONG_KEY;
        keys += 1;
        if (keys <= MAX_UNCOUNTED_KEYS) break;
        names ??= new Set();
        names.add(text.slice(nameStart, position));
        if (names.size > MAX_NAMES) return `it holds more than ${MAX_NAMES} different keys`;
        break;
    }
  }
  counts.containers = containers;
  counts.values = values;
  counts.keys = keys;
  counts.names = names;
  if (containers > MAX_CONTAINERS) return `it holds more than ${MAX_CONTAINERS} lists and tables`;
  return values > MAX_VALUES ? `it holds more than ${MAX_VALUES} values` : undefined;
}

/** The last character of a string that begins here. */
function endOfString(text: string, start: number): number {
  for (let from = start + 1; ;) {
    const closing = text.indexOf('"', from);
    if (closing === -1) return text.length;
    let backslashes = 0;
    while (text.charCodeAt(closing - 1 - backslashes) === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return closing;
    from = closing + 1;
  }
}

const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;
const OPENING_BRACKET = 0x5b;
const CLOSING_BRACKET = 0x5d;
const COMMA = 0x2c;
const COLON = 0x3a;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** An index page has 5 levels, a lock file 6. */
const MAX_DEPTH = 64;
/** Four for each of a million files; the largest page of PyPI has some 200,000. */
const MAX_CONTAINERS = 4_000_000;
/** From 16,384 characters on, V8 tells keys of one length apart only by comparing each with all. */
const MAX_KEY_LENGTH = 10_000;
const LONG_KEY = `it holds a key of more than ${MAX_KEY_LENGTH} characters`;
/** A page repeats some ten keys; a parser keeps each different one, with a shape for each object that has it. */
const MAX_NAMES = 10_000;
/** What so many cost is little, so that the pages of nearly all projects need no set of their keys. */
const MAX_UNCOUNTED_KEYS = 250_000;
/** Ten for each of a million files. */
const MAX_VALUES = 16_000_000;
