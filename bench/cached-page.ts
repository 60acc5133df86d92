// How long a cached page of 1,500 versions takes from the disk to the candidate that would be installed.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { atOnce } from "../src/base/work/turns.ts";
import { targetFor } from "../src/pep/tags/target.ts";
import { formatDigest } from "../src/registry/pages/condense-page.ts";
import { openDigest } from "../src/registry/pages/condensed-page.ts";
import { groupByVersion } from "../src/registry/pages/group-files.ts";
import type { IndexLocation } from "../src/registry/indexes/locations.ts";
import { createSelector } from "../src/registry/candidates/select.ts";
import type { DistributionFile } from "../src/registry/pages/project-page.ts";
import { openStore } from "../src/store/store.ts";
import { timeRow, type Row } from "./support/row.ts";

/** Measures the median of many rounds in milliseconds: reading, opening, choosing. */
export async function run(): Promise<Row> {
  const directory = mkdtempSync(join(tmpdir(), "pinion-bench-"));
  const store = openStore(directory);
  try {
    store.writeEntry(
      "pages",
      "bench",
      Buffer.from(atOnce(formatDigest(atOnce(groupByVersion(sampleFiles(), "bench", INDEX))))),
    );
    const selector = createSelector({ target: targetFor({ platform: "linux", pythonVersion: "3.12" }) });
    const durations: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const start = performance.now();
      const page = openDigest(store.readEntry("pages", "bench")!, INDEX)!;
      const [newest] = selector.select("bench", { indexes: [page] });
      if (newest?.chosen === undefined) throw new Error("The newest version must be usable");
      durations.push(performance.now() - start);
      await new Promise(setImmediate);
    }
    return timeRow("A cached page of 1,500 versions to its candidate", durations, { atMostMs: TARGET_MS });
  } finally {
    await store.rest();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** A wheel and a source distribution per version, with everything that PyPI states about them. */
function sampleFiles(): readonly DistributionFile[] {
  return Array.from(
    { length: VERSIONS },
    (_, number) => `1.${Math.floor(number / 50)}.${number % 50}`,
  ).flatMap((version, number) => {
    const digest = number.toString(16).padStart(64, "a");
    return [`bench-${version}-py3-none-any.whl`, `bench-${version}.tar.gz`].map((filename) => ({
      filename,
      url: `https://files.example/packages/ab/cd/${digest.slice(4)}/${filename}`,
      hashes: { sha256: digest },
      requiresPython: ">=3.8",
      yanked: false as const,
      size: 123_456,
      uploadTime: "2024-03-24T00:00:00.000000Z",
      metadata: { sha256: digest },
    }));
  });
}

const INDEX: IndexLocation = {
  url: "https://index.example/simple",
  kind: "simple",
  isDefault: true,
  isExplicit: false,
  origin: "bench",
};
const VERSIONS = 1500;
const ROUNDS = 101;
const TARGET_MS = 1;
