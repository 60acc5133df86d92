import * as fc from "fast-check";
import { expect, test } from "vitest";

import { asciiJson } from "./ascii-json.ts";

test("asciiJson() writes any value as JSON in printable ASCII", () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: "binary" }), (value) => {
      const json = asciiJson(value);
      expect(json).toMatch(/^[ -~]*$/);
      expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

test("asciiJson() escapes each character of text that takes several pieces", () => {
  const text = `${"é".repeat(65_535)}~\u007F${"\u{1F600}".repeat(40_000)}`;
  const json = asciiJson(text);
  expect(json.slice(-24)).toBe(String.raw`ude00\ud83d\ude00\ud83d\ude00"`.slice(-24));
  expect(JSON.parse(json) === text).toBe(true);
});
