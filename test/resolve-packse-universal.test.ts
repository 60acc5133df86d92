// uv's own scenarios for all environments at once: the same forks, versions, edges and markers as uv's lock file, and
// the same lines as `uv pip compile --universal`.

import { describe, expect, test } from "vitest";

import { isPinionError } from "../src/errors.ts";
import { simplifyMarker } from "../src/pep/markers/algebra.ts";
import { formatMarker, orMarkers } from "../src/pep/markers/marker.ts";
import type { Marker } from "../src/pep/markers/expression.ts";
import { normalizeName } from "../src/pep/name.ts";
import type { DependencyEdge, ResolutionGraph } from "../src/resolve/graph.ts";
import { resolve } from "../src/resolve/resolver.ts";
import { providerOf, universalInputOf } from "./support/packse.ts";
import type { PackseScenario, UvDependency, UvLock } from "./support/packse.ts";
import { shuffledDelay } from "./support/random.ts";
import { readVectors } from "./support/vectors.ts";

interface UvRun {
  readonly pythonVersion: string;
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

const { scenarios } = readVectors<{ scenarios: readonly PackseScenario[] }>("packse-scenarios");
const { runs } = readVectors<{ runs: Readonly<Record<string, UvRun>> }>("uv-universal");

const compiled = scenarios.filter(({ name }) => runs[name] !== undefined);
const locked = scenarios.filter((scenario) => lockOf(scenario) !== undefined);

describe("resolve() for all environments gives the lines of uv pip compile --universal", () => {
  test.each(compiled)("$name", async (scenario) => {
    const run = runs[scenario.name]!;
    const found = await outcomeOf(scenario, `>=${run.pythonVersion}`);
    const expected = run.exit === 0 ? linesOf(run.stdout) : explanationOf(run.stderr);
    const actual = typeof found === "string" ? [found] : requirementLines(found);
    expect(actual).toEqual(expected);
  });
});

describe("resolve() for all environments gives the graph of uv.lock", () => {
  test.each(locked)("$name", async (scenario) => {
    const graph = await outcomeOf(scenario, scenario.root.requires_python);
    if (typeof graph === "string") throw new Error(graph);
    expect(lockGraph(graph)).toEqual(normalLock(lockOf(scenario)!));
  });
});

test("resolve() comes to the same outcome in whatever order answers arrive", async () => {
  for (const [seed, scenario] of compiled.entries()) {
    const python = `>=${runs[scenario.name]!.pythonVersion}`;
    const late = await outcomeOf(scenario, python, shuffledDelay(seed + 1));
    expect({ name: scenario.name, late }).toEqual({
      name: scenario.name,
      late: await outcomeOf(scenario, python),
    });
  }
});

/** The graph, or the title and the explanation with white space folded. */
async function outcomeOf(
  scenario: PackseScenario,
  requiresPython: string,
  delay?: () => Promise<void>,
): Promise<ResolutionGraph | string> {
  try {
    const provider = providerOf(scenario, { requiresPython, ...(delay === undefined ? {} : { delay }) });
    return await resolve(universalInputOf(scenario, requiresPython), provider);
  } catch (error) {
    if (!isPinionError(error, "resolve/no-solution")) throw error;
    return fold(`${error.message} ${String(error.details["explanation"])}`);
  }
}

function requirementLines({ packages }: ResolutionGraph): readonly string[] {
  return packages.map(
    ({ name, version, marker }) =>
      `${name}==${version.text}${marker === undefined ? "" : ` ; ${written(marker)}`}`,
  );
}

function linesOf(stdout: string): readonly string[] {
  return stdout.split("\n").filter((line) => line !== "" && !line.startsWith("    #"));
}

/** What uv printed about requirements that it refused, without its hints. */
function explanationOf(stderr: string): readonly string[] {
  const [report = ""] = stderr.slice(stderr.indexOf(TITLE) + TITLE.length).split(/\n+hint: /u);
  // The index of that run gave yanked files an empty reason.
  return [fold(report.replace("\n  cause: ", " ").replaceAll(" (reason: )", ""))];
}

function lockOf({ uv_snapshots }: PackseScenario): UvLock | undefined {
  return uv_snapshots.map(({ uv_lock }) => uv_lock ?? undefined).find((lock) => lock !== undefined);
}

/** One line for each fork, each package and each edge; `project` is what requires. */
function lockGraph(graph: ResolutionGraph): readonly string[] {
  const subject = (place: number): string => {
    const { name, version } = graph.packages[place]!;
    return `${name} ${version.text}`;
  };
  const edge = (from: string, { to, marker }: DependencyEdge): string =>
    `${from} -> ${subject(to)}${marker === undefined ? "" : ` ; ${written(marker)}`}`;
  return [
    ...graph.forks.map((marker) => `fork ${written(marker)}`),
    ...graph.packages.flatMap(({ dependencies, forks = [] }, place) => [
      `${subject(place)}${forks.map((marker) => ` [${written(marker)}]`).join("")}`,
      ...dependencies.map((dependency) => edge(subject(place), dependency)).sort(),
    ]),
    ...edgesOfProject(graph)
      .map((requirement) => edge("project", requirement))
      .sort(),
  ];
}

/** What requirements of the user lead to, once for each package. */
function edgesOfProject({ requirements }: ResolutionGraph): readonly DependencyEdge[] {
  const edges = new Map<number, DependencyEdge>();
  for (const { to, extras, marker } of requirements) {
    const known = edges.get(to);
    const either =
      known === undefined || (known.marker !== undefined && marker !== undefined)
        ? [known?.marker, marker].filter((part) => part !== undefined)
        : [];
    const [first, ...others] = either;
    const united = first === undefined ? true : simplifyMarker(orMarkers([first, ...others]));
    edges.set(to, { to, extras, ...(typeof united === "boolean" ? {} : { marker: united }) });
  }
  return [...edges.values()];
}

/** The same of uv.lock; what an extra of a package needs is an edge of the package. */
function normalLock({ resolution_markers, packages }: UvLock): readonly string[] {
  const versionOf = ({ name, version }: UvDependency): string =>
    version ?? packages.find((entry) => entry.name === name)?.version ?? "";
  const edge = (from: string, dependency: UvDependency): string =>
    `${from} -> ${normalizeName(dependency.name)} ${versionOf(dependency)}${dependency.marker === undefined ? "" : ` ; ${dependency.marker}`}`;
  const edgesOf = (from: string, entry: UvLock["packages"][number]): readonly string[] =>
    [...entry.dependencies, ...Object.values(entry.optional_dependencies).flat()]
      .map((dependency) => edge(from, dependency))
      .sort();
  const project = packages.find(({ name }) => name === "project");
  const others = packages.filter((entry) => entry !== project);
  return [
    ...resolution_markers.map((marker) => `fork ${marker}`),
    ...others.flatMap((entry) => {
      const subject = `${entry.name} ${entry.version}`;
      const forks = entry.resolution_markers.map((marker) => ` [${marker}]`).join("");
      return [`${subject}${forks}`, ...edgesOf(subject, entry)];
    }),
    ...(project === undefined ? [] : edgesOf("project", project)),
  ];
}

function written(marker: Marker): string {
  return formatMarker(marker, { quote: "'" });
}

function fold(text: string): string {
  return text.replaceAll(/\s+/gu, " ").trim();
}

const TITLE = "error: ";
