// What a start costs: `--version`, and an install of 91 packages that are all there already, beside a Node that does
// nothing and beside pip and uv.

import { setTimeout as sleep } from "node:timers/promises";

import { EMPTY_NODE, pinion, runProgram } from "./support/commands.ts";
import { largeSet } from "./support/distributions.ts";
import { race, ratio } from "./support/race.ts";
import { absentRow, noteRow, overheadRow, ratioRow, type Row } from "./support/row.ts";
import {
  benchFolder,
  createWorld,
  expectInstalled,
  INSTALL,
  makeVenv,
  peers,
  REMEMBERED_AFTER_MS,
  serve,
} from "./support/world.ts";

export async function run(): Promise<readonly Row[]> {
  return [...(await version()), ...(await noOp())];
}

async function version(): Promise<readonly Row[]> {
  const { ours, node } = await race(
    {
      ours: { run: () => runProgram([...pinion(), "--version"]) },
      node: { run: () => runProgram(EMPTY_NODE) },
    },
    { rounds: 41 },
  );
  return [ratioRow("`--version` : `node -e 0`", ratio(ours, node), { atMost: 1.2 })];
}

async function noOp(): Promise<readonly Row[]> {
  const world = createWorld("no-op");
  const set = largeSet(benchFolder());
  const index = await serve(set, world);
  const { uv, pip } = peers();
  const job = {
    venv: makeVenv(world),
    cache: world.fresh("cache"),
    requirements: world.requirementsFile(set.pins),
    index,
  };
  try {
    runProgram(INSTALL.pinion(job), index);
    expectInstalled(job.venv, set.pins.length);
    // Files that are newer than the coarsest clock of a file system are not trusted by their times (docs/cache.md).
    await sleep(REMEMBERED_AFTER_MS);
    const quick = await race(
      {
        ours: { run: () => runProgram(INSTALL.pinion(job), index) },
        node: { run: () => runProgram(EMPTY_NODE) },
        uv: { run: () => (uv === undefined ? 0 : runProgram(INSTALL.uv(uv, job), index)) },
      },
      { rounds: 41 },
    );
    const rows = [
      overheadRow(
        "Nothing to do, 91 packages : `node -e 0`",
        { ours: quick.ours, floor: quick.node },
        { atMostMs: 6 },
      ),
    ];
    if (uv !== undefined) rows.push(noteRow("Nothing to do, 91 packages : uv", ratio(quick.ours, quick.uv)));
    if (pip === undefined) return [...rows, absentRow("Nothing to do, 91 packages : pip", "pip")];
    const slow = await race(
      {
        ours: { run: () => runProgram(INSTALL.pinion(job), index) },
        pip: { run: () => runProgram(INSTALL.pip(pip, job, index.bundle)) },
      },
      { rounds: 5 },
    );
    return [
      ...rows,
      ratioRow("Nothing to do, 91 packages : pip", ratio(slow.ours, slow.pip), { atLeast: 10 }),
    ];
  } finally {
    index.close();
  }
}
