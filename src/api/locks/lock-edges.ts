// The edges of a resolution for one environment, with the markers under which each need was declared.

import { withoutExtras, type MarkedEdge } from "../../lock/reach-markers.ts";
import { evaluateMarker } from "../../pep/markers/evaluate.ts";
import type { Marker, MarkerEnvironment } from "../../pep/markers/expression.ts";
import type { Requirement } from "../../pep/requirements/requirement.ts";
import type { Registry } from "../../registry/registry.ts";
import type { ResolutionGraph } from "../../resolve/graph.ts";

/** Reads the markers again from the metadata that the resolution read. */
export async function markedEdges(
  graph: ResolutionGraph,
  { registry, environment }: { readonly registry: Registry; readonly environment: MarkerEnvironment },
): Promise<readonly MarkedEdge[]> {
  const roots = graph.requirements.map(({ to, requirement }): MarkedEdge => ({
    from: undefined,
    to,
    marker: requirement.requirement.marker,
  }));
  const others = await Promise.all(
    graph.packages.map(async ({ name, version, extras, dependencies }, from) => {
      if (dependencies.length === 0) return [];
      const answer = await registry.dependencies(name, version);
      const requires = answer.kind === "known" ? answer.requires : [];
      return dependencies.flatMap(({ to }): readonly MarkedEdge[] => {
        const needed = graph.packages[to]?.name;
        const markers = requires
          .filter((requirement) => requirement.name === needed)
          .flatMap((requirement) => markerOf(requirement, { extras, environment }));
        // An override or an extra of the package itself brought it in.
        if (markers.length === 0 || markers.includes(undefined)) return [{ from, to, marker: undefined }];
        return markers.map((marker) => ({ from, to, marker }));
      });
    }),
  );
  return [...roots, ...others.flat()];
}

/** None where the requirement does not apply; undefined where it applies always. */
function markerOf(
  { marker }: Requirement,
  { extras, environment }: { readonly extras: readonly string[]; readonly environment: MarkerEnvironment },
): readonly (Marker | undefined)[] {
  if (marker === undefined) return [undefined];
  if (!evaluateMarker(marker, environment, { extras })) return [];
  const rest = withoutExtras(marker, extras);
  return typeof rest === "boolean" ? [undefined] : [rest];
}
