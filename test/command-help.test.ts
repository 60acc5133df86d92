// The help of every command, and no output at all: whatever else its table says, both work.

import { expect, test } from "vitest";
import { COMMANDS } from "../src/cli/command-table/commands.ts";
import { World } from "./support/world.ts";

test("each command shows its help", async () => {
  await using world = await World.create();
  const paths = Object.values(COMMANDS).map(({ words }) => words);
  expect(paths.length).toBeGreaterThan(30);
  for (const words of paths) {
    const { code, stdout, stderr } = await world.cli([...words, "--help"]);
    expect([words, code, stderr]).toEqual([words, 0, ""]);
    expect(stdout).toContain(`Usage: pinion ${words.join(" ")}`);
  }
});

test.each([
  ["pip", "sync", "nothing.txt", "--allow-empty-requirements", "--target", "t", "-qq"],
  ["pip", "compile", "nothing.txt", "-qq"],
  ["pip", "compile", "nothing.txt", "--fork-strategy", "fewest", "-q"],
])("%s %s works with %s %s %s", async (...words) => {
  await using world = await World.create();
  world.write("project/nothing.txt", "");
  const { code, stderr } = await world.cli(words);
  expect([code, stderr]).toEqual([0, ""]);
});

test.each([
  [["help", "frob"], "unrecognized subcommand 'frob'"],
  [["help", "pip", "frob"], "unrecognized subcommand 'frob'"],
  [["--directory", "absent", "pip", "list"], "the folder of '--directory' does not exist"],
  [["venv", ""], "the path of the environment is empty"],
  [["pip", "install", "-r", ".", "--target", "t"], "Cannot read the requirements file `.`: it is a folder"],
  [["lock", "diff", "nothing.txt", "nothing.txt"], "Only `pylock.toml` files (PEP 751) can be read"],
])("what is wrong with %j is said", async (words, expected) => {
  await using world = await World.create();
  world.write("project/nothing.txt", "idna==3.10\n");
  const { code, stderr } = await world.cli(words);
  expect([code, stderr]).toEqual([2, expect.stringContaining(expected)]);
});
