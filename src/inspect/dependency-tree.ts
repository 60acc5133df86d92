// The dependency tree of an environment as lines, in the form of `uv pip tree`.

import type { Target } from "../pep/tags/tags.ts";
import type { InstalledDistribution } from "../python/environments/environment.ts";
import { applicableRequirements, conditionsIn, requirementRules } from "../resolve/requirements.ts";
import { requirementGraph, type GraphEdge, type GraphNode, type GraphOptions } from "./requirement-graph.ts";

export interface TreeOptions extends GraphOptions {
  /** 0 shows only the roots. */
  readonly depth: number;
  /** Shows again what was shown already, but never a cycle. */
  readonly repeats: boolean;
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

/**
 * The lines of the tree. Requirements that nothing installed meets are left out, as uv does. A tree that shows packages again can have
 * any number of lines: it ends after a million, or 100 million characters, with a line that says so.
 */
export function dependencyTree(
  distributions: readonly InstalledDistribution[],
  target: Target,
  given: Partial<TreeOptions> = {},
): readonly string[] {
  return [...treeLines(distributions, target, given)];
}

/** The lines of {@link dependencyTree}, one by one. */
export function* treeLines(
  distributions: readonly InstalledDistribution[],
  target: Target,
  given: Partial<TreeOptions>,
): Generator<string, void, void> {
  const options = { ...WHOLE_TREE, ...withoutUndefined(given) };
  const tree = new Tree(requirementGraph(distributions, target, options).roots, options);
  let lines = 0;
  let characters = 0;
  for (const line of tree.lines()) {
    lines += 1;
    characters += line.length;
    if (lines > MAX_LINES || characters > MAX_CHARACTERS) return yield CUT_OFF;
    yield line;
  }
  if (!tree.hasShort) return;
  yield options.repeats
    ? "(*) Package tree is a cycle and cannot be shown"
    : "(*) Package tree already displayed";
}

/** A package whose children are shown. */
interface Shown {
  readonly node: GraphNode;
  /** What their lines begin with. */
  readonly indent: string;
  next: number;
}

class Tree {
  readonly #roots: readonly GraphNode[];
  readonly #options: TreeOptions;
  /** By name, whether anything is below it. */
  readonly #visited = new Map<string, boolean>();
  readonly #path: Shown[] = [];
  readonly #onPath = new Set<string>();
  /** Whether a package was shown without what is below it. */
  hasShort = false;

  constructor(roots: readonly GraphNode[], options: TreeOptions) {
    this.#roots = roots;
    this.#options = options;
  }

  *lines(): Generator<string, void, void> {
    for (const root of this.#roots) {
      yield this.#show(root, "", "");
      for (let last = this.#path.at(-1); last !== undefined; last = this.#path.at(-1)) {
        const { node, indent } = last;
        const edge = node.edges[last.next];
        last.next += 1;
        if (edge === undefined) {
          this.#path.pop();
          this.#onPath.delete(node.name);
          continue;
        }
        const [first, rest] = last.next === node.edges.length ? ["└── ", "    "] : ["├── ", "│   "];
        yield indent + first + this.#show(edge.to, this.#labelOf(edge, node), indent + rest);
      }
    }
  }

  #labelOf({ required }: GraphEdge, { name }: GraphNode): string {
    const { showsSpecifiers, isInverted } = this.#options;
    if (!showsSpecifiers) return "";
    const allowed = required === "" ? "*" : required;
    return isInverted ? ` [requires: ${name} ${allowed}]` : ` [required: ${allowed}]`;
  }

  /** The line of a package, without its indent; what is below it comes next. */
  #show(node: GraphNode, label: string, indent: string): string {
    const { repeats, depth, suffixOf } = this.#options;
    const { name, version } = node;
    const line = `${name} v${version.text}${label}`;
    const hasBelow = this.#visited.get(name);
    if (hasBelow !== undefined && (!repeats || this.#onPath.has(name))) {
      if (!hasBelow) return line;
      this.hasShort = true;
      return `${line} (*)`;
    }
    this.#visited.set(name, node.edges.length > 0);
    if (this.#path.length < depth) {
      this.#path.push({ node, indent, next: 0 });
      this.#onPath.add(name);
    }
    return `${line}${suffixOf?.(name) ?? ""}`;
  }
}

/** What {@link dependencyTree} shows, as nodes and edges. */
export function dependencyGraph(
  distributions: readonly InstalledDistribution[],
  target: Target,
  given: Partial<Pick<TreeOptions, "depth" | "pruned" | "roots" | "isInverted">> = {},
): DependencyGraph {
  const options = { ...WHOLE_TREE, ...withoutUndefined(given) };
  const { nodes, roots } = requirementGraph(distributions, target, options);
  const edges: DependencyGraph["edges"][number][] = [];
  // By levels, so that each package is reached by its shortest path.
  const reached = new Set(roots);
  let level: readonly GraphNode[] = roots;
  for (let depth = 0; depth < options.depth && level.length > 0; depth += 1) {
    const next: GraphNode[] = [];
    for (const node of level) {
      for (const { to, required } of node.edges) {
        const [from, needed] = options.isInverted ? [to, node] : [node, to];
        edges.push({ from: from.name, to: needed.name, required });
        if (reached.has(to)) continue;
        reached.add(to);
        next.push(to);
      }
    }
    level = next;
  }
  return {
    roots: roots.map(({ name }) => name),
    nodes: nodes
      .filter((node) => reached.has(node))
      .map(({ name, version }) => ({ name, version: version.text })),
    edges,
  };
}

/** The projects that a distribution needs on a target, without any of its extras, sorted. */
export function requiredNames(distribution: InstalledDistribution, target: Target): readonly string[] {
  const { name } = distribution;
  const rules = requirementRules(conditionsIn(target.markers));
  const needs = applicableRequirements(distribution.requirements(), { name }, rules);
  return [...new Set(needs.map(({ requirement }) => requirement.name))].toSorted();
}

/** An option with `undefined`, as programs without types pass it, is one that was left out. */
function withoutUndefined<T extends object>(given: T): T {
  const left = { ...given };
  for (const [key, value] of Object.entries(left)) if (value === undefined) Reflect.deleteProperty(left, key);
  return left;
}

const WHOLE_TREE: TreeOptions = {
  depth: Number.POSITIVE_INFINITY,
  pruned: new Set(),
  roots: [],
  repeats: false,
  isInverted: false,
  showsSpecifiers: false,
};

/** Far more than anyone reads, and what the memory of any machine holds. */
const MAX_LINES = 1_000_000;
const MAX_CHARACTERS = 100_000_000;
const CUT_OFF = "(…) Package tree is cut off here, since it is too large to be shown";
