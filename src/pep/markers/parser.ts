// Reads a marker from a scanner, by the grammar of PEP 508, with a bound on nesting.
import type { Marker, MarkerComparison, MarkerField, MarkerOperand, MarkerOperator } from "./expression.ts";
import { normalizeName } from "../name.ts";
import type { Scanner } from "../text.ts";
import { joinMarkers } from "./join.ts";

/** Reads a whole `or` expression, and the blanks after it. */
export function readMarker(scanner: Scanner): Marker {
  const marker = readOr(scanner, 0);
  return marker.kind === "comparison" ? marker : { ...marker, isParenthesized: false };
}

function readOr(scanner: Scanner, depth: number): Marker {
  const operands = [readAnd(scanner, depth)];
  while (scanner.match(OR) !== undefined) operands.push(readAnd(scanner, depth));
  return joinMarkers("or", operands);
}

function readAnd(scanner: Scanner, depth: number): Marker {
  const operands = [readAtom(scanner, depth)];
  while (scanner.match(AND) !== undefined) operands.push(readAtom(scanner, depth));
  return joinMarkers("and", operands);
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
    left: normalizeOperand(left, right, NAME_FIELDS),
    operator,
    // Nothing can follow `extras`: only `"x" in extras` is defined.
    right: normalizeOperand(right, left, EXTRA),
  };
}

function readOperand(scanner: Scanner): MarkerOperand {
  const start = scanner.position;
  const word = scanner.match(WORD);
  const field = word === undefined ? undefined : FIELDS.get(word);
  if (field !== undefined) return { kind: "field", field };
  if (word !== undefined) scanner.fail(`Expected one of ${FIELD_NAMES}`, start, scanner.position);
  const quoted = scanner.match(QUOTED) ?? scanner.fail("Expected a field of markers or a quoted string");
  const escape = quoted.indexOf("\\");
  // The grammar lists the characters of a string, and the backslash is not among them.
  if (escape !== -1) scanner.fail("A string of a marker must not have a backslash", start + escape);
  return { kind: "string", value: quoted.slice(1, -1) };
}

function readOperator(scanner: Scanner): MarkerOperator {
  const comparison = COMPARISONS.find((operator) => scanner.take(operator));
  if (comparison !== undefined) return comparison;
  if (scanner.match(IN) !== undefined) return "in";
  if (scanner.match(NOT_IN) !== undefined) return "not in";
  return scanner.fail("Expected one of <=, <, !=, ==, >=, >, ~=, ===, in, not in");
}

/** Names of extras and groups are compared in their normal form (PEP 685). */
function normalizeOperand(
  operand: MarkerOperand,
  other: MarkerOperand,
  fields: readonly MarkerField[],
): MarkerOperand {
  if (operand.kind === "field" || other.kind === "string" || !fields.includes(other.field)) return operand;
  return { kind: "string", value: normalizeName(operand.value) };
}

const EXTRA: readonly MarkerField[] = ["extra"];
const NAME_FIELDS: readonly MarkerField[] = ["extra", "extras", "dependency_groups"];
/** By the words that name them: today's names, and those of PEP 345. */
const FIELDS: ReadonlyMap<string, MarkerField> = new Map([
  ["python_version", "python_version"],
  ["python_full_version", "python_full_version"],
  ["os_name", "os_name"],
  ["os.name", "os_name"],
  ["sys_platform", "sys_platform"],
  ["sys.platform", "sys_platform"],
  ["platform_release", "platform_release"],
  ["platform_system", "platform_system"],
  ["platform_version", "platform_version"],
  ["platform.version", "platform_version"],
  ["platform_machine", "platform_machine"],
  ["platform.machine", "platform_machine"],
  ["platform_python_implementation", "platform_python_implementation"],
  ["platform.python_implementation", "platform_python_implementation"],
  ["python_implementation", "platform_python_implementation"],
  ["implementation_name", "implementation_name"],
  ["implementation_version", "implementation_version"],
  ["extra", "extra"],
  ["extras", "extras"],
  ["dependency_groups", "dependency_groups"],
]);
/** Whether a word names a field of markers. */
export function isMarkerField(word: string): boolean {
  return FIELDS.has(word);
}

const FIELD_NAMES = [...new Set(FIELDS.values())].join(", ");
const WORD = /[A-Za-z_][A-Za-z0-9_.]*/y;
// No field has a value with control characters, line or paragraph separators or marks for direction: they would drive the terminal
// or hide what stands in a lock file (CVE-2021-42574).
const QUOTED = /'[^'\p{Cc}\u2028\u2029\p{Bidi_Control}]*'|"[^"\p{Cc}\u2028\u2029\p{Bidi_Control}]*"/uy;
/** Longer operators first. */
const COMPARISONS = ["===", "==", "~=", "!=", "<=", ">=", "<", ">"] as const;
const IN = /in\b/y;
const NOT_IN = /not[ \t]+in\b/y;
const AND = /and\b/y;
const OR = /or\b/y;
/** No marker written by hand nests so deep; each level takes stack when a marker is read, written and evaluated. */
const MAX_MARKER_DEPTH = 200;
