// Requirements: `requests[socks]>=2.8.1,<3; python_version < "3.8"` and `name @ https://…`.
// https://packaging.python.org/en/latest/specifications/dependency-specifiers/ (PEP 508)
import { attempt } from "../../base/work/attempt.ts";
import { isPinionError } from "../../errors.ts";
import { formatMarker } from "../markers/marker.ts";
import type { Marker } from "../markers/expression.ts";
import { readMarker } from "../markers/parser.ts";
import { normalizeName } from "../name.ts";
import { makeSpecifierSet, parseSpecifier } from "../versions/specifier.ts";
import type { Specifier, SpecifierSet } from "../versions/specifier-set.ts";
import { Scanner } from "../text.ts";

/** What a project asks of another. */
export interface Requirement {
  /** Normalised. */
  readonly name: string;
  readonly writtenName: string;
  /** Normalised, in the order in which they are written, each once. */
  readonly extras: readonly string[];
  /** As written, sorted, each once. */
  readonly writtenExtras: readonly string[];
  /** Empty where there is a `url`. */
  readonly specifiers: SpecifierSet;
  /** The URL after `@`, as written. */
  readonly url: string | undefined;
  readonly marker: Marker | undefined;
}

/**
 * Parses a requirement.
 *
 * @throws PinionError `requirement/invalid` with the place as `SyntaxErrorDetails`
 * @example
 * parseRequirement("Flask[async]>=3; python_version>'3.9'").name // "flask"
 */
export function parseRequirement(text: string): Requirement {
  const scanner = new Scanner(text, "requirement/invalid");
  if (text.length > MAX_REQUIREMENT_LENGTH) {
    scanner.fail(`A requirement is longer than ${MAX_REQUIREMENT_LENGTH} characters`, 0);
  }
  scanner.skipBlanks();
  const writtenName = scanner.match(IDENTIFIER) ?? scanner.fail("Expected a project's name");
  scanner.skipBlanks();
  const writtenExtras = readExtras(scanner);
  scanner.skipBlanks();
  const url = scanner.take("@") ? readUrl(scanner) : undefined;
  const specifiers = url === undefined ? readSpecifiers(scanner) : makeSpecifierSet([]);
  scanner.skipBlanks();
  const marker = scanner.take(";") ? readMarker(scanner) : undefined;
  if (!scanner.isAtEnd) failAtRest(scanner, { url, specifiers, marker });
  // In the order in which they are written: a resolution decides them in that order, as uv does.
  const extras = [...new Set(writtenExtras.map(normalizeName))];
  const name = normalizeName(writtenName);
  return { name, writtenName, extras, writtenExtras: sortedUnique(writtenExtras), specifiers, url, marker };
}

/** Parses a requirement, or returns undefined where it breaks the grammar. */
export function tryParseRequirement(text: string): Requirement | undefined {
  return attempt(() => parseRequirement(text));
}

/** Writes a requirement, names as they were written, as the `packaging` library does. */
export function formatRequirement(requirement: Requirement): string {
  const { writtenName, writtenExtras, specifiers, url, marker } = requirement;
  const extras = writtenExtras.length === 0 ? "" : `[${writtenExtras.join(",")}]`;
  const source = url === undefined ? specifiers.text : ` @ ${url}${marker === undefined ? "" : " "}`;
  return `${writtenName}${extras}${source}${marker === undefined ? "" : `; ${formatMarker(marker)}`}`;
}

function readExtras(scanner: Scanner): readonly string[] {
  if (!scanner.take("[")) return [];
  scanner.skipBlanks();
  const extras: string[] = [];
  for (let extra = scanner.match(IDENTIFIER); extra !== undefined;) {
    extras.push(extra);
    scanner.skipBlanks();
    if (!scanner.take(",")) break;
    scanner.skipBlanks();
    extra = scanner.match(IDENTIFIER) ?? scanner.fail("Expected an extra's name after the comma");
  }
  if (!scanner.take("]")) scanner.fail("Expected `,` or `]` after an extra");
  return extras;
}

/** A URL ends at a blank: `;` and `,` are part of it. */
function readUrl(scanner: Scanner): string {
  scanner.skipBlanks();
  const start = scanner.position;
  const url = scanner.match(URL_TEXT) ?? scanner.fail("Expected a URL after `@`");
  const control = url.search(CONTROL);
  if (control !== -1) scanner.fail("A URL must not have control characters", start + control);
  return url;
}

function readSpecifiers(scanner: Scanner): SpecifierSet {
  const start = scanner.position;
  const isParenthesized = scanner.take("(");
  scanner.skipBlanks();
  const specifiers: Specifier[] = [];
  for (;;) {
    const specifier = readSpecifier(scanner);
    if (specifier === undefined) break;
    specifiers.push(specifier);
    scanner.skipBlanks();
    if (!scanner.take(",")) break;
    scanner.skipBlanks();
  }
  if (isParenthesized && !scanner.take(")"))
    scanner.fail("Expected a matching `)`", start, scanner.position + 1);
  return makeSpecifierSet(specifiers);
}

function readSpecifier(scanner: Scanner): Specifier | undefined {
  const start = scanner.position;
  const text = scanner.match(SPECIFIER_TEXT);
  if (text === undefined) return undefined;
  try {
    return parseSpecifier(text);
  } catch (error) {
    if (!isPinionError(error)) throw error;
    return scanner.fail(
      `Not a valid version specifier: it ${String(error.details["reason"])}`,
      start,
      scanner.position,
    );
  }
}

function failAtRest(
  scanner: Scanner,
  read: { url: string | undefined; specifiers: SpecifierSet; marker: Marker | undefined },
): never {
  const end = scanner.text.length;
  if (read.marker !== undefined)
    scanner.fail("Expected `and`, `or` or the end of the marker", scanner.position, end);
  if (read.url !== undefined) scanner.fail("Expected `;` or the end after the URL", scanner.position, end);
  if (read.specifiers.specifiers.length > 0) {
    scanner.fail("Expected `,`, `;` or the end after the version specifiers", scanner.position, end);
  }
  return scanner.fail(
    "Expected a version specifier, `@`, `;` or the end after the name",
    scanner.position,
    end,
  );
}

function sortedUnique(texts: readonly string[]): readonly string[] {
  return texts.length < 2 ? texts : [...new Set(texts)].sort();
}

const IDENTIFIER = /[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?/y;
/** An operator and everything up to what can follow a specifier. */
const SPECIFIER_TEXT = /(?:===|~=|==|!=|<=|>=|<|>)\s*[^\s\u001c-\u001f,;)]*/y;
const URL_TEXT = /[^ \t]+/y;
const CONTROL = /[\u0000-\u001f\u007f]/;
/** Far above the longest markers that universal resolvers write. */
const MAX_REQUIREMENT_LENGTH = 65_536;
