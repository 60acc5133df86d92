// Markers for all environments at once: simplify, exclude, imply. Simplified markers are disjunctions of conjunctions,
// written as uv writes them into its output files.
import { MarkerTooLarge } from "./diagram.ts";
import { MarkerSets } from "./sets.ts";
import type { SimplifiedMarker } from "./sets.ts";
import { factorMarker } from "./factors.ts";
import { formatMarker } from "./marker.ts";
import type { Marker } from "./expression.ts";

export type { SimplifiedMarker } from "./sets.ts";

/** How to simplify. */
export interface SimplifyOptions {
  /** What holds anyway, such as the lower bound of `requires-python`; elsewhere the result may say anything. */
  readonly assuming?: Marker;
}

/**
 * Simplifies a marker; `python_version` becomes `python_full_version`, and what no system can be becomes false.
 * A marker that is too large, or whose simple form cannot be written, is returned as it is.
 *
 * @example
 * simplifyMarker(parseMarker("python_version > '3.7' or python_version > '3.8'")) // python_full_version >= '3.8'
 */
export function simplifyMarker(marker: Marker, options: SimplifyOptions = {}): SimplifiedMarker {
  const { assuming } = options;
  return answering<SimplifiedMarker>(marker, (sets) =>
    sets.toMarker(sets.of(marker), assuming === undefined ? {} : { assuming: sets.of(assuming) }),
  );
}

/** Writes a simplified marker with single quotes and common terms taken out, as uv does. */
export function formatSimplifiedMarker(marker: SimplifiedMarker): string {
  return typeof marker === "boolean" ? String(marker) : formatMarker(factorMarker(marker), { quote: "'" });
}

/** Whether a marker holds in every environment; false where it is too large to tell. */
export function isAlwaysTrue(marker: Marker): boolean {
  return answering(false, (sets) => sets.isAlways(sets.of(marker)));
}

/** Whether a marker holds in no environment; false where it is too large to tell. */
export function isAlwaysFalse(marker: Marker): boolean {
  return answering(false, (sets) => sets.isNever(sets.of(marker)));
}

/** Whether no environment fits both markers; false where they are too large to tell. */
export function areDisjointMarkers(a: Marker, b: Marker): boolean {
  return answering(false, (sets) => sets.areDisjoint(sets.of(a), sets.of(b)));
}

/** Whether every environment that fits `a` fits `b`; false where they are too large to tell. */
export function impliesMarker(a: Marker, b: Marker): boolean {
  return answering(false, (sets) => sets.isNever(sets.except(sets.of(a), sets.of(b))));
}

/** Whether two markers hold in the same environments; false where they are too large to tell. */
export function areEqualMarkers(a: Marker, b: Marker): boolean {
  return impliesMarker(a, b) && impliesMarker(b, a);
}

/** The marker of all other environments; true where it is too large to tell. */
export function negateMarker(marker: Marker): SimplifiedMarker {
  return answering<SimplifiedMarker>(true, (sets) => sets.toMarker(sets.not(sets.of(marker))));
}

function answering<Result>(fallback: Result, answer: (sets: MarkerSets) => Result): Result {
  try {
    return answer(new MarkerSets({ maxResults: MAX_RESULTS }));
  } catch (error) {
    if (error instanceof MarkerTooLarge) return fallback;
    throw error;
  }
}

/** A diagram may grow exponentially with its fields; the markers of a lock of 500 packages need less than 100 results each. */
const MAX_RESULTS = 5_000;
