// The help of every command, and no output at all: whatever else its table says, both work.

import { describe, expect, test } from "vitest";
import { specOf, usageOf as usageOfCommand } from "../src/cli/grammar/command.ts";
import { COMMANDS } from "../src/cli/command-table/commands.ts";
import { World } from "./support/world.ts";

const LOCK_FILES_ONLY =
  "Only `pylock.toml` files (PEP 751) can be read as lock files here, and `nothing.txt` is not one";

test("each command shows its help", async () => {
  await using world = await World.create({ commands: "called" });
  const paths = Object.values(COMMANDS).map(({ words }) => words);
  expect(paths.length).toBeGreaterThan(30);
  for (const words of paths) {
    const { code, stdout, stderr } = await world.cli([...words, "--help"]);
    expect([words, code, stderr]).toEqual([words, 0, ""]);
    expect(stdout).toContain(`Usage: pinion ${words.join(" ")}`);
  }
});

test("a command line without what must be given shows the usage line that help has", async () => {
  await using world = await World.create({ commands: "called" });
  const usageOf = (text: string): string | undefined => /^Usage: .*(?:\n {7}.*)*/m.exec(text)?.[0];
  const demanding = COMMANDS.map(specOf).filter((spec) => usageOfCommand(spec).includes("<"));
  expect(demanding.length).toBeGreaterThan(10);
  for (const { words } of demanding) {
    const [help, run] = await Promise.all([world.cli([...words, "--help"]), world.cli([...words])]);
    expect([words, run.code, usageOf(run.stderr)]).toEqual([words, 2, usageOf(help.stdout)]);
  }
});

describe("with --json", () => {
  test.each([
    ["an unknown option", ["pip", "install", "six", "--frob", "--json"], {}],
    ["an unknown option before it", ["--json", "pip", "list", "--frob"], {}],
    ["an unknown command", ["frob", "--json"], {}],
    ["a missing argument", ["lock", "diff", "--json"], {}],
    ["a missing option", ["cache", "push", "--json"], {}],
    ["nothing that is requested", ["pip", "install", "--json"], {}],
    ["a missing value", ["--json", "pip", "install", "--index-url"], {}],
    ["options that exclude each other", ["pip", "install", "a", "--check", "--dry-run", "--json"], {}],
    ["no command", ["--json"], {}],
    ["the variable", ["pip", "install", "--frob"], { PINION_JSON: "1" }],
    ["the settings file", ["pip", "install", "--frob"], { PINION_CONFIG_FILE: "json.toml" }],
  ])("a wrong command line prints its document: %s", async (_, words, env) => {
    await using world = await World.create({ commands: "called" });
    world.write("project/json.toml", "json = true\n");
    const run = await world.cli(words, { env });
    expect([run.code, run.stderr]).toEqual([2, expect.stringMatching(/\S/)]);
    expect(JSON.parse(run.stdout)).toMatchObject({
      error: { code: "usage/invalid-argument", message: expect.stringMatching(/\S/) },
    });
  });

  test("so does a settings file that cannot be read", async () => {
    await using world = await World.create({ commands: "called" });
    world.write("project/pinion.toml", "no-such-key = 1\n");
    const run = await world.cli(["pip", "list", "--json"]);
    expect([run.code, JSON.parse(run.stdout)]).toMatchObject([2, { error: { code: "settings/invalid" } }]);
  });

  test("without it, standard output stays empty", async () => {
    await using world = await World.create({ commands: "called" });
    for (const words of [
      ["pip", "install", "--frob"],
      ["pip", "install", "--", "--json", "--frob=1", "@"],
      [],
    ])
      expect((await world.cli(words)).stdout).toBe("");
  });
});

test.each([
  ["pip", "sync", "nothing.txt", "--allow-empty-requirements", "--target", "t", "-qq"],
  ["pip", "compile", "nothing.txt", "-qq"],
  ["pip", "compile", "nothing.txt", "--fork-strategy", "fewest", "-q"],
])("%s %s works with %s %s %s", async (...words) => {
  await using world = await World.create({ commands: "called" });
  world.write("project/nothing.txt", "");
  const { code, stderr } = await world.cli(words);
  expect([code, stderr]).toEqual([0, ""]);
});

test("a variable of uv's that has no effect is checked as its option, and reported", async () => {
  await using world = await World.create({ commands: "called" });
  world.write("project/nothing.in", "");
  const words = ["pip", "compile", "nothing.in", "--no-index", "--python-platform", "linux"];
  const wrong = await world.cli(words, { env: { UV_TORCH_BACKEND: "zzz" } });
  expect([wrong.code, wrong.stderr]).toEqual([
    2,
    expect.stringContaining("`UV_TORCH_BACKEND` must be one of"),
  ]);
  const right = await world.cli(words, { env: { UV_TORCH_BACKEND: "cpu" } });
  expect(right.stderr).toContain(
    "warning: `UV_TORCH_BACKEND` has no effect (Pinion has no index of PyTorch's builds)",
  );
});

test.each([
  [["help", "frob"], "unrecognized subcommand 'frob'"],
  [["help", "pip", "frob"], "unrecognized subcommand 'frob'"],
  [["--directory", "absent", "pip", "list"], "the folder of '--directory' does not exist"],
  [["venv", ""], "the path of the environment is empty"],
  [["pip", "install", "-r", ".", "--target", "t"], "Cannot read the requirements file `.`: it is a folder"],
  [["pip", "install", "--torch-backend", "zzz", "x"], "'zzz' for '--torch-backend <"],
  [["pip", "sync", "--fork-strategy", "zzz", "nothing.txt"], "[possible values: fewest, requires-python]"],
  [["venv", "--python-preference", "zzz"], "[possible values: only-managed, managed, system, only-system]"],
  [["lock", "diff", "nothing.txt", "nothing.txt"], LOCK_FILES_ONLY],
  [["lock", "verify", "nothing.txt"], LOCK_FILES_ONLY],
  [["pip", "check", "--lock", "nothing.txt"], LOCK_FILES_ONLY],
  [["cache", "push", "--lock", "nothing.txt"], LOCK_FILES_ONLY],
  [["cache", "import", "missing.tar"], "error: File not found: missing.tar\n"],
  [["cache", "import", "."], "error: The archive `.` is not a regular file\n"],
])("what is wrong with %j is said", async (words, expected) => {
  await using world = await World.create({ commands: "called" });
  world.write("project/nothing.txt", "idna==3.10\n");
  const { code, stderr } = await world.cli(words);
  expect([code, stderr]).toEqual([2, expect.stringContaining(expected)]);
});
