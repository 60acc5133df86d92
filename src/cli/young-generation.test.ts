import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";

import { YOUNG_GENERATION_FLAG } from "./young-generation.ts";

test("this engine knows the flag, and its young generation grows without it and stays small with it", () => {
  const sizeAfterWork = (flag: string): number => {
    const script = `
      const v8 = require("node:v8");
      if (process.argv[1] !== "") v8.setFlagsFromString(process.argv[1]);
      let kept = [];
      for (let index = 0; index < 3e6; index += 1) {
        const made = { index, pair: [index, index + 1] };
        if (index % 20 === 0) kept.push(made);
        if (kept.length > 40_000) kept = [];
      }
      console.log(v8.getHeapSpaceStatistics().find(({ space_name }) => space_name === "new_space").space_size);`;
    const done = spawnSync(process.execPath, ["-e", script, flag], { encoding: "utf8" });
    expect(done.stderr).toBe("");
    return Number(done.stdout);
  };
  expect(sizeAfterWork("")).toBeGreaterThan(8e6);
  expect(sizeAfterWork(YOUNG_GENERATION_FLAG)).toBeLessThan(8e6);
});
