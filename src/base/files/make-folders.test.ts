import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeFolders } from "./make-folders.ts";

let root = "";
beforeAll(() => (root = mkdtempSync(join(tmpdir(), "pinion-folders-"))));
afterAll(() => rmSync(root, { recursive: true }));

test("makes what is missing, and takes what is there", () => {
  const deep = join(root, "one", "two", "three");
  makeFolders(deep);
  makeFolders(deep);
  makeFolders(`${join(root, "four", "five")}/`);
  expect([existsSync(deep), existsSync(join(root, "four", "five"))]).toEqual([true, true]);
});

test.skipIf(process.platform === "win32")("gives each new folder the mode", () => {
  const deep = join(root, "private", "inner");
  makeFolders(deep, { mode: 0o700 });
  expect([deep, join(root, "private")].map((folder) => statSync(folder).mode & 0o777)).toEqual([
    0o700, 0o700,
  ]);
});

test("takes a link to a folder, and names what is not a folder", () => {
  writeFileSync(join(root, "file"), "");
  mkdirSync(join(root, "real"));
  symlinkSync(join(root, "real"), join(root, "link"));
  symlinkSync(join(root, "absent"), join(root, "dangling"));
  makeFolders(join(root, "link", "inner"));
  expect(existsSync(join(root, "real", "inner"))).toBe(true);
  expect(() => makeFolders(join(root, "file"))).toThrow(/EEXIST/);
  expect(() => makeFolders(join(root, "file", "inner"))).toThrow(/ENOTDIR|ENOENT|EEXIST/);
  expect(() => makeFolders(join(root, "dangling", "inner"))).toThrow(/EEXIST|ENOENT/);
});

test("ends where the system refuses a folder although the one above is there", () => {
  const asked: string[] = [];
  const makeOne = (path: string): void => {
    asked.push(path);
    if (existsSync(path)) throw Object.assign(new Error("there"), { code: "EEXIST" });
    throw Object.assign(new Error("ENOENT: it cannot be made"), { code: "ENOENT" });
  };
  const deep = join(root, "real", "a", "b", "c");
  expect(() => makeFolders(deep, { makeOne })).toThrow(/cannot be made/);
  expect(asked.length).toBeLessThanOrEqual(6);
});

test("ends at the root where everything is refused", () => {
  const makeOne = (): void => {
    throw Object.assign(new Error("ENOENT: nothing can be made"), { code: "ENOENT" });
  };
  expect(() => makeFolders(join(root, "a", "b"), { makeOne })).toThrow(/nothing can be made/);
});
