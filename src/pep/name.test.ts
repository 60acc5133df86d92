import { describe, expect, test } from "vitest";
import { mismatches, readVectors } from "../../test/support/vectors.ts";
import { isPinionError } from "../errors.ts";
import { isNormalizedName, isValidName, normalizeName, parseName } from "./name.ts";

interface NameVectors {
  readonly canonicalize: readonly (readonly [string, string])[];
  readonly is_normalized: readonly (readonly [string, string])[];
  readonly invalid_project_names: readonly string[];
}

const vectors = readVectors<NameVectors>("names");

describe("names.json", () => {
  test("normalizeName gives the PEP 503 form", () => {
    expect(
      mismatches(vectors.canonicalize, ([input, expected]) => ({ expected, actual: normalizeName(input) })),
    ).toEqual([]);
  });

  test("isNormalizedName holds for names that are their own normal form", () => {
    expect(
      mismatches(vectors.is_normalized, ([input, normal]) => ({
        expected: input === normal,
        actual: isNormalizedName(input),
      })),
    ).toEqual([]);
  });

  test("parseName rejects what is not a project name", () => {
    for (const name of vectors.invalid_project_names) {
      expect(isValidName(name)).toBe(false);
      expect(() => parseName(name)).toThrow(expect.objectContaining({ code: "requirement/invalid-name" }));
    }
  });
});

describe("parseName", () => {
  test.each(["-a", "a-", "a b", "é", "ſ", "", "a\n", "a".repeat(100_000) + "!"])("rejects %j", (name) => {
    let caught: unknown;
    try {
      parseName(name);
    } catch (error) {
      caught = error;
    }
    expect(isPinionError(caught, "requirement/invalid-name")).toBe(true);
    expect(String(caught).length).toBeLessThan(300);
  });

  test("normalises what it accepts", () => {
    expect(parseName("Foo__Bar.baz")).toBe("foo-bar-baz");
  });
});
