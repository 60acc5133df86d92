import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { pinnedPython } from "./pinned-python.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pinned-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const project = (requires: string): string => `[project]\nname = "x"\nrequires-python = "${requires}"\n`;

test.each([
  [{ ".python-version": "# for tests\n3.11\n3.12\n" }, "3.11"],
  [{ ".python-version": "pypy3.10\n" }, "pypy3.10"],
  [{ "pyproject.toml": project(">=3.10,<4") }, ">=3.10,<4"],
  [{ ".python-version": "3.11\n", "pyproject.toml": project(">=3.12") }, "3.11"],
  // What names a program or a path would let a folder start one.
  [{ ".python-version": "/tmp/evil/python\n" }, undefined],
  [{ ".python-version": "./python\n" }, undefined],
  [{ ".python-version": "evil\n", "pyproject.toml": project(">=3.9") }, ">=3.9"],
  [{ "pyproject.toml": project("./python") }, undefined],
  [{ "pyproject.toml": "[project" }, undefined],
  [{ "pyproject.toml": "" }, undefined],
])("pinnedPython() reads versions of a project: %j", async (files: Record<string, string>, expected) => {
  const below = join(folder, "a", "b");
  mkdirSync(below, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  expect(await pinnedPython({ cwd: below, readsProject: true })).toBe(expected);
});

test("pinnedPython() passes over the project on request", async () => {
  writeFileSync(join(folder, "pyproject.toml"), project(">=3.10"));
  expect(await pinnedPython({ cwd: folder, readsProject: false })).toBeUndefined();
});
