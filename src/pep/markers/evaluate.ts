// Whether a marker holds in an environment, by the typed comparisons of January 2026.
// https://packaging.python.org/en/latest/specifications/dependency-specifiers/#environment-markers
import { PinionError } from "../../errors.ts";
import { formatMarker } from "./marker.ts";
import type { MarkerEnvironment } from "./expression.ts";
import type { Marker, MarkerComparison, MarkerField, MarkerOperator } from "./expression.ts";
import { normalizeName } from "../name.ts";
import { makeSpecifierSet, satisfies, tryParseSpecifier } from "../versions/specifier.ts";

/** What holds beside the environment. */
export interface MarkerContext {
  /** The extras asked for: `extra == "x"` holds if `x` is one of them, and `"x" in extras` too. */
  readonly extras?: readonly string[];
  /** The one extra that `extra` compares with; it goes before `extras`. */
  readonly extra?: string;
  /** The dependency groups asked for: `"x" in dependency_groups`. */
  readonly dependencyGroups?: readonly string[];
  /** What a comparison that no specification defines (`os_name ~= "1"`) does: it is false, or it throws. */
  readonly undefinedComparisons?: "false" | "throw";
}

/**
 * Tells whether a marker holds.
 *
 * Versions (`python_version`, `python_full_version`, `implementation_version`, `platform_release`) compare as versions
 * where both sides are such, pre-releases included; everything else compares as text, of which none is less or greater.
 *
 * @throws PinionError `requirement/invalid-marker`, only if `undefinedComparisons` is `"throw"`
 */
export function evaluateMarker(
  marker: Marker,
  environment: MarkerEnvironment,
  context: MarkerContext = {},
): boolean {
  if (marker.kind === "comparison") return evaluateComparison(marker, environment, context);
  // Every operand is looked at, so that an undefined comparison never hides behind another.
  const holding = marker.operands.filter((operand) => evaluateMarker(operand, environment, context)).length;
  return marker.kind === "and" ? holding === marker.operands.length : holding > 0;
}

function evaluateComparison(
  comparison: MarkerComparison,
  environment: MarkerEnvironment,
  context: MarkerContext,
): boolean {
  const { left, operator, right } = comparison;
  const result = isDefined(comparison)
    ? compareAny(comparison, valuesOf(left, environment, context), valuesOf(right, environment, context))
    : undefined;
  if (result !== undefined) return result;
  if (context.undefinedComparisons !== "throw") return false;
  throw new PinionError(
    "requirement/invalid-marker",
    `A marker makes a comparison that is not defined for \`${operator}\`: \`${formatMarker(comparison)}\``,
  );
}

/** A field compares with a string, and a set of names is never on the left. */
function isDefined({ left, right }: MarkerComparison): boolean {
  return left.kind !== right.kind && !(left.kind === "field" && isSetField(left.field));
}

/** Compares all values of both sides: a negative comparison holds if its positive form holds for none. */
function compareAny(
  { left, operator, right }: MarkerComparison,
  lefts: readonly string[],
  rights: readonly string[],
): boolean | undefined {
  const field = left.kind === "field" ? left.field : right.kind === "field" ? right.field : undefined;
  if (right.kind === "field" && isSetField(right.field)) return isMember(operator, lefts, rights);
  if (lefts.length === 1 && rights.length === 1) return compareValues(field, operator, lefts[0]!, rights[0]!);
  const isNegative = operator === "!=" || operator === "not in";
  const positive = operator === "!=" ? "==" : operator === "not in" ? "in" : operator;
  const results = new Set(lefts.flatMap((a) => rights.map((b) => compareValues(field, positive, a, b))));
  if (results.has(undefined)) return undefined;
  return results.has(true) !== isNegative;
}

function compareValues(
  field: MarkerField | undefined,
  operator: MarkerOperator,
  left: string,
  right: string,
): boolean | undefined {
  if (field !== undefined && isVersionField(field) && operator !== "in" && operator !== "not in") {
    const specifier = tryParseSpecifier(operator + right);
    if (specifier !== undefined) return satisfies(left, makeSpecifierSet([specifier]));
  }
  return TEXT_COMPARISONS[operator]?.(left, right);
}

function isMember(
  operator: MarkerOperator,
  lefts: readonly string[],
  names: readonly string[],
): boolean | undefined {
  if (operator !== "in" && operator !== "not in") return undefined;
  return lefts.some((name) => names.includes(normalizeName(name))) === (operator === "in");
}

function valuesOf(
  operand: MarkerComparison["left"],
  environment: MarkerEnvironment,
  context: MarkerContext,
): readonly string[] {
  if (operand.kind === "string") return [operand.value];
  const { field } = operand;
  if (field === "extra") return currentExtras(context);
  if (field === "extras") return (context.extras ?? []).map(normalizeName);
  if (field === "dependency_groups") return (context.dependencyGroups ?? []).map(normalizeName);
  return [field === "python_full_version" ? repairedVersion(environment[field]) : environment[field]];
}

/** Without any extra, `extra` is the empty text. */
function currentExtras({ extra, extras }: MarkerContext): readonly string[] {
  if (extra !== undefined) return [normalizeName(extra)];
  return extras === undefined || extras.length === 0 ? [""] : extras.map(normalizeName);
}

/** A Python built from an untagged checkout calls itself `3.14.0+`, which is not a version. */
function repairedVersion(version: string): string {
  return version.endsWith("+") ? `${version}local` : version;
}

function isSetField(field: MarkerField): boolean {
  return field === "extras" || field === "dependency_groups";
}

function isVersionField(field: MarkerField): boolean {
  return VERSION_FIELDS.has(field);
}

/** Strings have no order, but one equals itself; nothing says what the missing operators do. */
const TEXT_COMPARISONS: Readonly<Partial<Record<MarkerOperator, (left: string, right: string) => boolean>>> =
  {
    "==": (left, right) => left === right,
    "!=": (left, right) => left !== right,
    "<=": (left, right) => left === right,
    ">=": (left, right) => left === right,
    "<": () => false,
    ">": () => false,
    in: (left, right) => right.includes(left),
    "not in": (left, right) => !right.includes(left),
  };
const VERSION_FIELDS: ReadonlySet<MarkerField> = new Set<MarkerField>([
  "implementation_version",
  "platform_release",
  "python_full_version",
  "python_version",
]);
