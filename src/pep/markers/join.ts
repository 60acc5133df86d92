// Markers put together by `and` or `or`.

import type { Marker } from "./expression.ts";

/** Joins markers, of which there is one at least; one marker is returned as it is. */
export function joinMarkers(kind: "and" | "or", markers: readonly Marker[]): Marker {
  const [only] = markers;
  return only !== undefined && markers.length === 1
    ? only
    : { kind, operands: markers, isParenthesized: false };
}
