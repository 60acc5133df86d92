// How the cost grows with the work: many projects, one wheel of many files, one page of many versions, many projects
// whose versions fit badly. Held against uv and a Node's start, cold and warm, and against pip.

import { join } from "node:path";

import { makeWheel } from "../src/lab/index/make-wheel.ts";
import { EMPTY_NODE, runProgram, type RunOptions } from "./support/commands.ts";
import { randomFrom } from "./support/contents.ts";
import { makeOnce, thousandProjects, type Distributions } from "./support/distributions.ts";
import { race, type Contender } from "./support/race.ts";
import { absentRow, formatMs, median, noteRow, sumRow, type Row } from "./support/row.ts";
import { ratio } from "./support/race.ts";
import {
  createWorld,
  discard,
  expectInstalled,
  INSTALL,
  makeUvVenv,
  makeVenv,
  peers,
  serve,
  type Job,
  type World,
} from "./support/world.ts";

export async function run(): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const load of LOADS) rows.push(...(await measure(load)));
  return rows;
}

interface Load {
  readonly name: string;
  readonly count: number;
  readonly make: (folder: string) => Distributions;
}

async function measure({ name, count, make }: Load): Promise<readonly Row[]> {
  const world = createWorld("growth");
  const set = make(world.fresh("wheels"));
  const index = await serve(set, world);
  const { uv, pip } = peers();
  const requirements = world.requirementsFile(set.requirements);
  let isStopped = false;
  const contender = (
    words: (job: Job) => readonly string[],
    cacheOf: () => string,
    {
      create = makeVenv,
      ...limits
    }: { readonly create?: typeof makeVenv; readonly limit?: NonNullable<RunOptions["limit"]> } = {},
  ): Contender => {
    let job: Job = { venv: "", cache: "", requirements, index };
    return {
      prepare: () => {
        const cache = cacheOf();
        discard(job.venv, ...(cache === job.cache ? [] : [job.cache]));
        job = { ...job, venv: create(world, cache), cache };
      },
      run: () => runProgram(words(job), { ...index, ...limits }),
    };
  };
  try {
    const first: Job = { venv: makeVenv(world), cache: join(world.folder, "ours"), requirements, index };
    runProgram(INSTALL.pinion(first), index);
    expectInstalled(first.venv, count);
    const node: Contender = { run: () => runProgram(EMPTY_NODE) };
    const all = (cache: (who: string) => () => string): Record<"ours" | "node" | "uv", Contender> => ({
      ours: contender(INSTALL.pinion, cache("ours")),
      node,
      uv:
        uv === undefined
          ? { run: () => undefined }
          : contender((job) => INSTALL.uv(uv, job), cache("uv"), { create: makeUvVenv(uv) }),
    });
    const cold = await race(
      all((who) => () => freshCache(world, who)),
      { rounds: 3, warmUps: 0 },
    );
    const warm = await race(
      all((who) => () => join(world.folder, who)),
      { rounds: 5, warmUps: 1 },
    );
    const rows: Row[] = [];
    for (const [kind, found] of [
      ["cold", cold],
      ["warm", warm],
    ] as const) {
      if (uv !== undefined)
        rows.push(sumRow(`${name}, ${kind} : uv + \`node -e 0\``, found.ours, [found.uv, found.node]));
      else {
        rows.push({ name: `${name}, ${kind}`, figure: formatMs(median(found.ours)) });
        rows.push(absentRow(`${name}, ${kind} : uv + \`node -e 0\``, "uv"));
      }
    }
    if (pip === undefined) return [...rows, absentRow(`${name}, cold : pip`, "pip")];
    const slow = await race(
      {
        pip: contender(
          (job) => INSTALL.pip(pip, job, index.bundle),
          () => freshCache(world, "pip"),
          { limit: { ms: PIP_LIMIT_MS, onStopped: () => (isStopped = true) } },
        ),
      },
      { rounds: 1, warmUps: 0 },
    );
    const end = isStopped ? ", which was stopped" : "";
    return [...rows, noteRow(`${name}, cold : pip${end}`, ratio([median(cold.ours)], slow.pip))];
  } finally {
    index.close();
  }
}

function freshCache(world: World, who: string): string {
  return world.fresh(`${who}-cache`);
}

function manyFiles(folder: string): Distributions {
  return makeOnce(folder, (write) => {
    const files: Record<string, string> = {};
    for (let index = 0; index < 50_000; index += 1)
      files[`crowd/part${index % 500}/module${index}.py`] = `VALUE = ${index}\n`;
    write(makeWheel({ name: "crowd", version: "1.0", files }));
    return { requirements: ["crowd"], pins: [] };
  });
}

function manyVersions(folder: string): Distributions {
  return makeOnce(folder, (write) => {
    for (let index = 0; index < 10_000; index += 1)
      write(makeWheel({ name: "history", version: `${Math.floor(index / 100)}.${index % 100}` }));
    return { requirements: ["history"], pins: [] };
  });
}

/** One hidden version of each project fits; all others need neighbours in windows that mostly miss each other. */
function badlyFitting(folder: string): Distributions {
  const [projects, versions, window] = [200, 20, 8];
  const random = randomFrom(17);
  const hidden = Array.from({ length: projects }, () => random(versions));
  return makeOnce(folder, (write) => {
    for (let project = 0; project < projects; project += 1) {
      for (let version = 0; version < versions; version += 1) {
        const others = [project + 1, project + 2 + random(3), project + 5 + random(4)].filter(
          (other) => other < projects,
        );
        const requires = others.map((other) => {
          const fitting = Math.max(0, (hidden[other] ?? 0) - random(window));
          const lowest = version === hidden[project] ? fitting : random(versions - window + 1);
          return `knot-${other}>=${lowest},<=${lowest + window - 1}`;
        });
        write(makeWheel({ name: `knot-${project}`, version: String(version), requires }));
      }
    }
    return { requirements: ["knot-0"], pins: [] };
  });
}

const LOADS: readonly Load[] = [
  { name: "1,000 projects", count: 1000, make: thousandProjects },
  { name: "One wheel of 50,000 files", count: 1, make: manyFiles },
  { name: "A page of 10,000 versions", count: 1, make: manyVersions },
  { name: "200 projects × 20 versions that fit badly", count: 200, make: badlyFitting },
];

/** Where versions fit badly, pip may go on for hours. */
const PIP_LIMIT_MS = 60_000;
