// Decision diagrams as markers in disjunctive form: every way to `true` is a clause, shortened as long as it still leads
// there. The order of the fields in a diagram and in the string is uv's, so that the strings are.

import { alternativesOf, type Axis } from "./choices.ts";
import { childrenAt, compareVariables, MarkerTooLarge, mergePlaces } from "./diagram.ts";
import type { Decision, Diagram, Node, Places, Variable } from "./diagram.ts";
import type { Marker, MarkerComparison, MarkerField } from "./expression.ts";

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
