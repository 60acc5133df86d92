// Memory does not grow with a wheel: one of 3 GB, by its path, into a fresh environment with an empty cache.

import { peakMemory } from "./support/commands.ts";
import { writeLargeWheel } from "./support/large-wheel.ts";
import { formatMegabytes, memoryRow } from "./support/memory-row.ts";
import type { Row } from "./support/row.ts";
import { createWorld, discard, INSTALL, makeVenv, peers, type Job } from "./support/world.ts";

export async function run(): Promise<readonly Row[]> {
  const world = createWorld("large-wheel");
  const wheel = writeLargeWheel(world.folder, WHEEL_BYTES);
  const { uv } = peers();
  const peak = async (words: (job: Job) => readonly string[]): Promise<number | undefined> => {
    const job: Job = {
      venv: makeVenv(world),
      cache: world.fresh("cache"),
      requirements: world.requirementsFile([wheel]),
      index: { url: "https://index.invalid/simple" },
    };
    const bytes = await peakMemory(words(job));
    discard(job.venv, job.cache);
    return bytes;
  };
  const rows: Row[] = [
    memoryRow(
      "Peak memory for a wheel of 3 GB, all threads and processes",
      [await peak(INSTALL.pinion)],
      150e6,
    ),
  ];
  if (uv !== undefined)
    rows.push({
      name: "Peak memory of uv for it",
      figure: formatMegabytes(await peak((job) => INSTALL.uv(uv, job))),
    });
  discard(world.folder);
  return rows;
}

const WHEEL_BYTES = 3_000_000_000;
