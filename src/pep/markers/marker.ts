// Environment markers: `python_version < "3.8" and extra == "test"`.
// https://packaging.python.org/en/latest/specifications/dependency-specifiers/ (PEP 508, comparisons as of January 2026)
import type { MarkerOperand, Marker } from "./expression.ts";
import { joinMarkers } from "./join.ts";
import { readMarker } from "./parser.ts";
import { Scanner } from "../text.ts";

/**
 * Parses a marker. Old names (`os.name`, `python_implementation`) become today's, extras their normal form.
 *
 * @throws PinionError `requirement/invalid-marker` with the place as `SyntaxErrorDetails`
 */
export function parseMarker(text: string): Marker {
  const scanner = new Scanner(text, "requirement/invalid-marker");
  if (text.length > MAX_MARKER_LENGTH)
    scanner.fail(`A marker is longer than ${MAX_MARKER_LENGTH} characters`, 0);
  const marker = readMarker(scanner);
  if (!scanner.isAtEnd) scanner.fail("Expected `and`, `or` or the end of the marker");
  return marker;
}

/** Writes a marker with single spaces: with double quotes as the `packaging` library does, or single ones as uv. */
export function formatMarker(marker: Marker, options: { readonly quote?: '"' | "'" } = {}): string {
  const { quote = '"' } = options;
  if (marker.kind === "comparison") {
    const { left, operator, right } = marker;
    return `${formatOperand(left, quote)} ${operator} ${formatOperand(right, quote)}`;
  }
  return marker.operands
    .map((operand) => {
      const text = formatMarker(operand, options);
      return needsParentheses(operand, marker.kind) ? `(${text})` : text;
    })
    .join(` ${marker.kind} `);
}

/** Joins markers by `and`; one marker is returned as it is. */
export function andMarkers(markers: readonly [Marker, ...Marker[]]): Marker {
  return joinMarkers("and", markers);
}

/** Joins markers by `or`; one marker is returned as it is. */
export function orMarkers(markers: readonly [Marker, ...Marker[]]): Marker {
  return joinMarkers("or", markers);
}

function needsParentheses(operand: Marker, around: "and" | "or"): boolean {
  if (operand.kind === "comparison") return false;
  return operand.isParenthesized || operand.kind === around || operand.kind === "or";
}

/** The grammar has no escapes: a string with one kind of quotes is written in the other. */
function formatOperand(operand: MarkerOperand, quote: '"' | "'"): string {
  if (operand.kind === "field") return operand.field;
  const usable = operand.value.includes(quote) ? (quote === '"' ? "'" : '"') : quote;
  return usable + operand.value + usable;
}

/** As long as a whole requirement may be. */
const MAX_MARKER_LENGTH = 65_536;
