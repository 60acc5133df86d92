// For which environments a lock is known to be right: those that answer like the one it was made for in every field that
// some marker asked about (`--emit-marker-expression`).

import { formatSimplifiedMarker, simplifyMarker } from "../pep/markers/algebra.ts";
import type { Marker, MarkerEnvironment, MarkerField, MarkerOperand } from "../pep/markers/expression.ts";
import { andMarkers } from "../pep/markers/marker.ts";

/**
 * The marker as uv writes it; undefined where no marker asked about anything.
 *
 * @param markers of every requirement that was considered
 * @param pause called in between, several times a second: it lets others have their turn, and may throw
 */
export async function environmentMarker(
  markers: readonly Marker[],
  environment: MarkerEnvironment,
  pause?: () => Promise<void>,
): Promise<string | undefined> {
  const fields = new Set<keyof MarkerEnvironment>();
  for (const [at, marker] of markers.entries()) {
    // Each may take as long as a marker may take at all.
    if (at % MARKERS_AT_ONCE === 0) await pause?.();
    const simplified = simplifyMarker(marker);
    if (typeof simplified !== "boolean") collectFields(simplified, fields);
  }
  const [first, ...others] = [...fields].map((field): Marker => ({
    kind: "comparison",
    left: { kind: "field", field },
    operator: "==",
    right: { kind: "string", value: environment[field] },
  }));
  return first === undefined
    ? undefined
    : formatSimplifiedMarker(simplifyMarker(andMarkers([first, ...others])));
}

function collectFields(marker: Marker, fields: Set<keyof MarkerEnvironment>): void {
  if (marker.kind !== "comparison") {
    for (const operand of marker.operands) collectFields(operand, fields);
    return;
  }
  for (const field of [fieldOf(marker.left), fieldOf(marker.right)]) {
    if (field === undefined || field === "extra" || field === "extras" || field === "dependency_groups")
      continue;
    fields.add(field === "python_version" ? "python_full_version" : field);
  }
}

function fieldOf(operand: MarkerOperand): MarkerField | undefined {
  return operand.kind === "field" ? operand.field : undefined;
}

const MARKERS_AT_ONCE = 5;
