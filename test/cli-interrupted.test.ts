// What happens when a command is stopped, killed, or not alone: the environment is whole, and the same command mends it.

import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "vitest";
import { CHANGE_FOLDER } from "../src/install/reserved-names.ts";
import type { Oddity } from "../src/lab/index/index-server.ts";
import { makeWheel } from "../src/lab/index/make-wheel.ts";
import { commandStage, treeOf, type CommandStage } from "./support/command-stage.ts";

const MANY_FILES = Object.fromEntries(
  Array.from({ length: 400 }, (_, index) => [`crowd/module_${index}.py`, `NUMBER = ${index}\n`]),
);
const CROWD = makeWheel({ name: "crowd", version: "1.0", files: { ...MANY_FILES, "crowd/__init__.py": "" } });

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

/** Starts an installation and sends a signal once the index was asked for something, or after a while. */
async function stopWhen(
  stage: CommandStage,
  { signal, isReached, args }: { signal: NodeJS.Signals; isReached: () => boolean; args: readonly string[] },
): Promise<Ended> {
  const child = stage.world.start(["pip", "install", "--index-url", stage.index.url, ...args]);
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const ended = once(child, "close");
  while (!isReached() && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 5));
  child.kill(signal);
  const [code, by] = (await ended) as [number | null, NodeJS.Signals | null];
  return { code, signal: by, stderr };
}

const STALLS: readonly (readonly [string, Oddity, string])[] = [
  ["looking up", { kind: "stall", after: 10, on: "pages" }, "/simple/crowd/"],
  ["reading metadata", { kind: "stall", after: 10, on: "metadata" }, ".metadata"],
  ["downloading", { kind: "stall", after: 1000, on: "files" }, ".whl"],
];

describe.skipIf(process.platform === "win32").concurrent("Ctrl-C", () => {
  test.for(STALLS)(
    "ends the command with 130 while %s, and leaves nothing half done",
    async ([, oddity, path], { expect }) => {
      await using stage = await commandStage({ commands: "called", packages: [CROWD], oddities: [oddity] });
      const before = treeOf(stage.venv);
      const isReached = (): boolean => stage.index.requests.some((request) => request.path.endsWith(path));
      const ended = await stopWhen(stage, { signal: "SIGINT", isReached, args: ["crowd"] });
      expect([ended.code, ended.signal]).toEqual([130, null]);
      expect(ended.stderr).not.toMatch(/error|at /);
      expect(treeOf(stage.venv)).toEqual(before);
      stage.index.misbehave();
      expect((await stage.install("crowd")).code).toBe(0);
      expect(stage.installed()).toEqual(["crowd==1.0"]);
    },
  );

  test("and SIGTERM, which ends it with 143", async ({ expect }) => {
    await using stage = await commandStage({
      commands: "called",
      packages: [CROWD],
      oddities: [{ kind: "stall", after: 10, on: "pages" }],
    });
    const isReached = (): boolean => stage.index.requests.length > 0;
    const ended = await stopWhen(stage, { signal: "SIGTERM", isReached, args: ["crowd"] });
    expect([ended.code, ended.signal]).toEqual([143, null]);
  });
});

const MOMENTS: readonly (readonly [string, (stage: CommandStage) => boolean])[] = [
  ["when the wheel is requested", ({ index }) => index.requests.some(({ path }) => path.endsWith(".whl"))],
  ["when the change begins", (stage) => existsSync(join(stage.venv, CHANGE_FOLDER))],
  ["when the first files are staged", (stage) => stagedEntries(stage) > 2],
  ["when the package appears", (stage) => existsSync(join(sitePackagesOf(stage), "crowd", "module_0.py"))],
];

/** How many names stand in the first three levels of the change folder, while the command works in it. */
function stagedEntries({ venv }: CommandStage): number {
  let count = 0;
  let level = [join(venv, CHANGE_FOLDER)];
  for (let depth = 0; depth < 3; depth++) {
    level = level.flatMap((folder) => namesIn(folder).map((name) => join(folder, name)));
    count += level.length;
  }
  return count;
}

/** The names in a folder; none where it is not, or is no longer, a folder. */
function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function sitePackagesOf({ venv }: CommandStage): string {
  const library = join(venv, "lib");
  return join(library, readdirSync(library)[0]!, "site-packages");
}

describe.skipIf(process.platform === "win32").concurrent("a command that is killed", () => {
  test.for(MOMENTS)("%s is mended by the same command", async ([, isAt], { expect }) => {
    await using stage = await commandStage({ commands: "called", packages: [CROWD] });
    const untouched = treeOf(stage.venv);
    await stopWhen(stage, { signal: "SIGKILL", isReached: () => isAt(stage), args: ["crowd"] });
    const run = await stage.install("crowd");
    expect(run.code, run.stderr).toBe(0);
    expect(stage.python("import crowd.module_399 as last; print(last.NUMBER)")).toBe("399");
    await stage.pinion(["pip", "uninstall", "crowd"]);
    expect(treeOf(stage.venv)).toEqual(untouched);
  });
});

describe.skipIf(process.platform === "win32").concurrent("an interrupted change", () => {
  test.for(["list", "freeze", "show greeter", "tree", "check"])(
    "is taken back by `pip %s` before it looks",
    async (command, { expect }) => {
      await using stage = await commandStage({ commands: "called" });
      await stage.install("greeter");
      const before = treeOf(stage.venv);
      interrupt(stage);
      expect(treeOf(stage.venv)).not.toEqual(before);
      const run = await stage.pinion(["pip", ...command.split(" ")]);
      expect(run.stderr).toContain("An interrupted change of the environment was taken back");
      expect(run.code).toBe(0);
      expect(treeOf(stage.venv)).toEqual(before);
    },
  );

  // Promise: `--dry-run` changes nothing, not even to recover
  // Attack: a journal waits in a folder for a command that is thought to be harmless
  test("is not touched by `--dry-run`, which says so", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    await stage.install("greeter");
    interrupt(stage);
    const before = treeOf(stage.venv);
    const found = "An interrupted change of the environment was found and left as it is";
    expect((await stage.install("--dry-run", "greeter")).stderr).toContain(found);
    expect((await stage.pinion(["pip", "uninstall", "--dry-run", "greeter"])).stderr).toContain(found);
    expect(treeOf(stage.venv)).toEqual(before);
  });

  test("with a damaged journal is reported by `pip list`, which shows what is there", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    await stage.install("greeter");
    writeFileSync(join(interrupt(stage), "undo"), "{");
    const run = await stage.pinion(["pip", "list"]);
    expect(run.stderr).toContain("was interrupted and cannot be completed now");
    expect([run.code, run.stdout]).toEqual([0, expect.stringContaining("greeter")]);
  });
});

/** Leaves an environment as a change leaves it that was killed after its first step; gives its change folder. */
function interrupt({ venv }: CommandStage): string {
  const python = readdirSync(join(venv, "lib"))[0] ?? "";
  const path = `lib/${python}/site-packages/greeter/__init__.py`;
  const folder = join(venv, ".pinion-change");
  mkdirSync(join(folder, "old"), { recursive: true });
  mkdirSync(join(folder, "new/0"), { recursive: true });
  const step = { kind: "set-aside", path: `root/${path}`, kept: "0/old/1" };
  writeFileSync(join(folder, "undo"), JSON.stringify({ format: 2, steps: [step], thinned: [] }));
  renameSync(join(venv, path), join(folder, "old/1"));
  return folder;
}

describe.concurrent("two commands in one environment", () => {
  test("wait for each other, and both succeed", async ({ expect }) => {
    await using stage = await commandStage();
    stage.index.add(CROWD);
    const runs = await Promise.all([
      stage.install("crowd"),
      stage.install("greeter"),
      stage.install("paint"),
      stage.install("greeter", "crowd"),
    ]);
    expect(runs.map(({ code, stderr }) => (code === 0 ? code : stderr))).toEqual([0, 0, 0, 0]);
    expect(stage.installed()).toEqual(["crowd==1.0", "greeter==2.0.0", "paint==1.2.0", "wordlist==2.0.0"]);
    expect(stage.python("import crowd.module_0, greeter.command, paint; print('ok')")).toBe("ok");
  });

  test("share one cold cache", async ({ expect }) => {
    await using stage = await commandStage({ packages: [CROWD] });
    const targets = ["one", "two", "three"];
    const runs = await Promise.all(targets.map((target) => stage.install("crowd", "--target", target)));
    expect(runs.map(({ code }) => code)).toEqual([0, 0, 0]);
    const trees = targets.map((target) => treeOf(`${stage.world.project}/${target}/crowd`));
    expect(trees[1]).toEqual(trees[0]);
    expect(trees[2]).toEqual(trees[0]);
  });
});
