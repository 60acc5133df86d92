import { describe, expect, test } from "vitest";

import { tomlNestingFault } from "./toml-nesting.ts";
import { readToml } from "./toml.ts";

describe("tomlNestingFault()", () => {
  const long = "k".repeat(10_001);

  // Promise: untrusted input cannot make a command hang
  // Attack: a lock file or a project's file has very many keys that are so long that the parser compares each with all
  test.each([
    `${long} = 1`,
    `a = 1\n${long}\t= 1`,
    `"${long}" = 1`,
    `'${long}' = 1`,
    `a.${long}.b = 1`,
    `a."${long}" . b = 1`,
    `[${long}]`,
    `[[a.'${long}' ]]`,
    `["${long}"]`,
    `a = { ${long} = 1 }`,
    `a = ["${long}"]\n  ["${long}"]`,
    `a = [{ b = 1 }, { "${long}" = 1 }]`,
    `a = 1 # b\n${long} = 1`,
  ])("refuses a key that is too long: %#", (text) => {
    expect(tomlNestingFault(text)).toBe("it holds a key of more than 10000 characters");
  });

  test.each([
    `a = "${long}"`,
    `a = '${long}'`,
    `a = """\n${long}\n"""\nb = 1`,
    `a = [\n  "${long}"\n]`,
    `a = ["${long}"]`,
    `[a]\na = [["${long}"], ["${long}"]]`,
    `# ${long} = 1`,
    `${"k".repeat(10_000)} = 1`,
  ])("takes values and comments of any length: %#", (text) => {
    expect(tomlNestingFault(text)).toBeUndefined();
  });

  // Promise: an archive of a few bytes can fill neither the memory nor the disk
  // Attack: a string of several lines ends in more than three quotes, to hide from the check what follows it
  test.each([
    `a = """b""""`,
    `a = """b"""""`,
    `a = """\\""""""`,
    `a = '''b''''`,
    `a = '''\\'''''`,
    `a = [""""""]`,
  ])("takes up to two more quotes than three as the end of a string: %s", (line) => {
    expect(tomlNestingFault(`${line}\n${long} = 1`)).toBe("it holds a key of more than 10000 characters");
    expect(readToml(`${line}\nb = 1`)).toMatchObject({ kind: "read", table: { b: 1 } });
  });

  // Promise: an archive of a few bytes can fill neither the memory nor the disk
  // Attack: a project's file or a lock file, small when compressed, has keys of very many parts
  test.each([
    [`a${".a".repeat(63)} = 1`, `a${".a".repeat(64)} = 1`],
    [`[a${".a".repeat(63)}]`, `[a${".a".repeat(64)}]`],
    [`[["a"${" . 'a'".repeat(63)}]]`, `[["a"${" . 'a'".repeat(64)}]]`],
    [`a = [1.5, { a${".a".repeat(63)} = 1 }]`, `a = [1.5, { b = 0.5, a${".a".repeat(64)} = 1 }]`],
  ])("refuses a key of more parts than a document may have levels: %#", (most, more) => {
    expect(tomlNestingFault(most)).toBeUndefined();
    expect(tomlNestingFault(more)).toBe("it is nested deeper than 64 levels");
  });

  // Promise: an archive of a few bytes can fill neither the memory nor the disk
  // Attack: a project's file or a lock file, small when compressed, has very many tables, keys or values
  test.each([
    ["[[a]]\n", 250_000, "it holds more than 500000 lists and tables"],
    ["a.b=1\n", 500_000, "it holds more than 500000 lists and tables"],
    ["a=1\n", 500_000, "it holds more than 500000 lines with a key"],
    ["a={b=1,c=1,d=1,e=1,f=1}\n", 166_666, "it holds more than 1000000 keys"],
    ["a=[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,]\n", 250_000, "it holds more than 4000000 values"],
  ])("refuses a document of very many lines %j", (line, most, fault) => {
    expect(tomlNestingFault(line.repeat(most))).toBeUndefined();
    expect(tomlNestingFault(line.repeat(most + 1))).toBe(fault);
  });

  test("counts no dot of a value, a comment or a string as a table", () => {
    const text = `a = [\n  1.5, # b.c\n  { b = 0.5, c = 2026-01-01T00:00:00.5Z },\n  "d.e",\n]\nb = 1.5\n`;
    expect(tomlNestingFault(text.repeat(60_000))).toBeUndefined();
  });
});
