import { runInNewContext } from "node:vm";

import { describe, expect, test } from "vitest";

import { matchesShellPattern } from "./shell-pattern.ts";

describe("matchesShellPattern()", () => {
  test.each([
    ["", "", true],
    ["", "*", true],
    ["a", "", false],
    ["a", "?", true],
    ["ab", "?", false],
    ["https://pypi.example/a", "https://*.example/*", true],
    ["https://pypi.test/a", "https://*.example/*", false],
    ["abcabc", "*abc", true],
    ["abcabd", "*abc", false],
    ["a.b", "a.b", true],
    ["axb", "a.b", false],
    ["a*b", "a*b", true],
    ["(a)", "(a)", true],
    ["aXXbXXc", "a*b*c", true],
    ["aXXc", "a*b*c", false],
  ])("%j fits %j: %s", (text, pattern, expected) => {
    expect(matchesShellPattern(text, pattern)).toBe(expected);
  });

  test("needs nothing from outside, since its source is sent to another thread", () => {
    const copy: unknown = runInNewContext(`(${matchesShellPattern.toString()})("abc", "a*c")`);
    expect(copy).toBe(true);
  });
});
