// Source distributions are held in memory while they are used, and a run has room for no more than one of the largest.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";

import { answer, startScript } from "../../test/support/scripted-server.ts";
import { openClient } from "../../test/support/test-client.ts";
import { allSettled } from "../base/settled.ts";
import { openStore } from "../store/store.ts";
import { archiveMemory, MAX_SOURCE_BYTES, withArchive, type ArchiveTools } from "./fetch-archive.ts";

const folder = mkdtempSync(join(tmpdir(), "pinion-archives-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Uses archives of an index that states these sizes; gives what was in use together at most, and what was asked for. */
async function use(sizes: readonly (number | undefined)[]): Promise<{
  readonly together: number;
  readonly asked: readonly string[];
  readonly lengths: readonly number[];
}> {
  await using server = await startScript(() => answer("archive"));
  using client = openClient({});
  const store = openStore(mkdtempSync(join(folder, "cache-")));
  const tools: ArchiveTools = { client, store, isOffline: false, memory: archiveMemory() };
  let inUse = 0;
  let together = 0;
  const lengths = await allSettled<number>(
    sizes.map((size, at) => {
      const filename = `tool${at}-1.0.tar.gz`;
      const source = { filename, url: `${server.origin}/${filename}`, hashes: {}, name: `tool${at}` };
      return withArchive(size === undefined ? source : { ...source, size }, tools, {}, async ({ bytes }) => {
        together = Math.max(together, (inUse += 1));
        // Long enough for all others to begin, if they may.
        await new Promise((resolve) => setTimeout(resolve, 100));
        inUse -= 1;
        return bytes.length;
      });
    }),
  );
  return { together, asked: server.requests.map(({ line }) => line.split(" ")[1] ?? ""), lengths };
}

describe("withArchive()", () => {
  test("uses small archives at the same time", async () => {
    expect(await use([100, 100, 100])).toMatchObject({ together: 3 });
  });

  // Promise: an archive of a few bytes can fill neither the memory nor the disk
  // Attack: an index lists source distributions that unpack to half a gigabyte each on the way, and states no size
  test.each([
    ["stated to be as large as the bound", MAX_SOURCE_BYTES, 1],
    ["stated to be larger than half of it", MAX_SOURCE_BYTES / 2 + 1, 1],
    ["of no stated size", undefined, 8],
  ])("holds no more at a time than there is room for: %s", async (_what, size, atMost) => {
    const { together } = await use(Array.from({ length: 10 }, () => size));
    expect(together).toBeLessThanOrEqual(atMost);
  });

  test("brings what is larger than was stated once more, as the only one", async () => {
    const { together, asked, lengths } = await use([3, 3]);
    expect(together).toBe(1);
    expect(asked.toSorted()).toEqual(
      ["/tool0-1.0.tar.gz", "/tool1-1.0.tar.gz"].flatMap((path) => [path, path]),
    );
    expect(lengths).toEqual([7, 7]);
  });
});
