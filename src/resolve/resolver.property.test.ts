// Laws of the resolver, on small problems whose every answer can be tried.

import * as fc from "fast-check";
import { expect, test } from "vitest";

import { casesOf } from "../../test/support/cases.ts";
import { isPinionError } from "../errors.ts";
import { providerFor, questionOf } from "../../test/support/scenario.ts";
import { resolve } from "./resolver.ts";

/** By project and version: the allowed versions of other projects. */
type Problem = readonly (readonly Needs[])[];
type Needs = ReadonlyMap<number, ReadonlySet<number>>;

const PROJECTS = 4;
const VERSIONS = 3;

const needs: fc.Arbitrary<Needs> = fc
  .array(fc.tuple(fc.nat(PROJECTS - 1), fc.uniqueArray(fc.nat(VERSIONS), { maxLength: VERSIONS })), {
    maxLength: 2,
  })
  .map((entries) => new Map(entries.map(([project, versions]) => [project, new Set(versions)])));
const problems = fc.record({
  root: needs,
  projects: fc.array(fc.array(needs, { minLength: 1, maxLength: VERSIONS }), {
    minLength: PROJECTS,
    maxLength: PROJECTS,
  }),
});

test("resolve() finds a solution exactly if there is one, and it is valid and minimal", async () => {
  await fc.assert(
    fc.asyncProperty(problems, async ({ root, projects }) => {
      const found = await solutionOf(root, projects);
      const possible = allSolutions(root, projects);
      // Among the possible ones where there are any, and none where there are none.
      expect(possible.length === 0 ? [undefined] : possible).toContainEqual(found);
    }),
    { numRuns: casesOf(10_000) },
  );
});

test("resolve() does not depend on the order of answers", async () => {
  await fc.assert(
    fc.asyncProperty(problems, fc.infiniteStream(fc.nat(4)), async ({ root, projects }, turns) => {
      const delay = async (): Promise<void> => {
        const { value } = turns.next();
        for (let turn = value; turn > 0; turn--) await Promise.resolve();
      };
      expect(await outcomeOf(root, projects, delay)).toEqual(await outcomeOf(root, projects));
    }),
    { numRuns: casesOf(2000) },
  );
});

test("resolve() takes the highest version of a project that nothing limits", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(needs, { minLength: 1, maxLength: VERSIONS }), async (project) => {
      const free = project.map((): Needs => new Map());
      const found = await solutionOf(new Map([[0, new Set([0, 1, 2])]]), [free, [], [], []]);
      expect(found).toEqual([[0, free.length - 1]]);
    }),
  );
});

type Solution = readonly (readonly [project: number, version: number])[];

async function solutionOf(root: Needs, projects: Problem): Promise<Solution | undefined> {
  const outcome = await outcomeOf(root, projects);
  return typeof outcome === "string" ? undefined : outcome.solution;
}

async function outcomeOf(
  root: Needs,
  projects: Problem,
  delay?: () => Promise<void>,
): Promise<string | { readonly solution: Solution; readonly attempts: number }> {
  const releases = projects.flatMap((versions, project) =>
    versions.map((entry, version) => [`p${project} ${version}`, requirementsOf(entry)] as const),
  );
  try {
    const provider = providerFor(Object.fromEntries(releases), delay);
    const { packages, attempts } = await resolve(questionOf(requirementsOf(root)), provider);
    const solution = packages.map(
      ({ name, version }) => [Number(name.slice(1)), Number(version.text)] as const,
    );
    return { solution, attempts };
  } catch (error) {
    if (!isPinionError(error, "resolve/no-solution")) throw error;
    return String(error.details["explanation"]);
  }
}

/** A set of versions as a specifier set: everything else that can occur is excluded. */
function requirementsOf(entry: Needs): readonly string[] {
  return [...entry].map(([project, allowed]) => {
    const excluded = [0, 1, 2, 3].filter((version) => !allowed.has(version));
    return `p${project}${excluded.map((version) => `!=${version}`).join(",")}`;
  });
}

/** Every set of versions that fits and holds nothing unneeded. */
function allSolutions(root: Needs, projects: Problem): readonly Solution[] {
  const solutions: Solution[] = [];
  const extend = (chosen: Map<number, number>, open: readonly Needs[]): void => {
    const [first, ...rest] = open;
    if (first === undefined) {
      solutions.push([...chosen].sort(([left], [right]) => left - right));
      return;
    }
    const unmet = [...first].find(([project, allowed]) => !allowed.has(chosen.get(project) ?? -1));
    if (unmet === undefined) {
      extend(chosen, rest);
      return;
    }
    const [project, allowed] = unmet;
    if (chosen.has(project)) return;
    for (const [version, entry] of (projects[project] ?? []).entries()) {
      if (allowed.has(version)) extend(new Map([...chosen, [project, version]]), [...open, entry]);
    }
  };
  extend(new Map(), [root]);
  return solutions;
}
