// Files by patterns as `globset` has them: `*` and `?` within a name, `**` for any folders, `[a-z]`, `{a,b}`, and `!` before what
// does not count. Patterns and folders may be a stranger's: the time grows with names times patterns at most, where a
// regular expression made from a pattern may take for ever, the search ends at a bound, and it hears a signal meanwhile.

import { opendirSync, type Dir } from "node:fs";
import { join, resolve, sep } from "node:path";
import { setImmediate } from "node:timers/promises";

import { isFile } from "./folder.ts";
import { isWithin } from "./real-place.ts";

export interface FindOptions {
  /** Patterns that lead out of this folder, by their text, find nothing. */
  readonly within?: string | undefined;
  /** Folders that are not entered, by their names. */
  readonly skips?: ((name: string) => boolean) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The regular files below a folder that fit one of the patterns and none that begins with `!`. Links are not followed, but for
 * those that a pattern spells out; what cannot be read is passed over.
 *
 * @returns absolute paths; undefined where looking at all that is there, or at all patterns, takes too long
 */
export async function findFiles(
  directory: string,
  patterns: readonly string[],
  options: FindOptions = {},
): Promise<readonly string[] | undefined> {
  const expanded = expandAll(patterns);
  if (expanded === undefined) return undefined;
  const [excluded = [], wanted = []] = [true, false].map((isExcluded) =>
    expanded
      .filter((pattern) => pattern.startsWith("!") === isExcluded)
      .map((pattern) => parsePattern(isExcluded ? pattern.slice(1) : pattern, directory))
      .filter(({ base }) => mayLookAt(base, directory, options)),
  );
  const search = new Search(excluded, options);
  for (const base of new Set(wanted.map((pattern) => pattern.base))) {
    const isDone = await search.look(
      base,
      wanted.filter((pattern) => pattern.base === base),
    );
    if (!isDone) return undefined;
  }
  return [...search.found];
}

/** Never at another machine, as Windows names it: it would be given the user's login. */
function mayLookAt(base: string, directory: string, { within }: FindOptions): boolean {
  const isElsewhere =
    process.platform === "win32" && base.startsWith("\\\\") && !directory.startsWith("\\\\");
  return !isElsewhere && (within === undefined || isWithin(base, within));
}

/** A pattern: the folder in which it begins to vary, and what is below that. */
interface Pattern {
  readonly base: string;
  readonly segments: readonly Segment[];
}

type Segment = "folders" | readonly Token[];
type Token =
  | "any"
  | "one"
  | { readonly exact: string }
  | { readonly isNegated: boolean; readonly ranges: readonly Range[] };
type Range = readonly [from: string, to: string];

class Search {
  readonly found = new Set<string>();
  readonly #excluded: readonly Pattern[];
  readonly #skips: (name: string) => boolean;
  readonly #signal: AbortSignal | undefined;
  #entriesLeft = MAX_ENTRIES;
  #stepsLeft = MAX_STEPS;
  /** With so many steps left, others get their turn. */
  #nextPause = MAX_STEPS - STEPS_AT_ONCE;

  constructor(excluded: readonly Pattern[], { skips = () => false, signal }: FindOptions) {
    this.#excluded = excluded;
    this.#skips = skips;
    this.#signal = signal;
  }

  /** Looks below a folder; false where that takes too long. */
  async look(base: string, patterns: readonly Pattern[]): Promise<boolean> {
    if (patterns.some(({ segments }) => segments.length === 0) && isFile(base) && !this.#isExcluded(base))
      this.found.add(base);
    const ways = patterns.map(({ segments }) => segments);
    const folders = [{ path: base, places: ways.map((way) => closure(way, new Set([0]))) }];
    for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
      const { path: parent, places } = folder;
      for (const entry of entriesOf(parent)) {
        const { name } = entry;
        if ((this.#entriesLeft -= 1) < 0 || this.#stepsLeft < 0) return false;
        if (this.#entriesLeft % ENTRIES_AT_ONCE === 0 || this.#stepsLeft < this.#nextPause) {
          this.#nextPause = this.#stepsLeft - STEPS_AT_ONCE;
          await setImmediate();
          this.#signal?.throwIfAborted();
        }
        const path = join(parent, name);
        const characters = Array.from(name);
        const next = ways.map((way, index) => this.#step(way, places[index] ?? new Set(), characters));
        const isMatched = entry.isFile && ways.some((way, index) => next[index]?.has(way.length) === true);
        const isEntered =
          !entry.isFile &&
          !this.#skips(name) &&
          ways.some((way, index) => [...(next[index] ?? [])].some((place) => place < way.length));
        if ((!isMatched && !isEntered) || this.#isExcluded(path)) continue;
        if (entry.isFile) this.found.add(path);
        else folders.push({ path, places: next });
      }
    }
    return this.#stepsLeft >= 0;
  }

  #isExcluded(path: string): boolean {
    return this.#excluded.some(({ base, segments }) => {
      this.#stepsLeft -= STEPS_A_NAME;
      const start = base.endsWith(sep) ? base : `${base}${sep}`;
      if (path !== base && !path.startsWith(start)) return false;
      let places = closure(segments, new Set([0]));
      for (const name of path === base ? [] : path.slice(start.length).split(sep))
        places = this.#step(segments, places, Array.from(name));
      return places.has(segments.length);
    });
  }

  /** Where in a pattern one is after a further name. */
  #step(
    segments: readonly Segment[],
    places: ReadonlySet<number>,
    name: readonly string[],
  ): ReadonlySet<number> {
    if (places.size === 0) return places;
    this.#stepsLeft -= STEPS_A_NAME + STEPS_A_PLACE * places.size;
    const next = new Set<number>();
    if (this.#stepsLeft < 0) return next;
    for (const place of places) {
      const segment = segments[place];
      if (segment === undefined) continue;
      if (segment === "folders") next.add(place);
      else if (this.#fits(name, segment)) next.add(place + 1);
    }
    return closure(segments, next);
  }

  /** In time of text times pattern at worst. */
  #fits(text: readonly string[], tokens: readonly Token[]): boolean {
    let at = 0;
    let within = 0;
    let star = -1;
    let resume = 0;
    while (at < text.length) {
      if ((this.#stepsLeft -= 1) < 0) return false;
      const token = tokens[within];
      if (token === "any") {
        star = within;
        resume = at;
        within += 1;
      } else if (token !== undefined && isOne(text[at] ?? "", token)) {
        at += 1;
        within += 1;
      } else if (star !== -1) {
        resume += 1;
        at = resume;
        within = star + 1;
      } else {
        return false;
      }
    }
    while (tokens[within] === "any") within += 1;
    return within === tokens.length;
  }
}

/** `**` may stand for nothing. */
function closure(segments: readonly Segment[], places: ReadonlySet<number>): ReadonlySet<number> {
  const all = new Set(places);
  // A set's iteration goes on to what is added meanwhile.
  for (const place of all) if (segments[place] === "folders") all.add(place + 1);
  return all;
}

function isOne(character: string, token: Exclude<Token, "any">): boolean {
  if (token === "one") return true;
  if ("exact" in token) return token.exact === character;
  return token.ranges.some(([from, to]) => from <= character && character <= to) !== token.isNegated;
}

function* entriesOf(folder: string): Generator<{ readonly name: string; readonly isFile: boolean }> {
  let opened: Dir;
  try {
    opened = opendirSync(folder, { bufferSize: ENTRIES_AT_ONCE });
  } catch {
    return;
  }
  try {
    for (let entry = readNext(opened); entry !== null; entry = readNext(opened))
      if (entry.isFile() || entry.isDirectory()) yield { name: entry.name, isFile: entry.isFile() };
  } finally {
    opened.closeSync();
  }
}

function readNext(folder: Dir): ReturnType<Dir["readSync"]> {
  try {
    return folder.readSync();
  } catch {
    return null;
  }
}

function parsePattern(pattern: string, directory: string): Pattern {
  const parts = (process.platform === "win32" ? pattern.replaceAll("\\", "/") : pattern).split("/");
  const first = parts.findIndex((part) => WILD.test(part));
  const literal = first === -1 ? parts : parts.slice(0, first);
  const rest = first === -1 ? [] : parts.slice(first);
  return {
    base: resolve(directory, literal.map((part) => part.replaceAll(ESCAPED, "$1")).join("/")),
    segments: rest
      .filter((part) => part !== "" && part !== ".")
      // `**` after `**` says nothing more.
      .filter((part, index, all) => part !== "**" || all[index - 1] !== "**")
      .map(parseSegment),
  };
}

function parseSegment(part: string): Segment {
  if (part === "**") return "folders";
  const tokens: Token[] = [];
  for (const [text, escaped, list] of part.matchAll(PIECE)) {
    if (text === "*") {
      if (tokens.at(-1) !== "any") tokens.push("any");
    } else if (text === "?") tokens.push("one");
    else if (list !== undefined) tokens.push(parseClass(list));
    else tokens.push({ exact: escaped ?? text });
  }
  return tokens;
}

function parseClass(list: string): Token {
  const isNegated = /^[!^]/.test(list);
  const ranges = [...list.slice(isNegated ? 1 : 0).matchAll(/(.)-(.)|(.)/gsu)].map(
    ([, from, to, one = ""]): Range => [from ?? one, to ?? one],
  );
  return { isNegated, ranges };
}

/** The patterns without alternatives; undefined where they are too many or too long. */
function expandAll(patterns: readonly string[]): readonly string[] | undefined {
  const open = [...patterns];
  const done: string[] = [];
  for (let pattern = open.pop(); pattern !== undefined; pattern = open.pop()) {
    if (pattern.length > MAX_LENGTH || open.length + done.length >= MAX_PATTERNS) return undefined;
    const alternatives = expandFirst(pattern);
    if (alternatives === undefined) done.push(pattern);
    else for (const alternative of alternatives) open.push(alternative);
  }
  return done;
}

/** A pattern with each of its first alternatives in their place; undefined where it has none. */
function expandFirst(pattern: string): readonly string[] | undefined {
  let start = -1;
  let depth = 0;
  const cuts: number[] = [];
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at];
    if (character === "\\") at += 1;
    else if (character === "{") {
      if (depth === 0) start = at;
      depth += 1;
    } else if (character === "," && depth === 1) cuts.push(at);
    else if (character === "}" && depth > 0) {
      depth -= 1;
      if (depth > 0) continue;
      const bounds = [start, ...cuts, at];
      return bounds
        .slice(1)
        .map(
          (end, index) =>
            pattern.slice(0, start) + pattern.slice((bounds[index] ?? 0) + 1, end) + pattern.slice(at + 1),
        );
    }
  }
  return undefined;
}

const WILD = /[*?[]/;
const ESCAPED = /\\(.)/gsu;
/** A star, a question mark, an escaped character, a class, or any other character. */
const PIECE = /\\(.)|\[([!^]?.[^\]]*)\]|./gsu;

/** They take a second, or two, each time. */
const MAX_ENTRIES = 100_000;
/** Comparisons of characters: half a second. */
const MAX_STEPS = 20_000_000;
/** What it takes besides them. */
const STEPS_A_NAME = 10;
/** Several `**` in a pattern are in many places of it at once. */
const STEPS_A_PLACE = 4;
const ENTRIES_AT_ONCE = 256;
/** A tenth of a second. */
const STEPS_AT_ONCE = 2_000_000;
const MAX_PATTERNS = 256;
const MAX_LENGTH = 1024;
