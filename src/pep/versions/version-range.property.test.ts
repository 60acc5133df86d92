import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { specifierSetText, versionText } from "../../../test/support/pep-arbitraries.ts";
import { errorCode } from "../../../test/support/vectors.ts";
import { parseSpecifierSet, satisfies, tryParseSpecifierSet } from "./specifier.ts";
import {
  complementRange,
  emptyRange,
  equalRanges,
  fullRange,
  intersectRanges,
  isDisjointRanges,
  isEmptyRange,
  isSubsetRange,
  rangeContains,
  rangeOf,
  simplifyRange,
  singletonRange,
  uniteRanges,
} from "./version-range.ts";
import type { VersionRange } from "./interval.ts";
import { baseVersion, compareVersions, isPrerelease, parseVersion, publicVersion } from "./version.ts";
import type { Version } from "./version.ts";

const version = versionText.map(parseVersion);
const specifiers = specifierSetText.map(parseSpecifierSet);
const range: fc.Arbitrary<VersionRange> = fc
  .array(fc.tuple(fc.oneof(specifiers.map(rangeOf), version.map(singletonRange)), fc.boolean()), {
    minLength: 1,
    maxLength: 3,
  })
  .map((parts) =>
    parts.reduce(
      (whole, [part, isComplement]) => uniteRanges(whole, isComplement ? complementRange(part) : part),
      emptyRange(),
    ),
  );

describe("ranges of versions", () => {
  test("rangeOf holds what satisfies accepts", () => {
    fc.assert(
      fc.property(specifiers, version, (set, candidate) => {
        expect(rangeContains(rangeOf(set), candidate)).toBe(satisfies(candidate, set, { prereleases: true }));
      }),
      { numRuns: 2000 },
    );
  });

  test("each operator accepts what PEP 440 says about it", () => {
    fc.assert(
      fc.property(specifiers, version, (set, candidate) => {
        for (const { operator, version: named, isPrefix } of set.specifiers) {
          if (isPrefix || operator === "~=") continue;
          const one = parseSpecifierSet(operator + named!.text);
          expect(satisfies(candidate, one)).toBe(acceptsByRules(operator, named!, candidate));
        }
      }),
      { numRuns: 2000 },
    );
  });

  test("membership follows union, intersection and complement", () => {
    fc.assert(
      fc.property(range, range, version, (a, b, candidate) => {
        const [inA, inB] = [rangeContains(a, candidate), rangeContains(b, candidate)];
        expect(rangeContains(uniteRanges(a, b), candidate)).toBe(inA || inB);
        expect(rangeContains(intersectRanges(a, b), candidate)).toBe(inA && inB);
        expect(rangeContains(complementRange(a), candidate)).toBe(!inA);
      }),
      { numRuns: 1000 },
    );
  });

  test("the laws of a Boolean algebra hold", () => {
    fc.assert(
      fc.property(range, range, range, (a, b, c) => {
        expectEqual(intersectRanges(a, b), intersectRanges(b, a));
        expectEqual(uniteRanges(a, b), uniteRanges(b, a));
        expectEqual(intersectRanges(a, intersectRanges(b, c)), intersectRanges(intersectRanges(a, b), c));
        expectEqual(
          intersectRanges(a, uniteRanges(b, c)),
          uniteRanges(intersectRanges(a, b), intersectRanges(a, c)),
        );
        expectEqual(uniteRanges(a, intersectRanges(a, b)), a);
        expectEqual(complementRange(complementRange(a)), a);
        expectEqual(
          complementRange(uniteRanges(a, b)),
          intersectRanges(complementRange(a), complementRange(b)),
        );
        expectEqual(uniteRanges(a, complementRange(a)), fullRange());
        expectEqual(intersectRanges(a, complementRange(a)), emptyRange());
        expect(isSubsetRange(a, b)).toBe(equalRanges(intersectRanges(a, b), a));
        expect(isSubsetRange(a, b)).toBe(isEmptyRange(intersectRanges(a, complementRange(b))));
        expect(isDisjointRanges(a, b)).toBe(isSubsetRange(a, complementRange(b)));
      }),
    );
  });

  test("intervals are ascending, apart, and bounded by the first version", () => {
    fc.assert(
      fc.property(range, ({ intervals }) => {
        const keys = intervals.flatMap(({ lower, upper }) => [lower?.order ?? "", upper?.order ?? "\uffff"]);
        expect(keys).toEqual([...new Set(keys)].sort());
        expect(keys.every((key) => key === "" || key > parseVersion("0.dev0").order)).toBe(true);
      }),
    );
  });

  test("simplifyRange answers the same for every known version, with no more intervals", () => {
    fc.assert(
      fc.property(range, fc.array(version, { maxLength: 8 }), (a, versions) => {
        const known = versions.toSorted(compareVersions);
        const simple = simplifyRange(a, known);
        expect(simple.intervals.length).toBeLessThanOrEqual(a.intervals.length);
        for (const candidate of known)
          expect(rangeContains(simple, candidate)).toBe(rangeContains(a, candidate));
      }),
    );
  });

  test("parseSpecifierSet throws nothing but PinionError, and its text reads as the same set", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: "binary" }),
          fc.string({ unit: fc.constantFrom(...Array.from("=<>!~ v1.*a,+-")), maxLength: 12 }),
          specifierSetText,
        ),
        (text) => {
          const code = errorCode(() => parseSpecifierSet(text));
          expect([undefined, "requirement/invalid-specifier"]).toContain(code);
          const set = tryParseSpecifierSet(text);
          expect(set === undefined).toBe(code !== undefined);
          expect(set === undefined ? undefined : parseSpecifierSet(set.text)).toEqual(set);
        },
      ),
    );
  });
});

function expectEqual(a: VersionRange, b: VersionRange): void {
  expect(equalRanges(a, b)).toBe(true);
}

/** The sentences of PEP 440 on each operator, without any interval. */
function acceptsByRules(operator: string, named: Version, candidate: Version): boolean {
  const order = compareVersions(publicVersion(candidate), named);
  const isSameBase = compareVersions(baseVersion(candidate), baseVersion(named)) === 0;
  switch (operator) {
    case ">=":
      return compareVersions(candidate, named) >= 0;
    case "<=":
      return order <= 0;
    case "==":
      return compareVersions(named.local === undefined ? publicVersion(candidate) : candidate, named) === 0;
    case "!=":
      return !acceptsByRules("==", named, candidate);
    case "<": {
      if (compareVersions(candidate, named) >= 0) return false;
      // "MUST NOT allow a pre-release of the specified version unless the specified version is itself a pre-release"
      return isPrerelease(named) || !isPrereleaseOf(candidate, named);
    }
    case ">": {
      if (compareVersions(candidate, named) <= 0 || order === 0) return false;
      // "MUST NOT allow a post-release of the given version unless the given version is itself a post release"
      const isPostreleaseOfNamed =
        candidate.post !== undefined && isSameBase && String(candidate.pre) === String(named.pre);
      return named.post !== undefined || named.dev !== undefined || !isPostreleaseOfNamed;
    }
    default:
      throw new Error(`no rule for ${operator}`);
  }
}

/** `1.0a1` and `1.0.dev1` of `1.0`, `1.0.post1.dev0` of `1.0.post1`. */
function isPrereleaseOf(candidate: Version, named: Version): boolean {
  if (compareVersions(baseVersion(candidate), baseVersion(named)) !== 0 || !isPrerelease(candidate))
    return false;
  return (
    named.post === undefined || (candidate.pre === undefined && String(candidate.post) === String(named.post))
  );
}
