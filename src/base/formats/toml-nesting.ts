// How deep and how large a document of TOML is, before it is parsed: each table and each key costs hundreds of bytes, so
// one of nothing but dotted keys would take two hundred times its size in memory.

/** What is wrong with a document as a whole, as the end of a sentence; undefined where it may be parsed. One pass. */
export function tomlNestingFault(text: string): string | undefined {
  const place = new Place();
  let keys = 0;
  let lineKeys = 0;
  let tables = 0;
  let values = 0;
  for (let position = 0; position < text.length; position += 1) {
    switch (text.charCodeAt(position)) {
      case LINE_FEED:
        place.endLine();
        break;
      case OPENING_BRACE:
      case OPENING_BRACKET:
        place.open(text.charCodeAt(position) === OPENING_BRACE);
        tables += 1;
        if (place.depth > MAX_DEPTH) return TOO_DEEP;
        break;
      case CLOSING_BRACE:
      case CLOSING_BRACKET:
        if (place.isInKey && hasLongKeyBefore(text, position)) return LONG_KEY;
        place.close();
        break;
      case DOT:
        if (!place.isInKey) break;
        if (hasLongKeyBefore(text, position)) return LONG_KEY;
        tables += 1;
        place.keyParts += 1;
        if (place.keyParts > MAX_DEPTH) return TOO_DEEP;
        break;
      case EQUALS:
        if (!place.isInKey) break;
        if (hasLongKeyBefore(text, position)) return LONG_KEY;
        keys += 1;
        if (place.depth === 0) lineKeys += 1;
        place.endKey();
        break;
      case COMMA:
        values += 1;
        place.endItem();
        break;
      case QUOTE:
      case APOSTROPHE: {
        const start = position;
        position = endOfString(text, start);
        if (place.isInKey && position - start > MAX_KEY_LENGTH) return LONG_KEY;
        break;
      }
      case HASH: {
        const lineEnd = text.indexOf("\n", position);
        position = lineEnd === -1 ? text.length : lineEnd - 1;
        break;
      }
    }
  }
  if (tables > MAX_TABLES) return `it holds more than ${MAX_TABLES} lists and tables`;
  if (lineKeys > MAX_LINE_KEYS) return `it holds more than ${MAX_LINE_KEYS} lines with a key`;
  if (keys > MAX_KEYS) return `it holds more than ${MAX_KEYS} keys`;
  return values > MAX_VALUES ? `it holds more than ${MAX_VALUES} values` : undefined;
}

/** Where in a document a reader is, as far as it tells keys, also those of a table's name, from values. */
class Place {
  isInKey = true;
  /** Of the key that is being read. */
  keyParts = 1;
  /** Of each bracket that is open, whether keys follow its commas. */
  readonly #brackets: boolean[] = [];

  get depth(): number {
    return this.#brackets.length;
  }

  open(isBrace: boolean): void {
    this.#brackets.push(isBrace);
    if (isBrace) this.#beginKey();
  }

  close(): void {
    this.#brackets.pop();
    this.isInKey = false;
  }

  endKey(): void {
    this.isInKey = false;
  }

  endItem(): void {
    if (this.#brackets.at(-1) === true) this.#beginKey();
  }

  endLine(): void {
    if (this.#brackets.length === 0) this.#beginKey();
  }

  #beginKey(): void {
    this.isInKey = true;
    this.keyParts = 1;
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

/** The last character of a string that begins here, which may be one of several lines. */
function endOfString(text: string, start: number): number {
  const quote = text.charAt(start);
  const lines = quote.repeat(3);
  const quotes = text.startsWith(lines, start) ? lines : quote;
  for (let from = start + quotes.length; ;) {
    const closing = text.indexOf(quotes, from);
    if (closing === -1) return text.length;
    if (quote === "'" || !isEscaped(text, closing))
      return quotes === lines ? endOfQuotes(text, closing) : closing;
    from = closing + 1;
  }
}

/** The last one of three to five quotes: of more than three, the first are of the string. */
function endOfQuotes(text: string, first: number): number {
  let end = first + 2;
  while (end < first + 4 && text.charCodeAt(end + 1) === text.charCodeAt(first)) end += 1;
  return end;
}

function isEscaped(text: string, position: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(position - 1 - backslashes) === BACKSLASH) backslashes += 1;
  return backslashes % 2 === 1;
}

const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;
const OPENING_BRACKET = 0x5b;
const CLOSING_BRACKET = 0x5d;
const COMMA = 0x2c;
const QUOTE = 0x22;
const APOSTROPHE = 0x27;
const HASH = 0x23;
const BACKSLASH = 0x5c;
const EQUALS = 0x3d;
const DOT = 0x2e;
const SPACE = 0x20;
const TAB = 0x09;
const LINE_FEED = 0x0a;

/** A lock file has 6 levels. */
const MAX_DEPTH = 64;
const TOO_DEEP = `it is nested deeper than ${MAX_DEPTH} levels`;
/** From 16,384 characters on, V8 tells keys of one length apart only by comparing each with all. */
const MAX_KEY_LENGTH = 10_000;
const LONG_KEY = `it holds a key of more than ${MAX_KEY_LENGTH} characters`;
/** Twice what the largest lock file has, of wheels in two tables each; 400 bytes each. */
const MAX_TABLES = 500_000;
/** Five for each of 100,000 packages; 500 bytes each. */
const MAX_LINE_KEYS = 500_000;
/** Six for each wheel of the largest lock file. */
const MAX_KEYS = 1_000_000;
/** Three times those of the largest lock file. */
const MAX_VALUES = 4_000_000;
