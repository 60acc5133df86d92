// Source distributions are held in memory while they are used, and a run has room for no more than one of the largest.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterAll, describe, expect, test } from "vitest";

import { answer, startScript } from "../../../test/support/scripted-server.ts";
import { openClient } from "../../../test/support/test-client.ts";
import type { Limit } from "../../base/work/limit.ts";
import { allSettled } from "../../base/work/settled.ts";
import { openStore } from "../../store/store.ts";
import { archiveMemory, withArchive, type ArchiveTools } from "./fetch-archive.ts";
import { MAX_SOURCE_BYTES } from "./local-file.ts";

const folder = mkdtempSync(join(tmpdir(), "pinion-archives-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/**
 * Uses archives of an index that states these sizes. Each use lasts until no other can begin; then all that last end together, and
 * the next begin. Gives how many lasted together each time, and what was asked for.
 */
async function use(sizes: readonly (number | undefined)[]): Promise<{
  readonly together: readonly number[];
  readonly asked: readonly string[];
  readonly lengths: readonly number[];
}> {
  await using server = await startScript(() => answer("archive"));
  using client = openClient({});
  const store = openStore(mkdtempSync(join(folder, "cache-")));
  const work = watched(archiveMemory());
  const tools: ArchiveTools = { client, store, isOffline: false, memory: work.memory };
  const ends: (() => void)[] = [];
  const uses = allSettled<number>(
    sizes.map((size, at) => {
      const filename = `tool${at}-1.0.tar.gz`;
      const source = { filename, url: `${server.origin}/${filename}`, hashes: {}, name: `tool${at}` };
      return withArchive(size === undefined ? source : { ...source, size }, tools, {}, async ({ bytes }) => {
        await new Promise<void>((resolve) => ends.push(resolve));
        return bytes.length;
      });
    }),
  );
  const together: number[] = [];
  for (let left = sizes.length; left > 0; left -= together.at(-1) ?? 0) {
    // All that has room is in use, and nothing that has room is still on its way there.
    await expect
      .poll(() => ends.length > 0 && ends.length === work.underWay(), { timeout: 60_000 })
      .toBe(true);
    together.push(ends.length);
    for (const end of ends.splice(0)) end();
    // What had to wait has its room by then.
    await setImmediate();
  }
  const lengths = await uses;
  return { together, asked: server.requests.map(({ line }) => line.split(" ")[1] ?? ""), lengths };
}

/** A limit, and how much of the work that asked it has room and has not ended. */
function watched(memory: Limit): { readonly memory: Limit; readonly underWay: () => number } {
  let underWay = 0;
  const run = memory.run.bind(memory);
  memory.run = async (units, work) =>
    await run(units, async () => {
      underWay += 1;
      try {
        return await work();
      } finally {
        underWay -= 1;
      }
    });
  return { memory, underWay: () => underWay };
}

describe("withArchive()", () => {
  test("uses small archives at the same time", async () => {
    expect(await use([100, 100, 100])).toMatchObject({ together: [3] });
  });

  // Promise: an archive of a few bytes can fill neither the memory nor the disk
  // Attack: an index lists source distributions that unpack to half a gigabyte each on the way, and states no size
  test.each([
    ["stated to be as large as the bound", MAX_SOURCE_BYTES, [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]],
    ["stated to be larger than half of it", MAX_SOURCE_BYTES / 2 + 1, [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]],
    ["of no stated size", undefined, [8, 2]],
  ])("holds no more at a time than there is room for: %s", async (_what, size, expected) => {
    const { together } = await use(Array.from({ length: 10 }, () => size));
    expect(together).toEqual(expected);
  });

  test("brings what is larger than was stated once more, as the only one", async () => {
    const { together, asked, lengths } = await use([3, 3]);
    expect(together).toEqual([1, 1]);
    expect(asked.toSorted()).toEqual(
      ["/tool0-1.0.tar.gz", "/tool1-1.0.tar.gz"].flatMap((path) => [path, path]),
    );
    expect(lengths).toEqual([7, 7]);
  });
});
