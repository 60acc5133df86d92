// Decision diagrams as markers in disjunctive form: every way to `true` is a clause, shortened as long as it still leads
// there. The order of the fields in a diagram and in the string is uv's, so that the strings are.
import { childrenAt, compareVariables, MarkerTooLarge, mergePlaces } from "./marker-diagram.ts";
import type { Decision, Diagram, Node, Place, Places, Variable } from "./marker-diagram.ts";
import type { Marker, MarkerComparison, MarkerField, MarkerOperator } from "./marker-expression.ts";
import type { Bound } from "./interval.ts";
import { canonicalVersionText, increment } from "./version.ts";
import type { Version } from "./version.ts";

/** What is to be written. */
export interface ClauseTask {
  readonly node: Node;
  /** Where the result may say anything. */
  readonly irrelevant: Node;
  /** Where no environment is; clauses that lie within are dropped. */
  readonly impossible: Node;
}

/**
 * Writes a node, which is not constant, as clauses that together are it: each without a term that it does not need,
 * none within another, in uv's order.
 */
export function minimalMarker(diagram: Diagram, { node, irrelevant, impossible }: ClauseTask): Marker {
  const wanted = diagram.or(diagram.or(node, irrelevant), impossible);
  const cells = new Cells([wanted, node, impossible]);
  const clauses: Clause[] = [];
  for (const path of pathsOf(cells, node)) {
    if (cells.holdsWithin(impossible, cellsOfClause(path))) continue;
    const holds = (terms: Clause): boolean => cells.holdsWithin(wanted, cellsOfClause(terms));
    const clause = withoutNeedlessTerms(
      irrelevant === false ? groupsOf(path) : path.map((term) => [term]),
      holds,
    );
    if (clauses.some((other) => cells.isWithin(clause, other))) continue;
    const kept = clauses.filter((other) => !cells.isWithin(other, clause));
    clauses.splice(0, clauses.length, ...kept, clause);
  }
  const needed = withoutNeedlessClauses(clauses, { diagram, cells, impossible });
  const sorted = needed.map((clause) => clause.toSorted((a, b) => rankOf(a) - rankOf(b)));
  return markerOf(
    sorted.sort((a, b) => compareRanks(a.map(rankOf), b.map(rankOf)) || compareValues(a, b, cells)),
  );
}

/** One comparison of a clause: the cells of its axis that it admits. */
interface Term {
  readonly axis: number;
  readonly cells: readonly boolean[];
  readonly comparison: MarkerComparison;
}

type Clause = readonly Term[];

/** Since uv 0.13 what a clause says about one field stays as a whole, or goes as a whole. */
function groupsOf(path: Clause): readonly Clause[] {
  return [...new Set(path.map(({ axis }) => axis))].map((axis) => path.filter((term) => term.axis === axis));
}

function withoutNeedlessTerms(groups: readonly Clause[], holds: (terms: Clause) => boolean): Clause {
  let kept = groups;
  for (const group of groups) {
    const shorter = kept.filter((other) => other !== group);
    if (holds(shorter.flat())) kept = shorter;
  }
  return kept.flat();
}

/** Of two clauses `a and b` and `not a and c`, a third one `b and c` says nothing new. */
function withoutNeedlessClauses(
  clauses: readonly Clause[],
  {
    diagram,
    cells,
    impossible,
  }: { readonly diagram: Diagram; readonly cells: Cells; readonly impossible: Node },
): readonly Clause[] {
  // Of two, neither is within the other.
  if (clauses.length < 3 || clauses.length > MAX_COMPARED_CLAUSES) return clauses;
  const nodes = clauses.map((clause) => diagram.build(markerOf([clause])));
  const before: Node[] = [impossible];
  for (const node of nodes) before.push(diagram.or(before.at(-1)!, node));
  const needed: Clause[] = [];
  let after: Node = false;
  for (const [index, clause] of [...clauses.entries()].toReversed()) {
    if (cells.holdsWithin(diagram.or(before[index]!, after), cellsOfClause(clause))) continue;
    needed.unshift(clause);
    after = diagram.or(after, nodes[index]!);
  }
  return needed;
}

/** A variable with everything that some nodes distinguish of it; the cells are numbered from 0. */
interface Axis {
  readonly variable: Variable;
  readonly places: Places;
  readonly size: number;
}

/** The common axes of some nodes. */
class Cells {
  readonly axes: readonly Axis[];
  readonly #placeOf = new Map<Variable, number>();
  readonly #children = new Map<Decision, readonly Node[]>();
  readonly #admitted = new Map<Clause, ReadonlyMap<number, readonly boolean[]>>();
  #steps = 0;

  constructor(nodes: readonly Node[]) {
    const axes = axesOf(nodes);
    this.axes = axes;
    for (const [place, { variable }] of axes.entries()) this.#placeOf.set(variable, place);
  }

  axisOf({ variable }: Decision): number {
    return this.#placeOf.get(variable)!;
  }

  /** One child for each cell of the node's axis. */
  childrenOf(node: Decision): readonly Node[] {
    const known = this.#children.get(node);
    if (known !== undefined) return known;
    const children = childrenAt(node, this.axes[this.axisOf(node)]!.places);
    this.#children.set(node, children);
    return children;
  }

  /** Whether everything that one clause admits is admitted by another. */
  isWithin(clause: Clause, other: Clause): boolean {
    const inner = this.#admittedBy(clause);
    for (const [axis, outerCells] of this.#admittedBy(other)) {
      const innerCells = inner.get(axis);
      this.#step();
      if (innerCells === undefined || !innerCells.every((cell, index) => !cell || outerCells[index]!))
        return false;
    }
    return true;
  }

  #admittedBy(clause: Clause): ReadonlyMap<number, readonly boolean[]> {
    let cells = this.#admitted.get(clause);
    if (cells === undefined) this.#admitted.set(clause, (cells = cellsOfClause(clause)));
    return cells;
  }

  #step(): void {
    this.#steps += 1;
    if (this.#steps > MAX_STEPS) throw new MarkerTooLarge();
  }

  /** Whether a node is true for all values in the given cells; an axis that is not given may have any. */
  holdsWithin(node: Node, cells: ReadonlyMap<number, readonly boolean[]>): boolean {
    const seen = new Set<Node>();
    const holds = (part: Node): boolean => {
      if (typeof part === "boolean") return part;
      if (seen.has(part)) return true;
      seen.add(part);
      const allowed = cells.get(this.axisOf(part));
      this.#step();
      return this.childrenOf(part).every((child, cell) => allowed?.[cell] === false || holds(child));
    };
    return holds(node);
  }
}

function axesOf(nodes: readonly Node[]): readonly Axis[] {
  const places = new Map<Variable, Places>();
  const seen = new Set<Node>();
  const visit = (node: Node): void => {
    if (typeof node === "boolean" || seen.has(node)) return;
    seen.add(node);
    places.set(node.variable, mergePlaces(places.get(node.variable) ?? [], node.places));
    node.children.forEach(visit);
  };
  nodes.forEach(visit);
  const axes = [...places].map(([variable, own]) => ({
    variable,
    places: own,
    size: variable.kind === "fact" ? 2 : own.length + 1,
  }));
  if (axes.reduce((cells, { size }) => cells + size, 0) > MAX_CELLS) throw new MarkerTooLarge();
  return axes.toSorted((a, b) => compareVariables(a.variable, b.variable));
}

/** All ways through the diagram to `true`. */
function pathsOf(cells: Cells, root: Node): readonly Clause[] {
  const paths: Clause[] = [];
  const walk = (node: Node, path: Clause): void => {
    if (node === false) return;
    if (node === true) {
      if (paths.length >= MAX_CLAUSES) throw new MarkerTooLarge();
      paths.push(path);
      return;
    }
    const axis = cells.axisOf(node);
    const children = cells.childrenOf(node);
    for (const child of new Set(children)) {
      if (child === false) continue;
      const admitted = children.map((other) => other === child);
      for (const comparisons of alternativesOf(cells.axes[axis]!, admitted)) {
        const terms = comparisons.map((choice) => ({
          axis,
          cells: choice.cells,
          comparison: choice.comparison,
        }));
        walk(child, [...path, ...terms]);
      }
    }
  };
  walk(root, []);
  return paths;
}

/** A comparison and the cells that it admits. */
interface Choice {
  readonly comparison: MarkerComparison;
  readonly cells: readonly boolean[];
}

/** The ways to say that a value is in some of the cells: each a conjunction, which together have them all. */
function alternativesOf(
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
  return [[{ comparison, cells }]];
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
    const own = cells.map((_, cell) => (cell === index + 1) !== isRest);
    return [{ comparison: compare(field, isRest ? "!=" : "==", value), cells: own }];
  });
  return isRest ? [choices] : choices.map((choice) => [choice]);
}

/** Runs of neighbouring cells, each written by its two ends; a few gaps are written with `!=` instead. */
function versionAlternatives(
  field: MarkerField,
  cuts: readonly Bound[],
  cells: readonly boolean[],
): readonly (readonly Choice[])[] {
  const gaps = runsOf(cells, false);
  const lastCell = cells.length - 1;
  const inequalities = gaps.map(([from, to]) => {
    const text =
      from === 0 || to === lastCell ? undefined : (exactText(cuts, from, to) ?? starText(cuts, from, to));
    const isLone = gaps.length === 1 || (text !== undefined && !text.endsWith("*"));
    if (text === undefined || !isLone) return undefined;
    return {
      comparison: compare(field, "!=", text),
      cells: cells.map((_, cell) => cell < from || cell > to),
    };
  });
  if (inequalities.every((choice) => choice !== undefined)) return [inequalities];
  return runsOf(cells, true).map(([from, to]) => runChoices(field, { cuts, from, to, size: cells.length }));
}

function runChoices(
  field: MarkerField,
  run: { cuts: readonly Bound[]; from: number; to: number; size: number },
): readonly Choice[] {
  const { cuts, from, to, size } = run;
  const within = (admits: (cell: number) => boolean): boolean[] =>
    Array.from({ length: size }, (_, cell) => admits(cell));
  const text =
    from === 0 || to === size - 1 ? undefined : (exactText(cuts, from, to) ?? starText(cuts, from, to));
  if (text !== undefined) {
    return [{ comparison: compare(field, "==", text), cells: within((cell) => cell >= from && cell <= to) }];
  }
  const choices: Choice[] = [];
  const lower = cuts[from - 1];
  const upper = cuts[to];
  if (lower !== undefined) {
    const operator = lower.isInclusive ? ">=" : ">";
    choices.push({
      comparison: compareVersion(field, operator, lower.version),
      cells: within((cell) => cell >= from),
    });
  }
  if (upper !== undefined) {
    const operator = upper.isInclusive ? "<" : "<=";
    choices.push({
      comparison: compareVersion(field, operator, upper.version),
      cells: within((cell) => cell <= to),
    });
  }
  return choices;
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

function cellsOfClause(clause: Clause): ReadonlyMap<number, readonly boolean[]> {
  const cells = new Map<number, readonly boolean[]>();
  for (const term of clause) {
    const known = cells.get(term.axis);
    cells.set(
      term.axis,
      known === undefined ? term.cells : known.map((cell, index) => cell && term.cells[index]!),
    );
  }
  return cells;
}

function markerOf(clauses: readonly Clause[]): Marker {
  const parts = clauses.map((clause): Marker => {
    const operands = clause.map(({ comparison }) => comparison);
    return operands.length === 1
      ? operands[0]!
      : { kind: "and", operands, isParenthesized: clauses.length > 1 };
  });
  return parts.length === 1 ? parts[0]! : { kind: "or", operands: parts, isParenthesized: false };
}

function compareVersion(field: MarkerField, operator: MarkerOperator, version: Version): MarkerComparison {
  return compare(field, operator, canonicalVersionText(version));
}

function compare(field: MarkerField, operator: MarkerOperator, value: string): MarkerComparison {
  return { kind: "comparison", left: { kind: "field", field }, operator, right: { kind: "string", value } };
}

/** Terms are written in the order of their fields, those about one field in the order of the diagram. */
function rankOf({ comparison: { left, right } }: Term): number {
  const field = left.kind === "field" ? left.field : right.kind === "field" ? right.field : undefined;
  return field === undefined ? WRITTEN_ORDER.length : WRITTEN_ORDER.indexOf(field);
}

function compareRanks(a: readonly number[], b: readonly number[]): number {
  const difference = a.map((rank, index) => rank - (b[index] ?? -1)).find((result) => result !== 0);
  return difference ?? a.length - b.length;
}

/** Clauses about the same fields stand in the order of their values, those of a system first. */
function compareValues(a: Clause, b: Clause, { axes }: Cells): number {
  const placeIn = (clause: Clause, field: MarkerField): number => {
    const own = clause.find(({ axis }) => {
      const { variable } = axes[axis]!;
      return variable.kind !== "fact" && variable.field === field;
    });
    return own?.cells.indexOf(true) ?? 0;
  };
  return (
    DECIDING_ORDER.map((field) => placeIn(a, field) - placeIn(b, field)).find((result) => result !== 0) ?? 0
  );
}

/** uv's, of what distinguishes clauses. */
const DECIDING_ORDER: readonly MarkerField[] = [
  "os_name",
  "sys_platform",
  "platform_system",
  "platform_machine",
  "platform_python_implementation",
  "platform_release",
  "platform_version",
  "implementation_name",
  "implementation_version",
  "python_full_version",
];

const WRITTEN_ORDER: readonly MarkerField[] = [
  "implementation_version",
  "python_full_version",
  "implementation_name",
  "os_name",
  "platform_machine",
  "platform_python_implementation",
  "platform_release",
  "platform_system",
  "platform_version",
  "sys_platform",
  "extras",
  "dependency_groups",
  "extra",
];

/** A simplified marker of more clauses does not help. */
const MAX_CLAUSES = 500;
/** Markers in use have fewer; comparing more of them with each other takes time. */
const MAX_COMPARED_CLAUSES = 40;
/** Nodes, and fields of clauses, that are compared: the markers of a lock of 500 packages need less than 1000 each. */
const MAX_STEPS = 100_000;
/** As many as 250 pinned versions. */
const MAX_CELLS = 500;
