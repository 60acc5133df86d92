import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

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
});
