// Laws of resolutions for all environments, on small problems. Whatever is chosen is checked in single environments by
// code that shares nothing with the solver: sets of versions are sets of numbers here, and markers are functions.

import * as fc from "fast-check";
import { expect, test } from "vitest";

import { casesOf } from "../../test/support/cases.ts";
import { providerFor, questionOf } from "../../test/support/scenario.ts";
import { isPinionError } from "../errors.ts";
import { evaluateMarker } from "../pep/markers/evaluate.ts";
import { parseSpecifierSet } from "../pep/versions/specifier.ts";
import type { Target } from "../pep/tags/tags.ts";
import { targetFor } from "../pep/tags/target.ts";
import type { ResolutionGraph } from "./graph.ts";
import { resolve } from "./resolver.ts";

/** The environments that are looked at: each system with each Python. */
const SYSTEMS = ["linux", "macos", "windows"] as const;
const PYTHONS = ["3.8", "3.9", "3.10", "3.11", "3.12"] as const;
type System = (typeof SYSTEMS)[number];

interface Place {
  readonly system: System;
  /** The minor version. */
  readonly minor: number;
}

const PLACES: readonly Place[] = SYSTEMS.flatMap((system) =>
  PYTHONS.map((python) => ({ system, minor: Number(python.split(".")[1]) })),
);

/** Where a requirement counts: the marker, and what it means. */
const MARKERS = {
  "": () => true,
  "sys_platform == 'linux'": ({ system }: Place) => system === "linux",
  "sys_platform != 'linux'": ({ system }: Place) => system !== "linux",
  "sys_platform == 'darwin'": ({ system }: Place) => system === "macos",
  "sys_platform == 'win32' or python_version < '3.10'": ({ system, minor }: Place) =>
    system === "windows" || minor < 10,
  "python_version < '3.10'": ({ minor }: Place) => minor < 10,
  "python_version >= '3.10'": ({ minor }: Place) => minor >= 10,
  "python_version >= '3.11' and os_name == 'posix'": ({ system, minor }: Place) =>
    minor >= 11 && system !== "windows",
} as const;
type MarkerText = keyof typeof MARKERS;

interface Need {
  readonly project: number;
  readonly allowed: readonly number[];
  readonly marker: MarkerText;
}

interface Release {
  readonly needs: readonly Need[];
  /** The oldest minor version of Python. */
  readonly oldest: number;
}

interface Problem {
  readonly root: readonly Need[];
  readonly projects: readonly (readonly Release[])[];
  readonly strategy: "requires-python" | "fewest";
}

/** Room for a machine that is busy with other things. */
const PATIENCE_MS = 900_000;

const PROJECTS = 4;
const VERSIONS = 3;

const need: fc.Arbitrary<Need> = fc.record({
  project: fc.nat(PROJECTS - 1),
  allowed: fc.oneof(
    { weight: 3, arbitrary: fc.uniqueArray(fc.nat(VERSIONS - 1), { minLength: 2, maxLength: VERSIONS }) },
    { weight: 1, arbitrary: fc.uniqueArray(fc.nat(VERSIONS - 1), { minLength: 1, maxLength: 1 }) },
  ),
  marker: fc.constantFrom(...(Object.keys(MARKERS) as readonly MarkerText[])),
});
const release: fc.Arbitrary<Release> = fc.record({
  needs: fc.array(need, { maxLength: 2 }),
  oldest: fc.constantFrom(8, 8, 8, 10, 11),
});
const problems: fc.Arbitrary<Problem> = fc.record({
  root: fc.array(need, { minLength: 1, maxLength: 4 }),
  projects: fc.array(fc.array(release, { minLength: 1, maxLength: VERSIONS }), {
    minLength: PROJECTS,
    maxLength: PROJECTS,
  }),
  strategy: fc.constantFrom("requires-python", "fewest"),
});

test(
  "what resolve() chooses for all environments is a solution in each of them",
  { timeout: PATIENCE_MS },
  async () => {
    let solved = 0;
    let forked = 0;
    await fc.assert(
      fc.asyncProperty(problems, async (problem) => {
        const graph = await solutionOf(problem);
        if (GRAPHS.size < RUNS / 4) GRAPHS.set(JSON.stringify(problem), graph);
        if (graph === undefined) return;
        solved += 1;
        if (graph.forks.length > 1) forked += 1;
        const faults = PLACES.flatMap((place) => {
          const found = faultsOf(problem, chosenIn(graph, place), place);
          return found.length === 0 ? [] : [{ place, found }];
        });
        expect(faults).toEqual([]);
      }),
      { numRuns: RUNS, seed: SEED },
    );
    // A law that nothing reaches says nothing.
    expect(solved).toBeGreaterThan(RUNS / 4);
    expect(forked).toBeGreaterThan(RUNS / 20);
  },
);

test(
  "each fork has a solution of its own: a resolution for one environment inside it succeeds too",
  { timeout: PATIENCE_MS },
  async () => {
    await fc.assert(
      fc.asyncProperty(problems, fc.nat(PLACES.length - 1), async (problem, index) => {
        if ((await knownSolutionOf(problem)) === undefined) return;
        const place = PLACES[index]!;
        expect(await specificVersions(problem, place)).toBeDefined();
        expect(hasSolution(problem, place)).toBe(true);
      }),
      { numRuns: RUNS / 4, seed: SEED },
    );
  },
);

test(
  "a resolution for one environment agrees with complete search, markers and Pythons included",
  { timeout: PATIENCE_MS },
  async () => {
    await fc.assert(
      fc.asyncProperty(problems, fc.nat(PLACES.length - 1), async (problem, index) => {
        const place = PLACES[index]!;
        const versions = await specificVersions(problem, place);
        expect(versions !== undefined).toBe(hasSolution(problem, place));
        if (versions !== undefined) expect(faultsOf(problem, versions, place)).toEqual([]);
      }),
      { numRuns: RUNS, seed: 20_261_203 },
    );
  },
);

test(
  "resolve() for all environments does not depend on the order of answers",
  { timeout: PATIENCE_MS },
  async () => {
    await fc.assert(
      fc.asyncProperty(problems, fc.infiniteStream(fc.nat(4)), async (problem, turns) => {
        const delay = async (): Promise<void> => {
          for (let turn = turns.next().value; turn > 0; turn--) await Promise.resolve();
        };
        expect(await solutionOf(problem, delay)).toEqual(await knownSolutionOf(problem));
      }),
      { numRuns: RUNS / 10, seed: SEED },
    );
  },
);

type Versions = ReadonlyMap<number, number>;

async function solutionOf(
  problem: Problem,
  delay?: () => Promise<void>,
): Promise<ResolutionGraph | undefined> {
  const question = questionOf(problem.root.map(textOf));
  return await attempt(
    {
      ...question,
      environment: {
        kind: "universal",
        requiresPython: parseSpecifierSet(`>=${PYTHONS[0]}`),
        forkStrategy: problem.strategy,
      },
    },
    problem,
    delay,
  );
}

/** What the first law has found for the problem already, where it was the first to run. */
async function knownSolutionOf(problem: Problem): Promise<ResolutionGraph | undefined> {
  const key = JSON.stringify(problem);
  return GRAPHS.has(key) ? GRAPHS.get(key) : await solutionOf(problem);
}

async function specificVersions(problem: Problem, place: Place): Promise<Versions | undefined> {
  const question = questionOf(problem.root.map(textOf));
  const environment = { kind: "specific", target: targetOf(place) } as const;
  const graph = await attempt({ ...question, environment }, problem);
  return graph === undefined ? undefined : versionsOf(graph.packages);
}

async function attempt(
  input: ReturnType<typeof questionOf>,
  { projects }: Problem,
  delay?: () => Promise<void>,
): Promise<ResolutionGraph | undefined> {
  const releases = projects.flatMap((versions, project) =>
    versions.map(
      ({ needs, oldest }, version) =>
        [`p${project} ${version}`, { requires: needs.map(textOf), requiresPython: `>=3.${oldest}` }] as const,
    ),
  );
  try {
    return await resolve(input, providerFor(Object.fromEntries(releases), delay));
  } catch (error) {
    if (!isPinionError(error, "resolve/no-solution")) throw error;
    return undefined;
  }
}

function textOf({ project, allowed, marker }: Need): string {
  const excluded = [0, 1, 2].filter((version) => !allowed.includes(version));
  return `p${project}${excluded.map((version) => `!=${version}`).join(",")}${marker === "" ? "" : ` ; ${marker}`}`;
}

function targetOf({ system, minor }: Place): Target {
  return TARGETS.get(`${system} ${minor}`)!;
}

/** What an installer would install there. */
function chosenIn({ packages }: ResolutionGraph, place: Place): Versions {
  const { markers } = targetOf(place);
  return versionsOf(packages.filter(({ marker }) => marker === undefined || evaluateMarker(marker, markers)));
}

function versionsOf(packages: ResolutionGraph["packages"]): Versions {
  const versions = new Map<number, number>();
  for (const { name, version } of packages) {
    const project = Number(name.slice(1));
    // Two versions of a project in one environment are none.
    versions.set(project, versions.has(project) ? Number.NaN : Number(version.text));
  }
  return versions;
}

/** Everything that is wrong with a set of versions in one environment. */
function faultsOf(problem: Problem, chosen: Versions, place: Place): readonly string[] {
  const faults: string[] = [];
  const reached = new Set<number>();
  const follow = (needs: readonly Need[], owner: string): void => {
    for (const { project, allowed, marker } of needs) {
      if (!MARKERS[marker](place)) continue;
      const version = chosen.get(project);
      if (version === undefined || !allowed.includes(version)) {
        faults.push(`${owner} needs p${project} in ${allowed.join()}, not ${version}`);
        continue;
      }
      if (reached.has(project)) continue;
      reached.add(project);
      const found = problem.projects[project]?.[version];
      if (found === undefined || found.oldest > place.minor) {
        faults.push(`p${project} ${version} cannot be used`);
        continue;
      }
      follow(found.needs, `p${project}`);
    }
  };
  follow(problem.root, "the user");
  for (const project of chosen.keys()) if (!reached.has(project)) faults.push(`p${project} is not needed`);
  return faults;
}

/** Complete search in one environment. */
function hasSolution(problem: Problem, place: Place): boolean {
  const extend = (chosen: Versions, open: readonly Need[]): boolean => {
    const [first, ...rest] = open;
    if (first === undefined) return true;
    if (!MARKERS[first.marker](place)) return extend(chosen, rest);
    const known = chosen.get(first.project);
    if (known !== undefined) return first.allowed.includes(known) && extend(chosen, rest);
    return first.allowed.some((version) => {
      const found = problem.projects[first.project]?.[version];
      if (found === undefined || found.oldest > place.minor) return false;
      return extend(new Map([...chosen, [first.project, version]]), [...rest, ...found.needs]);
    });
  };
  return extend(new Map(), problem.root);
}

const TARGETS: ReadonlyMap<string, Target> = new Map(
  PLACES.map(({ system, minor }) => [
    `${system} ${minor}`,
    targetFor({ platform: system, pythonVersion: `3.${minor}` }),
  ]),
);

/** Of the first and third law; the others run a part of it. */
const RUNS = casesOf(10_000, 500);

/** Of the first, second and fourth law: they look at the same problems, so that what the first found serves the others. */
const SEED = 20_261_201;

/** The resolutions of the first problems. */
const GRAPHS = new Map<string, ResolutionGraph | undefined>();
