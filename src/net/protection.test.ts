import { describe, expect, test } from "vitest";

import { weakestOf, type Protection } from "./protection.ts";

describe("weakestOf()", () => {
  test.each<[readonly Protection[], Protection]>([
    [[], "verified"],
    [["verified", "project a"], "project a"],
    [["project b", "verified", "project a", "project b"], "project a b"],
    [["project a b", "project c"], "project a b c"],
    [["verified", "unverified"], "unverified"],
    [["project a", "unverified"], "unverified a"],
    [["unverified b", "project a", "unverified b"], "unverified a b"],
  ])("of %j is %s", (steps, expected) => {
    expect(weakestOf(steps)).toBe(expected);
  });
});
