// Who needs whom in an environment, as `uv pip tree` follows it: what is pruned is left out; where packages are
// named, only they and what they need are there; and a package that is installed twice is two nodes.

import { append } from "../base/values/group-by.ts";
import { compareText } from "../base/values/compare-text.ts";
import { redactUrl } from "../net/url.ts";
import type { Requirement } from "../pep/requirements/requirement.ts";
import type { Target } from "../pep/tags/tags.ts";
import type { Specifier } from "../pep/versions/specifier-set.ts";
import { compareVersions, type Version } from "../pep/versions/version.ts";
import type { InstalledDistribution } from "../python/environments/environment.ts";
import {
  allowsVersion,
  applicableRequirements,
  conditionsIn,
  requirementRules,
} from "../resolve/requirements.ts";
import { formatSpecifiers } from "./problems.ts";

export interface GraphOptions {
  /** Names that are left out with all that only they lead to. */
  readonly pruned: ReadonlySet<string>;
  /** Names that are looked at with what they lead to; by default all. */
  readonly roots: readonly string[];
  /** From what is needed to what needs it. */
  readonly isInverted: boolean;
}

export interface GraphNode {
  readonly name: string;
  readonly version: Version;
  /** By name, then version. */
  readonly edges: readonly GraphEdge[];
}

export interface GraphEdge {
  readonly to: GraphNode;
  /** What all requirements together allow, such as `>=2, <4`; empty for every version. */
  readonly required: string;
}

export interface RequirementGraph {
  /** In the order of the distributions. */
  readonly nodes: readonly GraphNode[];
  /** By name, then version. */
  readonly roots: readonly GraphNode[];
}

interface OpenNode extends GraphNode {
  readonly distribution: InstalledDistribution;
  edges: GraphEdge[];
}

/** The graph. Requirements that nothing installed meets are left out, as uv does. */
export function requirementGraph(
  distributions: readonly InstalledDistribution[],
  target: Target,
  { pruned, roots, isInverted }: GraphOptions,
): RequirementGraph {
  const all = distributions
    .filter(({ name }) => !pruned.has(name))
    .map((distribution): OpenNode => {
      const { name, version } = distribution;
      return { name, version, distribution, edges: [] };
    });
  connect(all, target, isInverted);
  if (roots.length === 0) return { nodes: all, roots: rootsOf(all) };
  const wanted = new Set(roots);
  const reached = new Set<GraphNode>();
  follow(
    all.filter(({ name }) => wanted.has(name)),
    reached,
  );
  const nodes = all.filter((node) => reached.has(node));
  return { nodes, roots: rootsOf(nodes) };
}

function connect(nodes: readonly OpenNode[], target: Target, isInverted: boolean): void {
  const byName = new Map<string, OpenNode[]>();
  for (const node of nodes) append(byName, node.name, node);
  const rules = requirementRules(conditionsIn(target.markers));
  for (const node of nodes) {
    const { name, distribution } = node;
    const needs = new Map<OpenNode, Requirement[]>();
    for (const { requirement } of applicableRequirements(distribution.requirements(), { name }, rules)) {
      for (const needed of byName.get(requirement.name) ?? [])
        if (allowsVersion(requirement, needed.version)) append(needs, needed, requirement);
    }
    for (const [needed, requirements] of needs) {
      const required = requiredText(requirements);
      if (isInverted) needed.edges.push({ to: node, required });
      else node.edges.push({ to: needed, required });
    }
  }
  for (const node of nodes) node.edges.sort((a, b) => compareNodes(a.to, b.to));
}

/** What nothing else leads to; of what only leads to itself in a circle, the first. */
function rootsOf(nodes: readonly GraphNode[]): readonly GraphNode[] {
  const led = new Set(
    nodes.flatMap((node) => node.edges.map(({ to }) => to).filter((other) => other !== node)),
  );
  const roots = nodes.filter((node) => !led.has(node));
  const reached = new Set<GraphNode>();
  follow(roots, reached);
  for (const node of nodes) {
    if (reached.has(node)) continue;
    roots.push(node);
    follow([node], reached);
  }
  return roots.sort(compareNodes);
}

/** Adds nodes and all that they lead to. */
function follow(from: readonly GraphNode[], reached: Set<GraphNode>): void {
  const waiting = [...from];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (reached.has(node)) continue;
    reached.add(node);
    for (const { to } of node.edges) waiting.push(to);
  }
}

function compareNodes(a: GraphNode, b: GraphNode): number {
  return compareText(a.name, b.name) || compareVersions(a.version, b.version);
}

/** As uv shows several requirements of one package on another: of the bounds the narrowest, then the rest. */
function requiredText(requirements: readonly Requirement[]): string {
  const url = requirements.find((requirement) => requirement.url !== undefined)?.url;
  if (url !== undefined) return redactUrl(url);
  let lower: Specifier | undefined;
  let upper: Specifier | undefined;
  const others = new Map<string, Specifier>();
  for (const specifier of requirements.flatMap(({ specifiers }) => specifiers.specifiers)) {
    const { operator, text } = specifier;
    if (operator === ">" || operator === ">=") lower = narrower(lower, specifier, 1);
    else if (operator === "<" || operator === "<=") upper = narrower(upper, specifier, -1);
    else others.set(operator + text, specifier);
  }
  const specifiers = [lower, upper, ...others.values()].filter((specifier) => specifier !== undefined);
  return formatSpecifiers({ text: "", specifiers }, ", ");
}

/** @param direction 1 where the higher version is narrower, -1 where the lower one is */
function narrower(known: Specifier | undefined, other: Specifier, direction: 1 | -1): Specifier {
  if (known?.version === undefined || other.version === undefined) return other;
  const order = compareVersions(other.version, known.version) * direction;
  // Of one version, `>` and `<` are narrower.
  return order > 0 || (order === 0 && !other.operator.endsWith("=")) ? other : known;
}
