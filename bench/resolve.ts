// How the search for versions grows: projects in a tree, and projects whose versions fit badly together.
import { parseRequirement } from "../src/pep/requirements/requirement.ts";
import type { Requirement } from "../src/pep/requirements/requirement.ts";
import { targetFor } from "../src/pep/tags/target.ts";
import { parseVersion } from "../src/pep/versions/version.ts";
import type { Provider } from "../src/resolve/provider.ts";
import { resolve } from "../src/resolve/resolver.ts";
import { randomFrom } from "./support/contents.ts";
import { ratio } from "./support/race.ts";
import { formatMs, median, ratioRow, type Row } from "./support/row.ts";

/** Measures how much longer 4,000 projects take than 1,000 four times; 1 is linear. */
export async function run(): Promise<readonly Row[]> {
  const small: number[] = [];
  const large: number[] = [];
  const tangled: number[] = [];
  const [smallTree, largeTree, tangle] = [treeIndex(1000), treeIndex(4000), tangledIndex(200, 20)];
  for (let round = 0; round < ROUNDS; round++) {
    small.push(await measure(smallTree));
    large.push(await measure(largeTree));
    tangled.push(await measure(tangle));
  }
  const growth = ratio(
    large,
    small.map((ms) => ms * 4),
  );
  return [
    ratioRow("Resolve 4,000 projects : four times 1,000, in memory", growth, { atMost: TARGET_RATIO }),
    {
      name: "Resolve 200 projects × 20 versions that fit badly, in memory",
      figure: formatMs(median(tangled)),
    },
  ];
}

type Index = readonly (readonly (readonly Requirement[])[])[];

/** Every project needs two others, in any of five versions. */
function treeIndex(projects: number): Index {
  return Array.from({ length: projects }, (_, project) => {
    const needed = [2 * project + 1, 2 * project + 2].filter((other) => other < projects);
    return Array.from({ length: 5 }, (__, version) =>
      needed.map((other) => parseRequirement(`p${other}>=${version % 3}`)),
    );
  });
}

/** One hidden version of each project fits; all others need neighbours in windows that mostly miss each other. */
function tangledIndex(projects: number, versions: number): Index {
  const random = randomFrom(17);
  const hidden = Array.from({ length: projects }, () => random(versions));
  return Array.from({ length: projects }, (_, project) =>
    Array.from({ length: versions }, (__, version) => {
      const others = Array.from({ length: 3 }, () => project + 1 + random(8)).filter(
        (other) => other < projects,
      );
      return others.map((other) => {
        const fitting = Math.max(0, (hidden[other] ?? 0) - random(WINDOW));
        const lowest = version === hidden[project] ? fitting : random(versions - WINDOW + 1);
        return parseRequirement(`p${other}>=${lowest},<=${lowest + WINDOW - 1}`);
      });
    }),
  );
}

async function measure(index: Index): Promise<number> {
  const requirements = ["p0", "p1", "p2"].map((text) => ({ requirement: parseRequirement(text) }));
  const target = targetFor({ platform: "linux", pythonVersion: "3.12" });
  const provider = providerOf(index);
  const start = performance.now();
  await resolve(
    {
      requirements,
      environment: { kind: "specific", target },
      prereleases: "if-necessary",
      resolution: "highest",
    },
    provider,
  );
  return performance.now() - start;
}

function providerOf(index: Index): Provider {
  const versions = Array.from({ length: 20 }, (_, version) => parseVersion(String(version)));
  const releasesOf = (name: string): Index[number] => index[Number(name.slice(1))] ?? [];
  return {
    listing: async (name) => ({
      kind: "found",
      versions: versions
        .slice(0, releasesOf(name).length)
        .reverse()
        .map((version) => ({ version, yanked: false })),
    }),
    dependencies: async (name, version) => ({
      kind: "known",
      requires: releasesOf(name)[Number(version.text)] ?? [],
      providesExtra: [],
    }),
  };
}

const ROUNDS = 9;
const WINDOW = 8;
const TARGET_RATIO = 1.5;
