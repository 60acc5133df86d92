// Installing what is in the cache already: 7 packages beside a Node that does nothing; 91 packages (15,500 files) beside
// `cp -al` of the installed tree, uv, and pip. Warm means that every answer of the index is in the cache and fresh.

import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { EMPTY_NODE, runProgram } from "./support/commands.ts";
import { largeSet, smallSet, type Distributions } from "./support/distributions.ts";
import { race, ratio, type Contender } from "./support/race.ts";
import { absentRow, overheadRow, ratioRow, sumRow, type Row } from "./support/row.ts";
import {
  benchFolder,
  createWorld,
  discard,
  expectInstalled,
  INSTALL,
  makeUvVenv,
  makeVenv,
  peers,
  REMEMBERED_AFTER_MS,
  serve,
  type Job,
  type World,
} from "./support/world.ts";

export async function run(): Promise<readonly Row[]> {
  return [...(await few()), ...(await many())];
}

async function few(): Promise<readonly Row[]> {
  const world = createWorld("warm-few");
  const set = smallSet(benchFolder());
  const index = await serve(set, world);
  try {
    const install = installer(set, { world, index });
    const ours = install("cache", INSTALL.pinion);
    // The second run remembers the resolution; the first one after that what is installed.
    for (const round of [0, 1]) {
      await ours.prepare?.(round);
      await ours.run(round);
      await sleep(REMEMBERED_AFTER_MS);
    }
    const durations = await race(
      { ours, node: { run: () => runProgram(EMPTY_NODE) } },
      { rounds: 21, warmUps: 2 },
    );
    return [
      overheadRow(
        "Warm install, 7 packages : `node -e 0`",
        { ours: durations.ours, floor: durations.node },
        { atMostMs: 20 },
      ),
    ];
  } finally {
    index.close();
  }
}

async function many(): Promise<readonly Row[]> {
  const world = createWorld("warm-many");
  const set = largeSet(benchFolder());
  const index = await serve(set, world);
  const { uv, pip } = peers();
  try {
    const install = installer(set, { world, index });
    const tree = makeVenv(world);
    const source = {
      venv: tree,
      cache: join(world.folder, "cache"),
      requirements: world.requirementsFile(set.pins),
      index,
    };
    runProgram(INSTALL.pinion(source), index);
    expectInstalled(tree, set.pins.length);
    await sleep(REMEMBERED_AFTER_MS);
    const pinion = install("cache", INSTALL.pinion);
    await pinion.prepare?.(0);
    await pinion.run(0);
    await sleep(REMEMBERED_AFTER_MS);
    const contenders: Record<"ours" | "copy" | "uv" | "node", Contender> = {
      ours: pinion,
      copy: { run: () => void execFileSync("cp", ["-al", tree, world.fresh("copy")]) },
      uv: uv === undefined ? NOBODY : install("uv-cache", (job) => INSTALL.uv(uv, job), makeUvVenv(uv)),
      node: { run: () => runProgram(EMPTY_NODE) },
    };
    const { ours, copy, uv: theirs, node } = await race(contenders, { rounds: 7, warmUps: 1 });
    const rows = [ratioRow("Warm install, 91 packages : `cp -al`", ratio(ours, copy), { atMost: 1 })];
    if (uv === undefined) rows.push(absentRow("Warm install, 91 packages : uv", "uv"));
    else {
      rows.push(
        ratioRow("Warm install, 91 packages : uv", ratio(ours, theirs), { atMost: 1.15 }),
        sumRow("Warm install, 91 packages : uv + `node -e 0`", ours, [theirs, node]),
      );
    }
    if (pip === undefined) return [...rows, absentRow("Warm install, 91 packages : pip --no-compile", "pip")];
    const slow = await race(
      {
        ours: install("cache", INSTALL.pinion),
        pip: install("pip-cache", (job) => INSTALL.pip(pip, job, index.bundle)),
      },
      { rounds: 2 },
    );
    return [
      ...rows,
      ratioRow("Warm install, 91 packages : pip --no-compile", ratio(slow.ours, slow.pip), { atLeast: 20 }),
    ];
  } finally {
    index.close();
  }
}

/** Contenders that install a set into a new environment each time, from a cache of their own. */
function installer(
  set: Distributions,
  { world, index }: { readonly world: World; readonly index: Awaited<ReturnType<typeof serve>> },
): (cache: string, words: (job: Job) => readonly string[], make?: typeof makeVenv) => Contender {
  const requirements = world.requirementsFile(set.requirements);
  return (name, words, make = makeVenv) => {
    const cache = join(world.folder, name);
    let venv = "";
    return {
      prepare: () => {
        discard(venv);
        venv = make(world, cache);
      },
      run: () => runProgram(words({ venv, cache, requirements, index }), index),
    };
  };
}

const NOBODY: Contender = { run: () => undefined };
