import * as fc from "fast-check";
import { expect, test } from "vitest";

import { essentialSpecifiers } from "./essential-specifiers.ts";
import { parseSpecifier } from "./specifier.ts";
import { equalRanges, rangeOf } from "./version-range.ts";

const texts = (written: string): readonly string[] =>
  essentialSpecifiers(written.split(" ").map(parseSpecifier)).map(({ operator, text }) => operator + text);

test.each([
  [">=3.8 >=3.9 >=3.10", [">=3.10"]],
  [">=3.10 <4 >=3.9 <3.15", [">=3.10", "<3.15"]],
  [">=3 ~=3.12 <3.15", ["~=3.12", "<3.15"]],
  [">=3.8 ==3.12.* <4", ["==3.12.*"]],
  [">=3.12 >=3.12.0", [">=3.12"]],
  [">=3.12 <3.9 <3.8 >3.13", ["<3.8", ">3.13"]],
  [">=3.8 ===text <4", ["===text"]],
])("of %s, %j say all", (written, left) => {
  expect(texts(written)).toEqual(left);
});

test("what is left accepts the same versions, and is a lower and an upper bound", () => {
  const specifier = fc
    .tuple(fc.constantFrom(">=", ">", "<", "<=", "==", "~="), fc.integer({ min: 0, max: 20 }))
    .map(([operator, minor]) => parseSpecifier(`${operator}3.${minor}`));
  fc.assert(
    fc.property(fc.array(specifier, { maxLength: 30 }), (specifiers) => {
      const left = essentialSpecifiers(specifiers);
      expect(left.length).toBeLessThanOrEqual(2);
      expect(equalRanges(rangeOf({ text: "", specifiers: left }), rangeOf({ text: "", specifiers }))).toBe(
        true,
      );
    }),
  );
});
