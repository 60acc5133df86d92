import { describe, expect, test } from "vitest";

import { matchesPathPattern } from "./path-pattern.ts";
import { processorMs } from "../../../test/support/processor-time.ts";

describe("matchesPathPattern()", () => {
  test.each([
    ["packages/a", "packages/*", true],
    ["packages/a/b", "packages/*", false],
    ["packages/a/b", "packages/**", true],
    ["packages", "packages/**", true],
    ["a/b/c/d", "a/**/d", true],
    ["a/d", "a/**/d", true],
    ["a/b/c", "a/**/d", false],
    ["libs/core-1", "libs/core-?", true],
    ["libs/core-12", "libs/core-?", false],
    ["libs/core", "libs/core/", true],
    ["x/y", "**", true],
    ["x/y/x/y/z", "**/x/*/z", true],
  ])("%s, %s: %s", (path, pattern, expected) => {
    expect(matchesPathPattern(path, pattern)).toBe(expected);
  });

  // Promise: untrusted input cannot make a command hang
  // Attack: a pattern of many stars in the project's file, against the long name of a member's folder
  test("takes time in proportion to its input", () => {
    const started = processorMs();
    expect(matchesPathPattern("a".repeat(20_000), `${"**a".repeat(200)}b`)).toBe(false);
    expect(matchesPathPattern("a/".repeat(20_000), `${"**/a/".repeat(200)}b`)).toBe(false);
    expect(processorMs() - started).toBeLessThan(5000);
  });
});
