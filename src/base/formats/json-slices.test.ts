import { describe, expect, test } from "vitest";

import { seededRandom } from "../../../test/support/random.ts";
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
    expect(atOnce(parseJsonInSlices(Buffer.from(text)))).toEqual(
      text.startsWith("[") ? { fault: "length" } : expected,
    );
  });
});

describe("parseJsonInSlices() takes what JSON.parse takes", () => {
  const items = Array.from({ length: 1_200 }, (_value, index) =>
    JSON.stringify({
      index,
      text: 'a\\"é😀\n]}[{,'.slice(index % 9),
      list: [index, [{}]],
      none: null,
      is: true,
    }),
  );
  const document = Buffer.from(
    `{"first":[],"files":[${items.join(", ")}],"meta":{"a":[1]},"names":["a","b"]}`,
  );
  const changes = [
    ...Buffer.from('[]{},:"\\0-.eu\n\t '),
    // Bytes that are not UTF-8 are read as U+FFFD, in a string as anywhere else.
    0x00,
    0x80,
    0xc3,
    0xff,
  ];

  // Attack: a page that is read as something else than what another reader finds in it
  test.each(changes.map((byte) => [byte]))("with byte %i in any place instead of another", (byte) => {
    const random = seededRandom(byte);
    for (let run = 0; run < 25; run += 1) {
      const changed = Buffer.from(document);
      changed[random.below(changed.length)] = byte;
      expect(outcome(changed)).toBe(expectedOutcome(changed));
    }
  });

  test("cut anywhere", () => {
    const random = seededRandom(1);
    for (let run = 0; run < 100; run += 1) {
      const cut = document.subarray(0, random.below(document.length));
      expect(outcome(cut)).toBe(expectedOutcome(cut));
    }
  });

  function outcome(bytes: Buffer): string {
    const read = atOnce(parseJsonInSlices(bytes));
    return read.fault ?? JSON.stringify(read.value);
  }

  function expectedOutcome(bytes: Buffer): string {
    try {
      return JSON.stringify(JSON.parse(bytes.toString("utf8")));
    } catch {
      return "syntax";
    }
  }
});

describe("parseJsonInSlices()", () => {
  test.each([
    ["short", 3],
    ["long", 30_000],
  ])("keeps what is to be kept of each item of a %s list", (_name, length) => {
    const list = Array.from({ length }, (_value, index) => ({ index }));
    const bytes = Buffer.from(`\uFEFF${JSON.stringify({ a: list, b: { list }, c: [[1]] })}`);
    const keep = (item: unknown): unknown => JSON.stringify(item);
    expect(atOnce(parseJsonInSlices(bytes, keep))).toEqual({
      value: { a: list.map(keep), b: { list }, c: ["[1]"] },
    });
  });

  // Promise: Ctrl-C ends every command within a second, in every phase
  // Attack: the page of an index is as long as a page may be, and is one call of the parser
  test("lets everything else go on while a long text is checked and parsed", () => {
    const text = `{"files":[${Array.from({ length: 8 }, () => LONG).join()}]}`;
    let pauses = 0;
    for (const _ of parseJsonInSlices(Buffer.from(text))) pauses += 1;
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
    expect(atOnce(parseJsonInSlices(Buffer.from(text))).fault).toBe("length");
  });

  test.each([
    ["more items than a page has", `{"a":[${"10,".repeat(1_000_001)}1]}`],
    [
      "what is refused of a short text, added up over its slices",
      `{"a":[${'{"a":[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]},'.repeat(850_000)}1]}`,
    ],
  ])("refuses %s", (_name, text) => {
    expect(atOnce(parseJsonInSlices(Buffer.from(text))).fault).toBe("nesting");
  });
});
