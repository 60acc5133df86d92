// One warm cache for a fleet: what 8 machines and 50 processes ask of an index and of a shared store, and a model that is
// held against those runs and says where 1,000 machines would break. docs/fleet.md

import { spawn } from "node:child_process";
import { setPriority } from "node:os";

import { pinion } from "./support/commands.ts";
import { smallSet, type Distributions } from "./support/distributions.ts";
import { fillStore } from "./support/fleet-fill.ts";
import { serveFleet, type FleetCounts } from "./support/fleet-servers.ts";
import { formatMs, median, type Row } from "./support/row.ts";
import { benchFolder, createWorld } from "./support/world.ts";

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
export async function run(): Promise<readonly Row[]> {
  const world = createWorld("machines");
  const set = smallSet(benchFolder());
  const servers = await serveFleet(set, world);
  const requirements = world.requirementsFile(set.requirements);
  const rows: Row[] = [];
  try {
    await fillStore(servers, { world, set });
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

function timed(words: readonly string[], env: Readonly<Record<string, string>>): Promise<number> {
  const started = performance.now();
  const [file = "", ...rest] = words;
  const child = spawn(file, rest, {
    env: { PATH: process.env["PATH"], HOME: benchFolder(), ...env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  // The servers stand for machines of their own: fifty commands must not take the processor from them.
  if (child.pid !== undefined) setPriority(child.pid, COMMAND_PRIORITY);
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

/** nice(1). */
const COMMAND_PRIORITY = 10;
const MACHINES = 8;
const PROCESSES = 50;
/** The wheels of the large set. */
const LARGE_SET_BYTES = 157e6;
/** 10 Gbit/s. */
const LINK_BYTES_PER_SECOND = 1.25e9;
