// Where the keys of a TOML text stand, for messages: the library that parses does not say. One pass by hand, since any folder
// may hold a pyproject.toml that was written to make a regular expression slow.

/** The lines of the keys of one text; nothing is read before the first question. */
export class TomlLines {
  readonly #text: string;
  #lines: Lines | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  /**
   * The line, counted from 1, on which a key of a table stands; undefined where it is written in another form.
   *
   * @param header the table's header without brackets, "" for the top; the `occurrence`-th one for arrays of tables
   */
  of(header: string, key: string, occurrence = 0): number | undefined {
    this.#lines ??= readLines(this.#text);
    return this.#lines.get(placeOf(header, header === "" ? 0 : occurrence))?.get(key);
  }
}

/** By table, then by key: a header is put before none of its keys, since it may be as long as the file. */
type Lines = ReadonlyMap<string, ReadonlyMap<string, number>>;

function readLines(text: string): Lines {
  const lines = new Map<string, Map<string, number>>();
  let place = placeOf("", 0);
  /** Of the present table, once it has any. */
  let keys: Map<string, number> | undefined;
  const seen = new Map<string, number>();
  let line = 0;
  for (let start = 0; start < text.length;) {
    line += 1;
    const lineEnd = text.indexOf("\n", start);
    const end = lineEnd === -1 ? text.length : lineEnd;
    const first = skipBlanks(text, start, end);
    let next = end + 1;
    if (text[first] === "[") {
      const header = headerAt(text, first, end);
      const occurrence = (seen.get(header) ?? -1) + 1;
      seen.set(header, occurrence);
      place = placeOf(header, occurrence);
      keys = undefined;
    } else {
      const key = keyAt(text, first, end);
      if (key !== undefined) {
        if (keys === undefined) lines.set(place, (keys = new Map()));
        if (!keys.has(key.name)) keys.set(key.name, line);
        next = Math.max(next, endOfLongString(text, key.end, end));
        line += lineEndsBetween(text, end + 1, next);
      }
    }
    start = next;
  }
  return lines;
}

function placeOf(header: string, occurrence: number): string {
  return `${header}\n${occurrence}`;
}

/** A header without brackets, quotes and blanks. */
function headerAt(text: string, start: number, end: number): string {
  let name = "";
  for (let position = start; position < end; position += 1) {
    const character = text[position] ?? "";
    if (character === "]" || character === "#") break;
    if (!HEADER_NOISE.has(character)) name += character;
  }
  return name;
}

/** The first part of a key, and where what follows it begins. */
function keyAt(
  text: string,
  start: number,
  end: number,
): { readonly name: string; readonly end: number } | undefined {
  const quote = text[start];
  const isQuoted = quote === '"' || quote === "'";
  let position = isQuoted ? start + 1 : start;
  while (position < end && isKeyCharacter(text.charCodeAt(position))) position += 1;
  const name = text.slice(isQuoted ? start + 1 : start, position);
  if (isQuoted && text[position] !== quote) return undefined;
  const after = skipBlanks(text, isQuoted ? position + 1 : position, end);
  return name !== "" && (text[after] === "=" || text[after] === ".") ? { name, end: after } : undefined;
}

/** Where a string of several lines ends that begins on this line; the line's end where none does. */
function endOfLongString(text: string, start: number, lineEnd: number): number {
  const opening = skipBlanks(text, start + 1, lineEnd);
  const quotes = text.slice(opening, opening + 3);
  if (quotes !== '"""' && quotes !== "'''") return lineEnd + 1;
  const closing = text.indexOf(quotes, opening + 3);
  if (closing !== -1 && closing < lineEnd) return lineEnd + 1;
  const closingEnd = closing === -1 ? -1 : text.indexOf("\n", closing);
  return closingEnd === -1 ? text.length : closingEnd + 1;
}

function lineEndsBetween(text: string, start: number, end: number): number {
  let count = 0;
  for (let at = text.indexOf("\n", start); at !== -1 && at < end; at = text.indexOf("\n", at + 1)) count += 1;
  return count;
}

function skipBlanks(text: string, start: number, end: number): number {
  let position = start;
  while (position < end && BLANKS.has(text[position] ?? "")) position += 1;
  return position;
}

/** `A-Z`, `a-z`, `0-9`, `-`, `_`: a bare key. */
function isKeyCharacter(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x30 && code <= 0x39) ||
    code === 0x2d ||
    code === 0x5f
  );
}

const BLANKS: ReadonlySet<string> = new Set([" ", "\t", "\r"]);
const HEADER_NOISE: ReadonlySet<string> = new Set(["[", " ", "\t", "\r", '"', "'"]);
