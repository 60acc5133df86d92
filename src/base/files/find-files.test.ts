import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, sep } from "node:path";
import { describe, expect, test } from "vitest";

import { findFiles } from "./find-files.ts";

const FILES = ["top.txt", "tip.md", "src/a.c", "src/deep/er/b.h", "src/deep/c.c", "data/x", "we{ird"];

function tree(files: readonly string[]): string {
  const root = join(mkdtempSync(join(tmpdir(), "pinion-find-")), "project");
  for (const file of [...files, "../beside.txt"]) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), "");
  }
  return root;
}

describe("findFiles()", () => {
  const root = tree(FILES);
  test.for<readonly [patterns: readonly string[], found: readonly string[]]>([
    [["*.txt"], ["top.txt"]],
    [["**/*.c"], ["src/a.c", "src/deep/c.c"]],
    [["src/**/**/**/c.c"], ["src/deep/c.c"]],
    [["src/**/*.{c,h}"], ["src/a.c", "src/deep/c.c", "src/deep/er/b.h"]],
    [["{src/{a,z}.c,top.txt}"], ["src/a.c", "top.txt"]],
    [["src/*/*/b.?"], ["src/deep/er/b.h"]],
    [
      ["t[a-o]p.txt", "t[!o]p.*"],
      ["tip.md", "top.txt"],
    ],
    [["src/**", "!src/deep/**"], ["src/a.c"]],
    [["**", "!**/*.*", "!data"], ["we{ird"]],
    [["we\\{*"], ["we{ird"]],
    [["src/**/../*", "nothing/*", "[", ""], []],
    [["../*.txt"], ["../beside.txt"]],
  ])("finds with %j", async ([patterns, found]) => {
    const paths = (await findFiles(root, patterns)) ?? [];
    expect(paths.map((path) => relative(root, path).replaceAll(sep, "/")).toSorted()).toEqual(found);
  });

  test("does not leave a folder that it is bound to", async () => {
    const found = await findFiles(join(root, "src"), ["../top.txt", "../*.txt", "*.c", `${root}/t*`], {
      within: join(root, "src"),
    });
    expect(found).toEqual([join(root, "src", "a.c")]);
  });

  test("enters no folder that is skipped, and follows no link", async () => {
    symlinkSync(join(root, "src"), join(root, "link"), "junction");
    const paths = await findFiles(root, ["*/*.c"], { skips: (name) => name === "data" });
    expect(paths).toEqual([join(root, "src", "a.c")]);
    expect(await findFiles(root, ["**/x"], { skips: (name) => name === "data" })).toEqual([]);
  });

  // Promise: untrusted input cannot make a command hang
  // Attack: a project's `tool.uv.cache-keys` has patterns that are costly to match, very many of them, or the path of a folder that is a whole disk
  test("takes time in proportion to names and patterns, and hears a signal", async () => {
    const many = tree(Array.from({ length: 40 }, (_, index) => `${"a".repeat(200)}${index}`));
    expect(await findFiles(many, ["*a*b"])).toEqual([]);
    expect(
      await findFiles(
        many,
        Array.from({ length: 257 }, (_, index) => `${index}`),
      ),
    ).toBeUndefined();
    const stubborn = Array.from({ length: 250 }, (_, index) => `*${"a".repeat(100)}b*${index}`);
    expect(await findFiles(many, stubborn)).toBeUndefined();
    const everywhere = Array.from({ length: 250 }, (_, index) => `${"**/*/".repeat(150)}${index}`);
    const wide = tree(Array.from({ length: 400 }, (_, index) => `${"d/".repeat(index % 40)}e${index}/f`));
    expect(await findFiles(wide, everywhere)).toBeUndefined();
    const notAnywhere = everywhere.map((pattern) => `!${pattern}`);
    expect(await findFiles(wide, ["**", ...notAnywhere])).toBeUndefined();
    const folders = tree(Array.from({ length: 300 }, (_, index) => `${index}`));
    const signal = AbortSignal.abort(new Error("interrupted"));
    await expect(findFiles(folders, ["**"], { signal })).rejects.toThrow("interrupted");
  });
});
