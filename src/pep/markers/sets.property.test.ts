// Laws of sets of environments.

import * as fc from "fast-check";
import { expect, test } from "vitest";

import { markerText } from "../../../test/support/pep-arbitraries.ts";
import { releasesOf } from "./claims.ts";
import { MarkerSets } from "./sets.ts";
import { parseMarker } from "./marker.ts";
import { parseSpecifierSet } from "../versions/specifier.ts";
import { isEmptyRange, isSubsetRange } from "../versions/version-range.ts";

const LIMIT = { maxResults: 1_000_000 };
const marker = markerText.map(parseMarker);
// Without gaps: within one, the place of a cut would be open.
const pythons = fc
  .constantFrom(">=3.8", ">=3.9,<3.12", "<3.10", "==3.9.*", ">=3.8.3")
  .map((text) => releasesOf(parseSpecifierSet(text)));

test("equal sets are one value, in whatever order they come about", () => {
  fc.assert(
    fc.property(marker, marker, marker, (first, second, third) => {
      const sets = new MarkerSets(LIMIT);
      const [a, b, c] = [sets.of(first), sets.of(second), sets.of(third)];
      expect(sets.or(a, b)).toBe(sets.or(b, a));
      expect(sets.or(sets.or(a, b), c)).toBe(sets.or(a, sets.or(b, c)));
      expect(sets.or(sets.and(a, b), sets.except(a, b))).toBe(a);
    }),
    { numRuns: 300 },
  );
});

test("what is assumed about Pythons changes nothing within them, and is left out", () => {
  fc.assert(
    fc.property(marker, pythons, (written, range) => {
      const sets = new MarkerSets(LIMIT);
      const whole = sets.of(written);
      const within = sets.ofPythons(range);
      const assumed = sets.assumePythons(whole, range);
      expect(sets.and(assumed, within)).toBe(sets.and(whole, within));
      expect(sets.assumePythons(sets.and(whole, within), range)).toBe(assumed);
    }),
    { numRuns: 300 },
  );
});

test("pythonsOf() holds every Python of a set", () => {
  fc.assert(
    fc.property(marker, pythons, (written, range) => {
      const sets = new MarkerSets(LIMIT);
      const part = sets.and(sets.of(written), sets.ofPythons(range));
      expect(isSubsetRange(sets.pythonsOf(part), range)).toBe(true);
      expect(isEmptyRange(sets.pythonsOf(part))).toBe(part === false);
      expect(sets.isWithin(part, sets.ofPythons(sets.pythonsOf(part)))).toBe(true);
    }),
    { numRuns: 300 },
  );
});
