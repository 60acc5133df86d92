// Folders of an environment that are links: what leads out of the environment is never followed, whichever command runs.

import { existsSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "vitest";
import { CHANGE_FOLDER, LOCK_FILE } from "../src/install/reserved-names.ts";
import { makeWheel } from "../src/lab/index/make-wheel.ts";
import { commandStage, treeOf, type CommandStage } from "./support/command-stage.ts";

/** Something for every folder of a scheme. */
const EVERYWHERE = makeWheel({
  name: "everywhere",
  version: "1.0",
  files: { "everywhere.py": "" },
  consoleScripts: { everywhere: "everywhere:main" },
  data: { "scripts/config": "#!python\n", "headers/everywhere.h": "", "data/include/more.h": "" },
});

interface Place {
  readonly name: string;
  /** The options that lead to the place, and its folder. */
  readonly options: readonly string[];
  readonly folder: string;
  /** The folder that is a link, below the place's. */
  readonly link: string;
}

const SITE = "lib/python3.*/site-packages";
const PLACES: readonly Place[] = [
  ...["bin", "include"].map((link) => ({
    name: "--target",
    options: ["--target", "vendor"],
    folder: "vendor",
    link,
  })),
  ...["bin", "include", "lib", SITE].map((link) => ({
    name: "--prefix",
    options: ["--prefix", "vendor"],
    folder: "vendor",
    link,
  })),
  ...["include", SITE].map((link) => ({ name: "an environment", options: [], folder: ".venv", link })),
];

describe
  .skipIf(process.platform === "win32")
  .concurrent("a link in the place of a folder of the environment", () => {
    // Promise: nothing outside of the environment is written or deleted, whatever its folders are links to
    // Attack: a folder that was checked out holds links that lead out of it, and a journal that names files through them
    test.for(PLACES)(
      "$name, `$link`: nothing is written or deleted through it",
      async (place, { expect }) => {
        await using stage = await commandStage({ commands: "called", packages: [EVERYWHERE] });
        const { canary, folder } = leadOut(stage, place);
        const untouched = treeOf(canary);

        const install = await stage.install(...place.options, "everywhere");
        expect([install.code, install.stderr]).toEqual([
          2,
          expect.stringContaining("leads out of the environment"),
        ]);
        expect(treeOf(canary)).toEqual(untouched);

        plantJournal(folder, place.link);
        for (const command of [
          ["install", "--index-url", stage.index.url, "everywhere"],
          ["uninstall", "everywhere"],
        ]) {
          const run = await stage.pinion(["pip", ...command, ...place.options]);
          expect([run.code, run.stderr]).toEqual([
            2,
            expect.stringContaining("leads out of the environment"),
          ]);
          expect(treeOf(canary)).toEqual(untouched);
        }
      },
    );

    test("--target: what RECORD names through it stays", async ({ expect }) => {
      await using stage = await commandStage({ commands: "called", packages: [EVERYWHERE] });
      await stage.install("--target", "vendor", "everywhere");
      const vendor = join(stage.world.project, "vendor");
      const outside = join(stage.world.directory, "outside");
      renameSync(join(vendor, "bin"), outside);
      symlinkSync(outside, join(vendor, "bin"));
      const run = await stage.pinion(["pip", "uninstall", "everywhere", "--target", "vendor"]);
      expect([run.code, run.stderr]).toEqual([2, expect.stringContaining("leads out of the environment")]);
      expect([existsSync(join(outside, "config")), existsSync(join(vendor, "everywhere.py"))]).toEqual([
        true,
        true,
      ]);
    });

    test("is not taken for a lock", async ({ expect }) => {
      await using stage = await commandStage({ commands: "called", packages: [EVERYWHERE] });
      symlinkSync(join(stage.world.directory, "nowhere"), join(stage.venv, LOCK_FILE));
      expect((await stage.install("everywhere")).code).toBe(0);
      expect(existsSync(join(stage.world.directory, "nowhere"))).toBe(false);
    });

    test("that stays inside the environment is followed, as `lib64`", async ({ expect }) => {
      await using stage = await commandStage({ commands: "called", packages: [EVERYWHERE] });
      const vendor = join(stage.world.project, "vendor");
      mkdirSync(join(vendor, "commands"), { recursive: true });
      symlinkSync("commands", join(vendor, "bin"));
      expect((await stage.install("--target", "vendor", "everywhere")).code).toBe(0);
      expect(existsSync(join(vendor, "commands", "everywhere"))).toBe(true);
      expect((await stage.pinion(["pip", "uninstall", "everywhere", "--target", "vendor"])).code).toBe(0);
      expect(existsSync(join(vendor, "commands", "everywhere"))).toBe(false);
    });
  });

/** Puts a link to a folder outside where the place has, or would have, its own. */
function leadOut(
  { world, venv }: CommandStage,
  place: Place,
): { readonly canary: string; readonly folder: string } {
  const folder = join(world.project, place.folder);
  const canary = join(world.directory, "outside");
  const site = Object.keys(treeOf(venv)).find((path) => path.endsWith("/site-packages")) ?? "";
  const path = place.link === SITE ? site : place.link;
  const link = join(folder, path);
  mkdirSync(join(link, ".."), { recursive: true });
  if (existsSync(link)) renameSync(link, canary);
  else mkdirSync(canary);
  writeFileSync(join(canary, "config"), "kept");
  symlinkSync(canary, link);
  return { canary, folder };
}

/** As a change leaves it that was killed after it had set a file aside: recovering would put another in its place. */
function plantJournal(folder: string, link: string): void {
  const change = join(folder, CHANGE_FOLDER);
  mkdirSync(join(change, "old"), { recursive: true, mode: 0o700 });
  writeFileSync(join(change, "old", "1"), "planted");
  const key = { bin: "scripts", include: "headers" }[link] ?? "purelib";
  const steps = [{ kind: "set-aside", path: `${key}/config`, kept: "0/old/1" }];
  writeFileSync(join(change, "undo"), JSON.stringify({ format: 2, steps, thinned: [] }));
}
