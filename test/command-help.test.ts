// The help of every command: whatever else its table says, it can be read.

import { test } from "vitest";
import { COMMANDS } from "../src/cli/command-table/commands.ts";
import { World } from "./support/world.ts";

test("each command shows its help", async ({ expect }) => {
  await using world = await World.create();
  const paths = Object.values(COMMANDS).map(({ words }) => words);
  expect(paths.length).toBeGreaterThan(30);
  for (const words of paths) {
    const { code, stdout, stderr } = await world.cli([...words, "--help"]);
    expect([words, code, stderr]).toEqual([words, 0, ""]);
    expect(stdout).toContain(`Usage: pinion ${words.join(" ")}`);
  }
});
