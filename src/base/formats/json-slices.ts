// JSON of any length whose lists are the members of one object, as the page of an index is. A long one is checked and parsed a
// slice of a list at a time: nothing else goes on while `JSON.parse` reads, and all of its values take five times its bytes.

import { isAscii } from "node:buffer";

import { countItems, endOfString, newCounts, nestingFault, type DocumentCounts } from "./nesting.ts";
import type { Pausing } from "../work/turns.ts";

/** What JSON says, or why that is not known: no JSON, more than may be parsed, or too much of it in one piece. */
export type ParsedJson =
  | { readonly value: unknown; readonly fault?: undefined }
  | { readonly fault: "syntax" | "nesting" | "length" };

/** From an item of a list that is a member of the object to what stays of it. */
export type KeepItem = (item: unknown) => unknown;

/**
 * JSON in UTF-8, as `JSON.parse` reads it, after what {@link nestingFault} says of it. It may begin with a byte order mark.
 *
 * @param keepItem called for the items of a list in their order, also where an error follows
 */
export function* parseJsonInSlices(bytes: Buffer, keepItem: KeepItem = (item) => item): Pausing<ParsedJson> {
  try {
    return { value: yield* new Document(bytes, keepItem).parse() };
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

class Document {
  readonly #bytes: Buffer;
  readonly #start: number;
  readonly #end: number;
  readonly #keepItem: KeepItem;
  readonly #counts: DocumentCounts = newCounts();
  #itemCount = 0;

  constructor(bytes: Buffer, keepItem: KeepItem) {
    this.#bytes = bytes;
    this.#keepItem = keepItem;
    let start = hasByteOrderMark(bytes) ? BYTE_ORDER_MARK.length : 0;
    let end = bytes.length;
    // A server may send many blanks before and after the document.
    while (start < end && isBlank(bytes[start]!)) start += 1;
    while (start < end && isBlank(bytes[end - 1]!)) end -= 1;
    this.#start = start;
    this.#end = end;
  }

  parse(): Pausing<unknown> {
    return this.#end - this.#start <= SLICE_BYTES ? this.#parseWhole() : this.#parseLong();
  }

  *#parseWhole(): Pausing<unknown> {
    const value = this.#parseText(this.#bytes.toString("utf8", this.#start, this.#end));
    yield;
    return withLists(value, (items) => items.map(this.#keepItem));
  }

  /**
   * The lists of an object are parsed first, and in the rest a number stands for each list. So the last of two members of one
   * name counts, and what stands where a list may not is an error, as for the whole text.
   */
  *#parseLong(): Pausing<unknown> {
    const lists: (readonly unknown[])[] = [];
    const rest: string[] = [];
    let restLength = 0;
    let isInside = false;
    for (let at = this.#start; at < this.#end;) {
      const end = yield* this.#findList(at, isInside);
      const text = this.#bytes.toString("utf8", at, end);
      rest.push(text);
      restLength += text.length;
      if (restLength > MAX_PIECE_BYTES || lists.length > MAX_LISTS) throw new Fault("length");
      at = end;
      if (at === this.#end) break;
      const list = yield* this.#readList(at);
      rest.push(String(lists.push(list.items) - 1));
      at = list.end;
      isInside = true;
    }
    return withLists(this.#parseText(rest.join("")), ([at]) => lists[Number(at)]);
  }

  #parseText(text: string): unknown {
    if (nestingFault(text, this.#counts) !== undefined) throw new Fault("nesting");
    return JSON.parse(text) as unknown;
  }

  /** Where the items of the next list begin, or the document ends. */
  *#findList(start: number, isInside: boolean): Pausing<number> {
    for (let length = REST_BYTES; ; length *= 2) {
      const end = Math.min(start + length, this.#end);
      const place = placeOfItems(this.#bytes.toString("latin1", start, end), isInside ? MEMBER_DEPTH : 0);
      if (place !== -1) return start + place;
      if (end === this.#end) return end;
      if (length >= MAX_PIECE_BYTES) throw new Fault("length");
      yield;
    }
  }

  /** Reads the items of a list up to the bracket after them. */
  *#readList(start: number): Pausing<{ readonly items: readonly unknown[]; readonly end: number }> {
    const kept: unknown[] = [];
    let length = SLICE_BYTES;
    for (let at = start; ;) {
      const windowEnd = Math.min(at + length, this.#end);
      // Nothing of the syntax is anything else than a byte of ASCII in UTF-8.
      const text = this.#bytes.toString("latin1", at, windowEnd);
      const { fault, end, isEndOfList } = countItems(text, this.#counts);
      if (fault !== undefined) throw new Fault("nesting");
      if (end === -1) {
        if (windowEnd === this.#end) throw new SyntaxError("a list without an end");
        if (length >= MAX_PIECE_BYTES) throw new Fault("length");
        length *= 2;
      } else {
        const part = this.#bytes.subarray(at, at + end);
        const items: unknown = JSON.parse(`[${isAscii(part) ? text.slice(0, end) : part.toString("utf8")}]`);
        if (!Array.isArray(items)) throw new SyntaxError("more than items");
        if (items.length === 0 && !(isEndOfList && kept.length === 0)) throw new SyntaxError("an empty item");
        this.#itemCount += items.length;
        if (this.#itemCount > MAX_ITEMS) throw new Fault("nesting");
        for (const item of items) kept.push(this.#keepItem(item));
        if (isEndOfList) return { items: kept, end: at + end };
        at += end + 1;
        length = SLICE_BYTES;
      }
      yield;
    }
  }
}

/** An object, with something else for each of its members that is a list; any other value as it is. */
function withLists(value: unknown, change: (list: readonly unknown[]) => unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]: [string, unknown]) => [
      name,
      Array.isArray(member) ? change(member) : member,
    ]),
  );
}

/** Where the items of the first list begin that is a member of the object; -1 where none begins in this text. */
function placeOfItems(text: string, startDepth: number): number {
  let depth = startDepth;
  for (let position = 0; position < text.length; position += 1) {
    switch (text.charCodeAt(position)) {
      case QUOTE:
        position = endOfString(text, position);
        break;
      case OPENING_BRACE:
        depth += 1;
        break;
      case OPENING_BRACKET:
        depth += 1;
        if (depth === MEMBER_DEPTH) return position + 1;
        break;
      case CLOSING_BRACE:
      case CLOSING_BRACKET:
        depth -= 1;
        break;
    }
  }
  return -1;
}

function hasByteOrderMark(bytes: Buffer): boolean {
  return BYTE_ORDER_MARK.every((byte, at) => bytes[at] === byte);
}

/** Tab, line feed, carriage return, space (RFC 8259, section 2). */
function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

const BYTE_ORDER_MARK: readonly number[] = [0xef, 0xbb, 0xbf];
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;
const OPENING_BRACKET = 0x5b;
const CLOSING_BRACKET = 0x5d;
const QUOTE = 0x22;

/** Of a list that is a member of the object. */
const MEMBER_DEPTH = 2;
/** Items are parsed together up to so many bytes: their values are gone before the engine looks for those that stay. */
const SLICE_BYTES: number = 64 * 1024;
/** What is parsed as one: the files of a page are a few kilobytes each, and the worst such text takes a tenth of a second. */
const MAX_PIECE_BYTES: number = 2 * 1024 ** 2;
/** What stands between two lists is short. */
const REST_BYTES = 4 * 1024;
/** A page may have 300,000 files, and names its versions. */
const MAX_ITEMS = 1_000_000;
/** A page has four. */
const MAX_LISTS = 100;
