// PubGrub on small problems of integers whose satisfiability was found by complete search.

import { describe, expect, test } from "vitest";

import { makeSpecifierSet, parseSpecifier } from "../src/pep/versions/specifier.ts";
import { parseRequirement } from "../src/pep/requirements/requirement.ts";
import type { Requirement } from "../src/pep/requirements/requirement.ts";
import { isPinionError } from "../src/errors.ts";
import { parseVersion } from "../src/pep/versions/version.ts";
import type { Provider } from "../src/resolve/provider.ts";
import { resolve } from "../src/resolve/resolver.ts";
import { questionOf } from "./support/scenario.ts";
import { readVectors } from "./support/vectors.ts";

/** Half-open intervals `[from, to)` of versions; `null` is infinite. */
type Needs = Readonly<Record<string, readonly (readonly [number | null, number | null])[]>>;

interface Problem {
  readonly root: Needs;
  readonly packages: Readonly<Record<string, Readonly<Record<string, Needs>>>>;
  readonly satisfiable: boolean;
}

interface NamedProblem extends Problem {
  readonly name: string;
  readonly solution: Readonly<Record<string, number>> | null;
}

const { named, random } = readVectors<{ named: readonly NamedProblem[]; random: readonly Problem[] }>(
  "pubgrub-problems",
);

describe("resolve() solves the named problems", () => {
  test.each(named)("$name", async (problem) => {
    expect(await solutionOf(problem)).toEqual(problem.solution ?? undefined);
  });
});

test("resolve() agrees with complete search on every random problem, and selects nothing unneeded", async () => {
  const wrong: unknown[] = [];
  for (const problem of random) {
    const solution = await solutionOf(problem);
    const isRight = solution === undefined ? !problem.satisfiable : isMinimalSolution(problem, solution);
    if (!isRight) wrong.push({ problem, solution });
  }
  expect(wrong).toEqual([]);
});

async function solutionOf(problem: Problem): Promise<Readonly<Record<string, number>> | undefined> {
  const question = {
    ...questionOf([]),
    requirements: requirementsOf(problem.root, problem).map((requirement) => ({ requirement })),
  };
  try {
    const { packages } = await resolve(question, providerOf(problem));
    return Object.fromEntries(packages.map(({ name, version }) => [name, Number(version.text)]));
  } catch (error) {
    if (isPinionError(error, "resolve/no-solution")) return undefined;
    throw error;
  }
}

function providerOf(problem: Problem): Provider {
  return {
    listing: async (name) => {
      const versions = problem.packages[name];
      if (versions === undefined) return { kind: "not-found" };
      const descending = Object.keys(versions).sort((first, second) => Number(second) - Number(first));
      return {
        kind: "found",
        versions: descending.map((text) => ({ version: parseVersion(text), yanked: false })),
      };
    },
    dependencies: async (name, version) => ({
      kind: "known",
      requires: requirementsOf(problem.packages[name]?.[version.text] ?? {}, problem),
      providesExtra: [],
    }),
  };
}

/** A set of intervals cannot be written as one specifier set, but its complement within the versions there are can. */
function requirementsOf(needs: Needs, problem: Problem): readonly Requirement[] {
  const all = new Set(Object.values(problem.packages).flatMap((versions) => Object.keys(versions)));
  return Object.entries(needs).map(([name, intervals]) => {
    const excluded = [...all].filter((text) => !isWithin(Number(text), intervals));
    const specifiers = makeSpecifierSet(excluded.map((text) => parseSpecifier(`!=${text}`)));
    return { ...parseRequirement(name), specifiers };
  });
}

function isMinimalSolution(problem: Problem, solution: Readonly<Record<string, number>>): boolean {
  const isMet = (needs: Needs): boolean =>
    Object.entries(needs).every(([name, intervals]) => {
      const version = solution[name];
      return version !== undefined && isWithin(version, intervals);
    });
  const needsOf = (name: string): Needs => problem.packages[name]?.[String(solution[name])] ?? {};
  const reached = new Set(Object.keys(problem.root));
  for (const name of reached) Object.keys(needsOf(name)).forEach((needed) => reached.add(needed));
  const selected = Object.keys(solution);
  return (
    isMet(problem.root) &&
    selected.every((name) => isMet(needsOf(name))) &&
    selected.every((name) => reached.has(name))
  );
}

function isWithin(version: number, intervals: Needs[string]): boolean {
  return intervals.some(([from, to]) => (from === null || version >= from) && (to === null || version < to));
}
