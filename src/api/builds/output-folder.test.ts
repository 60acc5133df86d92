import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

import { prepareOutputFolder } from "./output-folder.ts";

let top: string;
let source: string;
let outside: string;

beforeEach(() => {
  top = realpathSync(mkdtempSync(join(tmpdir(), "pinion-output-")));
  source = join(top, "project");
  outside = join(top, "outside");
  for (const folder of [source, outside]) {
    mkdirSync(folder);
    writeFileSync(join(folder, "kept"), "");
  }
});

afterEach(() => {
  rmSync(top, { recursive: true });
});

test("clears and makes the folder, and leaves a .gitignore that is there", async () => {
  const folder = join(source, "dist");
  await prepareOutputFolder(folder, { sources: [source], isCleared: true, isGitIgnored: true });
  writeFileSync(join(folder, "old"), "");
  await prepareOutputFolder(folder, { sources: [source], isGitIgnored: true });
  expect(readdirSync(folder)).toEqual([".gitignore", "old"]);
  await prepareOutputFolder(folder, { sources: [source], isCleared: true });
  expect(readdirSync(folder)).toEqual([]);
});

test.each([
  ["another folder", () => outside],
  ["nowhere", () => join(top, "missing")],
])("a link to %s is replaced by a folder", async (_, target) => {
  const folder = linked(join(source, "dist"), target());
  await prepareOutputFolder(folder, { sources: [source], isCleared: true, isGitIgnored: true });
  expect([readdirSync(folder), readdirSync(outside)]).toEqual([[".gitignore"], ["kept"]]);
  expect(lstatSync(folder).isDirectory()).toBe(true);
});

test("a link in the folder is removed, and not what it leads to", async () => {
  const folder = join(source, "dist");
  mkdirSync(folder);
  symlinkSync(outside, join(folder, "link"));
  await prepareOutputFolder(folder, { sources: [source], isCleared: true });
  expect([readdirSync(folder), readdirSync(outside)]).toEqual([[], ["kept"]]);
});

test.each([
  ["the project itself", () => source],
  ["a folder above it", () => top],
  ["a folder beyond a link of the project", () => join(linked(join(source, "build"), outside), "dist")],
])("refuses to clear %s", async (_, folder) => {
  await expect(prepareOutputFolder(folder(), { sources: [source], isCleared: true })).rejects.toThrow(
    expect.objectContaining({ code: "usage/invalid-argument" }),
  );
  expect([readdirSync(source).includes("kept"), readdirSync(outside)]).toEqual([true, ["kept"]]);
});

// Promise: a project's file has nothing written outside of its own folder
// Attack: a checked-out workspace, whose root is not a project, holds a link on the way to the folder that `build --clear` empties
test("refuses to clear a folder beyond a link of the workspace", async () => {
  const folder = join(linked(join(source, "build"), outside), "dist");
  mkdirSync(join(outside, "dist"));
  const sources = [join(source, "members", "a")];
  mkdirSync(join(source, "members", "a"), { recursive: true });
  await expect(prepareOutputFolder(folder, { sources, workspace: source, isCleared: true })).rejects.toThrow(
    expect.objectContaining({ code: "usage/invalid-argument" }),
  );
  await prepareOutputFolder(join(source, "dist"), { sources, workspace: source, isCleared: true });
});

test("writes no .gitignore into the project's own folder, which would hide it", async () => {
  await prepareOutputFolder(source, { sources: [source], isGitIgnored: true });
  expect(readdirSync(source)).toEqual(["kept"]);
});

function linked(path: string, target: string): string {
  symlinkSync(target, path);
  return path;
}
