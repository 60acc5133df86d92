// Old distributions on PyPI have requirements that break the grammar in a few well-known ways. uv repairs them
// (crates/uv-pypi-types/src/lenient_requirement.rs), and so does this: their authors will not.

import { attempt } from "../base/work/attempt.ts";
import { isPinionError } from "../errors.ts";
import { parseRequirement, type Requirement } from "./requirements/requirement.ts";
import { parseSpecifierSet } from "./versions/specifier.ts";
import type { SpecifierSet } from "./versions/specifier-set.ts";

/**
 * Parses a requirement of a distribution's metadata; what the grammar refuses is repaired where its sense is plain.
 *
 * @throws PinionError `requirement/invalid`, of the text as written
 */
export function parseLenientRequirement(text: string): Requirement {
  return parseRepaired(text, parseRequirement);
}

/**
 * Parses the `Requires-Python` of a distribution, with the same repairs.
 *
 * @throws PinionError `requirement/invalid-specifier`, of the text as written
 */
export function parseLenientSpecifierSet(text: string): SpecifierSet {
  return parseRepaired(text, parseSpecifierSet);
}

function parseRepaired<T>(text: string, parse: (text: string) => T): T {
  try {
    return parse(text);
  } catch (error) {
    if (!isPinionError(error) || text.length > MAX_LENGTH) throw error;
    let repaired = text;
    for (const repair of REPAIRS) {
      const before = repaired;
      repaired = repair(before);
      const value = repaired === before ? undefined : attempt(() => parse(repaired));
      if (value !== undefined) return value;
    }
    throw error;
  }
}

/** One kind of mistake each; later ones see what the earlier ones left. */
const REPAIRS: readonly ((text: string) => string)[] = [
  // `>=7.2.0<8.0.0` lacks a comma.
  (text) => text.replace(/([0-9])([<>=~^!])/g, "$1,$2"),
  // `!=~5.0` means `!=5.0.*`.
  (text) => text.replace(/!=~((?:[0-9]\.)*[0-9])/g, "!=$1.*"),
  // `>=1.9.*` means `>=1.9`.
  (text) => text.replace(/(<=|>=|<|>)\s*([0-9]+(?:\.[0-9]+)*)\.\*/g, "$1$2"),
  // `!=3.0*` means `!=3.0.*`.
  (text) => text.replace(/([0-9]\.[0-9])\*/g, "$1.*"),
  // `>=3.6,` has a comma too many.
  (text) => text.trimEnd().replace(/,$/, ""),
  // `>dev` means everything after the first development release.
  (text) => text.replaceAll(">dev", ">0.0.0.dev0"),
  // `>=9.0.0a1.0` has a zero too many.
  (text) => text.replace(/([0-9](?:a|b|rc|post|dev)[0-9]+)\.0/g, "$1"),
  // `>= '2.7'` has quotes, which belong only in markers.
  (text) => {
    const marker = text.indexOf(";");
    const end = marker === -1 ? text.length : marker;
    return text.slice(0, end).replaceAll(/['"]/g, "") + text.slice(end);
  },
];

// Requirements are short; the repairs need not be tried on what an attacker made long.
const MAX_LENGTH = 4096;
