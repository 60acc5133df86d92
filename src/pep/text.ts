// Reading strings from left to right with errors that point at their place, for the parsers of this folder.

import { showInvisible } from "../base/text/printable.ts";
import { PinionError } from "../errors.ts";
import type { ErrorCode } from "../errors.ts";

/** Where a string stopped making sense; `position` and `length` count UTF-16 units of `text`. */
export interface SyntaxErrorDetails {
  readonly text: string;
  readonly position: number;
  readonly length: number;
}

/** A string and how far it has been read. */
export class Scanner {
  readonly text: string;
  readonly code: ErrorCode;
  position = 0;

  constructor(text: string, code: ErrorCode) {
    this.text = text;
    this.code = code;
  }

  get isAtEnd(): boolean {
    return this.position >= this.text.length;
  }

  /** Whether the text goes on with `literal`; nothing is read. */
  sees(literal: string): boolean {
    return this.text.startsWith(literal, this.position);
  }

  /** Reads `literal` if it comes next. */
  take(literal: string): boolean {
    if (!this.sees(literal)) return false;
    this.position += literal.length;
    return true;
  }

  /** Reads what a sticky pattern matches here. */
  match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.position;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.position += found.length;
    return found;
  }

  /** Reads spaces and tabs, the only white space of the dependency-specifier grammar. */
  skipBlanks(): void {
    while (isBlank(this.text.charCodeAt(this.position))) this.position += 1;
  }

  /** Throws an error about the text from `start` up to `end`, by default the place reached. */
  fail(message: string, start: number = this.position, end: number = start + 1): never {
    throw syntaxError(this.code, message, { text: this.text, position: start, length: end - start });
  }
}

/** An error whose message quotes the place and whose details are {@link SyntaxErrorDetails}. */
function syntaxError(code: ErrorCode, message: string, place: SyntaxErrorDetails): PinionError {
  const details = excerpt(place);
  const where = place.text === "" ? "the text is empty" : `at character ${place.position + 1} of`;
  const quoted = place.text === "" ? "" : ` \`${printable(details.text)}\``;
  return new PinionError(code, `${message}, ${where}${quoted}`, { details });
}

/** The place that a parser of this folder complains about, if an error has one. */
export function syntaxErrorPlace({ details }: PinionError): SyntaxErrorDetails | undefined {
  const { text, position, length } = details;
  if (typeof text !== "string" || typeof position !== "number" || typeof length !== "number")
    return undefined;
  return { text, position, length };
}

/**
 * A sentence about a part of a string, and below it the string with carets under that part, as uv and `packaging` draw it;
 * shortened where it is long, and without passwords.
 */
export function underlined(message: string, place: SyntaxErrorDetails): string {
  return [message, ...caretLines(excerpt(place))].join("\n");
}

/** Draws the two lines of a syntax error: the text, and carets under the part that is wrong. */
export function caretLines(details: SyntaxErrorDetails): readonly [string, string] {
  const { text, position, length } = details;
  // As wide as what is shown, where an invisible character is shown as an escape.
  const before = printable(text.slice(0, position)).length;
  const carets = "^".repeat(Math.max(1, length, printable(text.slice(position, position + length)).length));
  return [printable(text), " ".repeat(before) + carets];
}

/** Removes white space at both ends as Python's `str.strip` does, which versions and specifiers are defined by. */
export function trimWhitespace(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isWhitespace(text.charCodeAt(start))) start += 1;
  while (end > start && isWhitespace(text.charCodeAt(end - 1))) end -= 1;
  return start === 0 && end === text.length ? text : text.slice(start, end);
}

function isBlank(unit: number): boolean {
  return unit === 0x20 || unit === 0x09;
}

/** Whether Python's `str.isspace` holds for a UTF-16 unit. */
export function isWhitespace(unit: number): boolean {
  if (unit <= 0x20) return unit === 0x20 || (unit >= 0x09 && unit <= 0x0d) || (unit >= 0x1c && unit <= 0x1f);
  return unit >= 0x85 && OTHER_WHITESPACE.test(String.fromCharCode(unit));
}

/** A window of a long text around the place, passwords of URLs starred so that the columns stay. */
function excerpt(place: SyntaxErrorDetails): SyntaxErrorDetails {
  const text = place.text.replace(USERINFO, (found) => found.replace(/[^:/@]/g, "*"));
  if (text.length <= MAX_EXCERPT_LENGTH) return { ...place, text };
  const start = Math.max(
    0,
    Math.min(place.position - MAX_EXCERPT_LENGTH / 2, text.length - MAX_EXCERPT_LENGTH),
  );
  return {
    text: text.slice(start, start + MAX_EXCERPT_LENGTH),
    position: place.position - start,
    length: Math.min(place.length, start + MAX_EXCERPT_LENGTH - place.position),
  };
}

function printable(text: string): string {
  return showInvisible(text.replace(CONTROL, "\u{fffd}"));
}

const OTHER_WHITESPACE = /[\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g;
/** The user information of a URL (RFC 3986, 3.2.1), up to the last `@` as careless passwords have one. */
const USERINFO = /:\/\/[^\s/]{1,4096}@/g;
/** A message stays readable in a terminal, whatever was sent. */
const MAX_EXCERPT_LENGTH = 200;
