// `pinion pip download`: wheels as they are, in a folder that `--find-links` installs from.

import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, test } from "vitest";
import { makeWheel } from "../src/lab/index/make-wheel.ts";
import { sampleWheels } from "../src/lab/index/sample-wheels.ts";
import { commandStage, type CommandStage } from "./support/command-stage.ts";
import { makeSourceDistribution } from "./support/source-trees.ts";
import type { CliRun } from "./support/world.ts";

const download = (stage: CommandStage, ...args: readonly string[]): Promise<CliRun> =>
  stage.pinion(["pip", "download", "--index-url", stage.index.url, ...args]);

describe.concurrent("pinion pip download", () => {
  test("brings what is asked for and what that needs, octet for octet, for machines without an index", async ({
    expect,
  }) => {
    await using stage = await commandStage({ commands: "called" });
    expect(await download(stage, "greeter[color]", "-d", "wheels")).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "Resolved 3 packages in [TIME]
      Downloaded 3 packages in [TIME]
       + wheels/greeter-2.0.0-py3-none-any.whl
       + wheels/paint-1.2.0-py3-none-any.whl
       + wheels/wordlist-2.0.0-py3-none-any.whl
      ",
        "stdout": "",
      }
    `);
    const folder = join(stage.world.project, "wheels");
    for (const name of readdirSync(folder)) {
      const digest = createHash("sha256")
        .update(readFileSync(join(folder, name)))
        .digest("hex");
      expect(digest).toBe(sampleWheels().find(({ filename }) => filename === name)?.sha256);
    }
    expect(stage.installed()).toEqual([]);
    const args = ["pip", "install", "--no-index", "--find-links", "wheels", "--offline", "greeter[color]"];
    expect((await stage.pinion([...args, "--no-cache"])).code).toBe(0);
    expect(stage.installed()).toEqual(["greeter==2.0.0", "paint==1.2.0", "wordlist==2.0.0"]);
  });

  // Promise: a file that a command did not write itself is read only if it is a file, up to a bound
  // Attack: the folder holds a pipe, or a link to a device without end, under the name of a wheel
  test.skipIf(process.platform === "win32")("replaces what is not a file", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    const folder = join(stage.world.project, "wheels");
    mkdirSync(folder);
    const [pipe, device] = ["paint-1.2.0", "wordlist-2.0.0"].map((name) =>
      join(folder, `${name}-py3-none-any.whl`),
    );
    execFileSync("mkfifo", [pipe ?? ""]);
    symlinkSync("/dev/zero", device ?? "");
    expect((await download(stage, "paint", "wordlist", "-d", "wheels")).code).toBe(0);
    expect([pipe, device].map((path) => lstatSync(path ?? "").isFile())).toEqual([true, true]);
  });

  test("leaves what is there, and mends what is not right", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    await download(stage, "paint", "wordlist", "-d", "wheels");
    const damaged = join(stage.world.project, "wheels", "paint-1.2.0-py3-none-any.whl");
    writeFileSync(damaged, "not a wheel");
    const before = stage.index.requests.length;
    expect(await download(stage, "paint", "wordlist", "-d", "wheels")).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "Resolved 2 packages in [TIME]
      Downloaded 1 package in [TIME]
       + wheels/paint-1.2.0-py3-none-any.whl
       = wheels/wordlist-2.0.0-py3-none-any.whl
      ",
        "stdout": "",
      }
    `);
    const asked = stage.index.requests.slice(before).map(({ path }) => path);
    expect(asked.filter((path) => path.endsWith(".whl"))).toEqual([
      "/files/paint/paint-1.2.0-py3-none-any.whl",
    ]);
    expect(readFileSync(damaged).subarray(0, 2).toString()).toBe("PK");
  });

  test("chooses for another platform, without any Python", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    const env = { PATH: stage.world.home, VIRTUAL_ENV: undefined };
    const args = [
      "pip",
      "download",
      "--index-url",
      stage.index.url,
      "fastcount",
      "--only-binary",
      ":all:",
      "--json",
    ];
    const target = ["--python-platform", "windows", "--python-version", "3.11"];
    const run = await stage.pinion([...args, ...target], { env, cwd: stage.world.home });
    expect(JSON.parse(run.stdout)).toMatchObject({
      files: [{ name: "fastcount", filename: "fastcount-1.4.0-cp311-cp311-win_amd64.whl", isNew: true }],
    });
    expect(readdirSync(stage.world.home)).toContain("fastcount-1.4.0-cp311-cp311-win_amd64.whl");
  });

  test.for<readonly [string, readonly string[], string]>([
    [
      "the first platform that has a wheel",
      ["--platform", "win_amd64", "--platform", "linux_x86_64"],
      "win_amd64",
    ],
    ["another one", ["--platform", "win32", "--platform", "linux_x86_64"], "linux_x86_64"],
    [
      "pip's short version and ABI",
      ["--platform", "win_amd64", "--python-version", "312", "--abi", "cp312"],
      "win_amd64",
    ],
    ["an ABI that no wheel has", ["--platform", "macosx_11_0_arm64", "--abi", "cp312"], ""],
  ])("chooses for pip's flags: %s", async ([, args, platform], { expect }) => {
    const packages = ["win_amd64", "linux_x86_64"].map((tag) =>
      makeWheel({ name: "native", version: "1.0", tag: `cp312-cp312-${tag}` }),
    );
    await using stage = await commandStage({ commands: "called", packages });
    const version = args.includes("--python-version") ? [] : ["--python-version", "3.12"];
    const run = await download(stage, "native", "-d", "files", ...args, ...version);
    expect(run.code).toBe(platform === "" ? 1 : 0);
    if (platform !== "")
      expect(readdirSync(join(stage.world.project, "files"))).toEqual([
        `native-1.0-cp312-cp312-${platform}.whl`,
      ]);
  });

  test("`--platform any` takes what runs everywhere, also beside platforms", async ({ expect }) => {
    const packages = [
      makeWheel({ name: "both", version: "1.0" }),
      makeWheel({ name: "both", version: "1.0", tag: "cp312-cp312-win_amd64" }),
      makeWheel({ name: "native", version: "1.0", tag: "cp312-cp312-win_amd64" }),
      makeWheel({
        name: "choosy",
        version: "1.0",
        requires: [`both; sys_platform == "${process.platform}"`],
      }),
    ];
    await using stage = await commandStage({ commands: "called", packages });
    const files = async (name: string, ...args: readonly string[]): Promise<readonly string[]> => {
      const run = await download(stage, name, "-d", name, ...args, "--only-binary", ":all:");
      return run.code === 0 ? readdirSync(join(stage.world.project, name)).toSorted() : [run.stderr];
    };
    const any = ["--platform", "any"];
    const version = ["--python-version", "3.12"];
    expect(await files("both", ...any)).toEqual(["both-1.0-py3-none-any.whl"]);
    expect(await files("choosy", ...any, ...version)).toEqual([
      "both-1.0-py3-none-any.whl",
      "choosy-1.0-py3-none-any.whl",
    ]);
    expect(await files("native", ...any, ...version)).toEqual([expect.stringContaining("native")]);
    expect(await files("native", ...any, "--platform", "win_amd64", ...version)).toEqual([
      "native-1.0-cp312-cp312-win_amd64.whl",
    ]);
  });

  test("`--only-deps` leaves out what is named, also where something else needs it", async ({ expect }) => {
    const packages = [
      makeWheel({ name: "outer", version: "1.0", requires: ["inner"] }),
      makeWheel({ name: "inner", version: "1.0", requires: ["core"] }),
      makeWheel({ name: "core", version: "1.0" }),
    ];
    await using stage = await commandStage({ commands: "called", packages });
    expect((await download(stage, "outer", "inner", "--only-deps", "-d", "files")).code).toBe(0);
    expect(readdirSync(join(stage.world.project, "files"))).toEqual(["core-1.0-py3-none-any.whl"]);
    const install = await stage.install("outer", "--only-deps");
    expect([install.code, stage.installed()]).toEqual([0, ["core==1.0", "inner==1.0"]]);
    for (const other of [["--no-deps"], ["-r", "r.txt"]])
      expect((await download(stage, "outer", "--only-deps", ...other)).code).toBe(2);
  });

  describe("source distributions", () => {
    const lines = ["Requires-Dist: paint>=1.0"];
    const packages = [
      makeSourceDistribution("told", "1.0", { lines }),
      makeSourceDistribution("untold", "1.0", { metadataVersion: "2.1", lines }),
      makeSourceDistribution("wavering", "1.0", { lines: ["Dynamic: Requires-Dist"] }),
      makeSourceDistribution("both", "2.0"),
      makeWheel({ name: "both", version: "1.0" }),
      ...sampleWheels(),
    ];
    const brought = async (...args: readonly string[]): Promise<string> => {
      await using stage = await commandStage({ commands: "called", packages });
      const run = await download(stage, ...args, "-d", "files");
      if (run.code === 0) return readdirSync(join(stage.world.project, "files")).toSorted().join(" ");
      const isLeft = existsSync(join(stage.world.project, "files"));
      return `${run.code} ${run.stderr.split("\n")[0] ?? ""}${isLeft ? ", and a folder was left" : ""}`;
    };

    test.for<readonly [readonly string[], string]>([
      [["told"], "paint-1.2.0-py3-none-any.whl told-1.0.tar.gz"],
      [["told", "--no-deps"], "told-1.0.tar.gz"],
      [["both"], "both-2.0.tar.gz"],
      [["both", "--only-binary", "both"], "both-1.0-py3-none-any.whl"],
      [["both", "--only-binary", ":all:"], "both-1.0-py3-none-any.whl"],
      [["both==1.0"], "both-1.0-py3-none-any.whl"],
      [["untold", "--no-deps"], "untold-1.0.tar.gz"],
      [
        ["untold"],
        "1 error: The dependencies of `untold-1.0.tar.gz` are known only after building it: its metadata is of version 2.1, before 2.2",
      ],
      [
        ["wavering"],
        "1 error: The dependencies of `wavering-1.0.tar.gz` are known only after building it: it calls `requires-dist` dynamic",
      ],
    ])("%s: %s", async ([args, expected], { expect }) => {
      expect(await brought(...args)).toBe(expected);
    });

    test("where dependencies are known only after a build, the command that builds is named", async ({
      expect,
    }) => {
      await using stage = await commandStage({ commands: "called", packages });
      expect((await download(stage, "untold", "-d", "files")).stderr).toContain(
        "\n\nhint: Nothing is built here to learn its dependencies: `--no-deps` leaves them out, and `pinion pip wheel` builds it\n",
      );
    });
  });

  test("takes requirements files, addresses and paths", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    const local = makeWheel({ name: "local-thing", version: "1.0" });
    const path = stage.world.write(`elsewhere/${local.filename}`, local.bytes);
    stage.world.write("project/r.txt", `--no-binary nothing\n${path}\n`);
    const address = `paint @ ${stage.index.origin}/files/paint/paint-1.2.0-py3-none-any.whl`;
    expect((await download(stage, "-r", "r.txt", address, "-d", "wheels")).code).toBe(0);
    expect(readdirSync(join(stage.world.project, "wheels")).toSorted()).toEqual([
      "local_thing-1.0-py3-none-any.whl",
      "paint-1.2.0-py3-none-any.whl",
    ]);
  });

  test("refuses bytes that are not those that were promised, and keeps nothing of them", async ({
    expect,
  }) => {
    const wheel = makeWheel({ name: "promised", version: "1.0" });
    await using stage = await commandStage({
      commands: "called",
      packages: [{ ...wheel, sha256: "0".repeat(64) }],
    });
    const run = await download(stage, "promised", "-d", "wheels");
    expect([run.code, run.stderr]).toEqual([1, expect.stringContaining("Hash mismatch for `promised==1.0`")]);
    expect(readdirSync(join(stage.world.project, "wheels"))).toEqual([]);
    stage.index.misbehave();
    stage.world.write("project/r.txt", `promised==1.0 --hash=sha256:${"1".repeat(64)}\n`);
    expect((await download(stage, "-r", "r.txt", "-d", "wheels")).code).toBe(1);
    expect(readdirSync(join(stage.world.project, "wheels"))).toEqual([]);
  });

  test("says that the network is off, and where it cannot write", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    await stage.install("paint");
    const offline = await download(stage, "paint", "-d", "wheels", "--offline");
    expect([offline.code, offline.stderr]).toEqual([2, expect.stringContaining("the network is disabled")]);
    stage.world.write("project/file", "");
    const blocked = await download(stage, "paint", "-d", "file/wheels");
    expect([blocked.code, blocked.stderr]).toEqual([
      2,
      expect.stringContaining("Cannot download into: [WORLD]/project/file/wheels"),
    ]);
    expect(existsSync(join(stage.world.project, "wheels", "paint-1.2.0-py3-none-any.whl"))).toBe(false);
  });
});
