// The start tags of an HTML text, by the tokenizer of htmlparser2. Its parser would also keep the stack of open elements,
// which costs the square of their number: a page of unclosed tags could hold an installer for hours.

import { Tokenizer, type QuoteType, type TokenizerCallbacks } from "htmlparser2";

/** Lower-case attribute names with their values, entities decoded; of two with one name the first counts, as HTML says. */
export type Attributes = ReadonlyMap<string, string>;

/** Gives every start tag of the given names, in order; text in comments, scripts and titles is not a tag. */
export function readStartTags(
  html: string,
  names: ReadonlySet<string>,
  onTag: (name: string, attributes: Attributes) => void,
): void {
  const tokenizer = new Tokenizer({ decodeEntities: true }, new StartTagReader(html, names, onTag));
  tokenizer.write(html);
  tokenizer.end();
}

class StartTagReader implements TokenizerCallbacks {
  readonly #html: string;
  readonly #names: ReadonlySet<string>;
  readonly #onTag: (name: string, attributes: Attributes) => void;
  #name = "";
  /** Of the tag that is being read, if it is one of the given names. */
  #attributes: Map<string, string> | undefined;
  #attributeName = "";
  #value = "";

  constructor(
    html: string,
    names: ReadonlySet<string>,
    onTag: (name: string, attributes: Attributes) => void,
  ) {
    this.#html = html;
    this.#names = names;
    this.#onTag = onTag;
  }

  onopentagname(start: number, end: number): void {
    this.#name = this.#html.slice(start, end).toLowerCase();
    this.#attributes = this.#names.has(this.#name) ? new Map() : undefined;
  }

  onattribname(start: number, end: number): void {
    if (this.#attributes === undefined) return;
    // A longer one means nothing to a page of an index, and is not kept whole.
    this.#attributeName = this.#html.slice(start, Math.min(end, start + MAX_NAME_LENGTH)).toLowerCase();
    this.#value = "";
  }

  onattribdata(start: number, end: number): void {
    if (this.#attributes !== undefined) this.#value += this.#html.slice(start, end);
  }

  onattribentity(codepoint: number): void {
    if (this.#attributes !== undefined) this.#value += String.fromCodePoint(codepoint);
  }

  onattribend(_quote: QuoteType, _end: number): void {
    if (this.#attributes?.has(this.#attributeName) === false) {
      this.#attributes.set(this.#attributeName, this.#value);
    }
  }

  onopentagend(_end: number): void {
    if (this.#attributes !== undefined) this.#onTag(this.#name, this.#attributes);
    this.#attributes = undefined;
  }

  onselfclosingtag(end: number): void {
    this.onopentagend(end);
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

/** Twice the longest that indexes use; of very long keys see `base/nesting`. */
const MAX_NAME_LENGTH = 64;
