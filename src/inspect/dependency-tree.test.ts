import { expect, test } from "vitest";
import { installedDistribution } from "../../test/support/installed-distribution.ts";
import { targetFor } from "../pep/tags/target.ts";
import { dependencyGraph } from "./dependency-tree.ts";

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
