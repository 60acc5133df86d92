// Building: a pure source distribution from nothing to installed, with its wheel in the cache, and ten at once. The
// backends are real ones, from the configured index once; the index of the race is on loopback.

import { availableParallelism } from "node:os";
import { join } from "node:path";

import { EMPTY_NODE, runProgram } from "./support/commands.ts";
import { coldContender, coldJob, withCpu, type ColdInput } from "./support/cold.ts";
import { makeOnce, type Distributions } from "./support/distributions.ts";
import { race, ratio, type Contender } from "./support/race.ts";
import { absentRow, median, noteRow, ratioRow, sumRow, type Row } from "./support/row.ts";
import { fetchBackends, makeSdist } from "./support/sdists.ts";
import {
  benchFolder,
  createWorld,
  discard,
  expectInstalled,
  INSTALL,
  makeVenv,
  peers,
  serve,
  type Job,
} from "./support/world.ts";

export async function run(): Promise<readonly Row[]> {
  const world = createWorld("builds");
  const { uv } = peers();
  if (uv === undefined) return [absentRow("Building source distributions : uv", "uv")];
  const set = projects(world.fresh("backends"), world.fresh("fetch-cache"));
  const index = await serve(set, world);
  const rows: Row[] = [];
  try {
    for (const { title, names } of CASES) {
      const input: ColdInput = { world, requirements: world.requirementsFile(names), index };
      const first = coldJob(input);
      runProgram(INSTALL.pinion(first), index);
      expectInstalled(first.venv, names.length);
      discard(first.venv, first.cache);
      const cpu = { ours: [] as number[], theirs: [] as number[] };
      const byUv = (job: Job): readonly string[] => INSTALL.uv(uv, job);
      const cold = await race(
        {
          ours: withCpu(coldContender(input, INSTALL.pinion), cpu.ours),
          theirs: withCpu(coldContender(input, byUv), cpu.theirs),
        },
        { rounds: 7, warmUps: 1 },
      );
      rows.push(
        ratioRow(`Cold build and install of ${title} : uv`, ratio(cold.ours, cold.theirs), { atMost: 1.2 }),
      );
      if (names.length > 1) rows.push(coresRow(cpu.ours.slice(-7), cold.ours));
      else {
        const warm = await race(
          {
            ours: warmContender(input, INSTALL.pinion),
            uv: warmContender(input, byUv),
            node: { run: () => runProgram(EMPTY_NODE) },
          },
          { rounds: 11, warmUps: 1 },
        );
        rows.push(
          sumRow(`Install of ${title}, wheel in the cache : uv + \`node -e 0\``, warm.ours, [
            warm.uv,
            warm.node,
          ]),
        );
        rows.push(
          noteRow("Processor time of that cold build : uv", ratio(cpu.ours.slice(-7), cpu.theirs.slice(-7))),
        );
      }
    }
  } finally {
    index.close();
  }
  return rows;
}

/** Into a new environment each time, with a cache that stays. */
function warmContender(input: ColdInput, words: (job: Job) => readonly string[]): Contender {
  const cache = input.world.fresh("warm-cache");
  let venv = "";
  return {
    prepare: () => {
      discard(venv);
      venv = makeVenv(input.world);
    },
    run: () =>
      runProgram(words({ requirements: input.requirements, index: input.index, venv, cache }), input.index),
  };
}

/** How many cores were busy, in the mean of a run. */
function coresRow(cpu: readonly number[], wall: readonly number[]): Row {
  const cores = median(cpu.map((ms, round) => ms / (wall[round] ?? Number.NaN)));
  const atLeast = 0.75 * Math.min(2, availableParallelism());
  return {
    name: "Cores that this keeps busy",
    figure: cores.toFixed(2),
    target: `≥ ${atLeast}`,
    isMet: cores >= atLeast,
  };
}

function projects(backends: string, cache: string): Distributions {
  return makeOnce(join(benchFolder(), "source-set"), (write) => {
    for (const wheel of fetchBackends(backends, cache)) write(wheel);
    write(makeSdist("flit-project", "flit_core"));
    for (const name of TEN) write(makeSdist(name, "setuptools"));
    return { requirements: TEN, pins: [] };
  });
}

const TEN: readonly string[] = Array.from({ length: 10 }, (_, index) => `project-${index}`);

const CASES: readonly { readonly title: string; readonly names: readonly string[] }[] = [
  { title: "a source distribution with `setup.py`", names: TEN.slice(0, 1) },
  { title: "a source distribution with flit", names: ["flit-project"] },
  { title: "ten source distributions at once", names: TEN },
];
