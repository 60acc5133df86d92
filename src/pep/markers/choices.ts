// The ways to write that a variable of a marker has one of some values: as comparisons of its field.

import type { Bound } from "../versions/interval.ts";
import { MarkerTooLarge } from "./diagram.ts";
import type { Place, Places, Variable } from "./diagram.ts";
import type { MarkerComparison, MarkerField, MarkerOperator } from "./expression.ts";
import { canonicalVersionText, increment } from "../versions/version.ts";
import type { Version } from "../versions/version.ts";

/** A variable with everything that some nodes distinguish of it; the cells are numbered from 0. */
export interface Axis {
  readonly variable: Variable;
  readonly places: Places;
  readonly size: number;
}

/** One comparison of a conjunction. */
export interface Choice {
  readonly comparison: MarkerComparison;
}

/** The ways to say that a value is in some of the cells: each a conjunction, which together have them all. */
export function alternativesOf(
  { variable, places }: Axis,
  cells: readonly boolean[],
): readonly (readonly Choice[])[] {
  if (variable.kind === "version") return versionAlternatives(variable.field, places.map(asBound), cells);
  if (variable.kind === "text") {
    const values = places.map(({ order }) => order);
    return textAlternatives(variable.field, values, cells);
  }
  const comparison = cells[0] === true ? variable.positive : variable.negative;
  if (comparison === undefined) throw new MarkerTooLarge();
  return [[{ comparison }]];
}

function asBound(place: Place): Bound {
  if ("version" in place) return place;
  throw new RangeError("a place among versions has no version");
}

/** One `==` for each text, or a `!=` for each text that is missing where all others are meant. */
function textAlternatives(
  field: MarkerField,
  values: readonly string[],
  cells: readonly boolean[],
): readonly (readonly Choice[])[] {
  const isRest = cells[0] === true;
  const choices = values.flatMap((value, index): Choice[] => {
    if (cells[index + 1] === isRest) return [];
    return [{ comparison: compare(field, isRest ? "!=" : "==", value) }];
  });
  return isRest ? [choices] : choices.map((choice) => [choice]);
}

/** Runs of neighbouring cells, each written by its two ends; a few gaps are written with `!=` instead. */
function versionAlternatives(
  field: MarkerField,
  cuts: readonly Bound[],
  cells: readonly boolean[],
): readonly (readonly Choice[])[] {
  // uv writes the release of a system by its bounds only.
  if (field === "platform_release" && isSplit(cells))
    return runsOf(cells, true).map(([from, to]) => runChoices(field, { cuts, from, to, size: cells.length }));
  const gaps = runsOf(cells, false);
  const lastCell = cells.length - 1;
  const inequalities = gaps.map(([from, to]) => {
    const text =
      from === 0 || to === lastCell ? undefined : (exactText(cuts, from, to) ?? starText(cuts, from, to));
    const isLone = gaps.length === 1 || (text !== undefined && !text.endsWith("*"));
    if (text === undefined || !isLone) return undefined;
    return { comparison: compare(field, "!=", text) };
  });
  if (inequalities.every((choice) => choice !== undefined)) return [inequalities];
  return runsOf(cells, true).map(([from, to]) => runChoices(field, { cuts, from, to, size: cells.length }));
}

function runChoices(
  field: MarkerField,
  run: { cuts: readonly Bound[]; from: number; to: number; size: number },
): readonly Choice[] {
  const { cuts, from, to, size } = run;
  const starred = field === "platform_release" ? undefined : starText(cuts, from, to);
  const text = from === 0 || to === size - 1 ? undefined : (exactText(cuts, from, to) ?? starred);
  if (text !== undefined) {
    return [{ comparison: compare(field, "==", text) }];
  }
  const choices: Choice[] = [];
  const lower = cuts[from - 1];
  const upper = cuts[to];
  if (lower !== undefined) {
    const operator = lower.isInclusive ? ">=" : ">";
    choices.push({ comparison: compareVersion(field, operator, lower.version) });
  }
  if (upper !== undefined) {
    const operator = upper.isInclusive ? "<" : "<=";
    choices.push({ comparison: compareVersion(field, operator, upper.version) });
  }
  return choices;
}

function isSplit(cells: readonly boolean[]): boolean {
  return cells[0] === true && cells.at(-1) === true;
}

/** The version of a run of cells that is one version. */
function exactText(cuts: readonly Bound[], from: number, to: number): string | undefined {
  const [lower, upper] = [cuts[from - 1], cuts[to]];
  if (lower === undefined || upper === undefined || !lower.isInclusive || upper.isInclusive) return undefined;
  return lower.version.order === upper.version.order ? canonicalVersionText(lower.version) : undefined;
}

/** `3.9.*` for a run of cells that is one minor version of Python. */
function starText(cuts: readonly Bound[], from: number, to: number): string | undefined {
  const [lower, upper] = [cuts[from - 1], cuts[to]];
  if (lower === undefined || upper === undefined || !lower.isInclusive || !upper.isInclusive)
    return undefined;
  const [major = 0, minor = 0, ...rest] = lower.version.release;
  const [nextMajor = 0, nextMinor = 0, ...nextRest] = upper.version.release;
  if (rest.some((number) => number !== 0) || nextRest.some((number) => number !== 0)) return undefined;
  if (lower.version.epoch !== upper.version.epoch) return undefined;
  if (major !== nextMajor || increment(minor) !== nextMinor) return undefined;
  return `${lower.version.epoch === 0 ? "" : `${lower.version.epoch}!`}${major}.${minor}.*`;
}

/** The first and last index of every run of a value. */
function runsOf(cells: readonly boolean[], value: boolean): readonly (readonly [number, number])[] {
  const runs: (readonly [number, number])[] = [];
  let start: number | undefined;
  for (let cell = 0; cell <= cells.length; cell++) {
    if (cells[cell] === value) start ??= cell;
    else if (start !== undefined) {
      runs.push([start, cell - 1]);
      start = undefined;
    }
  }
  return runs;
}

function compareVersion(field: MarkerField, operator: MarkerOperator, version: Version): MarkerComparison {
  return compare(field, operator, canonicalVersionText(version));
}

function compare(field: MarkerField, operator: MarkerOperator, value: string): MarkerComparison {
  return { kind: "comparison", left: { kind: "field", field }, operator, right: { kind: "string", value } };
}
