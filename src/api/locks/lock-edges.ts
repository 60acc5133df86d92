// The edges of a resolution for one environment, with the markers under which each need was declared. Extras that are
// requested are nodes of their own: what an extra needs is needed where the extra is.

import { withoutExtras, type MarkedEdge } from "../../lock/reach-markers.ts";
import { evaluateMarker } from "../../pep/markers/evaluate.ts";
import type { Marker, MarkerEnvironment } from "../../pep/markers/expression.ts";
import type { Requirement } from "../../pep/requirements/requirement.ts";
import type { Registry } from "../../registry/registry.ts";
import type { ResolutionGraph, ResolvedPackage } from "../../resolve/graph.ts";

/** Packages and extras as nodes, with all needs between them. */
export interface MarkedGraph {
  /** How many nodes there are; the first ones are the packages of the resolution. */
  readonly count: number;
  readonly edges: readonly MarkedEdge[];
  /** The node of an extra that is requested of a package. */
  extraNode(place: number, extra: string): number | undefined;
}

/** Reads the markers again from the metadata that the resolution read. */
export async function markedGraph(
  graph: ResolutionGraph,
  { registry, environment }: { readonly registry: Registry; readonly environment: MarkerEnvironment },
): Promise<MarkedGraph> {
  const nodes = new Map<string, number>();
  for (const [place, { extras }] of graph.packages.entries())
    for (const extra of extras) nodes.set(`${place} ${extra}`, graph.packages.length + nodes.size);
  const extraNode = (place: number, extra: string): number | undefined => nodes.get(`${place} ${extra}`);
  const edgesTo = (to: number, extras: readonly string[], from: Pick<MarkedEdge, "from" | "marker">) =>
    [to, ...extras.map((extra) => extraNode(to, extra))]
      .filter((node) => node !== undefined)
      .map((node): MarkedEdge => ({ ...from, to: node }));
  const roots = graph.requirements.flatMap(({ to, extras, requirement }) =>
    edgesTo(to, extras, { from: undefined, marker: requirement.requirement.marker }),
  );
  const others = await Promise.all(
    graph.packages.map(async (found, place) => {
      const answer = await registry.dependencies(found.name, found.version);
      const requires = answer.kind === "known" ? answer.requires : [];
      const needs = needsOf(found, { requires, environment });
      const own = needs.flatMap(({ extra, requirement, marker }) =>
        requirement.name === found.name && extra !== undefined
          ? edgesTo(place, requirement.extras, { from: extraNode(place, extra), marker })
          : [],
      );
      return found.dependencies
        .flatMap(({ to, extras }): readonly MarkedEdge[] => {
          const declared = needs.filter(({ requirement: { name } }) => name === graph.packages[to]?.name);
          // An override brought it in.
          if (declared.length === 0) return edgesTo(to, extras, { from: place, marker: undefined });
          return declared.flatMap(({ extra, requirement, marker }) => {
            const from = extra === undefined ? place : extraNode(place, extra);
            return edgesTo(to, requirement.extras, { from, marker });
          });
        })
        .concat(own);
    }),
  );
  return { count: graph.packages.length + nodes.size, edges: [...roots, ...others.flat()], extraNode };
}

/** A requirement that applies, to the package or to one of its extras. */
interface Need {
  readonly extra: string | undefined;
  readonly requirement: Requirement;
  /** What is left of its marker; undefined where it always holds. */
  readonly marker: Marker | undefined;
}

function needsOf(
  { name, extras }: Pick<ResolvedPackage, "name" | "extras">,
  given: { readonly requires: readonly Requirement[]; readonly environment: MarkerEnvironment },
): readonly Need[] {
  const { requires, environment } = given;
  const applies = ({ marker }: Requirement, some: readonly string[]): boolean =>
    marker === undefined || evaluateMarker(marker, environment, { extras: some });
  /** An extra with those that it refers to: `all = ["a[x]", "a[y]"]`. */
  const withReferences = (extra: string): ReadonlySet<string> => {
    const all = new Set([extra]);
    // A set that grows while it is iterated visits what is added.
    for (const one of all)
      for (const requirement of requires)
        if (requirement.name === name && applies(requirement, [one]))
          for (const another of requirement.extras) all.add(another);
    return all;
  };
  const references = extras.map((extra) => [extra, withReferences(extra)] as const);
  return requires.flatMap((requirement): readonly Need[] => {
    const { marker } = requirement;
    if (applies(requirement, [])) return [{ extra: undefined, requirement, marker: restOf(marker, []) }];
    return references.flatMap(([extra, all]) =>
      [...all]
        .filter((one) => applies(requirement, [one]))
        .map((one) => ({ extra, requirement, marker: restOf(marker, [one]) })),
    );
  });
}

function restOf(marker: Marker | undefined, extras: readonly string[]): Marker | undefined {
  const rest = marker === undefined ? true : withoutExtras(marker, extras);
  return typeof rest === "boolean" ? undefined : rest;
}
