// An environment after an installation is the one that pip makes, but for launchers and who installed it; each of the two
// takes away without a trace what the other installed.

import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, test } from "vitest";
import { makeWheel } from "../../src/lab/index/make-wheel.ts";
import { sampleWheels } from "../../src/lab/index/sample-wheels.ts";
import { treeOf } from "../support/command-stage.ts";
import { World } from "../support/world.ts";
import { PYTHON } from "./peers.ts";

const ALL_KINDS = makeWheel({
  name: "All.Kinds",
  version: "1!2.0rc1+local.7",
  requires: ["greeter"],
  files: {
    "all_kinds/__init__.py": "",
    "all_kinds/deep/er/module.py": "X = 1\n",
    "all_kinds/daten/ünïcödé, with comma.txt": "x\n",
    "all_kinds/empty.txt": "",
    "all_kinds.pth": "# nothing\n",
    "single_module.py": "Y = 2\n",
  },
  data: {
    "scripts/run-all": "#!python\nprint('ran')\n",
    "scripts/run.sh": "#!/bin/sh\necho ran\n",
    "data/share/all-kinds/readme.txt": "shared\n",
    "headers/all_kinds.h": "#define X 1\n",
    "purelib/from_purelib.py": "Z = 3\n",
    "platlib/from_platlib.py": "Z = 4\n",
  },
  consoleScripts: { "all-kinds": "all_kinds:main" },
  entryPoints: {
    gui_scripts: { "all-kinds-gui": "all_kinds:main" },
    "all.plugins": { one: "all_kinds:One" },
  },
  executables: ["all_kinds/deep/er/module.py"],
});
const PLATFORM = makeWheel({
  name: "native",
  version: "1.0",
  tag: "cp311-cp311-linux_x86_64",
  files: { "native.so": Buffer.alloc(100, 7) },
});
const PACKAGES = ["greeter", "paint", "wordlist", "all-kinds"];

describe.skipIf(PYTHON === undefined || process.platform === "win32")("an environment", () => {
  let world: World;
  let template = "";
  let links = "";
  beforeAll(async () => {
    world = await World.create();
    template = world.venv().path;
    for (const { filename, bytes } of [...sampleWheels(), ALL_KINDS, PLATFORM])
      links = join(world.write(`wheels/${filename}`, bytes), "..");
  });
  afterAll(() => world[Symbol.asyncDispose]());

  const fresh = (name: string): string => {
    const venv = join(world.directory, name);
    cpSync(template, venv, { recursive: true, verbatimSymlinks: true });
    return venv;
  };
  const install = async (tool: "pip" | "pinion", venv: string): Promise<void> => {
    const args = ["--no-index", "--find-links", links, "--pre", ...PACKAGES];
    const run =
      tool === "pip"
        ? await pip(venv, "install", "--no-compile", ...args)
        : await world.run(["pip", "install", "-p", venv, ...args]);
    if (run.code !== 0) throw new Error(run.stderr);
  };
  const pip = (venv: string, ...args: readonly string[]) =>
    world.program(PYTHON ?? "python3", ["-m", "pip", "--python", join(venv, "bin", "python"), ...args], {
      env: { PIP_DISABLE_PIP_VERSION_CHECK: "1" },
    });

  test("holds the same files with the same contents as pip's", async ({ expect }) => {
    const [theirs, ours] = [fresh("by-pip"), fresh("by-pinion")];
    await Promise.all([install("pip", theirs), install("pinion", ours)]);
    expect(comparable(ours)).toEqual(comparable(theirs));
    for (const distInfo of Object.keys(treeOf(ours)).filter((path) => path.endsWith(".dist-info")))
      expect(record(ours, distInfo), distInfo).toEqual(record(theirs, distInfo));
  });

  test("is left as it was by pip, of what Pinion installed", async ({ expect }) => {
    const venv = fresh("pip-removes");
    const before = treeOf(venv);
    await install("pinion", venv);
    const run = await pip(venv, "uninstall", "-y", ...PACKAGES);
    expect([run.code, run.stderr]).toEqual([0, ""]);
    expect(filesOf(treeOf(venv))).toEqual(filesOf(before));
  });

  test("is left as it was by Pinion, of what pip installed and compiled", async ({ expect }) => {
    const venv = fresh("pinion-removes");
    const before = treeOf(venv);
    await pip(venv, "install", "--no-index", "--find-links", links, "--pre", ...PACKAGES);
    const run = await world.cli(["pip", "uninstall", "-p", venv, ...PACKAGES]);
    expect([run.code, run.stderr]).toEqual([
      0,
      expect.stringContaining(`Uninstalled ${PACKAGES.length} packages`),
    ]);
    expect(treeOf(venv)).toEqual(before);
  });

  test("is listed and frozen as pip does", async ({ expect }) => {
    const venv = fresh("listed");
    await install("pinion", venv);
    const theirs = await pip(venv, "freeze");
    const ours = await world.run(["pip", "freeze", "-p", venv]);
    // pip writes names as their authors do.
    expect(ours.stdout.toLowerCase()).toEqual(
      theirs.stdout.toLowerCase().replaceAll("all.kinds", "all-kinds"),
    );
    const check = await pip(venv, "check");
    expect([check.code, check.stdout.trim()]).toEqual([0, "No broken requirements found."]);
  });

  /** Without launchers, whose text is each tool's own, and without what names the installer. */
  function comparable(venv: string): Readonly<Record<string, string>> {
    const launchers = /^bin\/(greet|all-kinds|all-kinds-gui|run-all)$/;
    return Object.fromEntries(
      Object.entries(treeOf(venv))
        .filter(([path]) => !/\.dist-info\/(INSTALLER|REQUESTED|RECORD|direct_url\.json)$/.test(path))
        .map(([path, content]) => [path, launchers.test(path) ? "launcher" : content]),
    );
  }

  function record(venv: string, distInfo: string): readonly string[] {
    const rows = readFileSync(join(venv, distInfo, "RECORD"), "utf8").split(/\r?\n/);
    return rows
      .filter((row) => row !== "" && !/(INSTALLER|REQUESTED|direct_url\.json),/.test(row))
      .map((row) => row.replace(/^("?\.\.\/\.\.\/\.\.\/bin\/.*),sha256=.*$/, "$1"))
      .toSorted();
  }
});

/** pip takes folders away that were there, and leaves others that were not. */
function filesOf(tree: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(tree).filter(([, content]) => content !== "folder"));
}
