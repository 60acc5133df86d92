import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { markerText, specifierSetText } from "../../../test/support/pep-arbitraries.ts";
import { errorCode } from "../../../test/support/vectors.ts";
import { evaluateMarker } from "../markers/evaluate.ts";
import { formatMarker, parseMarker } from "../markers/marker.ts";
import type { MarkerEnvironment } from "../markers/expression.ts";
import { isNormalizedName, normalizeName } from "../name.ts";
import { formatRequirement, parseRequirement, tryParseRequirement } from "./requirement.ts";
import type { Requirement } from "./requirement.ts";

const name = fc.stringMatching(/^[A-Za-z0-9]([A-Za-z0-9._-]{0,8}[A-Za-z0-9])?$/);
const requirementText = fc
  .tuple(
    name,
    fc.array(name, { maxLength: 3 }),
    fc.oneof(specifierSetText, fc.constantFrom(" @ https://x.example/a.whl ", "===any-text")),
    fc.option(markerText),
  )
  .map(([project, extras, source, marker]) => {
    const list = extras.length === 0 ? "" : `[${extras.join(" ,\t")}]`;
    return `${project}${list}${source}${marker === null ? "" : `; ${marker}`}`;
  });
const hostileText = fc.oneof(
  fc.string({ unit: "binary" }),
  fc
    .array(
      fc.constantFrom(
        "a",
        "b-",
        "[",
        "]",
        ",",
        "@",
        ";",
        "(",
        ")",
        ">=",
        "1",
        ".*",
        " ",
        "os_name",
        "==",
        "'",
        '"',
        "and",
        "or",
        "in",
        "not ",
      ),
      { maxLength: 20 },
    )
    .map((parts) => parts.join("")),
);
const environment = fc
  .constantFrom("a", "b", "c", "3.8", "3.9.2", "3.10")
  .map((value): MarkerEnvironment => ({
    implementation_name: value,
    implementation_version: value,
    os_name: value,
    platform_machine: value,
    platform_release: value,
    platform_system: value,
    platform_version: value,
    python_full_version: value,
    platform_python_implementation: value,
    python_version: value,
    sys_platform: value,
  }));

/** Extras are written in the order of their names. */
function inOrder(requirement: Requirement | undefined): Requirement | undefined {
  return requirement && { ...requirement, extras: requirement.extras.toSorted() };
}

describe("requirements", () => {
  test("what is written reads as the same requirement", () => {
    fc.assert(
      fc.property(requirementText, (text) => {
        const requirement = parseRequirement(text);
        const again = parseRequirement(formatRequirement(requirement));
        expect(inOrder(again)).toEqual(inOrder(requirement));
      }),
    );
  });

  test("parseRequirement throws nothing but PinionError", () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const code = errorCode(() => parseRequirement(text));
        expect([undefined, "requirement/invalid"]).toContain(code);
        const requirement = tryParseRequirement(text);
        expect(requirement === undefined).toBe(code !== undefined);
        const again =
          requirement === undefined ? undefined : parseRequirement(formatRequirement(requirement));
        expect(inOrder(again)).toEqual(inOrder(requirement));
      }),
      { numRuns: 1000 },
    );
  });
});

describe("markers", () => {
  test("what is written reads as the same marker and holds where the first does", () => {
    fc.assert(
      fc.property(markerText, environment, fc.subarray(["a", "b"]), (text, where, extras) => {
        const marker = parseMarker(text);
        const again = parseMarker(formatMarker(marker));
        expect(formatMarker(again)).toBe(formatMarker(marker));
        expect(evaluateMarker(again, where, { extras })).toBe(evaluateMarker(marker, where, { extras }));
      }),
    );
  });

  test("parseMarker throws nothing but PinionError", () => {
    fc.assert(
      fc.property(hostileText, environment, (text, where) => {
        const code = errorCode(() => evaluateMarker(parseMarker(text), where));
        expect([undefined, "requirement/invalid-marker"]).toContain(code);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("names", () => {
  test("the normal form is its own normal form", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), name, (anything, valid) => {
        expect(normalizeName(normalizeName(anything))).toBe(normalizeName(anything));
        expect(isNormalizedName(normalizeName(valid))).toBe(true);
      }),
    );
  });
});
