// The dependency tree of an environment as lines, in the form of `uv pip tree`.

import type { Target } from "../pep/tags/tags.ts";
import type { InstalledDistribution } from "../python/environment.ts";
import {
  allowsVersion,
  applicableRequirements,
  conditionsIn,
  requirementRules,
} from "../resolve/requirements.ts";
import { formatSpecifiers } from "./problems.ts";

export interface TreeOptions {
  /** 0 shows only the roots. */
  readonly depth: number;
  /** Names that are left out with all below them. */
  readonly pruned: ReadonlySet<string>;
  /** Names to begin with; by default those that nothing else needs. */
  readonly roots: readonly string[];
  /** Shows again what was shown already, but never a cycle. */
  readonly repeats: boolean;
  /** From what is needed to what needs it. */
  readonly isInverted: boolean;
  readonly showsSpecifiers: boolean;
  /** What follows a package where it is shown with what is below it. */
  readonly suffixOf?: ((name: string) => string) | undefined;
}

/** The tree as data: each package once, and who needs whom. */
export interface DependencyGraph {
  readonly roots: readonly string[];
  readonly nodes: readonly { readonly name: string; readonly version: string }[];
  /** `from` needs `to`; `required` is what it allows, empty for every version. */
  readonly edges: readonly { readonly from: string; readonly to: string; readonly required: string }[];
}

interface Edge {
  readonly name: string;
  /** What the requirement allows: `>=2, <4`. */
  readonly required: string;
  /** What the requirement allows, with its label. */
  readonly label: string;
}

type Graph = ReadonlyMap<string, readonly Edge[]>;

/** The lines of the tree. Requirements that nothing installed meets are left out, as uv does. */
export function dependencyTree(
  distributions: readonly InstalledDistribution[],
  target: Target,
  given: Partial<TreeOptions> = {},
): readonly string[] {
  const options = { ...WHOLE_TREE, ...given };
  const versions = new Map(distributions.map(({ name, version }) => [name, version]));
  const graph = graphOf(distributions, { target, options });
  const visited = new Set<string>();
  const visit = (edge: Edge, path: readonly string[]): readonly string[] => {
    const { name, label } = edge;
    if (path.length > options.depth) return [];
    const line = `${name} v${versions.get(name)?.text ?? ""}${label}`;
    const below = (graph.get(name) ?? []).filter((child) => !options.pruned.has(child.name));
    if (visited.has(name) && (!options.repeats || path.includes(name)))
      return [below.length === 0 ? line : `${line} (*)`];
    visited.add(name);
    return [
      `${line}${options.suffixOf?.(name) ?? ""}`,
      ...below.flatMap((child, index) => indent(visit(child, [...path, name]), index === below.length - 1)),
    ];
  };
  const lines = rootsOf(graph, options).flatMap((name) => visit({ name, required: "", label: "" }, []));
  if (!lines.some((line) => line.endsWith(" (*)"))) return lines;
  return [
    ...lines,
    options.repeats
      ? "(*) Package tree is a cycle and cannot be shown"
      : "(*) Package tree already displayed",
  ];
}

/** What {@link dependencyTree} shows, as nodes and edges. */
export function dependencyGraph(
  distributions: readonly InstalledDistribution[],
  target: Target,
  given: Partial<Pick<TreeOptions, "depth" | "pruned" | "roots" | "isInverted">> = {},
): DependencyGraph {
  const options = { ...WHOLE_TREE, ...given };
  const graph = graphOf(distributions, { target, options });
  const roots = rootsOf(graph, options);
  const edges: DependencyGraph["edges"][number][] = [];
  // By levels, so that each package is reached by its shortest path.
  const reached = new Set(roots);
  let level: readonly string[] = roots;
  for (let depth = 0; depth < options.depth && level.length > 0; depth += 1) {
    const next: string[] = [];
    for (const name of level) {
      for (const edge of graph.get(name) ?? []) {
        if (options.pruned.has(edge.name)) continue;
        const [from, to] = options.isInverted ? [edge.name, name] : [name, edge.name];
        edges.push({ from, to, required: edge.required });
        if (reached.has(edge.name)) continue;
        reached.add(edge.name);
        next.push(edge.name);
      }
    }
    level = next;
  }
  const nodes = distributions
    .filter(({ name }) => reached.has(name))
    .map(({ name, version }) => ({ name, version: version.text }));
  return { roots, nodes, edges };
}

/** The projects that a distribution needs on a target, without any of its extras, sorted. */
export function requiredNames(distribution: InstalledDistribution, target: Target): readonly string[] {
  const { name } = distribution;
  const rules = requirementRules(conditionsIn(target.markers));
  const needs = applicableRequirements(distribution.requirements(), { name }, rules);
  return [...new Set(needs.map(({ requirement }) => requirement.name))].toSorted();
}

function graphOf(
  distributions: readonly InstalledDistribution[],
  { target, options }: { readonly target: Target; readonly options: TreeOptions },
): Graph {
  const versions = new Map(distributions.map(({ name, version }) => [name, version]));
  const edges = new Map<string, Edge[]>(distributions.map(({ name }) => [name, []]));
  const rules = requirementRules(conditionsIn(target.markers));
  for (const distribution of distributions) {
    const needs = applicableRequirements(distribution.requirements(), { name: distribution.name }, rules);
    for (const { requirement } of needs) {
      const { name, specifiers } = requirement;
      const version = versions.get(name);
      if (version === undefined || !allowsVersion(requirement, version)) continue;
      const allowed = formatSpecifiers(specifiers, ", ");
      const label = options.isInverted
        ? ` [requires: ${name} ${allowed === "" ? "*" : allowed}]`
        : ` [required: ${allowed === "" ? "*" : allowed}]`;
      const [from, to] = options.isInverted ? [name, distribution.name] : [distribution.name, name];
      const known = edges.get(from) ?? [];
      if (known.some((edge) => edge.name === to)) continue;
      known.push({ name: to, required: allowed, label: options.showsSpecifiers ? label : "" });
    }
  }
  for (const list of edges.values()) list.sort((a, b) => (a.name < b.name ? -1 : 1));
  return edges;
}

/** What nothing leads to; of what only leads to itself in a circle, the first. */
function rootsOf(graph: Graph, { roots, pruned }: TreeOptions): readonly string[] {
  if (roots.length > 0) return roots.filter((name) => graph.has(name));
  const reached = new Set([...graph.values()].flat().map(({ name }) => name));
  const found = [...graph.keys()].filter((name) => !reached.has(name));
  const seen = new Set<string>();
  const follow = (name: string): void => {
    if (seen.has(name)) return;
    seen.add(name);
    for (const edge of graph.get(name) ?? []) follow(edge.name);
  };
  found.forEach(follow);
  for (const name of graph.keys()) {
    if (seen.has(name)) continue;
    found.push(name);
    follow(name);
  }
  return found.filter((name) => !pruned.has(name)).toSorted();
}

function indent(lines: readonly string[], isLast: boolean): readonly string[] {
  const [first, rest] = isLast ? ["└── ", "    "] : ["├── ", "│   "];
  return lines.map((line, index) => `${index === 0 ? first : rest}${line}`);
}

const WHOLE_TREE: TreeOptions = {
  depth: Number.POSITIVE_INFINITY,
  pruned: new Set(),
  roots: [],
  repeats: false,
  isInverted: false,
  showsSpecifiers: false,
};
