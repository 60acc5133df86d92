// When each package of a resolution is needed: the markers on all ways from the requirements to it, put together.

import { formatSimplifiedMarker, simplifyMarker, type SimplifiedMarker } from "../pep/markers/algebra.ts";
import { evaluateMarker } from "../pep/markers/evaluate.ts";
import { NOWHERE, type Marker, type MarkerComparison } from "../pep/markers/expression.ts";

import type { SpecifierSet } from "../pep/versions/specifier-set.ts";

/** A need, from a package or from the user (`from` is undefined), under a marker; absent means always. */
export interface MarkedEdge {
  readonly from: number | undefined;
  readonly to: number;
  readonly marker: Marker | undefined;
}

/**
 * The marker of each package as uv writes it; undefined where it is always needed.
 *
 * @param count how many packages there are; edges name them by their index
 * @param assuming what holds anyway, and is not written
 */
export function reachMarkers(
  count: number,
  edges: readonly MarkedEdge[],
  assuming?: Marker,
): readonly (string | undefined)[] {
  const incoming = Array.from({ length: count }, (): MarkedEdge[] => []);
  for (const edge of edges) incoming[edge.to]?.push(edge);
  const always = alwaysNeeded(count, edges);
  let current: readonly SimplifiedMarker[] = always.map((isAlways) => isAlways);
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const next = current.map((known, index) =>
      always[index] === true ? known : needOf(incoming[index] ?? [], current),
    );
    const isStable = next.every(
      (marker, index) => formatSimplifiedMarker(marker) === formatSimplifiedMarker(current[index]!),
    );
    current = next;
    if (isStable) break;
  }
  return current.map((marker) => {
    const written =
      typeof marker === "boolean" || assuming === undefined ? marker : simplifyMarker(marker, { assuming });
    return typeof written === "boolean" ? undefined : formatSimplifiedMarker(written);
  });
}

/** The Pythons of a `requires-python` as a marker; undefined where it says nothing. */
export function pythonsMarker(requiresPython: SpecifierSet): Marker | undefined {
  const operands = requiresPython.specifiers.map(({ operator, text }): Marker => ({
    kind: "comparison",
    left: { kind: "field", field: "python_full_version" },
    operator,
    right: { kind: "string", value: text },
  }));
  const [only] = operands;
  return operands.length > 1 ? { kind: "and", operands, isParenthesized: false } : only;
}

/**
 * A marker where some extras are requested: comparisons with `extra` become true or false.
 *
 * @returns a marker without `extra`, or its constant value
 */
export function withoutExtras(marker: Marker, extras: readonly string[]): SimplifiedMarker {
  if (marker.kind === "comparison")
    return comparesExtra(marker) ? evaluateMarker(marker, NOWHERE, { extras }) : marker;
  const isAnd = marker.kind === "and";
  const operands = marker.operands.map((operand) => withoutExtras(operand, extras));
  if (operands.includes(!isAnd)) return !isAnd;
  const left = operands.filter((operand): operand is Marker => typeof operand !== "boolean");
  if (left.length === 0) return isAnd;
  return left.length === 1 ? left[0]! : { ...marker, operands: left };
}

/** What can be reached without any marker. */
function alwaysNeeded(count: number, edges: readonly MarkedEdge[]): readonly boolean[] {
  const outgoing = new Map<number | undefined, number[]>();
  for (const { from, to, marker } of edges) {
    if (marker !== undefined) continue;
    const known = outgoing.get(from) ?? [];
    known.push(to);
    outgoing.set(from, known);
  }
  const reached = new Set(outgoing.get(undefined));
  // A set that grows while it is iterated visits what is added.
  for (const index of reached) for (const to of outgoing.get(index) ?? []) reached.add(to);
  return Array.from({ length: count }, (_, index) => reached.has(index));
}

/** Whether one of the needs holds, each where the package that has it is needed. */
function needOf(edges: readonly MarkedEdge[], current: readonly SimplifiedMarker[]): SimplifiedMarker {
  const ways: Marker[] = [];
  for (const { from, marker } of edges) {
    const dependent = from === undefined ? true : current[from]!;
    if (dependent === false) continue;
    if (dependent === true && marker === undefined) return true;
    const parts = [dependent, marker].filter((part): part is Marker => typeof part === "object");
    ways.push(parts.length === 1 ? parts[0]! : { kind: "and", operands: parts, isParenthesized: false });
  }
  if (ways.length === 0) return false;
  return simplifyMarker(
    ways.length === 1 ? ways[0]! : { kind: "or", operands: ways, isParenthesized: false },
  );
}

function comparesExtra({ left, right }: MarkerComparison): boolean {
  return [left, right].some(
    (operand) => operand.kind === "field" && (operand.field === "extra" || operand.field === "extras"),
  );
}

/** Cycles settle in two or three; what does not is still a marker that holds where it must. */
const MAX_ROUNDS = 20;
