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
  const options = { ...WHOLE_TREE, ...given };
  const tree = new Tree(distributions, graphOf(distributions, { target, options }), options);
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
  readonly name: string;
  readonly below: readonly Edge[];
  /** What their lines begin with. */
  readonly indent: string;
  next: number;
}

class Tree {
  readonly #versions: ReadonlyMap<string, string>;
  readonly #graph: Graph;
  readonly #options: TreeOptions;
  readonly #below = new Map<string, readonly Edge[]>();
  readonly #visited = new Set<string>();
  readonly #path: Shown[] = [];
  readonly #onPath = new Set<string>();
  /** Whether a package was shown without what is below it. */
  hasShort = false;

  constructor(distributions: readonly InstalledDistribution[], graph: Graph, options: TreeOptions) {
    this.#versions = new Map(distributions.map(({ name, version }) => [name, version.text]));
    this.#graph = graph;
    this.#options = options;
  }

  *lines(): Generator<string, void, void> {
    for (const name of rootsOf(this.#graph, this.#options)) {
      yield this.#show({ name, required: "", label: "" }, "");
      for (let last = this.#path.at(-1); last !== undefined; last = this.#path.at(-1)) {
        const edge = last.below[last.next];
        last.next += 1;
        if (edge === undefined) {
          this.#path.pop();
          this.#onPath.delete(last.name);
          continue;
        }
        const [first, rest] = last.next === last.below.length ? ["└── ", "    "] : ["├── ", "│   "];
        const { indent } = last;
        yield indent + first + this.#show(edge, indent + rest);
      }
    }
  }

  /** The line of a package, without its indent; what is below it comes next. */
  #show({ name, label }: Edge, indent: string): string {
    const { repeats, depth, suffixOf } = this.#options;
    const line = `${name} v${this.#versions.get(name) ?? ""}${label}`;
    const below = this.#belowOf(name);
    if (this.#visited.has(name) && (!repeats || this.#onPath.has(name))) {
      if (below.length === 0) return line;
      this.hasShort = true;
      return `${line} (*)`;
    }
    this.#visited.add(name);
    if (this.#path.length < depth) {
      this.#path.push({ name, below, indent, next: 0 });
      this.#onPath.add(name);
    }
    return `${line}${suffixOf?.(name) ?? ""}`;
  }

  #belowOf(name: string): readonly Edge[] {
    let below = this.#below.get(name);
    if (below === undefined) {
      below = (this.#graph.get(name) ?? []).filter((child) => !this.#options.pruned.has(child.name));
      this.#below.set(name, below);
    }
    return below;
  }
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
  const edges = new Map<string, Map<string, Edge>>(distributions.map(({ name }) => [name, new Map()]));
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
      const known = edges.get(from);
      if (known?.has(to) !== false) continue;
      known.set(to, { name: to, required: allowed, label: options.showsSpecifiers ? label : "" });
    }
  }
  return new Map(
    [...edges].map(([name, known]) => [name, [...known.values()].sort((a, b) => (a.name < b.name ? -1 : 1))]),
  );
}

/** What nothing leads to; of what only leads to itself in a circle, the first. */
function rootsOf(graph: Graph, { roots, pruned }: TreeOptions): readonly string[] {
  if (roots.length > 0) return roots.filter((name) => graph.has(name));
  const reached = new Set([...graph.values()].flat().map(({ name }) => name));
  const found = [...graph.keys()].filter((name) => !reached.has(name));
  const seen = new Set<string>();
  const follow = (root: string): void => {
    const waiting = [root];
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
      if (seen.has(name)) continue;
      seen.add(name);
      for (const edge of graph.get(name) ?? []) waiting.push(edge.name);
    }
  };
  found.forEach(follow);
  for (const name of graph.keys()) {
    if (seen.has(name)) continue;
    found.push(name);
    follow(name);
  }
  return found.filter((name) => !pruned.has(name)).toSorted();
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
