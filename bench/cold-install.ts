// Installing 91 packages (157 MB of wheels) with nothing in the cache, resolution included, from an index over TLS on
// loopback; and the most memory that this takes.

import { peakMemory, runProgram } from "./support/commands.ts";
import { ABSENT, coldContender, coldJob, withCpu, type ColdInput } from "./support/cold.ts";
import { largeSet } from "./support/distributions.ts";
import { formatMegabytes, memoryRow } from "./support/memory-row.ts";
import { race, ratio } from "./support/race.ts";
import { absentRow, ratioRow, type Row } from "./support/row.ts";
import {
  benchFolder,
  createWorld,
  discard,
  expectInstalled,
  INSTALL,
  peers,
  serve,
  type Job,
} from "./support/world.ts";

export async function run(): Promise<readonly Row[]> {
  const world = createWorld("cold");
  const set = largeSet(benchFolder());
  const index = await serve(set, world);
  const { uv, pip } = peers();
  const input: ColdInput = { world, requirements: world.requirementsFile(set.requirements), index };
  const contender = (words: (job: Job) => readonly string[]) => coldContender(input, words);
  try {
    const first = coldJob(input);
    runProgram(INSTALL.pinion(first), index);
    expectInstalled(first.venv, set.pins.length);
    discard(first.venv, first.cache);
    const cpu = { ours: [] as number[], theirs: [] as number[] };
    const { ours, theirs } = await race(
      {
        ours: withCpu(contender(INSTALL.pinion), cpu.ours),
        theirs:
          uv === undefined
            ? ABSENT
            : withCpu(
                contender((job) => INSTALL.uv(uv, job)),
                cpu.theirs,
              ),
      },
      { rounds: 7, warmUps: 0 },
    );
    const { again, slow } = await race(
      {
        again: contender(INSTALL.pinion),
        slow: pip === undefined ? ABSENT : contender((job) => INSTALL.pip(pip, job, index.bundle)),
      },
      { rounds: 3, warmUps: 0 },
    );
    const name = "Cold install, 91 packages";
    return [
      uv === undefined
        ? absentRow(`${name} : uv`, "uv")
        : ratioRow(`${name} : uv`, ratio(ours, theirs), { atMost: 1 }),
      ...(uv === undefined || cpu.ours.length === 0
        ? []
        : [ratioRow(`Processor time of that : uv`, ratio(cpu.ours, cpu.theirs), { atMost: 1.15 })]),
      pip === undefined
        ? absentRow(`${name} : pip`, "pip")
        : ratioRow(`${name} : pip`, ratio(again, slow), { atLeast: 2.7 }),
      ...(await memoryRows(input)),
    ];
  } finally {
    index.close();
  }
}

async function memoryRows(input: ColdInput): Promise<readonly Row[]> {
  const { index } = input;
  const { uv, pip } = peers();
  const peak = async (words: (job: Job) => readonly string[]): Promise<number | undefined> => {
    const job = coldJob(input);
    const bytes = await peakMemory(words(job), { env: index.env });
    discard(job.venv, job.cache);
    return bytes;
  };
  const ours: (number | undefined)[] = [];
  for (let round = 0; round < MEMORY_ROUNDS; round += 1) ours.push(await peak(INSTALL.pinion));
  const rows = [memoryRow("Peak memory of that cold install, all threads and processes", ours, 150e6)];
  if (uv !== undefined)
    rows.push({
      name: "Peak memory of uv",
      figure: formatMegabytes(await peak((job) => INSTALL.uv(uv, job))),
    });
  if (pip !== undefined)
    rows.push({
      name: "Peak memory of pip",
      figure: formatMegabytes(await peak((job) => INSTALL.pip(pip, job, index.bundle))),
    });
  return rows;
}

const MEMORY_ROUNDS = 3;
