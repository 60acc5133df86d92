// Laws that bind `isSatisfied` to the resolver, over random projects, extras, markers, overrides, constraints, excludes,
// URLs and environments.

import * as fc from "fast-check";
import { expect, test } from "vitest";

import { casesOf } from "../../test/support/cases.ts";
import { installedDistribution } from "../../test/support/installed-distribution.ts";
import { providerFor, questionOf, type Question } from "../../test/support/scenario.ts";
import { isPinionError } from "../errors.ts";
import { parseRequirement } from "../pep/requirements/requirement.ts";
import { targetFor } from "../pep/tags/target.ts";
import type { InstalledDistribution } from "../python/environments/environment.ts";
import type { ResolvedPackage } from "../resolve/graph.ts";
import { resolve } from "../resolve/resolver.ts";
import { isSatisfied } from "./satisfied.ts";

const RUNS = casesOf(10_000);
/** All cases take half a minute, and many times that where the machine is busy. */
const PATIENCE_MS = 900_000;
const PROJECTS = ["p0", "p1", "p2", "p3"] as const;
const VERSIONS = ["1", "2", "3"] as const;

const name = fc.constantFrom(...PROJECTS);
const extras = fc.constantFrom("", "", "", "[x]", "[y]", "[x,y]");
const specifier = fc
  .tuple(fc.constantFrom("==", "!=", "<", "<=", ">", ">="), fc.constantFrom(...VERSIONS))
  .map((parts) => parts.join(""));
const specifiers = fc
  .constant("")
  .chain((none) => fc.oneof({ weight: 2, arbitrary: fc.constant(none) }, specifier));
const environmentMarker = fc.constantFrom(
  "python_version < '3'",
  "python_version >= '3.8'",
  "sys_platform == 'win32'",
  "sys_platform == 'linux'",
);
const extraMarker = fc.constantFrom("extra == 'x'", "extra == 'y'", "extra != 'x'");
const marker = fc.oneof(
  { weight: 3, arbitrary: fc.constant("") },
  { weight: 1, arbitrary: environmentMarker },
  { weight: 2, arbitrary: extraMarker },
  {
    weight: 1,
    arbitrary: fc
      .tuple(environmentMarker, fc.constantFrom("and", "or"), extraMarker)
      .map((parts) => parts.join(" ")),
  },
);
const written = (parts: readonly [string, string, string, string]): string =>
  `${parts[0]}${parts[1]}${parts[2]}${parts[3] === "" ? "" : ` ; ${parts[3]}`}`;
const need = fc.tuple(name, extras, specifiers, marker).map(written);
const rule = fc
  .tuple(name, fc.constant(""), specifiers, fc.oneof(fc.constant(""), environmentMarker))
  .map(written);

interface World {
  readonly requires: readonly string[];
  readonly question: Question;
  readonly needs: Readonly<Record<string, readonly string[]>>;
  /** By project: the installed version, or "" where it is not installed, and whether a URL was its source. */
  readonly installed: Readonly<Record<string, readonly [version: string, isFromUrl: boolean]>>;
  readonly pinned: readonly string[];
}

const worlds: fc.Arbitrary<World> = fc
  .record({
    requires: fc.array(need, { minLength: 1, maxLength: 3 }),
    constraints: fc.array(rule, { maxLength: 2 }),
    overrides: fc.array(rule, { maxLength: 2 }),
    excludes: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, fc.array(name, { maxLength: 1 })),
    needs: fc.tuple(
      ...PROJECTS.flatMap((project) =>
        VERSIONS.map((version) =>
          fc.array(need, { maxLength: 3 }).map((list) => [`${project} ${version}`, list] as const),
        ),
      ),
    ),
    installed: fc.tuple(
      ...PROJECTS.map((project) =>
        fc
          .tuple(fc.constantFrom("", ...VERSIONS, ...VERSIONS), fc.boolean())
          .map((entry) => [project, entry] as const),
      ),
    ),
    pinned: fc.uniqueArray(name, { maxLength: 1 }),
    pinnedAs: fc.constantFrom("requires", "constraints", "overrides"),
  })
  .map(({ requires, constraints, overrides, excludes, needs, installed, pinned, pinnedAs }) => {
    const urls = pinned.map((project) => `${project} @ ${urlOf(project)}`);
    const lists = { requires, constraints, overrides };
    lists[pinnedAs] = [...lists[pinnedAs], ...urls];
    const direct = Object.fromEntries(
      pinned.map((project) => [project, ["2", urlOf(project)] as const] as const),
    );
    return {
      requires: lists.requires,
      question: { constraints: lists.constraints, overrides: lists.overrides, excludes, direct },
      needs: Object.fromEntries(needs),
      installed: Object.fromEntries(installed),
      pinned,
    };
  });

test(
  "whatever isSatisfied() accepts is a solution for the resolver",
  async () => {
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(worlds, async (world) => {
        const environment = environmentOf(world);
        if (!accepts(world, environment)) return;
        accepted += 1;
        const found = await resolutionOf(world, environment);
        expect(found).not.toBeUndefined();
        for (const { name: project, version } of found ?? []) {
          const installed = environment.find((distribution) => distribution.name === project);
          expect(version.text).toBe(installed?.version.text);
        }
      }),
      { numRuns: RUNS, seed: 20_261_129 },
    );
    // A law that nothing reaches says nothing.
    expect(accepted).toBeGreaterThan(RUNS / 10);
  },
  PATIENCE_MS,
);

test(
  "isSatisfied() accepts every environment that holds the resolver's solution",
  async () => {
    let solved = 0;
    await fc.assert(
      fc.asyncProperty(worlds, async (world) => {
        const found = await resolutionOf(world, environmentOf(world));
        if (found === undefined) return;
        solved += 1;
        const environment = found.map(({ name: project, version, url }) =>
          installedDistribution(
            `${project} ${version.text}`,
            world.needs[`${project} ${version.text}`] ?? [],
            url,
          ),
        );
        expect(accepts(world, environment)).toBe(true);
      }),
      { numRuns: RUNS, seed: 20_261_130 },
    );
    expect(solved).toBeGreaterThan(RUNS / 5);
  },
  PATIENCE_MS,
);

function environmentOf({ installed, needs }: World): readonly InstalledDistribution[] {
  return Object.entries(installed)
    .filter(([, [version]]) => version !== "")
    .map(([project, [version, isFromUrl]]) =>
      installedDistribution(
        `${project} ${version}`,
        needs[`${project} ${version}`] ?? [],
        isFromUrl && version === "2" ? urlOf(project) : undefined,
      ),
    );
}

function accepts({ requires, question }: World, installed: readonly InstalledDistribution[]): boolean {
  const wanted = (texts: readonly string[] = []): { requirement: ReturnType<typeof parseRequirement> }[] =>
    texts.map((text) => ({ requirement: parseRequirement(text) }));
  return isSatisfied(
    {
      requirements: wanted(requires),
      constraints: wanted(question.constraints),
      overrides: wanted(question.overrides),
      excludes: question.excludes ?? [],
    },
    installed,
    { target: TARGET, followsDependencies: "yes" },
  );
}

async function resolutionOf(
  world: World,
  installed: readonly InstalledDistribution[],
): Promise<readonly ResolvedPackage[] | undefined> {
  const kept = Object.fromEntries(installed.map(({ name: project, version }) => [project, version.text]));
  try {
    const input = questionOf(world.requires, { ...world.question, installed: kept });
    return (await resolve(input, providerFor(world.needs))).packages;
  } catch (error) {
    if (isPinionError(error, "resolve/no-solution")) return undefined;
    throw error;
  }
}

function urlOf(project: string): string {
  return `https://files.example/${project}-2-py3-none-any.whl`;
}

const TARGET = targetFor({ platform: "linux", pythonVersion: "3.12" });
