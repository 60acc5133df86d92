// An option that advice recommends is one that help lists.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { outlineCommands } from "../grammar/command-outline.ts";
import { COMMANDS } from "../command-table/commands.ts";

const SOURCE = readFileSync(new URL("advice-text.ts", import.meta.url), "utf8");
const named = [...new Set([...SOURCE.matchAll(/(?<![\w-])--[a-z][a-z-]+/g)].map(([flag]) => flag))];
const listed = new Set(outlineCommands(COMMANDS).flatMap(({ options }) => options.map(({ long }) => long)));
/** commander has it, not the table. */
const OF_COMMANDER = "--help";

test("advice names options", () => expect(named.length).toBeGreaterThan(10));

test.each(named.filter((flag) => flag !== OF_COMMANDER))("%s is listed by help", (flag) => {
  expect(listed).toContain(flag);
});
