import { describe, expect, test } from "vitest";

import { atOnce } from "../work/turns.ts";
import { parseJsonInSlices } from "./json-slices.ts";

const MEBIBYTE = 1024 ** 2;
/** More than is parsed as one. */
const LONG = Array.from({ length: 5_000 }, (_value, index) =>
  JSON.stringify({ index, text: `${index}`.repeat(200) }),
).join();

describe("parseJsonInSlices() reads as JSON.parse does", () => {
  test.each([
    `{"a":[${LONG}]}`,
    `\n{ "a" : [ ${LONG} ] , "b" : [ ] , "c" : {"d": [1, [2]]}, "e": null }\n`,
    `${"\n".repeat(3 * MEBIBYTE)}{"a":[${LONG}] \t\r }${" ".repeat(3 * MEBIBYTE)}`,
    `{"a":[${LONG}]}\u00a0`,
    `{"a":[1],"files":[${LONG}],"a":[${LONG}],"files":[2]}`,
    `{"a":[],"b":"[,]{}\\"","c":[${LONG},"]}\\\\\\"",{"x":["]"]}],"__proto__":[3]}`,
    `{"a":{"b":[${LONG.slice(0, MEBIBYTE).replace(/,[^,]*,[^,]*$/, "")}]},"c":[${LONG}]}`,
    `[${LONG}]`,
    `{"a":[${LONG}]`,
    `{"a":[${LONG}}`,
    `{"a":[${LONG}`,
    `{"a":[${LONG}]}]`,
    `{"a":[${LONG},]}`,
    `{"a":[${LONG},,1]}`,
    `{"a":[,${LONG}]}`,
    `{"a":[${LONG},[}]]}`,
    `{"a" 1 [${LONG}]}`,
    `{[${LONG}]}`,
    `{"a":[${LONG},"`,
    `{"a":[${LONG}]},{"b":1}`,
  ])("case %#", (text) => {
    let expected: unknown;
    try {
      expected = { value: JSON.parse(text) as unknown };
    } catch {
      expected = { fault: "syntax" };
    }
    expect(text.length).toBeGreaterThan(2 * MEBIBYTE);
    // One list is a page of no index, so it is read only as far as one piece goes.
    expect(atOnce(parseJsonInSlices(text))).toEqual(text.startsWith("[") ? { fault: "length" } : expected);
  });
});

describe("parseJsonInSlices()", () => {
  // Promise: Ctrl-C ends every command within a second, in every phase
  // Attack: the page of an index is as long as a page may be, and is one call of the parser
  test("lets everything else go on while a long text is checked and parsed", () => {
    const text = `{"files":[${Array.from({ length: 8 }, () => LONG).join()}]}`;
    let pauses = 0;
    for (const _ of parseJsonInSlices(text)) pauses += 1;
    expect(pauses).toBeGreaterThan(text.length / MEBIBYTE);
  });

  // Promise: untrusted input cannot make a command hang
  // Attack: the page of an index is small when compressed, and has one item, or one string, of all that a page may have
  test.each([
    ["a string", `{"a":["${'\\"'.repeat(2 * MEBIBYTE)}"]}`],
    ["an item", `{"a":[[${"1,".repeat(2 * MEBIBYTE)}1]]}`],
    ["a member that is not a list", `{"a":{"b":[${"1,".repeat(2 * MEBIBYTE)}1]}}`],
    ["very many lists", `{${'"a":[],'.repeat(MEBIBYTE)}"b":1}`],
  ])("refuses %s that is too long for one piece", (_name, text) => {
    expect(atOnce(parseJsonInSlices(text)).fault).toBe("length");
  });

  test.each([
    ["more items than a page has", `{"a":[${"10,".repeat(1_000_001)}1]}`],
    [
      "what is refused of a short text, added up over its slices",
      `{"a":[${'{"a":[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]},'.repeat(850_000)}1]}`,
    ],
  ])("refuses %s", (_name, text) => {
    expect(atOnce(parseJsonInSlices(text)).fault).toBe("nesting");
  });
});
