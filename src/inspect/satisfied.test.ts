// Questions to which a second implementation of the rules once gave wrong answers: `isSatisfied` and the resolver
// must agree on each.

import { expect, test } from "vitest";

import { installedDistribution } from "../../test/support/installed-distribution.ts";
import { outcome, type Index, type Question } from "../../test/support/scenario.ts";
import { parseRequirement } from "../pep/requirements/requirement.ts";
import { targetFor } from "../pep/tags/target.ts";
import { isSatisfied, type WantedRequirement } from "./satisfied.ts";

const FLASKS: Index = { "flask 1": [], "flask 2": [], "flask 3": [] };
const URL = "https://files.example/a-1-py3-none-any.whl";

interface Row {
  readonly title: string;
  readonly index: Index;
  readonly requires: readonly string[];
  readonly question?: Pick<Question, "constraints" | "overrides" | "excludes" | "direct">;
  /** `name version` each. */
  readonly installed: readonly string[];
  readonly isSatisfied: boolean;
  /** What the resolver says, with the installed versions to keep. */
  readonly resolution: string;
}

const rows: readonly Row[] = [
  {
    title: "of two overrides with markers, the one that holds counts",
    index: FLASKS,
    requires: ["flask"],
    question: { overrides: ["flask==3; python_version >= '3.9'", "flask==2; python_version < '3.9'"] },
    installed: ["flask 1"],
    isSatisfied: false,
    resolution: "flask==3 (1 attempt)",
  },
  {
    title: "several overrides of one project all count",
    index: FLASKS,
    requires: ["flask"],
    question: { overrides: ["flask<2", "flask>=1"] },
    installed: ["flask 3"],
    isSatisfied: false,
    resolution: "flask==1 (1 attempt)",
  },
  {
    title: "an override ignores the marker of the requirement that it replaces",
    index: { "a 1": ["b; python_version < '3'"], "b 1": [], "b 2": [] },
    requires: ["a"],
    question: { overrides: ["b==2"] },
    installed: ["a 1"],
    isSatisfied: false,
    resolution: "a==1 b==2 (2 attempts)",
  },
  {
    title: "a constraint may name a URL, and the version from an index is not that file",
    index: { "a 1": [], "a 2": [] },
    requires: ["a"],
    question: { constraints: [`a @ ${URL}`], direct: { a: ["2", URL] } },
    installed: ["a 1"],
    isSatisfied: false,
    resolution: "a==2 (1 attempt)",
  },
  {
    title: "an override stays with the extra of the requirement that it replaces",
    index: { "a 1": ["b; extra == 'x' and python_version < '3'"], "b 1": [], "b 2": [] },
    requires: ["a[x]"],
    question: { overrides: ["b==2"] },
    installed: ["a 1", "b 1"],
    isSatisfied: false,
    resolution: "a[x]==1 b==2 (2 attempts)",
  },
  {
    title: "an extra that refers to another extra needs what that one needs",
    index: { "a 1": ["a[y]; extra == 'x'", "b; extra == 'y'"], "b 1": [] },
    requires: ["a[x]"],
    installed: ["a 1"],
    isSatisfied: false,
    resolution: "a[x]==1 b==1 (2 attempts)",
  },
  {
    title: "what is excluded need not be there",
    index: { "a 1": ["b"], "b 1": [] },
    requires: ["a"],
    question: { excludes: ["b"] },
    installed: ["a 1"],
    isSatisfied: true,
    resolution: "a==1 (1 attempt)",
  },
  {
    title: "a constraint on a project that nothing requires asks for nothing",
    index: { "a 1": [], "b 1": [] },
    requires: ["a"],
    question: { constraints: ["b==1"] },
    installed: ["a 1"],
    isSatisfied: true,
    resolution: "a==1 (1 attempt)",
  },
];

test.each(rows)("$title", async ({ index, requires, question = {}, installed, ...expected }) => {
  const releases = new Map(Object.entries(index));
  const distributions = installed.map((subject) => {
    const release = releases.get(subject);
    return installedDistribution(subject, Array.isArray(release) ? release : []);
  });
  const wanted = {
    requirements: requires.map(wantedRequirement),
    constraints: (question.constraints ?? []).map(wantedRequirement),
    overrides: (question.overrides ?? []).map(wantedRequirement),
    excludes: question.excludes ?? [],
  };
  expect(isSatisfied(wanted, distributions, { target: TARGET, followsDependencies: "yes" })).toBe(
    expected.isSatisfied,
  );
  const kept = Object.fromEntries(distributions.map(({ name, version }) => [name, version.text]));
  expect(await outcome(index, requires, { ...question, installed: kept })).toBe(expected.resolution);
});

test("where a requirements file requires hashes, nothing is satisfied, as with the flag", () => {
  const wanted = { requirements: [wantedRequirement("a==1")], constraints: [], overrides: [] };
  const options = { target: TARGET, followsDependencies: "yes" } as const;
  const installed = [installedDistribution("a 1")];
  expect(isSatisfied(wanted, installed, options)).toBe(true);
  expect(isSatisfied({ ...wanted, requiresHashes: true }, installed, options)).toBe(false);
});

test("a project that is installed twice satisfies nothing", () => {
  const wanted = { requirements: [wantedRequirement("a")], constraints: [], overrides: [] };
  const twice = [installedDistribution("a 1"), installedDistribution("a 2")];
  expect(isSatisfied(wanted, twice, { target: TARGET, followsDependencies: "yes" })).toBe(false);
});

function wantedRequirement(text: string): WantedRequirement {
  return { requirement: parseRequirement(text) };
}

const TARGET = targetFor({ platform: "linux", pythonVersion: "3.12" });
