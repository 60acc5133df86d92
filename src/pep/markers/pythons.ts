// Versions of Python as markers.

import type { Specifier } from "../versions/specifier-set.ts";
import type { Marker } from "./expression.ts";

/** The Pythons of a `requires-python` as a marker; undefined where it says nothing. */
export function pythonsMarker(requiresPython: {
  readonly specifiers: readonly Pick<Specifier, "operator" | "text">[];
}): Marker | undefined {
  const operands = requiresPython.specifiers.map(({ operator, text }): Marker => ({
    kind: "comparison",
    left: { kind: "field", field: "python_full_version" },
    operator,
    right: { kind: "string", value: text },
  }));
  const [only] = operands;
  return operands.length > 1 ? { kind: "and", operands, isParenthesized: false } : only;
}
