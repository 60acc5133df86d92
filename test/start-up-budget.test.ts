// What a start may load: modules and bytes decide how long it takes, and both creep up unless something counts them.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";

import { commandStage } from "./support/command-stage.ts";
import { realPythons } from "./support/pythons.ts";

interface Loaded {
  /** Of the package: names below its folder, with their bytes. */
  readonly files: Readonly<Record<string, number>>;
  /** Modules of the runtime. */
  readonly builtins: readonly string[];
}

test("--version loads nothing, a repeated answer one file, an environment made again and an installation again two, nothing to do one group of modules, a warm install no client, a remembered one no solver, a lock nothing of what is rare", async () => {
  await using stage = await commandStage({ cacheControl: "max-age=600" });
  const { world } = stage;
  const report = join(world.directory, "loaded.json");
  const spy = world.write("spy.cjs", SPY);
  const run = async (...args: readonly string[]): Promise<Loaded> => {
    const env = { NODE_OPTIONS: `--require ${spy}`, PINION_TEST_REPORT: report };
    expect(await stage.pinion(args, { env })).toMatchObject({ code: 0 });
    return JSON.parse(readFileSync(report, "utf8")) as Loaded;
  };
  const install = ["pip", "install", "--index-url", stage.index.url, "greeter"];

  const version = await run("--version");
  expect(Object.keys(version.files).toSorted()).toEqual(["bin/pinion.cjs", "package.json"]);
  expect(version.builtins).not.toContain("net");

  await run(...install, "--target", join(world.directory, "first"));
  const warm = await run(...install);
  expect(stage.installed()).toContain("greeter==2.0.0");
  expect(total(warm)).toBeLessThan(2_740_000);
  expect(warm.builtins).not.toContain("tls");
  expect(Object.keys(warm.files).filter((name) => name.endsWith("pinion-install.cjs"))).toEqual([]);

  const show = [
    ...install,
    "--dry-run",
    "--target",
    join(world.directory, "shown"),
    "--cache-dir",
    join(world.directory, "cache-shown"),
  ];
  await run(...show);
  await sleep(CLOCK_STEP_MS + 100);
  await run(...show);
  const asked = stage.index.requests.length;
  const shown = await run(...show);
  expect(stage.index.requests.length).toBe(asked);
  expect(total(shown)).toBeLessThan(1_890_000);
  expect(shown.builtins).not.toContain("tls");
  expect(Object.keys(shown.files).filter((name) => /pinion-(warm|install)\.cjs$/.test(name))).toEqual([]);

  await run(...install, "--target", join(world.directory, "second"));
  const recalled = await run(...install, "--target", join(world.directory, "third"));
  expect(total(recalled)).toBeLessThan(1_890_000);
  const solving = Object.keys(recalled.files).filter((name) => /pinion-(warm|install)\.cjs$/.test(name));
  expect(solving).toEqual([]);

  const wanted = world.write("wanted.txt", "greeter\n");
  const lock = ["pip", "compile", wanted, "--index-url", stage.index.url];
  for (const more of [["--cache-dir", join(world.directory, "cache-locked")], []]) {
    const locked = await run(...lock, ...more);
    expect(Object.keys(locked.files).filter((name) => name.endsWith("pinion-more.cjs"))).toEqual([]);
  }

  const python = realPythons().at(-1)?.executable ?? "python3";
  await run("venv", "--python", python, "asked");
  await run(...install, "--python", "./asked");
  // The files of the environment are shared with the folders above, and a new link changes their times.
  await sleep(CLOCK_STEP_MS + 100);
  const full = await run(...install);
  const groups = Object.keys(full.files).filter((name) => /^dist.*\.cjs$/.test(name));
  expect(groups.map((name) => name.slice(name.lastIndexOf("/") + 1))).toEqual(["pinion.cjs"]);
  expect(total(full)).toBeLessThan(1_437_000);
  for (const heavy of ["tls", "net", "https", "worker_threads", "child_process"])
    expect(full.builtins).not.toContain(heavy);

  await run("venv", "--python", python, "kept");
  const again = await run("venv", "--python", python, "again");
  const loads = Object.keys(again.files).filter((name) => !name.endsWith(".cache"));
  expect(loads.map((name) => name.slice(name.lastIndexOf("/") + 1))).toEqual([
    "pinion.cjs",
    "command",
    "pinion-venv-again.cjs",
  ]);
  expect(total(again)).toBeLessThan(215_000);
  for (const heavy of ["crypto", "stream", "zlib"]) expect(again.builtins).not.toContain(heavy);

  const repeated = await run(...install);
  expect(Object.keys(repeated.files).toSorted()).toEqual(["bin/pinion.cjs", "dist/command"]);
  expect(total(repeated)).toBeLessThan(18_500);
  for (const heavy of ["crypto", "stream", "zlib", "vm"]) expect(repeated.builtins).not.toContain(heavy);

  await run(...install, "--python", "./kept");
  const installedAgain = await run(...install, "--python", "./again");
  const groupsAgain = Object.keys(installedAgain.files).filter((name) => !name.endsWith(".cache"));
  expect(groupsAgain.map((name) => name.slice(name.lastIndexOf("/") + 1))).toEqual([
    "pinion.cjs",
    "command",
    "pinion-install-again.cjs",
  ]);
  expect(total(installedAgain)).toBeLessThan(440_000);
  for (const heavy of ["zlib", "tls", "worker_threads", "child_process"])
    expect(installedAgain.builtins).not.toContain(heavy);
});

function total({ files }: Loaded): number {
  return Object.values(files).reduce((sum, bytes) => sum + bytes, 0);
}

/** Notes what is read of the package, and what of the runtime is loaded when the process ends. */
const SPY = `
  const fs = require("node:fs");
  const { readFileSync, writeFileSync } = fs;
  const files = {};
  fs.readFileSync = (path, ...rest) => {
    const contents = readFileSync(path, ...rest);
    const name = /\\/((?:bin|dist|package\\.json).*)$/.exec(String(path))?.[1];
    if (name !== undefined) files[name] = contents.length;
    return contents;
  };
  process.on("exit", () => {
    const builtins = process.moduleLoadList.flatMap((name) => /^NativeModule ([a-z_/]+)$/.exec(name)?.[1] ?? []);
    writeFileSync(process.env.PINION_TEST_REPORT, JSON.stringify({ files, builtins }));
  });
`;

// As `bin/record-answer.cjs` has it.
const CLOCK_STEP_MS = 2000;
