// Markers of metadata and their extras: which ones `Requires-Dist: x; os_name == "nt" and extra == "y"` names, and what it
// says of `y`.

import { evaluateMarker } from "./evaluate.ts";
import {
  NOWHERE,
  type Marker,
  type MarkerComparison,
  type MarkerEnvironment,
  type MarkerOperand,
} from "./expression.ts";
import { normalizeName } from "../name.ts";

/**
 * What is left of a marker where these extras are requested and no others; true or false where nothing is.
 *
 * @param extras normalized
 */
export function decideExtras(marker: Marker, extras: readonly string[]): Marker | boolean {
  if (marker.kind === "comparison") {
    return isExtra(marker.left) || isExtra(marker.right)
      ? evaluateMarker(marker, NOWHERE, { extras })
      : marker;
  }
  // A junction is decided by one operand, and otherwise consists of those that are open.
  const deciding = marker.kind === "or";
  const open: Marker[] = [];
  for (const operand of marker.operands) {
    const decided = decideExtras(operand, extras);
    if (decided === deciding) return deciding;
    if (typeof decided !== "boolean") open.push(decided);
  }
  const [first, second] = open;
  if (first === undefined) return !deciding;
  return second === undefined ? first : { ...marker, operands: open };
}

/**
 * The extras that a marker compares with `extra ==`, normalized; `other` where it says anything else of extras
 * (`extra != "x"`, `"x" in extras`), which only an evaluation tells.
 */
export function extrasIn(marker: Marker): ReadonlySet<string> | "other" {
  const names = new Set<string>();
  for (const comparison of comparisonsOf(marker)) {
    if (!mentionsExtra(comparison)) continue;
    const { left, operator, right } = comparison;
    const text = [left, right].find(({ kind }) => kind === "string");
    if (operator !== "==" || text?.kind !== "string") return "other";
    names.add(normalizeName(text.value));
  }
  return names;
}

/** Whether a comparison says something of extras. */
export function mentionsExtra({ left, right }: MarkerComparison): boolean {
  return [left, right].some(
    (operand) => operand.kind === "field" && (operand.field === "extra" || operand.field === "extras"),
  );
}

/**
 * Whether a marker may hold in an environment, whichever extras are requested; in doubt it may. What is decided for a requirement
 * before its extras are known must not pass it over.
 */
export function mayHold(marker: Marker, environment: MarkerEnvironment): boolean {
  if (marker.kind === "comparison") return mentionsExtra(marker) || evaluateMarker(marker, environment);
  return marker.kind === "and"
    ? marker.operands.every((operand) => mayHold(operand, environment))
    : marker.operands.some((operand) => mayHold(operand, environment));
}

/** All comparisons of a marker, in no order that counts. */
export function comparisonsOf(marker: Marker): readonly MarkerComparison[] {
  const comparisons: MarkerComparison[] = [];
  const waiting: Marker[] = [marker];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (next.kind === "comparison") comparisons.push(next);
    else for (const operand of next.operands) waiting.push(operand);
  }
  return comparisons;
}

function isExtra(operand: MarkerOperand): boolean {
  return operand.kind === "field" && operand.field === "extra";
}
