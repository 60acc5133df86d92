// Reads a marker from a scanner, by the grammar of PEP 508, with a bound on nesting.
import type { Marker, MarkerComparison, MarkerField, MarkerOperand, MarkerOperator } from "./marker.ts";
import { normalizeName } from "./name.ts";
import type { Scanner } from "./text.ts";

/** Reads a whole `or` expression, and the blanks behind it. */
export function readMarker(scanner: Scanner): Marker {
  const marker = readOr(scanner, 0);
  return marker.kind === "comparison" ? marker : { ...marker, isParenthesized: false };
}

function readOr(scanner: Scanner, depth: number): Marker {
  const operands = [readAnd(scanner, depth)];
  while (scanner.match(OR) !== undefined) operands.push(readAnd(scanner, depth));
  return operands.length === 1 ? operands[0]! : { kind: "or", operands, isParenthesized: false };
}

function readAnd(scanner: Scanner, depth: number): Marker {
  const operands = [readAtom(scanner, depth)];
  while (scanner.match(AND) !== undefined) operands.push(readAtom(scanner, depth));
  return operands.length === 1 ? operands[0]! : { kind: "and", operands, isParenthesized: false };
}

function readAtom(scanner: Scanner, depth: number): Marker {
  scanner.skipBlanks();
  const start = scanner.position;
  if (!scanner.take("(")) return readComparison(scanner);
  if (depth >= MAX_MARKER_DEPTH)
    scanner.fail(`Parentheses are nested deeper than ${MAX_MARKER_DEPTH}`, start);
  const inner = readOr(scanner, depth + 1);
  if (!scanner.take(")"))
    scanner.fail("Expected a matching `)`", start, Math.max(start + 1, scanner.position));
  scanner.skipBlanks();
  return inner.kind === "comparison" ? inner : { ...inner, isParenthesized: true };
}

function readComparison(scanner: Scanner): MarkerComparison {
  const left = readOperand(scanner);
  scanner.skipBlanks();
  const operator = readOperator(scanner);
  scanner.skipBlanks();
  const right = readOperand(scanner);
  scanner.skipBlanks();
  return {
    kind: "comparison",
    left: normalizeOperand(left, right),
    operator,
    right: normalizeOperand(right, left),
  };
}

function readOperand(scanner: Scanner): MarkerOperand {
  const field = scanner.match(FIELD);
  if (field !== undefined) return { kind: "field", field: fieldNamed(field) };
  const start = scanner.position;
  const quoted = scanner.match(QUOTED);
  if (quoted === undefined) scanner.fail(`Expected a quoted string or one of ${FIELD_NAMES.join(", ")}`);
  const escape = quoted.indexOf("\\");
  // The grammar lists the characters of a string, and the backslash is not among them.
  if (escape !== -1) scanner.fail("A string of a marker must not have a backslash", start + escape);
  return { kind: "string", value: quoted.slice(1, -1) };
}

function readOperator(scanner: Scanner): MarkerOperator {
  const comparison = scanner.match(COMPARISON);
  if (comparison !== undefined) return comparison as MarkerOperator;
  if (scanner.match(IN) !== undefined) return "in";
  if (scanner.match(NOT_IN) !== undefined) return "not in";
  return scanner.fail("Expected one of <=, <, !=, ==, >=, >, ~=, ===, in, not in");
}

function fieldNamed(written: string): MarkerField {
  const field = written.replace(".", "_");
  // The name of PEP 345.
  return (field === "python_implementation" ? "platform_python_implementation" : field) as MarkerField;
}

/** Names of extras and groups are compared in their normal form (PEP 685). */
function normalizeOperand(operand: MarkerOperand, other: MarkerOperand): MarkerOperand {
  if (operand.kind === "field" || other.kind === "string") return operand;
  const isName = other.field === "extra" || other.field === "extras" || other.field === "dependency_groups";
  return isName ? { kind: "string", value: normalizeName(operand.value) } : operand;
}

const FIELD_NAMES = [
  "python_version",
  "python_full_version",
  "os_name",
  "sys_platform",
  "platform_release",
  "platform_system",
  "platform_version",
  "platform_machine",
  "platform_python_implementation",
  "implementation_name",
  "implementation_version",
  "extra",
  "extras",
  "dependency_groups",
] as const;
/** The names above and those of PEP 345. */
const FIELD =
  /(?:python_version|python_full_version|os[._]name|sys[._]platform|platform_(?:release|system)|platform[._](?:version|machine|python_implementation)|python_implementation|implementation_(?:name|version)|extras?|dependency_groups)\b/y;
const QUOTED = /'[^']*'|"[^"]*"/y;
const COMPARISON = /===|==|~=|!=|<=|>=|<|>/y;
const IN = /in\b/y;
const NOT_IN = /not[ \t]+in\b/y;
const AND = /and\b/y;
const OR = /or\b/y;
/** Nobody nests by hand so deep; each level takes stack when a marker is read, written and evaluated. */
const MAX_MARKER_DEPTH = 200;
