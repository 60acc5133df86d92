// How long 5,000 versions take to be parsed and sorted, as the listing of a large project asks.
import { compareVersions, parseVersion } from "../src/pep/versions/version.ts";
import { timeRow, type Row } from "./support/row.ts";

/** Versions as an index with many releases has them: mostly plain, some pre-releases and development builds. */
function sampleVersions(count: number): readonly string[] {
  const suffixes = ["", "", "", "", "", "", "rc1", "a2", ".post1", ".dev20240115"];
  return Array.from({ length: count }, (_, index) => {
    const scattered = (index * 7919) % count;
    return `${scattered % 13}.${scattered % 101}.${scattered}${suffixes[scattered % suffixes.length] ?? ""}`;
  });
}

/** Measures the median of many rounds in milliseconds; the rest of an install should not notice it. */
export async function run(): Promise<Row> {
  const texts = sampleVersions(VERSIONS);
  const durations: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    texts.map(parseVersion).sort(compareVersions);
    durations.push(performance.now() - start);
    await new Promise(setImmediate);
  }
  return timeRow("Parse and sort 5,000 versions", durations, { atMostMs: TARGET_MS });
}

const VERSIONS = 5000;
const ROUNDS = 31;
const TARGET_MS = 10;
