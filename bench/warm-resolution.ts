// Finding out what to install when every answer of the index is in the cache and fresh, without installing it.

import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { EMPTY_NODE, runProgram } from "./support/commands.ts";
import { largeSet } from "./support/distributions.ts";
import { race } from "./support/race.ts";
import { absentRow, formatMs, median, sumRow, type Row } from "./support/row.ts";
import {
  benchFolder,
  createWorld,
  INSTALL,
  makeVenv,
  peers,
  REMEMBERED_AFTER_MS,
  serve,
} from "./support/world.ts";

export async function run(): Promise<readonly Row[]> {
  const world = createWorld("warm-resolution");
  const set = largeSet(benchFolder());
  const index = await serve(set, world);
  const { uv } = peers();
  const job = { venv: makeVenv(world), requirements: world.requirementsFile(set.requirements), index };
  const dryRun = (words: readonly string[]) => ({ run: () => runProgram([...words, "--dry-run"], index) });
  try {
    // The first run fills the cache, the second keeps its resolution, and the third what it prints.
    for (let time = 0; time < 3; time += 1) {
      runProgram([...INSTALL.pinion({ ...job, cache: join(world.folder, "cache") }), "--dry-run"], index);
      await sleep(REMEMBERED_AFTER_MS);
    }
    const { ours, node, theirs } = await race(
      {
        ours: dryRun(INSTALL.pinion({ ...job, cache: join(world.folder, "cache") })),
        node: { run: () => runProgram(EMPTY_NODE) },
        theirs:
          uv === undefined
            ? { run: () => undefined }
            : dryRun(INSTALL.uv(uv, { ...job, cache: join(world.folder, "uv-cache") })),
      },
      { rounds: 21, warmUps: 2 },
    );
    if (uv !== undefined)
      return [sumRow("Warm resolution, 91 packages : uv + `node -e 0`", ours, [theirs, node])];
    return [
      { name: "Warm resolution, 91 packages", figure: formatMs(median(ours)) },
      absentRow("Warm resolution, 91 packages : uv + `node -e 0`", "uv"),
    ];
  } finally {
    index.close();
  }
}
