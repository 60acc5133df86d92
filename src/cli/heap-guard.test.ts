import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";

import type { InstallerEvent } from "../api/events.ts";
import { parseVersion } from "../pep/versions/version.ts";
import { createHeapGuard, HEAP_FLAGS } from "./heap-guard.ts";

const { youngStays, youngGrows, twiceInUse, littleMoreInUse, asEngine } = HEAP_FLAGS;
const MEBIBYTE = 1024 ** 2;

describe("createHeapGuard()", () => {
  const tried: InstallerEvent = { kind: "version-tried", name: "a", version: parseVersion("1") };
  const preparing = (bytes: number | undefined): InstallerEvent => ({ kind: "preparing", count: 1, bytes });

  const request: InstallerEvent = { kind: "detail", message: "GET" };

  test.each<[string, readonly InstallerEvent[], readonly string[]]>([
    ["a search in the cache", [...times(500, tried), preparing(1e6)], []],
    ["a usual search", [request, request, ...times(91, tried), preparing(1e6)], [youngStays]],
    ["large archives", [preparing(1e8)], [youngStays]],
    ["archives of unknown size", [preparing(undefined)], [youngStays]],
    [
      "a long search",
      [request, ...times(500, tried), request, preparing(1e8)],
      [youngStays, youngGrows, youngStays],
    ],
  ])("decides for %s", (_, events, expected) => {
    expect(flagsOf(events, { all: 40 * MEBIBYTE, young: 8 * MEBIBYTE })).toEqual(expected);
  });

  test.each<[string, readonly InstallerEvent[], readonly string[]]>([
    ["", times(500, tried), []],
    [", once a long search has let it grow", [request, ...times(500, tried)], [youngStays, youngGrows]],
  ])("lets the young generation grow to half of what the engine allows%s", (_, events, before) => {
    const sizes = { all: 40 * MEBIBYTE, young: 16 * MEBIBYTE };
    expect(flagsOf(events, sizes)).toEqual([...before, youngStays]);
  });

  test("has a heap that has become large collected earlier", () => {
    const sizes = { all: 48 * MEBIBYTE, young: MEBIBYTE };
    expect(flagsOf(times(500, tried), sizes)).toEqual([twiceInUse]);
    expect(flagsOf(times(9, tried), sizes)).toEqual([]);
    const veryLarge = { all: 100 * MEBIBYTE, young: MEBIBYTE };
    expect(flagsOf(times(500, tried), veryLarge)).toEqual([twiceInUse, littleMoreInUse]);
  });

  function flagsOf(
    events: readonly InstallerEvent[],
    sizes: { readonly all: number; readonly young: number },
  ): readonly string[] {
    const flags: string[] = [];
    const guard = createHeapGuard({ setFlag: (flag) => void flags.push(flag), sizes: () => sizes });
    events.forEach((event) => guard(event));
    return flags;
  }
});

test.each([[twiceInUse], [littleMoreInUse], [asEngine]])("this engine knows %s", (flag) => {
  const script = `require("node:v8").setFlagsFromString(process.argv[1])`;
  const done = spawnSync(process.execPath, ["-e", script, "--", flag], { encoding: "utf8" });
  expect([done.status, done.stdout, done.stderr]).toEqual([0, "", ""]);
});

test("this engine knows the flags of its young generation: it stays small with one, and grows with the other as without", () => {
  const sizeAfterWork = (...flags: readonly string[]): number => {
    const script = `
      const v8 = require("node:v8");
      for (const flag of process.argv.slice(1)) v8.setFlagsFromString(flag);
      let kept = [];
      for (let index = 0; index < 3e6; index += 1) {
        const made = { index, pair: [index, index + 1] };
        if (index % 20 === 0) kept.push(made);
        if (kept.length > 40_000) kept = [];
      }
      console.log(v8.getHeapSpaceStatistics().find(({ space_name }) => space_name === "new_space").space_size);`;
    const done = spawnSync(process.execPath, ["-e", script, "--", ...flags], { encoding: "utf8" });
    expect(done.stderr).toBe("");
    return Number(done.stdout);
  };
  expect(sizeAfterWork(youngStays)).toBeLessThan(8e6);
  for (const flags of [[], [youngStays, youngGrows]]) expect(sizeAfterWork(...flags)).toBeGreaterThan(8e6);
});

function times(count: number, event: InstallerEvent): readonly InstallerEvent[] {
  return Array.from({ length: count }, () => event);
}
