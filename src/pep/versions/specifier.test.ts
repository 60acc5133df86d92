import { describe, expect, test } from "vitest";
import { errorCode, mismatches, readVectors } from "../../../test/support/vectors.ts";
import {
  filterVersions,
  isUnsatisfiable,
  mentionsPrerelease,
  parseSpecifierSet,
  satisfies,
  tryParseSpecifierSet,
} from "./specifier.ts";
import type { SpecifierSet } from "./specifier-set.ts";
import { isDisjointRanges, isSubsetRange, rangeOf } from "./version-range.ts";
import { parseVersion, tryParseVersion } from "./version.ts";
import { processorMs } from "../../../test/support/processor-time.ts";

interface SpecifierVectors {
  readonly valid: readonly {
    readonly input: string;
    readonly str: string;
    readonly prereleases: true | null;
  }[];
  readonly invalid: readonly string[];
  readonly contains: readonly (readonly [string, string, boolean | null, boolean])[];
  readonly filter: readonly (readonly [
    string,
    boolean | null,
    readonly string[] | string,
    readonly string[],
  ])[];
  readonly set_algebra: readonly (readonly [string, string, string | null, boolean])[];
}

interface Differences {
  readonly cases: readonly {
    readonly file: string;
    readonly input: string;
    readonly "packaging-HEAD": readonly ["valid" | "invalid", unknown];
  }[];
}

const vectors = readVectors<SpecifierVectors>("specifiers");

describe("specifiers.json", () => {
  test("parseSpecifierSet reads every valid set", () => {
    const wrong = mismatches(vectors.valid, ({ input, str, prereleases }) => {
      const set = parseSpecifierSet(input);
      return { expected: [str, prereleases === true], actual: [set.text, mentionsPrerelease(set)] };
    });
    expect(wrong).toEqual([]);
  });

  test("parseSpecifierSet rejects every invalid set", () => {
    expect(
      mismatches(vectors.invalid, (text) => ({
        expected: "requirement/invalid-specifier",
        actual: errorCode(() => parseSpecifierSet(text)),
      })),
    ).toEqual([]);
  });

  test("satisfies answers every pair", () => {
    const wrong = mismatches(vectors.contains, ([specifiers, version, prereleases, expected]) => ({
      expected,
      actual: satisfies(version, parseSpecifierSet(specifiers), { prereleases: prereleases ?? undefined }),
    }));
    expect(wrong).toEqual([]);
  });

  test("satisfies answers the same for a parsed version, unless strings are compared", () => {
    const wrong = mismatches(vectors.contains, ([specifiers, text, prereleases, expected]) => {
      const version = tryParseVersion(text);
      const isTextual = version === undefined || specifiers.includes("===");
      const options = { prereleases: prereleases ?? undefined };
      return {
        expected,
        actual: isTextual ? expected : satisfies(version, parseSpecifierSet(specifiers), options),
      };
    });
    expect(wrong).toEqual([]);
  });

  test("filterVersions keeps what each case keeps", () => {
    const wrong = mismatches(vectors.filter, ([specifiers, prereleases, versions, expected]) => ({
      expected,
      // One case hands over a text, which Python reads letter by letter.
      actual: filterVersions(Array.from(versions), parseSpecifierSet(specifiers), {
        prereleases: prereleases ?? undefined,
      }),
    }));
    expect(wrong).toEqual([]);
  });

  test("set algebra gives every listed relation", () => {
    const wrong = mismatches(vectors.set_algebra, ([relation, left, right, expected]) => ({
      expected,
      actual: relate(relation, parseSpecifierSet(left), parseSpecifierSet(right ?? "")),
    }));
    expect(wrong).toEqual([]);
  });
});

describe("oracle-differences.json", () => {
  test("specifiers follow the newer oracle", () => {
    const { cases: differences } = readVectors<Differences>("oracle-differences");
    const cases = differences.filter(({ file }) => file === "specifiers");
    const wrong = mismatches(cases, (testCase) => ({
      expected: testCase["packaging-HEAD"][0],
      actual: tryParseSpecifierSet(testCase.input) === undefined ? "invalid" : "valid",
    }));
    expect(wrong).toEqual([]);
  });
});

describe("parseSpecifierSet", () => {
  test.each([
    [">=1.0,,<2", "<2,>=1.0"],
    ["===", "==="],
    ["===Foo Bar", undefined],
    ["==1.0 .*", undefined],
    ["==1.0.* ", "==1.0.*"],
    ["~=1!1", undefined],
    ["~=1.0,~=1.0.0", "~=1.0,~=1.0.0"],
    ["==v1.*", "==v1.*"],
    [">=\n1", ">=1"],
    ["", ""],
    [",", ""],
    ["≥1", undefined],
  ])("reads %j as %j", (text, normal) => {
    expect(tryParseSpecifierSet(text)?.text).toBe(normal);
  });

  test.each([
    ">=" + "1".repeat(100_000),
    ">=1,".repeat(50_000),
    "=".repeat(100_000),
    "==1" + ".*".repeat(30_000),
  ])("ends quickly on hostile text %#", (text) => {
    const start = processorMs();
    expect(() => parseSpecifierSet(text)).toThrow(
      expect.objectContaining({ code: "requirement/invalid-specifier" }),
    );
    expect(processorMs() - start).toBeLessThan(10_000);
  });

  test("says what is wrong", () => {
    expect(() => parseSpecifierSet("~=1")).toThrow("needs at least two numbers");
    expect(() => parseSpecifierSet(">=1.*")).toThrow("`.*` fits only after `==` and `!=`");
    expect(() => parseSpecifierSet("=1")).toThrow("must begin with one of === ~= == != <= >= < >");
  });
});

describe("satisfies", () => {
  test("compares strings after `===`, and the normal form of a parsed version", () => {
    const set = parseSpecifierSet("===1.0-ALPHA");
    expect(satisfies("1.0-alpha", set)).toBe(true);
    expect(satisfies(parseVersion("1.0-alpha"), set)).toBe(false);
    expect(satisfies("1.0-alpha", set, { prereleases: false })).toBe(false);
  });
});

function relate(relation: string, left: SpecifierSet, right: SpecifierSet): boolean {
  switch (relation) {
    case "is_subset":
      return isSubsetRange(rangeOf(left), rangeOf(right));
    case "is_superset":
      return isSubsetRange(rangeOf(right), rangeOf(left));
    case "is_disjoint":
      return isDisjointRanges(rangeOf(left), rangeOf(right));
    case "is_unsatisfiable":
      return isUnsatisfiable(left);
    default:
      throw new Error(`unknown relation ${relation}`);
  }
}
