// Installing 91 packages (157 MB of wheels) with nothing in the cache, resolution included, from an index over TLS on
// loopback; and the most memory that this takes.

import { peakMemory, runProgram } from "./support/commands.ts";
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
    const { ours, theirs, slow } = await race(
      {
        ours: contender(INSTALL.pinion),
        theirs: uv === undefined ? nobody : contender((next) => INSTALL.uv(uv, next)),
        slow: pip === undefined ? nobody : contender((next) => INSTALL.pip(pip, next, index.bundle)),
      },
      { rounds: 3, warmUps: 0 },
    );
    const name = "Cold install, 91 packages";
    return [
      pip === undefined
        ? absentRow(`${name} : pip`, "pip")
        : ratioRow(`${name} : pip`, ratio(ours, slow), { atLeast: 2.7 }),
      uv === undefined
        ? absentRow(`${name} : uv`, "uv")
        : ratioRow(`${name} : uv`, ratio(ours, theirs), { atMost: 1 }),
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

async function memory(words: readonly string[], env: Readonly<Record<string, string>>): Promise<Row> {
  const bytes = await peakMemory(words, { env });
  const name = "Peak memory of that cold install";
  if (bytes === undefined) return { name, figure: "measured on Linux alone" };
  return { name, figure: formatMegabytes(bytes), target: "≤ 200 MB", isMet: bytes <= 200e6 };
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
