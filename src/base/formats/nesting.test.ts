import { describe, expect, test } from "vitest";

import { nestingFault } from "./nesting.ts";

const FREE_KEYS = 250_000;
const MAX_NAMES = 10_000;
/** With its quotes. */
const MAX_KEY = 10_000;

function objectOf(count: number, nameOf: (index: number) => string): string {
  return `{${Array.from({ length: count }, (_value, index) => `"${nameOf(index)}" :0`).join()}}`;
}

describe("nestingFault()", () => {
  // Promise: an archive of a few bytes can fill neither the memory nor the disk
  // Attack: a page of JSON, small when compressed, whose keys are all different
  test("refuses a document of ever new keys", () => {
    const most = FREE_KEYS + MAX_NAMES;
    expect(nestingFault(objectOf(most, String))).toBeUndefined();
    expect(nestingFault(objectOf(most + 1, String))).toBe("it holds more than 10000 different keys");
  });

  // Promise: untrusted input cannot make a command hang
  // Attack: a page of JSON, small when compressed, whose keys are so long that the parser compares each with all
  test("refuses a key that is too long", () => {
    const most = "k".repeat(MAX_KEY - 2);
    expect(nestingFault(`{"${most}":0}`)).toBeUndefined();
    expect(nestingFault(`{"${most}k":0}`)).toBe(`it holds a key of more than ${MAX_KEY} characters`);
    expect(nestingFault(`["${most}k", 1]`)).toBeUndefined();
  });

  test("takes any number of keys that repeat, and colons in strings", () => {
    expect(nestingFault(objectOf(FREE_KEYS + 3 * MAX_NAMES, (index) => `k${index % 9}`))).toBeUndefined();
    expect(nestingFault(`["${":".repeat(FREE_KEYS + MAX_NAMES + 1)}"]`)).toBeUndefined();
  });
});
