// Keys of uv's files that no command line has, or that stand for one of its options.

import { describe, test } from "vitest";
import { makeWheel } from "../src/lab/index/make-wheel.ts";
import { commandStage, type CommandStage } from "./support/command-stage.ts";

const PROJECT = `[project]
name = "app"
version = "1"
[project.optional-dependencies]
one = ["paint"]
two = ["wordlist"]
`;

const COMPILE = ["pip", "compile", "pyproject.toml", "-q", "--no-header", "--no-annotate"];

describe.concurrent("[pip] no-extra", () => {
  async function compile(stage: CommandStage, keys: string, ...args: readonly string[]): Promise<string> {
    stage.world.write("project/uv.toml", `index-url = "${stage.index.url}"\n[pip]\n${keys}\n`);
    stage.world.write("project/pyproject.toml", PROJECT);
    const { code, stdout, stderr } = await stage.pinion([...COMPILE, ...args]);
    return code === 0 ? stdout.replaceAll(/==.*\n/g, " ").trim() : `${code} ${stderr}`;
  }

  test.for([
    ["all-extras = true", [], "wordlist"],
    ['extra = ["one", "two"]', [], "wordlist"],
    ["", ["--all-extras"], "wordlist"],
    ["", ["--extra", "one"], ""],
    ["", [], ""],
  ] as const)("leaves an extra out: %s %j", async ([keys, args, expected], { expect }) => {
    await using stage = await commandStage({ commands: "called" });
    expect(await compile(stage, `no-extra = ["One"]\n${keys}`, ...args)).toBe(expected);
  });

  test("is refused where no project has the extra, as `--extra` is", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    expect(await compile(stage, 'no-extra = ["three"]', "--all-extras")).toBe(
      "2 error: Requested extra not found: three\n",
    );
  });
});

test("[pip] strict warns as `--strict` does, unless `--no-strict` is said", async ({ expect }) => {
  await using stage = await commandStage({
    commands: "called",
    packages: [makeWheel({ name: "needy", version: "1.0", requires: ["nosuch"] })],
  });
  stage.world.write("project/uv.toml", "[pip]\nstrict = true\n");
  const warning = "warning: The package `needy` requires `nosuch`, but it's not installed\n";
  expect((await stage.install("needy", "--no-deps")).stderr).toContain(warning);
  for (const words of ["list", "freeze", "tree", "show needy"]) {
    const command = ["pip", ...words.split(" ")];
    expect((await stage.pinion(command)).stderr, words).toContain(warning);
    expect((await stage.pinion([...command, "--no-strict"])).stderr, words).not.toContain(warning);
  }
});

test("[pip] allow-empty-requirements lets an empty file clear the environment", async ({ expect }) => {
  await using stage = await commandStage({ commands: "called" });
  await stage.install("paint");
  stage.world.write("project/uv.toml", "[pip]\nallow-empty-requirements = true\n");
  stage.world.write("project/empty.txt", "");
  const sync = ["pip", "sync", "empty.txt"];
  expect((await stage.pinion([...sync, "--no-allow-empty-requirements"])).stderr).toContain(
    "No requirements found",
  );
  expect(stage.installed()).not.toEqual([]);
  expect((await stage.pinion(sync)).code).toBe(0);
  expect(stage.installed()).toEqual([]);
});
