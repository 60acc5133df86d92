// The start tags of an HTML text, by the tokenizer of htmlparser2. Its parser would also keep the stack of open elements,
// which costs the square of their number: a page of unclosed tags could hold an installer for hours.

import { Tokenizer, type QuoteType, type TokenizerCallbacks } from "htmlparser2";

import type { Pausing } from "../../base/work/turns.ts";

/** Lower-case attribute names with their values, entities decoded; of two with one name the first counts, as HTML says. */
export type Attributes = ReadonlyMap<string, string>;

/** What is read of a page; everything else is passed over, and not kept. */
export interface WantedTags {
  readonly elements: ReadonlySet<string>;
  readonly attributes: ReadonlySet<string>;
  /** In characters; what is longer is cut. */
  readonly longestValue: number;
  /** The attributes are those of this tag until the callback returns. */
  readonly onTag: (name: string, attributes: Attributes) => void;
}

/** Gives every start tag of the given names, in order; text in comments, scripts and titles is not a tag. */
export function* readStartTags(html: string, wanted: WantedTags): Pausing<void> {
  const tokenizer = new Tokenizer({ decodeEntities: true }, new StartTagReader(html, wanted));
  for (let start = 0; start < html.length; start += PIECE_LENGTH) {
    tokenizer.write(html.slice(start, start + PIECE_LENGTH));
    yield;
  }
  tokenizer.end();
}

class StartTagReader implements TokenizerCallbacks {
  readonly #html: string;
  readonly #wanted: WantedTags;
  readonly #attributes: Map<string, string> = new Map();
  /** Of the tag that is being read, if it is one of the given names. */
  #name: string | undefined;
  /** If it is one of the given names, and the tag has it for the first time. */
  #attributeName: string | undefined;
  #value = "";

  constructor(html: string, wanted: WantedTags) {
    this.#html = html;
    this.#wanted = wanted;
  }

  onopentagname(start: number, end: number): void {
    this.#name = this.#known(this.#wanted.elements, start, end);
    if (this.#attributes.size > 0) this.#attributes.clear();
  }

  onattribname(start: number, end: number): void {
    if (this.#name === undefined) return;
    const name = this.#known(this.#wanted.attributes, start, end);
    this.#attributeName = name === undefined || this.#attributes.has(name) ? undefined : name;
    this.#value = "";
  }

  onattribdata(start: number, end: number): void {
    const room = this.#room();
    if (room > 0) this.#value += this.#html.slice(start, Math.min(end, start + room));
  }

  onattribentity(codepoint: number): void {
    if (this.#room() > 0) this.#value += String.fromCodePoint(codepoint);
  }

  onattribend(_quote: QuoteType, _end: number): void {
    if (this.#attributeName !== undefined) this.#attributes.set(this.#attributeName, this.#value);
    this.#attributeName = undefined;
  }

  onopentagend(_end: number): void {
    if (this.#name !== undefined) this.#wanted.onTag(this.#name, this.#attributes);
    this.#name = undefined;
  }

  onselfclosingtag(end: number): void {
    this.onopentagend(end);
  }

  /** How many characters the value may still have; none if it is not wanted. */
  #room(): number {
    return this.#attributeName === undefined ? 0 : this.#wanted.longestValue - this.#value.length;
  }

  #known(names: ReadonlySet<string>, start: number, end: number): string | undefined {
    if (end - start > MAX_NAME_LENGTH) return undefined;
    const name = this.#html.slice(start, end).toLowerCase();
    return names.has(name) ? name : undefined;
  }

  oncdata(): void {}
  onclosetag(): void {}
  oncomment(): void {}
  ondeclaration(): void {}
  onend(): void {}
  onprocessinginstruction(): void {}
  ontext(): void {}
  ontextentity(): void {}
}

/** Twice the longest that indexes use; of very long keys see `base/formats/nesting`. */
const MAX_NAME_LENGTH = 64;
/** As much as is read in some 20 ms; nearly all pages are shorter. */
const PIECE_LENGTH = 1024 ** 2;
