// Laws of terms: they are sets over all versions and "not selected".

import * as fc from "fast-check";
import { expect, test } from "vitest";

import { parseSpecifierSet } from "../../pep/versions/specifier.ts";
import { complementRange, rangeOf, uniteRanges } from "../../pep/versions/version-range.ts";
import { parseVersion } from "../../pep/versions/version.ts";
import {
  areTermsDisjoint,
  intersectTerms,
  isAlwaysTrue,
  negateTerm,
  relateTerm,
  termContains,
  uniteTerms,
} from "./term.ts";
import type { Term } from "./term.ts";

const POOL = ["0.dev0", "1.0a1", "1.0", "1.0+local", "1.0.post1", "1.5", "2.0rc1", "2.0", "3"].map(
  parseVersion,
);

const specifier = fc
  .tuple(fc.constantFrom("==", "!=", "<", "<=", ">", ">="), fc.constantFrom("1.0", "1.5", "2.0"))
  .map(([operator, version]) => rangeOf(parseSpecifierSet(operator + version)));
const term: fc.Arbitrary<Term> = fc.record({
  isPositive: fc.boolean(),
  range: fc.array(specifier, { maxLength: 3 }).map((ranges) => {
    const united = ranges.reduce(uniteRanges, { intervals: [] });
    return ranges.length % 2 === 0 ? united : complementRange(united);
  }),
});

/** What a term says about each version of the pool, and about no version at all. */
function meaningOf(value: Term): readonly boolean[] {
  return [...POOL.map((version) => termContains(value, version)), !value.isPositive];
}

test("intersectTerms() means both, uniteTerms() either, negateTerm() the opposite", () => {
  fc.assert(
    fc.property(term, term, (first, second) => {
      const [left, right] = [meaningOf(first), meaningOf(second)];
      expect(meaningOf(intersectTerms(first, second))).toEqual(
        left.map((holds, index) => holds && right[index]!),
      );
      expect(meaningOf(uniteTerms(first, second))).toEqual(
        left.map((holds, index) => holds || right[index]!),
      );
      expect(meaningOf(negateTerm(first))).toEqual(left.map((holds) => !holds));
    }),
  );
});

test("relateTerm() follows what is known", () => {
  fc.assert(
    fc.property(term, term, (asked, known) => {
      const [wanted, given] = [meaningOf(asked), meaningOf(known)];
      const allows = {
        satisfied: given.every((holds, index) => !holds || wanted[index]!),
        contradicted: !given.some((holds, index) => holds && wanted[index]!),
        inconclusive: true,
      };
      expect(allows[relateTerm(asked, known)]).toBe(true);
      expect(areTermsDisjoint(asked, known)).toBe(areTermsDisjoint(known, asked));
    }),
  );
});

test("uniteTerms() of a term and its opposite says nothing", () => {
  fc.assert(
    fc.property(term, (value) => {
      expect(isAlwaysTrue(uniteTerms(value, negateTerm(value)))).toBe(true);
    }),
  );
});
