// `pip list --outdated`, `pip tree --outdated --show-sizes` and `pip check --lock` through a real process.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "vitest";

import { makeWheel } from "../src/lab/index/make-wheel.ts";
import { commandStage, type CommandStage } from "./support/command-stage.ts";
import type { CliRun } from "./support/world.ts";

const withIndex = (stage: CommandStage, ...words: readonly string[]): Promise<CliRun> =>
  stage.pinion([...words, "--index-url", stage.index.url]);

describe.concurrent("--outdated", () => {
  test("list: what the index has newer, as a table and as JSON", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    await stage.install("greeter==1.1.0", "paint");
    expect(await withIndex(stage, "pip", "list", "--outdated")).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "",
        "stdout": "Package Version Latest Type
      ------- ------- ------ -----
      greeter 1.1.0   2.0.0  wheel
      ",
      }
    `);
    expect(await withIndex(stage, "pip", "list", "--outdated", "--format", "json")).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "",
        "stdout": "[{"name":"greeter","version":"1.1.0","latest_version":"2.0.0","latest_filetype":"wheel"}]
      ",
      }
    `);
    expect(await withIndex(stage, "pip", "list", "--outdated", "--format", "freeze")).toMatchInlineSnapshot(`
      {
        "code": 2,
        "stderr": "error: \`--outdated\` cannot be used with \`--format freeze\`
      ",
        "stdout": "",
      }
    `);
    await stage.install("-U", "greeter");
    expect((await withIndex(stage, "pip", "list", "--outdated")).stdout).toBe("");
  });

  test("list: what is up to date, and what nothing requires, as pip counts", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    await stage.install("greeter==1.1.0", "wordlist<2", "paint");
    const names = async (...flags: readonly string[]): Promise<readonly string[]> => {
      const { stdout } = await withIndex(stage, "pip", "list", "--format", "freeze", ...flags);
      return stdout.split("\n").filter((line) => line !== "");
    };
    expect(await names("--uptodate")).toEqual(["paint==1.2.0"]);
    expect(await names("-u", "--no-index")).toEqual([]);
    expect(await names("--not-required")).toEqual(["greeter==1.1.0", "paint==1.2.0"]);
    expect(await names("--not-required", "-u")).toEqual(["paint==1.2.0"]);
    expect((await withIndex(stage, "pip", "list", "-o")).stdout).toMatch(/^greeter +1\.1\.0 +2\.0\.0/m);
    expect((await withIndex(stage, "pip", "list", "-o", "-u")).code).toBe(2);
    await stage.install("paint", "--target", "elsewhere");
    expect(await names("--path", "elsewhere")).toEqual(["paint==1.2.0"]);
  });

  // uv 0.13.9 lists the same by its settings, pip 26.3 by its variables.
  test.for<readonly [string, Readonly<Record<string, string>>, boolean]>([
    ["", {}, false],
    ['prerelease = "allow"', {}, true],
    ['prerelease-package = { greeter = "allow" }', {}, true],
    ['prerelease = "allow"\nprerelease-package = { greeter = "disallow" }', {}, false],
    ["", { PIP_PRE: "1" }, true],
    ["", { PIP_ALL_RELEASES: "greeter" }, true],
    ["", { PIP_ALL_RELEASES: ":all:", PIP_ONLY_FINAL: "greeter" }, false],
  ])("list: a pre-release where settings allow it: %s %j", async ([settings, env, isListed], { expect }) => {
    await using stage = await commandStage({ commands: "called" });
    await stage.install("greeter");
    stage.index.add(makeWheel({ name: "greeter", version: "3.0rc1" }));
    stage.world.write("project/uv.toml", settings);
    const words = ["pip", "list", "--outdated", "--index-url", stage.index.url];
    const { stdout } = await stage.pinion(words, { env });
    expect(/^greeter +2\.0\.0 +3\.0rc1/m.test(stdout)).toBe(isListed);
  });

  test.for([
    ["--all-releases greeter", true],
    ["--all-releases :all: --only-final greeter", false],
    ["--pre", true],
  ] as const)("list: a pre-release with %s", async ([flags, isListed], { expect }) => {
    await using stage = await commandStage({ commands: "called" });
    await stage.install("greeter");
    stage.index.add(makeWheel({ name: "greeter", version: "3.0rc1" }));
    const { stdout } = await withIndex(stage, "pip", "list", "--outdated", ...flags.split(" "));
    expect(/^greeter +2\.0\.0 +3\.0rc1/m.test(stdout)).toBe(isListed);
  });

  test("list: what no index has, and what the network cannot answer, is left out", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    await stage.install("greeter==1.1.0");
    const none = { code: 0, stderr: "", stdout: "" };
    expect(await stage.pinion(["pip", "list", "--outdated", "--no-index"])).toEqual(none);
    expect(await withIndex(stage, "pip", "list", "--outdated", "--offline", "--no-cache")).toEqual(none);
  });

  test("tree: behind each package that the index has newer, and sizes", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    await stage.install("greeter==1.1.0");
    const { stdout } = await withIndex(stage, "pip", "tree", "--outdated");
    expect(stdout).toMatchInlineSnapshot(`
      "greeter v1.1.0 (latest: v2.0.0)
      └── wordlist v2.0.0
      "
    `);
    const sized = await stage.pinion(["pip", "tree", "--show-sizes"]);
    expect(sized.stdout.replaceAll(/\(\d+(\.\d)?(B|KiB)\)/g, "([SIZE])")).toMatchInlineSnapshot(`
      "greeter v1.1.0 ([SIZE])
      └── wordlist v2.0.0 ([SIZE])
      "
    `);
  });
});

describe.concurrent("pip check --lock", () => {
  test("reports what does not fit, without an environment, for the target that is asked about", async ({
    expect,
  }) => {
    await using stage = await commandStage({ commands: "called" });
    const folder = stage.world.project;
    writeFileSync(join(folder, "r.in"), "greeter\n");
    await withIndex(stage, "pip", "compile", "r.in", "-o", "pylock.toml", "-q");
    expect(await stage.pinion(["pip", "check", "--lock", "pylock.toml"])).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "Checked 2 packages in [TIME]
      All locked packages are compatible
      ",
        "stdout": "",
      }
    `);
    const good = readFileSync(join(folder, "pylock.toml"), "utf8");
    const without = good.slice(0, good.indexOf('[[packages]]\nname = "wordlist"'));
    writeFileSync(join(folder, "pylock.part.toml"), without);
    const check = ["pip", "check", "--lock", "pylock.part.toml"];
    expect(await stage.pinion(check)).toMatchInlineSnapshot(`
      {
        "code": 1,
        "stderr": "Checked 1 package in [TIME]
      Found 1 incompatibility
      The package \`greeter\` requires \`wordlist>=2.0\`, but it's not locked
      ",
        "stdout": "",
      }
    `);
    const { code, stdout } = await stage.pinion([...check, "--json"]);
    expect({ code, report: JSON.parse(stdout) as unknown }).toMatchObject({
      code: 1,
      report: { packages: 1, problems: [{ kind: "missing", name: "greeter", needed: "wordlist" }] },
    });
  });
});
