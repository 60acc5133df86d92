import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { isPinionError } from "../../errors.ts";
import { findNetrcEntry, parseNetrc } from "./netrc.ts";

describe("parseNetrc()", () => {
  test.each([
    ["on one line", "machine a.example login u password p", [["a.example", "u", "p", 1]]],
    ["over several lines", "machine a.example\n  login u\n\tpassword p\n", [["a.example", "u", "p", 1]]],
    ["a `#` that begins a password", "machine a login u password #p", [["a", "u", "#p", 1]]],
    [
      "a comment after an entry",
      "machine a login u password p # mine\nmachine b login v password q",
      [
        ["a", "u", "p", 1],
        ["b", "v", "q", 2],
      ],
    ],
    ["a quoted password with blanks", 'machine a login u password "p \\"q\\" r"', [["a", "u", 'p "q" r', 1]]],
    [
      "a macro up to the empty line",
      "macdef init\nmachine no\npassword\n\nmachine a login u password p",
      [["a", "u", "p", 5]],
    ],
    ["an account, which is not used", "machine a login u account x password p", [["a", "u", "p", 1]]],
    ["`default`", "default login u password p", [[undefined, "u", "p", 1]]],
    ["a machine in capitals", "machine A.Example login u password p", [["a.example", "u", "p", 1]]],
    ["a byte order mark and CRLF", "\ufeffmachine a\r\nlogin u\r\npassword p\r\n", [["a", "u", "p", 1]]],
    ["only a token", "machine a password p", [["a", "", "p", 1]]],
    [
      "a machine that is called like a keyword",
      "machine machine login login password password",
      [["machine", "login", "password", 1]],
    ],
    ["nothing", "\n\n", []],
  ])("reads %s", (_what, text, expected) => {
    const entries = parseNetrc(text, "~/.netrc");
    expect(entries.map(({ machine, login, password, line }) => [machine, login, password, line])).toEqual(
      expected,
    );
  });

  test.each([
    ["login u password SECRET", "line 1 has `login` before any `machine`"],
    ["machine a\n\nlogin u SECRET", "line 3 has a word that is not a keyword"],
    ["machine a login u password", "line 1 has `password` without a value"],
    ['machine a password "SECRET\n', "line 1 has a quotation mark without its pair"],
    ["machine", "line 1 has `machine` without a value"],
  ])("tells the line and no value of %j", (text, message) => {
    expect(() => parseNetrc(text, "~/.netrc")).toThrow(`Cannot read \`~/.netrc\`: ${message}`);
    expect(() => parseNetrc(text, "~/.netrc")).toThrow(/^(?!.*SECRET)/s);
  });

  test("fails only in words, whatever the text", () => {
    const word = fc.constantFrom(
      "machine",
      "default",
      "login",
      "password",
      "macdef",
      "#",
      '"',
      "\\",
      "\n",
      " ",
      "x",
    );
    const law = fc.property(
      fc.array(word).map((words) => words.join("")),
      (text) => {
        try {
          parseNetrc(text, "netrc");
        } catch (error) {
          expect(isPinionError(error, "settings/invalid")).toBe(true);
        }
      },
    );
    fc.assert(law);
  });
});

describe("findNetrcEntry()", () => {
  const entries = parseNetrc(
    "default login d password d\nmachine a login u password p\nmachine a login v password q",
    "netrc",
  );

  test("prefers the host's own entry to a `default` before it", () => {
    expect(findNetrcEntry(entries, "A", { default: "allowed" })?.login).toBe("u");
  });

  test("finds the entry of a user", () => {
    expect(findNetrcEntry(entries, "a", { default: "allowed", login: "v" })?.password).toBe("q");
    expect(findNetrcEntry(entries, "a", { default: "allowed", login: "w" })).toBeUndefined();
  });

  test("gives `default` only where it is allowed", () => {
    expect(findNetrcEntry(entries, "b", { default: "allowed" })?.login).toBe("d");
    expect(findNetrcEntry(entries, "b", { default: "ignored" })).toBeUndefined();
  });
});
