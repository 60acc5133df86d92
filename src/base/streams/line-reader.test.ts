import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { bestTimes, isLinear } from "../../../test/linear-time.ts";
import { LineReader } from "./line-reader.ts";

function linesOf(pieces: readonly string[], maxLength = 1000): readonly string[] {
  const lines: string[] = [];
  const reader = new LineReader((line) => lines.push(line), maxLength);
  for (const piece of pieces) reader.add(piece);
  reader.flush();
  return lines;
}

describe("LineReader", () => {
  test("gives the same lines however the text was cut into pieces", () => {
    const text = fc.array(fc.constantFrom("a", "bc", "\n", "\r\n", "")).map((parts) => parts.join(""));
    fc.assert(
      fc.property(text, fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1 }), (whole, sizes) => {
        const pieces: string[] = [];
        for (let at = 0, turn = 0; at < whole.length; turn += 1) {
          const size = sizes[turn % sizes.length] ?? 1;
          pieces.push(whole.slice(at, at + size));
          at += size;
        }
        const expected = whole.split(/\r?\n/);
        if (expected.at(-1) === "") expected.pop();
        expect(linesOf(pieces)).toEqual(expected);
      }),
    );
  });

  test("hands on a line that is too long in several", () => {
    expect(linesOf(["abcd", "efghij", "k\nl"], 4)).toEqual(["abcd", "efgh", "ijk", "l"]);
  });

  // Promise: untrusted input cannot make a command hang
  // Attack: a build backend prints one line without an end, in many small pieces
  test("takes time in proportion to the number of pieces of a line", async () => {
    const best = await bestTimes([50_000, 100_000, 200_000], (count) => {
      const reader = new LineReader(() => undefined, Infinity);
      for (let at = 0; at < count; at += 1) reader.add("piece of a line");
    });
    expect(isLinear(best), `${best.join(", ")} ms`).toBe(true);
  });
});
