// The netrc file: credentials by machine (the GNU inetutils manual's format, as curl, Python and uv read it).
// A broken file is reported with the line; its values appear in no message.

import { PinionError } from "../../errors.ts";

export interface NetrcEntry {
  /** Lower case; undefined for `default`. */
  readonly machine: string | undefined;
  readonly login: string;
  readonly password: string;
  /** Where the entry begins; the first line is 1. */
  readonly line: number;
}

/**
 * Reads the text of a netrc file, in order.
 *
 * @throws `settings/invalid` with the line, never with a value
 */
export function parseNetrc(text: string, path: string): readonly NetrcEntry[] {
  return new NetrcParser(text.slice(0, MAX_NETRC_CHARACTERS), path).parse();
}

/** The entry for a host: its own before `default`; `undefined` where there is none, or none for that user. */
export function findNetrcEntry(
  entries: readonly NetrcEntry[],
  host: string,
  options: { readonly login?: string; readonly default: "allowed" | "ignored" },
): NetrcEntry | undefined {
  const fits = (entry: NetrcEntry): boolean => options.login === undefined || entry.login === options.login;
  const own = entries.find((entry) => entry.machine === host.toLowerCase() && fits(entry));
  if (own !== undefined || options.default === "ignored") return own;
  return entries.find((entry) => entry.machine === undefined && fits(entry));
}

interface Token {
  readonly text: string;
  readonly line: number;
}

interface OpenEntry {
  readonly machine: string | undefined;
  readonly line: number;
  login: string;
  password: string;
}

class NetrcParser {
  readonly #text: string;
  readonly #path: string;
  readonly #entries: OpenEntry[] = [];
  #offset = 0;
  #line = 1;

  constructor(text: string, path: string) {
    this.#text = text.replace(/^\ufeff/, "");
    this.#path = path;
  }

  parse(): readonly NetrcEntry[] {
    for (let token = this.#next(); token !== undefined; token = this.#next()) this.#readKeyword(token);
    return this.#entries;
  }

  #readKeyword({ text, line }: Token): void {
    switch (text) {
      case "machine":
        this.#entries.push({ machine: this.#value(text, line).toLowerCase(), line, login: "", password: "" });
        return;
      case "default":
        this.#entries.push({ machine: undefined, line, login: "", password: "" });
        return;
      case "login":
      case "user":
        this.#entry(text, line).login = this.#value(text, line);
        return;
      case "password":
        this.#entry(text, line).password = this.#value(text, line);
        return;
      case "account":
        this.#value(text, line);
        return;
      case "macdef":
        this.#value(text, line);
        this.#skipMacro();
        return;
      default:
        throw this.#invalid(line, "a word that is not a keyword");
    }
  }

  #entry(keyword: string, line: number): OpenEntry {
    const entry = this.#entries.at(-1);
    if (entry === undefined) throw this.#invalid(line, `\`${keyword}\` before any \`machine\``);
    return entry;
  }

  #value(keyword: string, line: number): string {
    const token = this.#next("value");
    if (token === undefined) throw this.#invalid(line, `\`${keyword}\` without a value`);
    return token.text;
  }

  /** A `#` begins a comment only where a keyword may stand: passwords begin with it too. */
  #next(place: "keyword" | "value" = "keyword"): Token | undefined {
    for (;;) {
      this.#skipBlanks();
      const first = this.#text[this.#offset];
      if (first === undefined) return undefined;
      if (first !== "#" || place === "value") return first === '"' ? this.#quoted() : this.#word();
      this.#skipLine();
    }
  }

  #word(): Token {
    const start = this.#offset;
    while (this.#offset < this.#text.length && !isBlank(this.#text.charAt(this.#offset))) this.#offset++;
    return { text: this.#text.slice(start, this.#offset), line: this.#line };
  }

  /** In quotes, as curl and Python read them: a backslash takes the next character as it is. */
  #quoted(): Token {
    const line = this.#line;
    let text = "";
    for (this.#offset++; this.#offset < this.#text.length; this.#offset++) {
      const character = this.#text.charAt(this.#offset);
      if (character === "\n") break;
      if (character === '"') {
        this.#offset++;
        return { text, line };
      }
      if (character === "\\") this.#offset++;
      text += this.#text.charAt(this.#offset);
    }
    throw this.#invalid(line, "a quotation mark without its pair");
  }

  #skipBlanks(): void {
    for (; isBlank(this.#text.charAt(this.#offset)); this.#offset++) {
      if (this.#text[this.#offset] === "\n") this.#line++;
    }
  }

  #skipLine(): void {
    while (this.#offset < this.#text.length && this.#text[this.#offset] !== "\n") this.#offset++;
  }

  /** A macro goes on to the next empty line. */
  #skipMacro(): void {
    this.#skipLine();
    while (this.#offset < this.#text.length) {
      this.#offset++;
      this.#line++;
      const start = this.#offset;
      this.#skipLine();
      if (this.#text.slice(start, this.#offset).trim() === "") return;
    }
  }

  #invalid(line: number, what: string): PinionError {
    return new PinionError("settings/invalid", `Cannot read \`${this.#path}\`: line ${line} has ${what}`, {
      details: { path: this.#path, line },
    });
  }
}

function isBlank(character: string): boolean {
  return character === " " || character === "\t" || character === "\n" || character === "\r";
}

// Far longer than any real one; the rest of a larger file is not read.
const MAX_NETRC_CHARACTERS = 1024 * 1024;

/** Far above what people keep in it. */
export const MAX_NETRC_BYTES: number = 4 * 1024 ** 2;
