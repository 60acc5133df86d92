import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { markerText } from "../../../test/support/pep-arbitraries.ts";
import {
  areDisjointMarkers,
  areEqualMarkers,
  formatSimplifiedMarker,
  impliesMarker,
  simplifyMarker,
} from "./algebra.ts";
import type { SimplifiedMarker } from "./algebra.ts";
import { evaluateMarker } from "./evaluate.ts";
import { parseMarker } from "./marker.ts";
import type { MarkerEnvironment } from "./expression.ts";

interface Place {
  readonly environment: MarkerEnvironment;
  readonly extras: readonly string[];
}

const marker = markerText.map(parseMarker);
// No release that a marker names with a pre-release: reckoning goes by releases.
const place: fc.Arbitrary<Place> = fc
  .record({
    version: fc.constantFrom("3.7.9", "3.8.0", "3.9.2", "3.9.3", "3.10.4", "4.0.0", "4.1.0"),
    system: fc.constantFrom("a", "b", "c", "d"),
    platform: fc.constantFrom("a", "b", "c", "d"),
    extras: fc.subarray(["a", "b", "c"]),
  })
  .map(({ version, system, platform, extras }) => ({
    extras,
    environment: {
      implementation_name: "cpython",
      implementation_version: version,
      os_name: system,
      platform_machine: "x86_64",
      platform_release: "6.8",
      platform_system: "Linux",
      platform_version: "#1",
      python_full_version: version,
      platform_python_implementation: "CPython",
      python_version: version.split(".").slice(0, 2).join("."),
      sys_platform: platform,
    },
  }));

describe("computing with markers", () => {
  test("a simplified marker holds where the marker does", () => {
    fc.assert(
      fc.property(marker, fc.array(place, { minLength: 5, maxLength: 20 }), (whole, places) => {
        const simple = simplifyMarker(whole);
        for (const where of places) expect(holds(simple, where)).toBe(holds(whole, where));
      }),
      { numRuns: 300 },
    );
  });

  test("under an assumption it holds where both do, and only the marker decides", () => {
    fc.assert(
      fc.property(marker, marker, fc.array(place, { maxLength: 20 }), (whole, assuming, places) => {
        const simple = simplifyMarker(whole, { assuming });
        for (const where of places.filter((candidate) => holds(assuming, candidate))) {
          expect(holds(simple, where)).toBe(holds(whole, where));
        }
      }),
      { numRuns: 300 },
    );
  });

  test("what is written reads as an equal marker, which is simple already", () => {
    fc.assert(
      fc.property(marker, (whole) => {
        const simple = simplifyMarker(whole);
        const written = formatSimplifiedMarker(simple);
        const again = typeof simple === "boolean" ? simple : parseMarker(written);
        expect(typeof again === "boolean" || areEqualMarkers(again, whole)).toBe(true);
        expect(formatSimplifiedMarker(typeof again === "boolean" ? again : simplifyMarker(again))).toBe(
          written,
        );
      }),
      { numRuns: 300 },
    );
  });

  test("disjoint markers never hold together, and implied ones hold too", () => {
    fc.assert(
      fc.property(marker, marker, fc.array(place, { maxLength: 20 }), (a, b, places) => {
        const [areDisjoint, isImplied] = [areDisjointMarkers(a, b), impliesMarker(a, b)];
        for (const where of places.filter((candidate) => holds(a, candidate))) {
          expect(areDisjoint && holds(b, where)).toBe(false);
          expect(isImplied && !holds(b, where)).toBe(false);
        }
        expect(impliesMarker({ kind: "and", operands: [a, b], isParenthesized: false }, a)).toBe(true);
        expect(impliesMarker(a, { kind: "or", operands: [a, b], isParenthesized: false })).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

function holds(candidate: SimplifiedMarker, { environment, extras }: Place): boolean {
  return typeof candidate === "boolean" ? candidate : evaluateMarker(candidate, environment, { extras });
}
