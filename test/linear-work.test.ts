// What is done with the files of a wheel and the entries of a lock file takes time in proportion to their number.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

import { planPlacement } from "../src/install/placement-steps.ts";
import { layOutWheel } from "../src/install/wheel-layout.ts";
import { diffLocks } from "../src/lock/diff.ts";
import { parsePylock, type Pylock } from "../src/pep/pylock.ts";
import { fakeEnvironment, temporaryFolder, temporaryStore, wanted } from "./install-environment.ts";
import { bestTimes, isLinear } from "./linear-time.ts";

// Promise: untrusted input cannot make a command hang
// Attack: a wheel of many files, the last of which would be installed over the first
test("finding two files of a wheel for one place takes time in proportion to their number", async () => {
  const spec = { name: "tool", version: "1.0", files: { "tool/__init__.py": "" } };
  const { wheel } = await wanted(temporaryStore(), spec);
  const { sha256, directory, filename, distInfo, manifest } = wheel;
  const target = fakeEnvironment();
  const [first] = manifest;
  const wheels = [5_000, 10_000, 20_000].map((count) => {
    const paths = Array.from({ length: count }, (_, at) => `tool-1.0.data/data/share/f${at}`);
    const files = [...paths, "tool-1.0.data/purelib/tool/__init__.py"].map((path) => ({ ...first!, path }));
    const all = [...manifest, ...files];
    return {
      sha256,
      directory,
      filename,
      distInfo,
      fileCount: all.length,
      manifest: all,
      prepared: undefined,
    };
  });
  expect(() => layOutWheel(wheels[0]!, "tool", target)).toThrow(
    "two of its files would be installed as `__init__.py`",
  );
  const best = await bestTimes(wheels, (each) => layOutWheel(each, "tool", target));
  expect(isLinear(best), `${best.join(", ")} ms`).toBe(true);
});

// Promise: untrusted input cannot make a command hang
// Attack: a wheel that replaces every module of a large folder with bytecode
test("replacing modules takes time in proportion to their number", async () => {
  const mirrors = [100, 200, 400].map((count) => {
    const [folder, staged] = [temporaryFolder(), temporaryFolder()];
    mkdirSync(join(folder, "__pycache__"));
    for (let at = 0; at < count; at += 1) {
      writeFileSync(join(folder, `m${at}.py`), "");
      writeFileSync(join(staged, `m${at}.py`), "");
      writeFileSync(join(folder, `__pycache__/m${at}.cpython-312.pyc`), "");
    }
    return { folder, staged };
  });
  const plan = (mirror: (typeof mirrors)[number]) =>
    planPlacement({ mirrors: [mirror], removed: [], lasting: new Set(), keep: (path) => `${path}.kept` });
  const setAside = plan(mirrors[0]!).steps.filter(({ kind }) => kind === "set-aside");
  expect(setAside).toHaveLength(200);
  const best = await bestTimes(mirrors, plan);
  expect(isLinear(best), `${best.join(", ")} ms`).toBe(true);
});

// Promise: untrusted input cannot make a command hang
// Attack: lock files with many entries of one package
test("comparing lock files takes time in proportion to their entries", async () => {
  const lock = (versions: readonly string[]): Pylock =>
    parsePylock({
      "lock-version": "1.0",
      "created-by": "a tool",
      packages: versions.map((version) => ({ name: "a", version, directory: { path: "a" } })),
    });
  const pairs = [5_000, 10_000, 20_000].map((count) => ({
    before: lock(Array.from({ length: count }, () => "2")),
    after: lock([...Array.from({ length: count }, () => "1"), "2"]),
  }));
  const [pair] = pairs;
  expect(diffLocks(pair!.before, pair!.after)).toEqual([
    { kind: "version", name: "a", old: ["2"], new: ["1", "2"], direction: "other" },
  ]);
  const best = await bestTimes(pairs, ({ before, after }) => diffLocks(before, after));
  expect(isLinear(best), `${best.join(", ")} ms`).toBe(true);
});
