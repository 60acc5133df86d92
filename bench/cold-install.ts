// Installing 91 packages (157 MB of wheels) with nothing in the cache, resolution included, from an index over TLS on
// loopback; and the most memory that this takes.

import { childCpuMs, peakMemory, runProgram } from "./support/commands.ts";
import { largeSet } from "./support/distributions.ts";
import { race, ratio, type Contender } from "./support/race.ts";
import { absentRow, ratioRow, type Row } from "./support/row.ts";
import {
  benchFolder,
  createWorld,
  expectInstalled,
  INSTALL,
  makeVenv,
  peers,
  serve,
  type Job,
} from "./support/world.ts";

export async function run(): Promise<readonly Row[]> {
  const world = createWorld("cold");
  const set = largeSet(benchFolder());
  const index = await serve(set, world);
  const { uv, pip } = peers();
  const requirements = world.requirementsFile(set.requirements);
  const job = (): Job => ({ venv: makeVenv(world), cache: world.fresh("cache"), requirements, index });
  const contender = (words: (job: Job) => readonly string[]): Contender => {
    let next = job();
    return { prepare: () => void (next = job()), run: () => runProgram(words(next), index) };
  };
  try {
    const first = job();
    runProgram(INSTALL.pinion(first), index);
    expectInstalled(first.venv, set.pins.length);
    const nobody: Contender = { run: () => undefined };
    const cpu = { ours: [] as number[], theirs: [] as number[] };
    const { ours, theirs } = await race(
      {
        ours: withCpu(contender(INSTALL.pinion), cpu.ours),
        theirs:
          uv === undefined
            ? nobody
            : withCpu(
                contender((next) => INSTALL.uv(uv, next)),
                cpu.theirs,
              ),
      },
      { rounds: 7, warmUps: 0 },
    );
    const { again, slow } = await race(
      {
        again: contender(INSTALL.pinion),
        slow: pip === undefined ? nobody : contender((next) => INSTALL.pip(pip, next, index.bundle)),
      },
      { rounds: 3, warmUps: 0 },
    );
    const name = "Cold install, 91 packages";
    return [
      pip === undefined
        ? absentRow(`${name} : pip`, "pip")
        : ratioRow(`${name} : pip`, ratio(again, slow), { atLeast: 2.7 }),
      uv === undefined
        ? absentRow(`${name} : uv`, "uv")
        : ratioRow(`${name} : uv`, ratio(ours, theirs), { atMost: 1 }),
      ...(uv === undefined || cpu.ours.length === 0
        ? []
        : [ratioRow(`Processor time of that : uv`, ratio(cpu.ours, cpu.theirs), { atMost: 1.15 })]),
      await memory(INSTALL.pinion(job()), index.env),
      ...(uv === undefined ? [] : [await memoryOfPeer("uv", INSTALL.uv(uv, job()), index.env)]),
      ...(pip === undefined
        ? []
        : [await memoryOfPeer("pip", INSTALL.pip(pip, job(), index.bundle), index.env)]),
    ];
  } finally {
    index.close();
  }
}

/** Collects the processor time of every run. */
function withCpu(contender: Contender, collected: number[]): Contender {
  return {
    ...contender,
    run: async (round) => {
      const before = childCpuMs();
      const measured = await contender.run(round);
      const after = childCpuMs();
      if (before !== undefined && after !== undefined) collected.push(after - before);
      return measured;
    },
  };
}

async function memory(words: readonly string[], env: Readonly<Record<string, string>>): Promise<Row> {
  const bytes = await peakMemory(words, { env });
  const name = "Peak memory of that cold install";
  if (bytes === undefined) return { name, figure: "measured on Linux alone" };
  return { name, figure: formatMegabytes(bytes), target: "≤ 150 MB", isMet: bytes <= 150e6 };
}

async function memoryOfPeer(
  name: string,
  words: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Row> {
  const bytes = await peakMemory(words, { env });
  return { name: `Peak memory of ${name}`, figure: bytes === undefined ? "?" : formatMegabytes(bytes) };
}

function formatMegabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}
