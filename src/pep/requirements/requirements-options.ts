// The options of a requirements file's line: split as a POSIX shell does (Python's `shlex`) and read as Python's
// `optparse` does, since that is how pip reads them: joined values, `=`, and unambiguous beginnings of long names.

import { attempt } from "../../base/work/attempt.ts";
import { append } from "../../base/values/group-by.ts";
import { parseConfigSettings } from "../config-settings.ts";

/** What the options of one line say. */
export interface LineOptions {
  readonly include: string | undefined;
  readonly constraint: string | undefined;
  readonly editable: string | undefined;
  readonly indexUrl: string | undefined;
  readonly extraIndexUrls: readonly string[];
  readonly findLinks: readonly string[];
  readonly noIndex: boolean;
  readonly requireHashes: boolean | undefined;
  readonly noBinary: readonly string[];
  readonly onlyBinary: readonly string[];
  readonly preferBinary: boolean;
  readonly pre: boolean;
  readonly allReleases: readonly string[];
  readonly onlyFinal: readonly string[];
  readonly trustedHosts: readonly string[];
  readonly features: readonly string[];
  /** `sha256:…` each. */
  readonly hashes: readonly string[];
  readonly configSettings: Readonly<Record<string, string | readonly string[]>>;
  /** What follows options and is none; pip passes over it, but a marker after an editable means something. */
  readonly rest: string;
}

/** A line divided into its requirement and its options. */
export interface DividedLine {
  readonly requirement: string;
  readonly options: string;
  /** Where the options begin in the line, from 0. */
  readonly optionsStart: number;
}

/** Divides at the first word that begins with a dash; a requirement's marker has quotes that no shell may touch. */
export function divideLine(line: string): DividedLine {
  const optionsStart = line.startsWith("-") ? 0 : line.indexOf(" -") + 1;
  if (optionsStart === 0 && !line.startsWith("-"))
    return { requirement: line, options: "", optionsStart: line.length };
  return {
    requirement: line.slice(0, Math.max(0, optionsStart - 1)),
    options: line.slice(optionsStart),
    optionsStart,
  };
}

/** What is wrong with the options of a line. */
export interface OptionsProblem {
  readonly reason: string;
  readonly kind: "unknown" | "hash" | "other";
}

/** How options are read. */
export interface ReadOptions {
  /** Whether the form of hashes is checked: what makes a lock does not look at them. */
  readonly checksHashes: boolean;
}

/** Reads options, or says what is wrong with them. */
export function parseLineOptions(text: string, { checksHashes }: ReadOptions): LineOptions | OptionsProblem {
  const words = splitWords(text);
  if (typeof words === "string") return invalid(words);
  const values = new Map<OptionName, string[]>();
  const rest: Word[] = [];
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index];
    if (word === undefined) break;
    if (word.value === "--") {
      for (const further of words.slice(index + 1)) rest.push(further);
      break;
    }
    if (!word.value.startsWith("-") || word.value === "-") {
      rest.push(word);
      continue;
    }
    const read = word.value.startsWith("--") ? readLong(word.value) : readShort(word.value);
    if ("reason" in read) return read;
    let { value } = read;
    if (value === undefined) {
      index += 1;
      value = words[index]?.value;
    }
    if (value === undefined) return invalid(`\`${read.option.long[0]}\` must be followed by an argument`);
    append(values, read.option.name, value);
  }
  return toLineOptions(values, rest.map((word) => text.slice(word.start, word.end)).join(" "), checksHashes);
}

function invalid(reason: string): OptionsProblem {
  return { reason, kind: "other" };
}

interface Word {
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

interface GivenOption {
  readonly option: OptionDescription;
  /** Undefined where the value is the next word. */
  readonly value: string | undefined;
}

/** What is wrong with the value of a `--hash`, in uv's words. */
function hashProblem(hash: string): string | undefined {
  const colon = hash.indexOf(":");
  if (colon === -1)
    return `Unexpected hash (expected \`<algorithm>:<hash>\`): ${hash.slice(0, MAX_QUOTED_LENGTH)}`;
  const algorithm = hash.slice(0, colon);
  const expected = HASH_LENGTHS.get(algorithm);
  if (expected === undefined) {
    const known = [...HASH_LENGTHS.keys()].map((name) => `\`${name}\``);
    return `Unsupported hash algorithm (expected one of: ${known.slice(0, -1).join(", ")}, or ${known.at(-1)}) on: \`${algorithm.slice(0, MAX_QUOTED_LENGTH)}\``;
  }
  const { length } = hash.slice(colon + 1);
  return length === expected
    ? undefined
    : `Invalid hash digest length (expected ${expected} hexadecimal characters, found ${length})`;
}

function toLineOptions(
  values: ReadonlyMap<OptionName, readonly string[]>,
  rest: string,
  checksHashes: boolean,
): LineOptions | OptionsProblem {
  const all = (name: OptionName): readonly string[] => values.get(name) ?? [];
  const hashes = all("hash").map((hash) => hash.trim());
  const badHash = checksHashes ? hashes.map(hashProblem).find((problem) => problem !== undefined) : undefined;
  if (badHash !== undefined) return { reason: badHash, kind: "hash" };
  const configSettings = attempt(() => parseConfigSettings(all("configSettings")));
  if (configSettings === undefined) return invalid("`--config-settings` needs the form `KEY=VALUE`");
  return {
    include: all("include")[0],
    constraint: all("constraint")[0],
    editable: all("editable")[0],
    indexUrl: all("indexUrl").at(-1),
    extraIndexUrls: all("extraIndexUrl"),
    findLinks: all("findLinks"),
    noIndex: values.has("noIndex"),
    requireHashes: values.has("requireHashes") ? true : values.has("noRequireHashes") ? false : undefined,
    noBinary: all("noBinary"),
    onlyBinary: all("onlyBinary"),
    preferBinary: values.has("preferBinary"),
    pre: values.has("pre"),
    allReleases: all("allReleases"),
    onlyFinal: all("onlyFinal"),
    trustedHosts: all("trustedHost"),
    features: all("useFeature"),
    hashes,
    configSettings,
    rest,
  };
}

function readLong(word: string): GivenOption | OptionsProblem {
  const equals = word.indexOf("=");
  const written = equals === -1 ? word : word.slice(0, equals);
  const option = longOption(written);
  if ("reason" in option) return option;
  const value = equals === -1 ? undefined : word.slice(equals + 1);
  if (option.isFlag !== true) return { option, value };
  return value === undefined ? { option, value: "" } : invalid(`\`${written}\` takes no value`);
}

function longOption(written: string): OptionDescription | OptionsProblem {
  const exact = OPTIONS.find((option) => option.long.includes(written));
  if (exact !== undefined) return exact;
  const begun = OPTIONS.filter((option) => option.long.some((long) => long.startsWith(written)));
  if (begun.length > 1) return invalid(`\`${written}\` is ambiguous between several options`);
  return begun[0] ?? { reason: `unknown option \`${written.slice(0, MAX_QUOTED_LENGTH)}\``, kind: "unknown" };
}

/** All short options take a value: the rest of the word, or the next word. */
function readShort(word: string): GivenOption | OptionsProblem {
  const option = OPTIONS.find(({ short }) => short === word.charAt(1));
  if (option === undefined) return { reason: `unknown option \`-${word.charAt(1)}\``, kind: "unknown" };
  const value = word.slice(2);
  return { option, value: value === "" ? undefined : value };
}

/** Words of a POSIX shell: quotes, backslashes, nothing else. */
function splitWords(text: string): readonly Word[] | string {
  const words: Word[] = [];
  let position = 0;
  while (position < text.length) {
    if (SHELL_BLANKS.includes(text.charAt(position))) {
      position += 1;
      continue;
    }
    const start = position;
    let value = "";
    let quote = "";
    for (; position < text.length; position += 1) {
      const character = text.charAt(position);
      if (quote === "" && SHELL_BLANKS.includes(character)) break;
      if (character === quote) {
        quote = "";
      } else if (quote === "" && (character === '"' || character === "'")) {
        quote = character;
      } else if (character === "\\" && quote !== "'") {
        const next = text.charAt(position + 1);
        if (next === "") return "a backslash ends the line";
        // Between double quotes a backslash protects only itself and the quote.
        value += quote === '"' && next !== '"' && next !== "\\" ? `\\${next}` : next;
        position += 1;
      } else {
        value += character;
      }
    }
    if (quote !== "") return "a quotation mark is not closed";
    words.push({ value, start, end: position });
  }
  return words;
}

interface OptionDescription {
  readonly name: OptionName;
  /** The letter of its short form. */
  readonly short?: string;
  readonly long: readonly string[];
  readonly isFlag?: true;
}

type OptionName =
  | "allReleases"
  | "configSettings"
  | "constraint"
  | "editable"
  | "extraIndexUrl"
  | "findLinks"
  | "hash"
  | "include"
  | "indexUrl"
  | "noBinary"
  | "noIndex"
  | "noRequireHashes"
  | "onlyBinary"
  | "onlyFinal"
  | "pre"
  | "preferBinary"
  | "requireHashes"
  | "trustedHost"
  | "useFeature";

const OPTIONS: readonly OptionDescription[] = [
  { name: "include", short: "r", long: ["--requirement"] },
  { name: "constraint", short: "c", long: ["--constraint"] },
  { name: "editable", short: "e", long: ["--editable"] },
  { name: "indexUrl", short: "i", long: ["--index-url", "--pypi-url"] },
  { name: "extraIndexUrl", long: ["--extra-index-url"] },
  { name: "findLinks", short: "f", long: ["--find-links"] },
  { name: "noIndex", long: ["--no-index"], isFlag: true },
  { name: "requireHashes", long: ["--require-hashes"], isFlag: true },
  { name: "noRequireHashes", long: ["--no-require-hashes"], isFlag: true },
  { name: "noBinary", long: ["--no-binary"] },
  { name: "onlyBinary", long: ["--only-binary"] },
  { name: "preferBinary", long: ["--prefer-binary"], isFlag: true },
  { name: "pre", long: ["--pre"], isFlag: true },
  { name: "allReleases", long: ["--all-releases"] },
  { name: "onlyFinal", long: ["--only-final"] },
  { name: "trustedHost", long: ["--trusted-host"] },
  { name: "useFeature", long: ["--use-feature"] },
  { name: "hash", long: ["--hash"] },
  { name: "configSettings", short: "C", long: ["--config-settings", "--config-setting"] },
];

const SHELL_BLANKS = " \t\r\n";

// uv's algorithms; pip takes only the three of SHA-2.
/** Hexadecimal characters of each algorithm's hash. */
const HASH_LENGTHS: ReadonlyMap<string, number> = new Map([
  ["md5", 32],
  ["sha256", 64],
  ["sha384", 96],
  ["sha512", 128],
  ["blake2b", 128],
]);

const MAX_QUOTED_LENGTH = 80;
