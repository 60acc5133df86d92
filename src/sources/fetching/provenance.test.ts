import { expect, test } from "vitest";

import type { Protection } from "../../net/protection.ts";
import { isAsPromised, keyUnder } from "./provenance.ts";

test("each protection has a key of its own", () => {
  const all: readonly Protection[] = ["verified", "unverified", "project a", "project b", "project a b"];
  expect(new Set(all.map((protection) => keyUnder(protection, "x"))).size).toBe(all.length);
});

test.each<[Protection, Protection, boolean]>([
  ["verified", "project a", false],
  ["project a", "project a", true],
  ["project a", "project b", false],
  ["project a", "project a b", false],
  ["project a", "unverified", false],
  ["unverified", "project a", false],
])("what was promised %s and came %s is kept: %s", (promised, answered, expected) => {
  expect(isAsPromised(promised, answered)).toBe(expected);
});
