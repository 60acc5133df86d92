import { expect, test } from "vitest";
import { installedDistribution } from "../../test/support/installed-distribution.ts";
import { targetFor } from "../pep/tags/target.ts";
import { dependencyGraph, dependencyTree } from "./dependency-tree.ts";

const target = targetFor({ platform: "linux", pythonVersion: "3.12" });
const distributions = [
  installedDistribution("web 2.0", ["core>=1,<3", "text", "gone"]),
  installedDistribution("text 1.1", ["core"]),
  installedDistribution("core 1.5"),
];
const ALL = { depth: 255, pruned: new Set<string>(), roots: [], isInverted: false };

test("dependencyGraph() gives each package once, with who needs whom and what that allows", () => {
  expect(dependencyGraph(distributions, target, ALL)).toEqual({
    roots: ["web"],
    nodes: [
      { name: "web", version: "2.0" },
      { name: "text", version: "1.1" },
      { name: "core", version: "1.5" },
    ],
    edges: [
      { from: "web", to: "core", required: ">=1, <3" },
      { from: "web", to: "text", required: "" },
      { from: "text", to: "core", required: "" },
    ],
  });
});

test.each([
  ["a depth", { depth: 1 }, ["web>core", "web>text"]],
  ["a package to begin with", { roots: ["text"] }, ["text>core"]],
  ["what is pruned", { pruned: new Set(["text"]) }, ["web>core"]],
  ["what needs a package", { roots: ["text"], isInverted: true }, ["web>text"]],
])("dependencyGraph() follows %s", (_, options, edges) => {
  const graph = dependencyGraph(distributions, target, { ...ALL, ...options });
  expect(graph.edges.map(({ from, to }) => `${from}>${to}`)).toEqual(edges);
});

const project = [
  installedDistribution("app 1.0", ["web>=1", "web<4", "web<3,!=1.5", "app[fast]"]),
  installedDistribution("old 1.0", ["core @ https://ada:lovelace@example.com/core.whl"]),
  ...distributions,
];

test.each([
  ["a requirement on itself", {}, ["app v1.0", "└── web v2.0", "    ├── core v1.5", "    └── text v1.1"]],
  ["what was pruned", { pruned: new Set(["web", "old"]) }, ["app v1.0", "text v1.1", "└── core v1.5"]],
  ["packages of which one needs the other", { roots: ["text", "core"] }, ["text v1.1", "└── core v1.5"]],
  ["a package that is asked for twice", { roots: ["core", "core"] }, ["core v1.5"]],
  ["packages in another order", { roots: ["old", "app"], depth: 0 }, ["app v1.0", "old v1.0"]],
])("dependencyTree() begins with %s as uv does", (_, options, lines) => {
  const tree = dependencyTree(project, target, options);
  expect(tree.filter((line) => !line.includes("(*)")).slice(0, lines.length)).toEqual(lines);
});

test("dependencyTree() shows several requirements of one package on another as one", () => {
  const lines = dependencyTree(project, target, { showsSpecifiers: true, depth: 1 });
  expect(lines).toContain("└── web v2.0 [required: >=1, !=1.5, <3]");
  expect(lines).toContain("└── core v1.5 [required: https://ada:****@example.com/core.whl]");
});

test("dependencyTree() shows each version of a package that is installed twice", () => {
  const twice = [installedDistribution("core 1.0"), installedDistribution("core 2.0")];
  const user = installedDistribution("user 1.0", ["core>=2"]);
  expect(dependencyTree([...twice, user], target)).toEqual(["core v1.0", "user v1.0", "└── core v2.0"]);
});

// Promise: no untrusted input makes a command hang
// Attack: packages of an environment of others need each other in a very long chain, or in so many ways that a tree of all is without end
test("dependencyTree() shows a chain of any length", () => {
  const chain = Array.from({ length: 6_000 }, (_, at) =>
    installedDistribution(`p${at} 1.0`, at === 5_999 ? [] : [`p${at + 1}`]),
  );
  const lines = dependencyTree(chain, target);
  expect(lines).toHaveLength(6_000);
  expect(lines.at(-1)).toBe(`${"    ".repeat(5_998)}└── p5999 v1.0`);
});

test.each([
  ["lines", 23, undefined, 1_000_000],
  ["characters", 23, () => "x".repeat(10_000), 10_000],
])("dependencyTree() ends a tree of too many %s with a line that says so", (_, levels, suffixOf, most) => {
  const crossed = Array.from({ length: levels }, (__, level) =>
    ["a", "b"].map((side) =>
      installedDistribution(`${side}${level} 1.0`, level === 0 ? [] : [`a${level - 1}`, `b${level - 1}`]),
    ),
  ).flat();
  const lines = dependencyTree(crossed, target, { repeats: true, suffixOf });
  expect(lines.length).toBeLessThanOrEqual(most + 1);
  expect(lines.at(-1)).toBe("(…) Package tree is cut off here, since it is too large to be shown");
});
