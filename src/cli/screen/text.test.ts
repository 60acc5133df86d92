import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatBytes, formatDuration, formatTable, wrapLine } from "./text.ts";
import { processorMs } from "../../../test/support/processor-time.ts";

describe("wrapLine()", () => {
  test("balances lines as uv's library does", () => {
    const line =
      "Because greeter was not found in the provided package locations and you require greeter, we can conclude that your requirements are unsatisfiable.";
    expect(wrapLine(line, 72)).toEqual([
      "Because greeter was not found in the provided package locations",
      "and you require greeter, we can conclude that your requirements are",
      "unsatisfiable.",
    ]);
  });

  test("does not change a long word", () => {
    expect(wrapLine(`a ${"x".repeat(30)} b`, 10)).toEqual(["a", "x".repeat(30), "b"]);
  });

  // Both as uv 0.13.9 prints a digest: while one more line costs more than the two columns that stick out, it keeps its indent.
  test("breaks an indented word from its indent in narrow places only", () => {
    const digest = `  sha256:${"0".repeat(64)}`;
    expect(wrapLine(digest, 71)).toEqual([digest]);
    expect(wrapLine(digest, 51)).toEqual(["", digest.trim()]);
  });

  test("keeps every word, and no line longer than asked but of one word", () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ minLength: 1, unit: "grapheme-ascii" })),
        fc.integer({ min: 5, max: 40 }),
        (words, width) => {
          const line = words.join(" ").replace(/\s+/g, " ");
          const lines = wrapLine(line, width);
          expect(lines.join(" ")).toBe(line);
          for (const wrapped of lines)
            if (wrapped.includes(" ")) expect(wrapped.length).toBeLessThanOrEqual(width);
        },
      ),
    );
  });

  test("is quick with a long text", () => {
    const started = processorMs();
    wrapLine("word ".repeat(20_000), 74);
    expect(processorMs() - started).toBeLessThan(10_000);
  });
});

describe("formatDuration()", () => {
  test.each([
    [0.123, "0.12ms"],
    [1, "1ms"],
    [999.9, "999ms"],
    [1234, "1.23s"],
    [65_000, "1m 05s"],
  ])("%d", (milliseconds, expected) => expect(formatDuration(milliseconds)).toBe(expected));
});

describe("formatBytes()", () => {
  test.each([
    [0, "0B"],
    [1023, "1023B"],
    [1536, "1.5KiB"],
    [5 * 1024 ** 5, "5120.0TiB"],
  ])("%d", (bytes, expected) => expect(formatBytes(bytes)).toBe(expected));
});

describe("formatTable()", () => {
  test("pads columns and leaves no blank at the end of a line", () => {
    expect(
      formatTable(
        ["Package", "V"],
        [
          ["a", "1.0"],
          ["longer-name", ""],
        ],
      ),
    ).toBe("Package     V\n----------- ---\na           1.0\nlonger-name");
  });
});

test("formatTable() puts the cells of a row below each other where they do not fit", () => {
  const header = ["Name", "What it is"];
  const rows = [["one", "the first of all of them"]];
  const wide = formatTable(header, rows);
  expect(formatTable(header, rows, { width: 40 })).toBe(wide);
  expect(formatTable(header, rows, { width: 16 })).toBe("one\n  the first of\n  all of them");
});
