// JSON of any length whose lists are the members of one object, as the page of an index is: a long one is checked and
// parsed a slice of a list at a time, since nothing else goes on while `JSON.parse` reads.

import { newCounts, nestingFault, type DocumentCounts } from "./nesting.ts";
import type { Pausing } from "../work/turns.ts";

/** What a string of JSON says, or why that is not known: no JSON, more than may be parsed, or too much of it in one piece. */
export type ParsedJson =
  | { readonly value: unknown; readonly fault?: undefined }
  | { readonly fault: "syntax" | "nesting" | "length" };

/** As `JSON.parse` reads it, after what {@link nestingFault} says of it. */
export function* parseJsonInSlices(text: string): Pausing<ParsedJson> {
  try {
    const counts = newCounts();
    return {
      value: text.length <= MAX_PIECE ? yield* parsePiece(text, counts) : yield* parseLong(text, counts),
    };
  } catch (error) {
    if (error instanceof Fault) return { fault: error.fault };
    if (error instanceof SyntaxError) return { fault: "syntax" };
    throw error;
  }
}

class Fault extends Error {
  readonly fault: "nesting" | "length";

  constructor(fault: "nesting" | "length") {
    super(fault);
    this.fault = fault;
  }
}

function* parsePiece(text: string, counts: DocumentCounts): Pausing<unknown> {
  if (nestingFault(text, counts) !== undefined) throw new Fault("nesting");
  yield;
  return JSON.parse(text);
}

/**
 * The lists of an object are parsed first, and in the rest a number stands for each list. So the last of two members of one
 * name counts, and what stands where a list may not is an error, as for the whole text.
 */
function* parseLong(text: string, counts: DocumentCounts): Pausing<unknown> {
  const lists: unknown[][] = [];
  const rest: string[] = [];
  let restLength = 0;
  let copied = 0;
  let itemCount = 0;
  const keep = (end: number): void => {
    const kept = withoutBlanks(text, copied, end);
    rest.push(kept);
    restLength += kept.length;
    if (restLength > MAX_PIECE || lists.length > MAX_LISTS) throw new Fault("length");
  };
  let list: unknown[] | undefined;
  for (const part of partsOf(text)) {
    if (part === undefined) {
      yield;
    } else if (part.kind === "list") {
      keep(part.at);
      list = [];
      rest.push(String(lists.push(list) - 1));
    } else {
      const items = yield* parsePiece(`[${text.slice(part.start, part.end)}]`, counts);
      if (!Array.isArray(items)) throw new SyntaxError("more than items");
      if (items.length === 0 && !(part.isLast && list?.length === 0)) throw new SyntaxError("an empty item");
      for (const item of items) list?.push(item);
      itemCount += items.length;
      if (itemCount > MAX_ITEMS) throw new Fault("nesting");
      copied = part.end;
      yield;
    }
  }
  keep(text.length);
  const object = yield* parsePiece(rest.join(""), counts);
  if (typeof object !== "object" || object === null || Array.isArray(object)) return object;
  return Object.fromEntries(
    Object.entries(object).map(([name, value]) => [
      name,
      Array.isArray(value) ? lists[Number(value[0])] : (value as unknown),
    ]),
  );
}

/** A part of a string, without the blanks around it: a server may send many after the document. */
function withoutBlanks(text: string, start: number, end: number): string {
  while (start < end && isBlank(text.charCodeAt(start))) start += 1;
  while (start < end && isBlank(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

/** Tab, line feed, carriage return, space (RFC 8259, section 2). */
function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

/** The beginning of a list, by its first item; then its items in slices. */
type Part =
  | { readonly kind: "list"; readonly at: number }
  | { readonly kind: "items"; readonly start: number; readonly end: number; readonly isLast: boolean };

/** Finds the lists that are members of an object; undefined now and then, for a pause. */
function* partsOf(text: string): Generator<Part | undefined, void, undefined> {
  let depth = 0;
  let isInList = false;
  let sliceStart = 0;
  let itemStart = 0;
  let pauseAt = PAUSE_LENGTH;
  for (let position = 0; position < text.length; position += 1) {
    if (position >= pauseAt) {
      if (isInList && position - itemStart > MAX_PIECE) throw new Fault("length");
      pauseAt = position + PAUSE_LENGTH;
      yield undefined;
    }
    switch (text.charCodeAt(position)) {
      case QUOTE:
        position = endOfString(text, position);
        break;
      case OPENING_BRACE:
        depth += 1;
        break;
      case OPENING_BRACKET:
        depth += 1;
        if (depth !== MEMBER_DEPTH) break;
        isInList = true;
        sliceStart = itemStart = position + 1;
        yield { kind: "list", at: position + 1 };
        break;
      case COMMA:
        if (!isInList || depth !== MEMBER_DEPTH) break;
        if (position - itemStart > MAX_PIECE) throw new Fault("length");
        itemStart = position + 1;
        if (position - sliceStart < SLICE_LENGTH) break;
        yield { kind: "items", start: sliceStart, end: position, isLast: false };
        sliceStart = position + 1;
        break;
      case CLOSING_BRACE:
      case CLOSING_BRACKET:
        depth -= 1;
        if (!isInList || depth >= MEMBER_DEPTH) break;
        if (position - itemStart > MAX_PIECE) throw new Fault("length");
        isInList = false;
        yield { kind: "items", start: sliceStart, end: position, isLast: true };
        break;
    }
  }
  if (isInList) throw new SyntaxError("a list without an end");
}

/** The quote that ends a string; one that is longer than an item is an error before all of it is read. */
function endOfString(text: string, start: number): number {
  for (let from = start + 1; ;) {
    const closing = text.indexOf('"', from);
    if (closing === -1) throw new SyntaxError("a string without an end");
    if (closing - start > MAX_PIECE) throw new Fault("length");
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
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Of a list that is a member of the object. */
const MEMBER_DEPTH = 2;
/** What is parsed as one: the files of a page are a few kilobytes each, and the worst such text takes a tenth of a second. */
const MAX_PIECE: number = 2 * 1024 ** 2;
/** Items are gathered up to so many characters. */
const SLICE_LENGTH: number = 1024 ** 2;
/** Characters that are looked at in a few milliseconds. */
const PAUSE_LENGTH: number = 256 * 1024;
/** A page may have 300,000 files, and names its versions. */
const MAX_ITEMS = 1_000_000;
/** A page has four. */
const MAX_LISTS = 100;
