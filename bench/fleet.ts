// One warm cache for a fleet: a second machine beside uv, what 8 machines and 50 processes ask of an index and of a shared
// store, a model of that, and two functions that build machines use. docs/fleet.md

import { spawn } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { scanEnvironment } from "../src/python/scan.ts";
import { coldContender, ABSENT, type ColdInput } from "./support/cold.ts";
import { onSearchPath, pinion, runProgram } from "./support/commands.ts";
import { largeSet, smallSet, type Distributions } from "./support/distributions.ts";
import { serveFleet, type FleetCounts, type FleetServers } from "./support/fleet-servers.ts";
import { race, ratio } from "./support/race.ts";
import { absentRow, formatMs, median, ratioRow, timeRow, type Row } from "./support/row.ts";
import {
  benchFolder,
  createWorld,
  INSTALL,
  peers,
  supportFile,
  type Job,
  type World,
} from "./support/world.ts";

export async function run(): Promise<readonly Row[]> {
  return [...(await secondMachine()), ...(await fleet()), ...(await lambdaZip()), ...scan()];
}

/** An empty local cache beside a warm store, against uv from the same index. */
async function secondMachine(): Promise<readonly Row[]> {
  const world = createWorld("fleet");
  const set = largeSet(benchFolder());
  const servers = await serveFleet(set, world);
  const { uv } = peers();
  const input: ColdInput = { world, requirements: world.requirementsFile(set.requirements), index: servers };
  const shared = (job: Job): readonly string[] => [
    ...INSTALL.pinion(job),
    "--shared-cache",
    servers.location,
  ];
  try {
    await fill(servers, { world, set });
    const before = await servers.counts();
    const { ours, theirs } = await race(
      {
        ours: coldContender(input, shared),
        theirs: uv === undefined ? ABSENT : coldContender(input, (job) => INSTALL.uv(uv, job)),
      },
      { rounds: 5, warmUps: 0 },
    );
    await servers.counts();
    const contender = coldContender(input, shared);
    await contender.prepare?.(0);
    await contender.run(0);
    const { index } = await servers.counts();
    return [
      uv === undefined
        ? absentRow("Second machine, 91 packages, warm shared cache : uv", "uv")
        : ratioRow("Second machine, 91 packages, warm shared cache : uv", ratio(ours, theirs), {
            atMost: 0.7,
          }),
      {
        name: "Bytes of files at the index for it",
        figure: `${index.fileBytes} (first machine: ${before.index.fileBytes})`,
        target: "0",
        isMet: index.fileBytes === 0,
      },
    ];
  } finally {
    servers.close();
  }
}

/** Until the store holds everything: a command waits one second for its writes, and leaves the rest to the next one. */
async function fill(
  servers: FleetServers,
  { world, set }: { readonly world: World; readonly set: Distributions },
): Promise<void> {
  const requirements = world.requirementsFile(set.requirements);
  const lock = join(world.folder, "pylock.toml");
  const common = [
    "--no-config",
    "--cache-dir",
    world.fresh("cache"),
    "--index-url",
    servers.url,
    "--python-version",
    "3.12",
  ];
  runProgram([...pinion(), "pip", "compile", requirements, "-o", lock, ...common], servers);
  runProgram(
    [...pinion(), "cache", "push", "--lock", lock, "--shared-cache", servers.location, ...common],
    servers,
  );
  const job = [...common, "--requirement", requirements, "--shared-cache", servers.location];
  // Metadata is not part of a lock: a resolution without a local cache offers it.
  const cache = ["--cache-dir", world.fresh("cache"), "--target", world.fresh("target")];
  runProgram([...pinion(), "pip", "install", ...job, ...cache], servers);
}

interface Wave {
  readonly name: string;
  readonly processes: number;
  readonly isShared: boolean;
}

interface Measured extends Wave {
  readonly counts: FleetCounts;
  readonly durations: readonly number[];
}

/** 8 machines with a cache each: one process on each of them, then 50 together, with empty caches and with warm ones. */
async function fleet(): Promise<readonly Row[]> {
  const world = createWorld("machines");
  const set = smallSet(benchFolder());
  const servers = await serveFleet(set, world);
  const requirements = world.requirementsFile(set.requirements);
  const rows: Row[] = [];
  try {
    await fill(servers, { world, set });
    await servers.counts();
    for (const isShared of [false, true])
      for (const processes of [MACHINES, PROCESSES]) {
        const caches = Array.from({ length: MACHINES }, () => world.fresh("cache"));
        for (const name of ["cold", "warm"]) {
          const wave = { name, processes, isShared };
          const durations = await Promise.all(
            Array.from({ length: processes }, (_, number) =>
              timed(
                [
                  ...pinion(),
                  "pip",
                  "install",
                  "--no-config",
                  "--requirement",
                  requirements,

                  "--index-url",
                  servers.url,
                  "--target",
                  world.fresh("target"),
                  "--python-version",
                  "3.12",
                  "--cache-dir",
                  caches[number % MACHINES] ?? "",
                  ...(isShared ? ["--shared-cache", servers.location] : []),
                ],
                servers.env,
              ),
            ),
          );
          const measured = { ...wave, counts: await servers.counts(), durations };
          rows.push(waveRow(measured, predict(wave, set)));
        }
      }
    return [...rows, ...extrapolate()];
  } finally {
    servers.close();
  }
}

interface Prediction {
  readonly pages: number;
  readonly metadata: number;
  readonly files: number;
  readonly hits: number;
}

/**
 * What a wave asks for. A process asks for each page, metadata file and wheel that its machine's cache lacks; processes that
 * start together all find it empty, so this is what 8 machines with one process each need, and the most for 50.
 */
function predict({ name, processes, isShared }: Wave, { pins }: Distributions): Prediction {
  const each = name === "cold" ? processes * pins.length : 0;
  return {
    pages: each,
    metadata: isShared ? 0 : each,
    files: isShared ? 0 : each,
    hits: isShared ? 2 * each : 0,
  };
}

function waveRow({ name, processes, isShared, counts, durations }: Measured, predicted: Prediction): Row {
  const { index, store } = counts;
  const sorted = durations.toSorted((one, other) => one - other);
  const p99 = sorted[Math.ceil(sorted.length * 0.99) - 1] ?? Number.NaN;
  const found = { pages: index.pages, metadata: index.metadata, files: index.files, hits: store.hits };
  const fits = Object.entries(predicted).every(([what, most]) => {
    const count = found[what as keyof Prediction];
    return processes === MACHINES ? count === most : count <= most;
  });
  const rate =
    store.hits + store.misses === 0
      ? ""
      : `, hit rate ${Math.round((100 * store.hits) / (store.hits + store.misses))} %`;
  return {
    name: `${processes} processes on ${MACHINES} machines, ${name}, ${isShared ? "with" : "without"} the shared cache`,
    figure:
      `index: ${index.pages} pages, ${index.metadata} metadata, ${index.files} files (${megabytes(index.fileBytes)}); ` +
      `store: ${store.hits} hits${rate}; median ${formatMs(median(durations))}, p99 ${formatMs(p99)}`,
    target: `${processes === MACHINES ? "=" : "≤"} ${predicted.pages}, ${predicted.metadata}, ${predicted.files}; ${predicted.hits}`,
    isMet: fits,
  };
}

/** The same arithmetic for a morning on which 1,000 machines install the 91 packages of the other benchmarks. */
function extrapolate(): readonly Row[] {
  const bytes = 1000 * LARGE_SET_BYTES;
  const pages = 1000 * 91;
  const seconds = bytes / LINK_BYTES_PER_SECOND;
  return [
    {
      name: "Model: 1,000 machines, 91 packages, at once",
      figure:
        `index: ${pages} pages, 0 files; store: ${2 * pages} reads, ${Math.round(bytes / 1e9)} GB, ` +
        `${Math.round(seconds)} s of one 10 Gbit/s link (without the store, the index carries them)`,
    },
  ];
}

async function lambdaZip(): Promise<readonly Row[]> {
  const world = createWorld("lambda");
  const set = largeSet(benchFolder());
  const servers = await serveFleet(set, world);
  const { uv } = peers();
  const zip = onSearchPath("zip");
  const requirements = world.requirementsFile(set.pins.slice(-LAMBDA_PACKAGES));
  const [cache, uvCache] = [world.fresh("cache"), world.fresh("uv-cache")];
  const name = `Lambda zip of ${LAMBDA_PACKAGES} packages, warm : uv pip install --target and zip`;
  try {
    if (uv === undefined || zip === undefined) return [absentRow(name, uv === undefined ? "uv" : "zip")];
    const { ours, theirs } = await race(
      {
        ours: {
          run: () =>
            runProgram(
              [
                process.execPath,
                supportFile("lambda-zip-process"),
                servers.url,
                cache,
                requirements,
                world.fresh("a.zip"),
              ],
              servers,
            ),
        },
        theirs: {
          run: () => {
            const target = world.fresh("target");
            runProgram(
              [
                ...uv.words,
                "pip",
                "install",
                "--no-config",
                "--no-deps",
                "--requirement",
                requirements,
                "--index-url",
                servers.url,
                "--cache-dir",
                uvCache,
                "--target",
                target,
                "--python-version",
                "3.12",
                "--python-platform",
                "x86_64-manylinux_2_28",
              ],
              servers,
            );
            runProgram([zip, "-q", "-r", world.fresh("b.zip"), "."], { cwd: target });
          },
        },
      },
      { rounds: 5 },
    );
    return [ratioRow(name, ratio(ours, theirs), { atMost: 0.5 })];
  } finally {
    servers.close();
  }
}

function scan(): readonly Row[] {
  const world = createWorld("scan");
  for (let number = 0; number < SCANNED; number += 1) {
    const folder = join(world.folder, `package_${number}-1.0.dist-info`);
    mkdirSync(folder);
    const description = "A line of a description, as packages have hundreds of them.\n".repeat(200);
    writeFileSync(
      join(folder, "METADATA"),
      `Metadata-Version: 2.1\nName: package-${number}\nVersion: 1.0\n\n${description}`,
    );
    writeFileSync(join(folder, "RECORD"), `package_${number}.py,,\n`.repeat(100));
    writeFileSync(join(folder, "INSTALLER"), "pip\n");
  }
  const durations = Array.from({ length: 9 }, () => {
    const started = performance.now();
    const { distributions } = scanEnvironment(world.folder);
    if (distributions.length !== SCANNED) throw new Error(`${distributions.length} distributions were found`);
    return performance.now() - started;
  });
  rmSync(world.folder, { recursive: true });
  return [timeRow(`scanEnvironment of ${SCANNED} distributions`, durations, { atMostMs: 60 })];
}

function timed(words: readonly string[], env: Readonly<Record<string, string>>): Promise<number> {
  const started = performance.now();
  const [file = "", ...rest] = words;
  const child = spawn(file, rest, {
    env: { PATH: process.env["PATH"], HOME: benchFolder(), ...env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) =>
      code === 0 ? resolve(performance.now() - started) : reject(new Error(`${words.join(" ")}\n${said}`)),
    );
  });
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

const MACHINES = 8;
const PROCESSES = 50;
const LAMBDA_PACKAGES = 30;
const SCANNED = 500;
/** The wheels of the large set. */
const LARGE_SET_BYTES = 157e6;
/** 10 Gbit/s. */
const LINK_BYTES_PER_SECOND = 1.25e9;
