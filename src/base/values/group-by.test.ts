import { expect, test } from "vitest";
import { append, groupBy } from "./group-by.ts";

test("groups stand in the order of their first values, and keep the order of their values", () => {
  const groups = groupBy(["bb", "a", "cc", "b"], ({ length }) => length);
  expect([...groups]).toEqual([
    [2, ["bb", "cc"]],
    [1, ["a", "b"]],
  ]);
});

test("append begins a group where there is none", () => {
  const groups = new Map([["a", [1]]]);
  append(groups, "a", 2);
  append(groups, "b", 3);
  expect([...groups]).toEqual([
    ["a", [1, 2]],
    ["b", [3]],
  ]);
});
