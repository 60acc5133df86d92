import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { isPinionError } from "../../errors.ts";
import { readSourceTree } from "./build-system.ts";

describe.skipIf(process.platform === "win32")("`backend-path`", () => {
  // Promise: a source distribution chooses no code outside of itself for its build
  // Attack: its `backend-path` is inside it by the text of the path and of its links, and outside where the system goes
  test.for<readonly [path: string, isInside: boolean]>([
    ["inside", true],
    ["inside/../inside", true],
    ["link/..", false],
    ["through", false],
  ])("is judged by where the system goes: %s", ([path, isInside]) => {
    const parent = mkdtempSync(join(tmpdir(), "pinion-backend-path-"));
    const tree = join(parent, "tree");
    for (const folder of ["tree/inside", "outside/deep", "outside/inside"])
      mkdirSync(join(parent, folder), { recursive: true });
    symlinkSync("../outside/deep", join(tree, "link"));
    symlinkSync("link/../inside", join(tree, "through"));
    const table = `requires = []\nbuild-backend = "backend"\nbackend-path = ["${path}"]\n`;
    writeFileSync(join(tree, "pyproject.toml"), `[build-system]\n${table}`);
    const read = (): readonly string[] => readSourceTree(tree).buildSystem.backendPath;
    expect(outcomeOf(read)).toEqual(isInside ? [path] : "build/invalid-project");
  });
});

function outcomeOf(read: () => readonly string[]): readonly string[] | string {
  try {
    return read();
  } catch (error) {
    if (!isPinionError(error)) throw error;
    expect(error.message).toContain("leads out of the source tree");
    return error.code;
  }
}

test("a source tree without `pyproject.toml` and `setup.py` is not a project", () => {
  expect(() => readSourceTree(mkdtempSync(join(tmpdir(), "pinion-no-project-")))).toThrow(
    "does not appear to be a Python project",
  );
});
