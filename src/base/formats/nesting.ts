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
  return count(text, counts, false).fault;
}

/** The items that are whole, of a string that begins with an item of a list. */
export interface WholeItems {
  /** What is wrong with them, as {@link nestingFault} says it. */
  readonly fault: string | undefined;
  /** Of the comma after the last of them, or of the bracket at the end of the list; -1 where the string has neither. */
  readonly end: number;
  readonly isEndOfList: boolean;
}

/** Counts the whole items that a string begins with, and nothing of what comes after them. One pass. */
export function countItems(text: string, counts: DocumentCounts): WholeItems {
  return count(text, counts, true);
}

// No function in here: what it would share with the loop could not stay in registers.
function count(text: string, counts: DocumentCounts, isItems: boolean): WholeItems {
  const { length } = text;
  let depth = 0;
  let { containers, values, keys, names } = counts;
  let nameStart = 0;
  let end = -1;
  let isEndOfList = false;
  for (let position = 0; position < length; position += 1) {
    switch (text.charCodeAt(position)) {
      case OPENING_BRACE:
      case OPENING_BRACKET:
        depth += 1;
        containers += 1;
        if (depth > MAX_DEPTH) return faulty(`it is nested deeper than ${MAX_DEPTH} levels`);
        break;
      case CLOSING_BRACE:
      case CLOSING_BRACKET:
        depth -= 1;
        if (depth >= 0 || !isItems) break;
        isEndOfList = true;
        end = position;
        position = length;
        break;
      case COMMA:
        values += 1;
        if (depth > 0 || !isItems) break;
        end = position;
        counts.containers = containers;
        counts.values = values;
        counts.keys = keys;
        break;
      case QUOTE:
        nameStart = position;
        position = endOfString(text, position);
        break;
      case COLON:
        if (position - nameStart > MAX_KEY_LENGTH) return faulty(LONG_KEY);
        keys += 1;
        if (keys <= MAX_UNCOUNTED_KEYS) break;
        names = counts.names ??= new Set();
        names.add(text.slice(nameStart, position));
        if (names.size > MAX_NAMES) return faulty(`it holds more than ${MAX_NAMES} different keys`);
        break;
    }
  }
  if (isEndOfList || !isItems) {
    counts.containers = containers;
    counts.values = values;
    counts.keys = keys;
  }
  if (counts.containers > MAX_CONTAINERS)
    return faulty(`it holds more than ${MAX_CONTAINERS} lists and tables`);
  if (counts.values > MAX_VALUES) return faulty(`it holds more than ${MAX_VALUES} values`);
  return { fault: undefined, end, isEndOfList };
}

function faulty(fault: string): WholeItems {
  return { fault, end: -1, isEndOfList: false };
}

/** The last character of a string that begins here, or the length of all where it has no end. */
export function endOfString(text: string, start: number): number {
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
