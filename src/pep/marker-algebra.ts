// Reckoning with markers for all environments at once: simplify, exclude, imply. Simplified markers are disjunctions of
// conjunctions, written as uv writes them into its output files.
import { BeyondReckoning, Diagram } from "./marker-diagram.ts";
import type { Node } from "./marker-diagram.ts";
import { minimalMarker } from "./marker-clauses.ts";
import { formatMarker } from "./marker.ts";
import type { Marker, MarkerField } from "./marker-expression.ts";

/** What a marker comes to: a simpler marker, or its constant value. */
export type SimplifiedMarker = Marker | boolean;

/** How to simplify. */
export interface SimplifyOptions {
  /** What holds anyway, such as the lower bound of `requires-python`; elsewhere the result may say anything. */
  readonly assuming?: Marker;
}

/**
 * Simplifies a marker; `python_version` becomes `python_full_version`, and what no system can be becomes false.
 * A marker that is too large to reckon with, or whose simple form cannot be written, is returned as it is.
 *
 * @example
 * simplifyMarker(parseMarker("python_version > '3.7' or python_version > '3.8'")) // python_full_version >= '3.8'
 */
export function simplifyMarker(marker: Marker, options: SimplifyOptions = {}): SimplifiedMarker {
  const { assuming } = options;
  return reckon(assuming === undefined ? [marker] : [marker, assuming], marker, (diagram) => {
    const node = diagram.build(marker);
    const irrelevant = assuming === undefined ? false : diagram.not(diagram.build(assuming));
    const impossible = diagram.or(irrelevant, impossibleSystems(diagram));
    if (diagram.and(node, diagram.not(impossible)) === false) return false;
    if (diagram.or(node, impossible) === true) return true;
    return minimalMarker(diagram, { node, irrelevant, impossible });
  });
}

/** Writes a simplified marker with single quotes, as uv does. */
export function formatSimplifiedMarker(marker: SimplifiedMarker): string {
  return typeof marker === "boolean" ? String(marker) : formatMarker(marker, { quote: "'" });
}

/** Whether a marker holds in every environment; false where it is too large to tell. */
export function isAlwaysTrue(marker: Marker): boolean {
  return reckon(
    [marker],
    false,
    (diagram) => diagram.or(diagram.build(marker), impossibleSystems(diagram)) === true,
  );
}

/** Whether a marker holds in no environment; false where it is too large to tell. */
export function isAlwaysFalse(marker: Marker): boolean {
  return reckon([marker], false, (diagram) => isImpossible(diagram, diagram.build(marker)));
}

/** Whether no environment fits both markers; false where they are too large to tell. */
export function areDisjointMarkers(a: Marker, b: Marker): boolean {
  return reckon([a, b], false, (diagram) =>
    isImpossible(diagram, diagram.and(diagram.build(a), diagram.build(b))),
  );
}

/** Whether every environment that fits `a` fits `b`; false where they are too large to tell. */
export function impliesMarker(a: Marker, b: Marker): boolean {
  return reckon([a, b], false, (diagram) =>
    isImpossible(diagram, diagram.and(diagram.build(a), diagram.not(diagram.build(b)))),
  );
}

/** Whether two markers hold in the same environments; false where they are too large to tell. */
export function areEqualMarkers(a: Marker, b: Marker): boolean {
  return impliesMarker(a, b) && impliesMarker(b, a);
}

function reckon<Result>(
  markers: readonly Marker[],
  fallback: Result,
  answer: (diagram: Diagram) => Result,
): Result {
  try {
    return answer(new Diagram(markers));
  } catch (error) {
    if (error instanceof BeyondReckoning) return fallback;
    throw error;
  }
}

function isImpossible(diagram: Diagram, node: Node): boolean {
  return diagram.and(node, diagram.not(impossibleSystems(diagram))) === false;
}

/** The pairs of values that no system has, as far as the markers name both. */
function impossibleSystems(diagram: Diagram): Node {
  let result: Node = false;
  for (const [field, value, other, values] of IMPOSSIBLE_PAIRS) {
    if (!diagram.hasText(field, value)) continue;
    const first = diagram.claim({ kind: "text", field, value, isEqual: true });
    for (const otherValue of values) {
      if (!diagram.hasText(other, otherValue)) continue;
      const second = diagram.claim({ kind: "text", field: other, value: otherValue, isEqual: true });
      result = diagram.or(result, diagram.and(first, second));
    }
  }
  return result;
}

const UNIX_PLATFORMS = ["aix", "android", "cygwin", "darwin", "emscripten", "ios", "linux", "wasi"];

/** What `os.name`, `sys.platform` and `platform.system()` cannot be together (CPython's documentation of the three). */
const IMPOSSIBLE_PAIRS: readonly (readonly [MarkerField, string, MarkerField, readonly string[]])[] = [
  ["os_name", "nt", "sys_platform", UNIX_PLATFORMS],
  ["os_name", "posix", "sys_platform", ["win32"]],
  ["os_name", "nt", "platform_system", ["Darwin", "Linux"]],
  ["os_name", "posix", "platform_system", ["Windows"]],
  ["platform_system", "Windows", "sys_platform", UNIX_PLATFORMS],
  [
    "platform_system",
    "Linux",
    "sys_platform",
    ["aix", "cygwin", "darwin", "emscripten", "ios", "wasi", "win32"],
  ],
  [
    "platform_system",
    "Darwin",
    "sys_platform",
    ["aix", "android", "cygwin", "emscripten", "ios", "linux", "wasi", "win32"],
  ],
];
