// Markers of metadata with their extras decided: what `Requires-Dist: x; os_name == "nt" and extra == "y"` says of `y`.

import { evaluateMarker } from "./marker-evaluate.ts";
import { NOWHERE, type Marker, type MarkerOperand } from "./marker-expression.ts";

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

function isExtra(operand: MarkerOperand): boolean {
  return operand.kind === "field" && operand.field === "extra";
}
