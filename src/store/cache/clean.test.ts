// Making room in a cache that others can change.

import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";

import { cleanCache, pruneCache } from "./clean.ts";

// Promise: nothing outside of the cache is removed with it
// Attack: a cache in a folder that every user can write has a link where its wheels should be
test.skipIf(process.platform === "win32").each([
  ["pruneCache()", (directory: string) => pruneCache(directory)],
  ["pruneCache() by force", (directory: string) => pruneCache(directory, { isForced: true })],
  ["cleanCache()", (directory: string) => cleanCache(directory)],
  ["cleanCache() of a project", (directory: string) => cleanCache(directory, { names: ["a"] })],
])("%s removes nothing from a cache that others can change", async (_what, remove) => {
  const folder = mkdtempSync(join(tmpdir(), "clean-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const [cache, elsewhere] = [join(folder, "cache"), join(folder, "elsewhere")];
  mkdirSync(cache);
  mkdirSync(elsewhere);
  writeFileSync(join(elsewhere, "document"), "text");
  symlinkSync(elsewhere, join(cache, "wheels-v1"));
  chmodSync(cache, 0o777);
  await expect(remove(cache)).rejects.toMatchObject({ code: "cache/unusable" });
  expect([readdirSync(cache), readdirSync(elsewhere)]).toEqual([["wheels-v1"], ["document"]]);
});
