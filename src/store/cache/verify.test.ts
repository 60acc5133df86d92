import { chmodSync, lstatSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import {
  fakeEnvironment,
  installed,
  temporaryFolder,
  temporaryStore,
  wanted,
} from "../../../test/install-environment.ts";
import { applyChanges } from "../../install/transaction.ts";
import { verifyWheels } from "./verify.ts";

const TOOL = { name: "tool", version: "1", files: { "tool/data.txt": "as it was" } };

/** Writes to a file as a program with the right to do so would: the same length, in place. */
function overwrite(path: string, isTimeKept = false): void {
  const { atime, mtime, mtimeMs, mode } = lstatSync(path);
  chmodSync(path, 0o644);
  writeFileSync(path, "changed !");
  // Never later than it was: `mtime` is rounded to the nearest millisecond.
  if (isTimeKept) utimesSync(path, atime, Math.floor(mtimeMs) / 1000);
  else utimesSync(path, atime, new Date(mtime.getTime() + 60_000));
  chmodSync(path, mode & 0o777);
}

describe("a file that an environment shares with the cache", () => {
  // Promise: a program in one environment cannot change what others get from the cache by an ordinary write
  // Attack: it writes to its own file, which is a hard link into the cache
  test.skipIf(process.platform === "win32")("is read-only", async () => {
    const target = fakeEnvironment();
    const tool = await wanted(temporaryStore(), TOOL);
    await applyChanges({ install: [tool], remove: [] }, target);
    const { mode } = lstatSync(join(target.scheme.purelib, "tool/data.txt"));
    expect(mode & 0o222).toBe(0);
    await applyChanges({ install: [], remove: [installed(tool, target)] }, target);
  });

  // Promise: an install still notices what was changed in the cache, and fetches it again
  // Attack: a program makes its file writable first
  test("is noticed by the next install when it changed", async () => {
    const store = temporaryStore();
    const tool = await wanted(store, TOOL);
    overwrite(join(tool.wheel.directory, "tool/data.txt"));
    const next = { ...tool, wheel: store.wheel(tool.wheel.sha256)! };
    const change = applyChanges({ install: [next], remove: [] }, fakeEnvironment());
    await expect(change).rejects.toMatchObject({ code: "cache/damaged" });
  });

  test("is not looked for by the install that has unpacked it a moment ago", async () => {
    const store = temporaryStore();
    const tool = await wanted(store, TOOL);
    expect([tool.wheel.isFresh, store.wheel(tool.wheel.sha256)?.isFresh]).toEqual([true, false]);
  });

  test("is taken when only its time changed", async () => {
    const tool = await wanted(temporaryStore(), TOOL);
    const path = join(tool.wheel.directory, "tool/data.txt");
    const later = new Date(Date.now() + 60_000);
    utimesSync(path, later, later);
    const target = fakeEnvironment();
    await applyChanges({ install: [tool], remove: [] }, target);
    expect(readFileSync(join(target.scheme.purelib, "tool/data.txt"), "utf8")).toBe("as it was");
  });
});

describe("verifyWheels()", () => {
  test("drops what changed: by its time at once, by its bytes when it reads them", async () => {
    const folder = temporaryFolder();
    const store = temporaryStore(folder);
    const cache = join(folder, "cache");
    const tool = await wanted(store, TOOL);
    await wanted(store, { ...TOOL, name: "other" });
    expect(await verifyWheels(cache, "full")).toEqual({ wheels: 2, dropped: [] });
    overwrite(join(tool.wheel.directory, "tool/data.txt"), true);
    expect(await verifyWheels(cache, "quick")).toEqual({ wheels: 2, dropped: [] });
    expect(await verifyWheels(cache, "full")).toEqual({ wheels: 2, dropped: [tool.wheel.filename] });
    expect(await verifyWheels(cache, "full")).toEqual({ wheels: 1, dropped: [] });
  });
});
