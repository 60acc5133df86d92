// Everything that the command does is reachable in the library: the table of docs/library.md names the functions of each
// command, and each of them is there.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

import { COMMANDS } from "../src/cli/command-table/commands.ts";
import * as library from "../src/index.ts";
import * as pep from "../src/pep/index.ts";
import * as tls from "../src/tls.ts";
import * as wheel from "../src/wheel.ts";

const PAGE = readFileSync(fileURLToPath(new URL("../docs/library.md", import.meta.url)), "utf8");
const SECTION = PAGE.slice(PAGE.indexOf("## What the command does, by function"));
const ROWS = [...SECTION.matchAll(/^\| `([a-z -]+)` \| (.+) \|$/gm)].map(([, words = "", cell = ""]) => ({
  words,
  functions: namesIn(cell),
}));
const COMMAND_ONLY = namesIn(/^Only the command has these[^]*?\.$/m.exec(SECTION)?.[0] ?? "");

function namesIn(text: string): readonly string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name);
}

describe("docs/library.md", () => {
  test("has a row for every command that is not about the command itself", () => {
    const commands = COMMANDS.map(({ words }) => words.join(" "));
    expect([...ROWS.map(({ words }) => words), ...COMMAND_ONLY].toSorted()).toEqual(commands.toSorted());
  });

  test.each(ROWS)("names functions of the library for `$words`", async ({ functions }) => {
    const installer = library.createInstaller({ cacheDirectory: "/c", directory: "/d" });
    const entries: Readonly<Record<string, unknown>> = { ...wheel, ...pep, ...tls, ...library };
    const methods: Readonly<Record<string, unknown>> = { ...installer };
    for (const name of functions) {
      const method = /^installer\.(\w+)$/.exec(name)?.[1];
      const found = method === undefined ? entries[name] : methods[method];
      expect([name, typeof found]).toEqual([name, "function"]);
    }
    await installer.close();
  });
});
