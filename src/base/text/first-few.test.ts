import { expect, test } from "vitest";

import { firstFew } from "./first-few.ts";

const wordsOf = (count: number): readonly string[] =>
  firstFew(
    Array.from({ length: count }, (_, at) => at + 1),
    (row) => `row ${row} is skipped`,
    (rest) => `${rest} more rows are skipped`,
  );

test("shows all of a few messages", () => {
  expect(wordsOf(0)).toEqual([]);
  expect(wordsOf(20)).toHaveLength(20);
  expect(wordsOf(20).at(-1)).toBe("row 20 is skipped");
});

test("shows the first of many messages, and how many more there are", () => {
  expect(wordsOf(100_000)).toHaveLength(21);
  expect(wordsOf(100_000).slice(-2)).toEqual(["row 20 is skipped", "99980 more rows are skipped"]);
});
