// How deep and how large a document of JSON or TOML is, before it is parsed: each value costs tens of bytes, so a
// page of nothing but brackets would take forty times its size in memory.

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
export function nestingFault(
  text: string,
  format: "json" | "toml",
  counts: DocumentCounts = newCounts(),
): string | undefined {
  const end = text.length;
  let depth = 0;
  let { containers, values, keys, names } = counts;
  let nameStart = 0;
  const headers = new HeaderLines(text);
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
        if (format === "toml" && hasLongKeyBefore(text, position)) return LONG_KEY;
        break;
      case EQUALS:
      case DOT:
        if (format === "toml" && hasLongKeyBefore(text, position)) return LONG_KEY;
        break;
      case COMMA:
        values += 1;
        break;
      case QUOTE:
        nameStart = position;
        position = endOfString(text, position);
        if (format === "toml" && isLongKey(headers, nameStart, position)) return LONG_KEY;
        break;
      case COLON:
        if (format === "toml") break;
        if (position - nameStart > MAX_KEY_LENGTH) return LONG_KEY;
        keys += 1;
        if (keys <= MAX_UNCOUNTED_KEYS) break;
        names ??= new Set();
        names.add(text.slice(nameStart, position));
        if (names.size > MAX_NAMES) return `it holds more than ${MAX_NAMES} different keys`;
        break;
      case APOSTROPHE:
        if (format === "json") break;
        nameStart = position;
        position = endOfLiteral(text, position);
        if (isLongKey(headers, nameStart, position)) return LONG_KEY;
        break;
      case HASH:
        if (format === "toml") position = orEnd(text.indexOf("\n", position), end);
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

/** Whether a string of TOML is a key, by what follows, and too long: also the last one of a table's name. */
function isLongKey(headers: HeaderLines, start: number, end: number): boolean {
  if (end - start <= MAX_KEY_LENGTH) return false;
  AFTER_KEY.lastIndex = end + 1;
  const [, next] = AFTER_KEY.exec(headers.text) ?? [];
  return next === "]" ? headers.has(start) : next !== undefined;
}

/** Which lines of a TOML text begin with a bracket; positions are asked about from front to back, so that each line is read once. */
class HeaderLines {
  readonly text: string;
  /** Where the line ends that was read last, and whether it is one of a header. */
  #end = -1;
  #isHeader = false;

  constructor(text: string) {
    this.text = text;
  }

  has(position: number): boolean {
    while (this.#end < position) {
      let first = this.#end + 1;
      this.#end = orEnd(this.text.indexOf("\n", first), this.text.length);
      while (isBlank(this.text.charCodeAt(first))) first += 1;
      this.#isHeader = this.text.charCodeAt(first) === OPENING_BRACKET;
    }
    return this.#isHeader;
  }
}

/** Whether what stands before a sign is a key without quotes, and too long. */
function hasLongKeyBefore(text: string, sign: number): boolean {
  let end = sign;
  while (isBlank(text.charCodeAt(end - 1))) end -= 1;
  let start = end;
  while (isBare(text.charCodeAt(start - 1))) start -= 1;
  return end - start > MAX_KEY_LENGTH;
}

function isBlank(character: number): boolean {
  return character === SPACE || character === TAB;
}

/** Letters, digits, `_` and `-`; false before the start. */
function isBare(character: number): boolean {
  return (
    (character >= 0x30 && character <= 0x39) ||
    (character >= 0x41 && character <= 0x5a) ||
    (character >= 0x61 && character <= 0x7a) ||
    character === 0x5f ||
    character === 0x2d
  );
}

/** The last character of a string that begins here, which may be one of several lines in TOML. */
function endOfString(text: string, start: number): number {
  const quotes = text.startsWith('"""', start) ? '"""' : '"';
  for (let from = start + quotes.length; ;) {
    const closing = text.indexOf(quotes, from);
    if (closing === -1) return text.length;
    let backslashes = 0;
    while (text.charCodeAt(closing - 1 - backslashes) === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return closing + quotes.length - 1;
    from = closing + 1;
  }
}

function endOfLiteral(text: string, start: number): number {
  const quotes = text.startsWith("'''", start) ? "'''" : "'";
  const closing = text.indexOf(quotes, start + quotes.length);
  return closing === -1 ? text.length : closing + quotes.length - 1;
}

function orEnd(position: number, end: number): number {
  return position === -1 ? end : position;
}

const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;
const OPENING_BRACKET = 0x5b;
const CLOSING_BRACKET = 0x5d;
const COMMA = 0x2c;
const COLON = 0x3a;
const QUOTE = 0x22;
const APOSTROPHE = 0x27;
const HASH = 0x23;
const BACKSLASH = 0x5c;
const EQUALS = 0x3d;
const DOT = 0x2e;
const SPACE = 0x20;
const TAB = 0x09;
const AFTER_KEY = /[ \t]*([=.\]])/y;

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
