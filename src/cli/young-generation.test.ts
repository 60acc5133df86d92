import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";

import type { InstallerEvent } from "../api/events.ts";
import { parseVersion } from "../pep/versions/version.ts";
import { createYoungGenerationGuard, YOUNG_GENERATION_FLAGS } from "./young-generation.ts";

const { stays, grows } = YOUNG_GENERATION_FLAGS;

describe("createYoungGenerationGuard()", () => {
  const tried: InstallerEvent = { kind: "version-tried", name: "a", version: parseVersion("1") };
  const preparing = (bytes: number | undefined): InstallerEvent => ({ kind: "preparing", count: 1, bytes });

  const request: InstallerEvent = { kind: "detail", message: "GET" };

  test.each<[string, readonly InstallerEvent[], readonly string[]]>([
    ["a search in the cache", [...times(500, tried), preparing(1e6)], []],
    ["a usual search", [request, request, ...times(91, tried), preparing(1e6)], [stays]],
    ["large archives", [preparing(1e8)], [stays]],
    ["archives of unknown size", [preparing(undefined)], [stays]],
    ["a long search", [request, ...times(500, tried), request, preparing(1e8)], [stays, grows, stays]],
  ])("decides for %s", (_, events, expected) => {
    const flags: string[] = [];
    const guard = createYoungGenerationGuard((flag) => flags.push(flag));
    events.forEach((event) => guard(event));
    expect(flags).toEqual(expected);
  });
});

test("this engine knows the flags: its young generation stays small with one, and grows with the other as without", () => {
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
  expect(sizeAfterWork(stays)).toBeLessThan(8e6);
  for (const flags of [[], [stays, grows]]) expect(sizeAfterWork(...flags)).toBeGreaterThan(8e6);
});

function times(count: number, event: InstallerEvent): readonly InstallerEvent[] {
  return Array.from({ length: count }, () => event);
}
