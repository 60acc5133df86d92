// Makes the graph of a resolution from its solved searches: nodes that several forks have in common become one, and
// markers say in which environments each node and edge counts. See docs/solver.md#forking.

import type { Marker } from "../pep/markers/expression.ts";
import { formatMarker } from "../pep/markers/marker.ts";
import type { MarkerSet } from "../pep/markers/sets.ts";
import { fullRange } from "../pep/versions/version-range.ts";
import { compareVersions } from "../pep/versions/version.ts";
import type { Version } from "../pep/versions/version.ts";
import type { DependencyEdge, RequirementEdge, ResolutionGraph, ResolvedPackage } from "./graph.ts";
import type { RootRequirement } from "./input.ts";
import { projectPackage } from "./package.ts";
import type { PackageId } from "./package.ts";
import { reachOf } from "./reach.ts";
import type { Conditions } from "./requirements.ts";
import type { Fork } from "./forks/scope.ts";
import { ROOT_VERSION, type SearchContext } from "./search/search-context.ts";
import type { Search } from "./search/search.ts";
import { warningsOf } from "./warnings.ts";

/** The graph of a resolution whose searches were all added. */
export function buildGraph(builder: GraphBuilder, context: SearchContext): ResolutionGraph {
  const { everywhere, forkSets } = builder;
  const nodes = builder.sortedNodes();
  const places = new Map(nodes.map((node, place) => [node, place]));
  const seen = new Set<string>();
  const divided = new Set<string>();
  for (const { name } of nodes) (seen.has(name) ? divided : seen).add(name);
  const namedBy = builder.namedBy(nodes);
  const packages = nodes.map((node): ResolvedPackage => {
    const { name, version, url } = node;
    const answer = context.answers.knownDependencies(name, version);
    const requiresPython = answer?.kind === "known" ? answer.requiresPython : undefined;
    const isDivided = divided.has(name);
    const forks = forkSets.filter((markers) => everywhere?.sets.areDisjoint(markers, node.reach) !== true);
    return {
      name,
      version,
      extras: [...node.extras.keys()].sort(),
      ...builder.extraMarkersOf(node),
      dependencies: builder.dependenciesOf(node, places),
      namedBy: [...(namedBy.get(node)?.keys() ?? [])].sort(),
      ...extrasNamedBy(namedBy.get(node)),
      ...(url === undefined ? {} : { url }),
      ...builder.markerOf(node.reach),
      ...builder.wholeMarkerOf(node.reach),
      ...(isDivided ? { forks: forks.map((markers) => builder.forkMarker(markers)) } : {}),
      ...(requiresPython === undefined ? {} : { requiresPython }),
    };
  });
  const isForked = forkSets.length > 1 || (forkSets[0] !== true && everywhere !== undefined);
  return {
    kind: everywhere === undefined ? "specific" : "universal",
    packages,
    requirements: builder.requirementEdges(rootRequirements(context), places),
    forks: isForked ? forkSets.map((markers) => builder.forkMarker(markers)) : [],
    warnings: warningsOf(packages, context),
    attempts: context.count.attempts,
  };
}

function rootRequirements({ input }: SearchContext): readonly RootRequirement[] {
  return [...input.requirements, ...(input.overrides ?? [])];
}

interface GraphNode {
  readonly name: string;
  readonly version: Version;
  readonly url: string | undefined;
  /** Each with the environments in which it is requested. */
  readonly extras: Map<string, MarkerSet>;
  reach: MarkerSet;
  readonly edges: Map<GraphNode, Edge>;
}

interface Edge {
  readonly extras: Set<string>;
  when: MarkerSet;
}

/** By the name of a dependent: the extras that it names. */
type ExtrasByName = ReadonlyMap<string, ReadonlySet<string>>;

/** Collects nodes and edges of all forks. Of a search nothing stays: what it has learnt is most of what a resolution holds. */
export class GraphBuilder {
  readonly #conditions: Conditions<MarkerSet>;
  readonly everywhere: Fork | undefined;
  readonly #nodes = new Map<string, GraphNode>();
  /** By requirement of the user. */
  readonly #roots = new Map<unknown, Map<GraphNode, Edge>>();
  /** The environments of each search. */
  readonly forkSets: MarkerSet[] = [];

  /** @param everywhere The fork of all environments, where the resolution is for all. */
  constructor(conditions: Conditions<MarkerSet>, everywhere: Fork | undefined) {
    this.#conditions = conditions;
    this.everywhere = everywhere;
  }

  /** Adds what a search has decided; searches are added in the order in which they were solved. */
  add(search: Search): void {
    const { solver, rules } = search;
    this.forkSets.push(rules.scope.fork?.markers ?? true);
    const reach = reachOf(search);
    const decided = new Map<PackageId, Version>(solver.solution.decisions());
    const nodeOf = (name: string): GraphNode | undefined => {
      const packageId = solver.packages.idOf(projectPackage(name));
      const version = decided.get(packageId);
      return version === undefined ? undefined : this.#nodeOf(name, version, search.direct.of(name)?.url);
    };
    for (const [packageId, environments] of reach) {
      const version = decided.get(packageId);
      const packageValue = solver.packages.packageOf(packageId);
      if (version === undefined) continue;
      if (packageValue.kind === "root") {
        this.#addRoots(search, nodeOf);
        continue;
      }
      if (packageValue.kind !== "project") continue;
      const node = nodeOf(packageValue.name)!;
      const { extra } = packageValue;
      if (extra === undefined) node.reach = this.#conditions.or(node.reach, environments);
      else if (environments !== false)
        node.extras.set(extra, this.#conditions.or(node.extras.get(extra) ?? false, environments));
      for (const { requirement, when } of search.requirementsOf(packageId, version)) {
        const target = nodeOf(requirement.name);
        if (target === undefined || target.name === node.name) continue;
        const limit = extra === undefined ? forkOf(search) : environments;
        this.#addEdge(node.edges, target, { extras: requirement.extras, when, limit });
      }
    }
  }

  /** By name, then by version; what no environment needs is left out. */
  sortedNodes(): readonly GraphNode[] {
    return [...this.#nodes.values()]
      .filter(({ reach }) => this.#describe(reach) !== false)
      .sort((first, second) =>
        first.name === second.name
          ? compareVersions(first.version, second.version)
          : first.name < second.name
            ? -1
            : 1,
      );
  }

  /** By node: the names of those with an edge to it, as uv's annotations list them: also where the edge's marker excludes theirs. */
  namedBy(nodes: readonly GraphNode[]): ReadonlyMap<GraphNode, ExtrasByName> {
    const names = new Map<GraphNode, Map<string, ReadonlySet<string>>>();
    for (const { name, edges } of nodes) {
      for (const [target, { extras }] of edges) {
        const known = names.get(target) ?? new Map<string, ReadonlySet<string>>();
        names.set(target, known.set(name, new Set([...(known.get(name) ?? []), ...extras])));
      }
    }
    return names;
  }

  dependenciesOf(
    { edges, reach }: GraphNode,
    places: ReadonlyMap<GraphNode, number>,
  ): readonly DependencyEdge[] {
    return this.#edgesOf(edges, { places, assuming: reach }).toSorted(
      (first, second) => first.to - second.to,
    );
  }

  requirementEdges(
    requirements: readonly RootRequirement[],
    places: ReadonlyMap<GraphNode, number>,
  ): readonly RequirementEdge[] {
    return requirements.flatMap((requirement) =>
      this.#edgesOf(this.#roots.get(requirement.requirement) ?? new Map(), { places, assuming: true }).map(
        (edge) => ({
          ...edge,
          requirement,
        }),
      ),
    );
  }

  markerOf(environments: MarkerSet, assuming: MarkerSet = true): { readonly marker?: Marker } {
    const marker = this.#describe(environments, assuming);
    return typeof marker === "boolean" ? {} : { marker };
  }

  /** The markers of the extras that are not requested wherever the package is installed. */
  extraMarkersOf({ extras, reach }: GraphNode): Pick<ResolvedPackage, "extraMarkers"> {
    const own = this.#describe(reach);
    const always = typeof own === "boolean" ? undefined : formatMarker(own);
    const markers: Record<string, Marker> = {};
    for (const [extra, environments] of extras) {
      const { marker } = this.markerOf(environments);
      if (marker !== undefined && formatMarker(marker) !== always) markers[extra] = marker;
    }
    return Object.keys(markers).length === 0 ? {} : { extraMarkers: markers };
  }

  wholeMarkerOf(environments: MarkerSet): { readonly wholeMarker?: Marker } {
    const marker =
      this.everywhere === undefined || typeof environments === "boolean"
        ? true
        : this.everywhere.sets.toMarker(environments);
    return typeof marker === "boolean" ? {} : { wholeMarker: marker };
  }

  /** A fork's marker; the Pythons of a fork that is limited by nothing else are always true. */
  forkMarker(environments: MarkerSet): Marker {
    const marker = this.#describe(environments);
    return typeof marker === "boolean" ? this.#pythonMarker() : marker;
  }

  #addRoots(search: Search, nodeOf: (name: string) => GraphNode | undefined): void {
    for (const { requirement, when } of search.requirementsOf(search.solver.root, ROOT_VERSION)) {
      const target = nodeOf(requirement.name);
      if (target === undefined) continue;
      const edges = this.#roots.get(requirement) ?? new Map<GraphNode, Edge>();
      this.#roots.set(requirement, edges);
      this.#addEdge(edges, target, { extras: requirement.extras, when, limit: forkOf(search) });
    }
  }

  #addEdge(
    edges: Map<GraphNode, Edge>,
    target: GraphNode,
    added: { readonly extras: readonly string[]; readonly when: MarkerSet; readonly limit: MarkerSet },
  ): void {
    const edge = edges.get(target) ?? { extras: new Set<string>(), when: false };
    edges.set(target, edge);
    for (const extra of added.extras) edge.extras.add(extra);
    edge.when = this.#conditions.or(edge.when, this.#conditions.and(added.when, added.limit));
  }

  #edgesOf(
    edges: ReadonlyMap<GraphNode, Edge>,
    given: { readonly places: ReadonlyMap<GraphNode, number>; readonly assuming: MarkerSet },
  ): readonly DependencyEdge[] {
    const { places, assuming } = given;
    return [...edges].flatMap(([target, { extras, when }]) => {
      const to = places.get(target);
      return to === undefined || this.#describe(when, assuming) === false
        ? []
        : [{ to, extras: [...extras].sort(), ...this.markerOf(when, assuming) }];
    });
  }

  #nodeOf(name: string, version: Version, url: string | undefined): GraphNode {
    const key = `${name} ${version.order} ${url ?? ""}`;
    const known = this.#nodes.get(key);
    if (known !== undefined) return known;
    const node: GraphNode = { name, version, url, extras: new Map(), reach: false, edges: new Map() };
    this.#nodes.set(key, node);
    return node;
  }

  #describe(environments: MarkerSet, assuming: MarkerSet = true): Marker | boolean {
    const everywhere = this.everywhere;
    if (everywhere === undefined || typeof environments === "boolean") return environments !== false;
    return everywhere.describe(environments, { pythons: everywhere.pythons, assuming });
  }

  #pythonMarker(): Marker {
    const marker = this.everywhere?.describe(this.everywhere.environments, { pythons: fullRange() });
    if (marker === undefined || typeof marker === "boolean") throw new RangeError("a fork without a marker");
    return marker;
  }
}

function extrasNamedBy(dependents: ExtrasByName = new Map()): Pick<ResolvedPackage, "extrasNamedBy"> {
  const names: Record<string, string[]> = {};
  for (const dependent of [...dependents.keys()].sort())
    for (const extra of dependents.get(dependent) ?? []) (names[extra] ??= []).push(dependent);
  return Object.keys(names).length === 0 ? {} : { extrasNamedBy: names };
}

function forkOf(search: Search): MarkerSet {
  return search.rules.scope.fork?.markers ?? true;
}
