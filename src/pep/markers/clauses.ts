// Decision diagrams as markers in disjunctive form, with the terms and clauses in uv's order.

import type { Choice } from "./choices.ts";
import { clausesOf, type Clause } from "./cover.ts";
import type { Diagram, Node } from "./diagram.ts";
import type { Marker, MarkerField } from "./expression.ts";
import { joinMarkers } from "./join.ts";

/**
 * Writes a node, which is not constant, as clauses that together are it.
 *
 * @throws MarkerTooLarge where they are too many
 */
export function minimalMarker(diagram: Diagram, node: Node): Marker {
  const clauses = clausesOf(diagram, node).map((clause) => clause.toSorted((a, b) => rankOf(a) - rankOf(b)));
  return markerOf(clauses.toSorted((a, b) => compareRanks(a.map(rankOf), b.map(rankOf))));
}

function markerOf(clauses: readonly Clause[]): Marker {
  const parts = clauses.map((clause): Marker => {
    const operands = clause.map(({ comparison }) => comparison);
    return operands.length === 1
      ? operands[0]!
      : { kind: "and", operands, isParenthesized: clauses.length > 1 };
  });
  return joinMarkers("or", parts);
}

/** Terms are written in the order of their fields, those about one field in the order of the diagram. */
function rankOf({ comparison: { left, right } }: Choice): number {
  const field = left.kind === "field" ? left.field : right.kind === "field" ? right.field : undefined;
  return field === undefined ? WRITTEN_ORDER.length : WRITTEN_ORDER.indexOf(field);
}

function compareRanks(a: readonly number[], b: readonly number[]): number {
  const difference = a.map((rank, index) => rank - (b[index] ?? -1)).find((result) => result !== 0);
  return difference ?? a.length - b.length;
}

const WRITTEN_ORDER: readonly MarkerField[] = [
  "implementation_version",
  "python_full_version",
  "implementation_name",
  "os_name",
  "platform_machine",
  "platform_python_implementation",
  "platform_release",
  "platform_system",
  "platform_version",
  "sys_platform",
  "extras",
  "dependency_groups",
  "extra",
];
