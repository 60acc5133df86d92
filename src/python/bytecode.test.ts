import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { describe, expect, test } from "vitest";

import { temporaryFolder } from "../../test/install-environment.ts";
import { compileModules } from "./bytecode.ts";

const hasPython = spawnSync("python3", ["--version"]).status === 0;

describe("compileModules()", () => {
  // Promise: no change follows a link out of the environment
  // Attack: a checked-out folder has a link to another folder in the place of `__pycache__`
  test.skipIf(!hasPython)("passes over modules whose bytecode would be written through a link", async () => {
    const [site, outside] = [temporaryFolder(), temporaryFolder()];
    mkdirSync(join(site, "tool"));
    symlinkSync(outside, join(site, "__pycache__"));
    const modules = ["top.py", "tool/__init__.py"].map((name) => join(site, name));
    for (const module of modules) writeFileSync(module, "");
    expect(await compileModules("python3", modules, { env: { PATH: process.env["PATH"] } })).toBe(1);
    expect(readdirSync(outside)).toEqual([]);
    expect(readdirSync(join(site, "tool"))).toContain("__pycache__");
  });

  // Promise: a project's file has nothing written outside of its own folder
  // Attack: its `target` holds what Python takes for a line end, and after that the folder of modules of the user
  test.skipIf(!hasPython || process.platform === "win32")(
    "compiles the modules that were installed, whatever their paths hold",
    async () => {
      const [site, outside] = [temporaryFolder(), temporaryFolder()];
      writeFileSync(join(outside, "own.py"), "");
      const modules = ["\n", "\r", "\u0085", "\u2028"].map((end) => join(site, `x${end}`, outside, "own.py"));
      for (const module of modules) {
        mkdirSync(dirname(module), { recursive: true });
        writeFileSync(module, "");
      }
      const env = { PATH: process.env["PATH"] };
      expect(await compileModules("python3", modules, { env })).toBe(modules.length);
      expect(readdirSync(outside)).toEqual(["own.py"]);
    },
  );

  // Promise: installing a wheel runs none of its code
  // Attack: a wheel brings a `.pth` file, and a project's settings have modules compiled after installing
  test.skipIf(!hasPython)("runs no `.pth` file of the environment", async () => {
    const folder = temporaryFolder();
    const made = spawnSync("python3", ["-m", "venv", "--without-pip", join(folder, "venv")]);
    if (made.status !== 0) return;
    const python = join(folder, "venv", "bin", "python");
    const options = ["-c", "import sysconfig; print(sysconfig.get_path('purelib'))"];
    const site = spawnSync(python, options, { encoding: "utf8" }).stdout.trim();
    const mark = join(folder, "ran");
    writeFileSync(
      join(site, "marking.pth"),
      `import pathlib; pathlib.Path(${JSON.stringify(mark)}).touch()\n`,
    );
    writeFileSync(join(site, "module.py"), "");
    expect(await compileModules(python, [join(site, "module.py")], { env: {} })).toBe(1);
    expect(existsSync(mark)).toBe(false);
    spawnSync(python, ["-c", ""]);
    expect(existsSync(mark)).toBe(true);
  });

  test("counts nothing for a program that ends before it has read what to compile", async () => {
    const modules = Array.from({ length: 5000 }, (_, index) => `/nowhere/${"x".repeat(100)}/${index}.py`);
    expect(await compileModules(process.execPath, modules, { env: {} })).toBe(0);
  });
});
