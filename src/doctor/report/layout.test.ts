import { describe, expect, test } from "vitest";
import { columnsOf, padColumns, wrap } from "./layout.ts";

describe("wrap()", () => {
  test.each([
    ["breaks a word that is longer than a line", "abcdefghij", { columns: 4 }, ["abcd", "efgh", "ij"]],
    [
      "counts what stands before a line",
      "one two three",
      { columns: 9, first: "  · ", indent: "    " },
      ["  · one", "    two", "    three"],
    ],
    ["puts a word that does not fit on the next line", "a bcdefgh", { columns: 8 }, ["a", "bcdefgh"]],
    ["counts wide characters twice", "日本語日本語", { columns: 6 }, ["日本語", "日本語"]],
    ["keeps empty text as one empty line", "", { columns: 5 }, [""]],
    ["takes one character at least", "日本", { columns: 1 }, ["日", "本"]],
  ])("%s", (_what, text, options, lines) => {
    expect(wrap(text, options)).toEqual(lines);
  });
});

describe("padColumns()", () => {
  test("pads by what is seen", () => {
    expect(padColumns("日本", 6)).toBe("日本  ");
    expect(columnsOf("e\u0301")).toBe(1);
  });
});
