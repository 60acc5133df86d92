// A statement about one package: "one of these versions is selected" or its opposite. See docs/solver.md#terms.

import {
  complementRange,
  intersectRanges,
  isDisjointRanges,
  isEmptyRange,
  isSubsetRange,
  rangeContains,
  uniteRanges,
} from "../../pep/versions/version-range.ts";
import type { VersionRange } from "../../pep/versions/interval.ts";
import type { Version } from "../../pep/versions/version.ts";

/**
 * `isPositive`: the package is selected in a version of `range`. Otherwise: it is not selected at all, or in a
 * version outside of `range`.
 */
export interface Term {
  readonly isPositive: boolean;
  readonly range: VersionRange;
}

/** How what is known about a package relates to a term. */
export type TermRelation = "satisfied" | "contradicted" | "inconclusive";

export function positive(range: VersionRange): Term {
  return { isPositive: true, range };
}

export function negative(range: VersionRange): Term {
  return { isPositive: false, range };
}

export function negateTerm(term: Term): Term {
  return { isPositive: !term.isPositive, range: term.range };
}

/** The term that holds where both hold. */
export function intersectTerms(first: Term, second: Term): Term {
  if (first.isPositive && second.isPositive) return positive(intersectRanges(first.range, second.range));
  if (!first.isPositive && !second.isPositive) return negative(uniteRanges(first.range, second.range));
  const [yes, no] = first.isPositive ? [first, second] : [second, first];
  return positive(intersectRanges(yes.range, complementRange(no.range)));
}

/** The term that holds where at least one holds. */
export function uniteTerms(first: Term, second: Term): Term {
  if (first.isPositive && second.isPositive) return positive(uniteRanges(first.range, second.range));
  if (!first.isPositive && !second.isPositive) return negative(intersectRanges(first.range, second.range));
  const [yes, no] = first.isPositive ? [first, second] : [second, first];
  return negative(intersectRanges(complementRange(yes.range), no.range));
}

/** Whether a term says nothing: it holds for every version and for no selection. */
export function isAlwaysTrue(term: Term): boolean {
  return !term.isPositive && isEmptyRange(term.range);
}

/** Whether two terms can never hold together. */
export function areTermsDisjoint(first: Term, second: Term): boolean {
  if (first.isPositive && second.isPositive) return isDisjointRanges(first.range, second.range);
  if (!first.isPositive && !second.isPositive) return false;
  const [yes, no] = first.isPositive ? [first, second] : [second, first];
  return isSubsetRange(yes.range, no.range);
}

/** Whether a selected version makes a term true. */
export function termContains(term: Term, version: Version): boolean {
  return rangeContains(term.range, version) === term.isPositive;
}

/** What `known`, everything that is known about the package, says about `term`. */
export function relateTerm(term: Term, known: Term): TermRelation {
  if (impliesTerm(known, term)) return "satisfied";
  return areTermsDisjoint(known, term) ? "contradicted" : "inconclusive";
}

function impliesTerm(known: Term, term: Term): boolean {
  if (known.isPositive) {
    return term.isPositive
      ? isSubsetRange(known.range, term.range)
      : isDisjointRanges(known.range, term.range);
  }
  // "Not selected" never implies a positive term.
  return !term.isPositive && isSubsetRange(term.range, known.range);
}
