// Environment markers: `python_version < "3.8" and extra == "test"`.
// https://packaging.python.org/en/latest/specifications/dependency-specifiers/ (PEP 508, comparisons as of January 2026)
import { readMarker } from "./marker-parser.ts";
import { Scanner } from "./text.ts";

/** What an interpreter and its machine say about themselves. */
export interface MarkerEnvironment {
  readonly implementation_name: string;
  readonly implementation_version: string;
  readonly os_name: string;
  readonly platform_machine: string;
  readonly platform_release: string;
  readonly platform_system: string;
  readonly platform_version: string;
  readonly python_full_version: string;
  readonly platform_python_implementation: string;
  readonly python_version: string;
  readonly sys_platform: string;
}

/** A field of a marker; `extra` compares with one extra, the other two are sets (PEP 751). */
export type MarkerField = keyof MarkerEnvironment | "extra" | "extras" | "dependency_groups";

export type MarkerOperator = "===" | "==" | "~=" | "!=" | "<=" | ">=" | "<" | ">" | "in" | "not in";

export type MarkerOperand =
  | { readonly kind: "field"; readonly field: MarkerField }
  | { readonly kind: "string"; readonly value: string };

/** `os_name == "nt"`: at least one side is a field in every marker that says anything. */
export interface MarkerComparison {
  readonly kind: "comparison";
  readonly left: MarkerOperand;
  readonly operator: MarkerOperator;
  readonly right: MarkerOperand;
}

/** Two or more markers joined by one word. */
export interface MarkerJunction {
  readonly kind: "and" | "or";
  readonly operands: readonly Marker[];
  /** Whether parentheses stood around it; they are kept when it is written. */
  readonly isParenthesized: boolean;
}

export type Marker = MarkerComparison | MarkerJunction;

/**
 * Parses a marker. Old names (`os.name`, `python_implementation`) become today's, extras their normal form.
 *
 * @throws PinionError `requirement/invalid-marker` with the place as `SyntaxErrorDetails`
 */
export function parseMarker(text: string): Marker {
  const scanner = new Scanner(text, "requirement/invalid-marker");
  const marker = readMarker(scanner);
  if (!scanner.isAtEnd) scanner.fail("Expected `and`, `or` or the end of the marker");
  return marker;
}

/** Writes a marker with double quotes and single spaces, as the `packaging` library does. */
export function formatMarker(marker: Marker): string {
  if (marker.kind === "comparison") {
    return `${formatOperand(marker.left)} ${marker.operator} ${formatOperand(marker.right)}`;
  }
  return marker.operands.map((operand) => formatInside(operand, marker.kind)).join(` ${marker.kind} `);
}

/** Joins markers by `and`; one marker is returned as it is. */
export function andMarkers(markers: readonly [Marker, ...Marker[]]): Marker {
  return joinMarkers("and", markers);
}

/** Joins markers by `or`; one marker is returned as it is. */
export function orMarkers(markers: readonly [Marker, ...Marker[]]): Marker {
  return joinMarkers("or", markers);
}

function joinMarkers(kind: "and" | "or", markers: readonly [Marker, ...Marker[]]): Marker {
  return markers.length === 1 ? markers[0] : { kind, operands: markers, isParenthesized: false };
}

function formatInside(operand: Marker, around: "and" | "or"): string {
  const text = formatMarker(operand);
  if (operand.kind === "comparison") return text;
  const needsParentheses = operand.isParenthesized || operand.kind === around || operand.kind === "or";
  return needsParentheses ? `(${text})` : text;
}

/** The grammar has no escapes: a text with double quotes stands in single ones. */
function formatOperand(operand: MarkerOperand): string {
  if (operand.kind === "field") return operand.field;
  return operand.value.includes('"') ? `'${operand.value}'` : `"${operand.value}"`;
}
