// Locking: `pip compile` of 39 requirements that need 91 packages, warm and cold, for one environment and for all; a tree of
// 1,000 projects and a page of 10,000 versions; and how much memory these take. Held against uv and a Node's start.

import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { makeWheel } from "../src/lab/index/make-wheel.ts";
import { EMPTY_NODE, peakMemory, pinion, runProgram } from "./support/commands.ts";
import { largeSet, makeOnce, thousandProjects, type Distributions } from "./support/distributions.ts";
import { memoryRow } from "./support/memory-row.ts";
import { race, type Contender } from "./support/race.ts";
import { absentRow, formatMs, median, sumRow, type Row } from "./support/row.ts";
import {
  benchFolder,
  createWorld,
  peers,
  REMEMBERED_AFTER_MS,
  serve,
  type ServedIndex,
  type World,
} from "./support/world.ts";

export async function run(): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const load of LOADS) rows.push(...(await measure(load)));
  return rows;
}

interface Load {
  readonly name: string;
  readonly make: (folder: string) => Distributions;
  /** Rounds of the warm race. */
  readonly rounds: number;
}

const COMPILE = ["pip", "compile", "--quiet", "--no-config", "--no-build", "--python-version", "3.11"];

async function measure({ name, make, rounds }: Load): Promise<readonly Row[]> {
  const world = createWorld("compile");
  const set = make(benchFolder());
  const index = await serve(set, world);
  const requirements = world.requirementsFile(set.requirements);
  const { uv } = peers();
  const compile = (tool: readonly string[], cache: string, kind: Kind): readonly string[] => [
    ...tool,
    ...COMPILE,
    "--index-url",
    index.url,
    "--cache-dir",
    cache,
    ...KINDS[kind],
    requirements,
  ];
  const contender = (tool: readonly string[] | undefined, place: Place): Contender => {
    if (tool === undefined) return { run: () => undefined };
    let cache = join(world.folder, place.who);
    return {
      prepare: async (round) => {
        if (place.isCold) cache = world.fresh(place.who);
        // Before the last warm-up, which remembers its answer.
        else if (place.who === "ours" && round === -1) await sleep(REMEMBERED_AFTER_MS);
      },
      run: () => runProgram(compile(tool, cache, place.kind), index),
    };
  };
  try {
    const rows: Row[] = [];
    for (const [title, kind, isCold] of CASES) {
      const found = await race(
        {
          ours: contender(pinion(), { who: "ours", kind, isCold }),
          node: { run: () => runProgram(EMPTY_NODE) },
          uv: contender(uv?.words, { who: "uv", kind, isCold }),
        },
        { rounds: isCold ? 5 : rounds, warmUps: isCold ? 0 : 2 },
      );
      const row = `Compile ${name}, ${title}`;
      if (uv !== undefined)
        rows.push(sumRow(`${row} : uv + \`node -e 0\``, found.ours, [found.uv, found.node]));
      else
        rows.push(
          { name: row, figure: formatMs(median(found.ours)) },
          absentRow(`${row} : uv + \`node -e 0\``, "uv"),
        );
    }
    rows.push(await memoryOf(name, { compile, world, index }));
    return rows;
  } finally {
    index.close();
  }
}

interface Place {
  readonly who: string;
  readonly kind: Kind;
  readonly isCold: boolean;
}

/** Cold, because then pages are parsed that a warm run reads in a condensed form. */
async function memoryOf(
  name: string,
  {
    compile,
    world,
    index,
  }: {
    readonly compile: (tool: readonly string[], cache: string, kind: Kind) => readonly string[];
    readonly world: World;
    readonly index: ServedIndex;
  },
): Promise<Row> {
  const peaks: (number | undefined)[] = [];
  for (const kind of ["one", "all"] as const)
    peaks.push(await peakMemory(compile(pinion(), world.fresh("memory"), kind), index));
  return memoryRow(`Compile ${name}: memory, cold, one and all environments`, peaks, MOST_BYTES);
}

function manyVersions(folder: string): Distributions {
  return makeOnce(join(folder, "compile-history"), (write) => {
    for (let index = 0; index < 10_000; index += 1)
      write(makeWheel({ name: "history", version: `${Math.floor(index / 100)}.${index % 100}` }));
    return { requirements: ["history"], pins: [] };
  });
}

const KINDS = { one: [], all: ["--universal"] } as const;
type Kind = keyof typeof KINDS;

const CASES: readonly (readonly [title: string, kind: Kind, isCold: boolean])[] = [
  ["warm", "one", false],
  ["cold", "one", true],
  ["warm, all environments", "all", false],
];

const LOADS: readonly Load[] = [
  { name: "39 requirements, 91 packages", make: largeSet, rounds: 11 },
  { name: "1,000 projects", make: (folder) => thousandProjects(join(folder, "compile-tree")), rounds: 5 },
  { name: "10,000 versions of one", make: manyVersions, rounds: 5 },
];

/** What the design allows for all of these. */
const MOST_BYTES = 250 * 1024 ** 2;
