// Markers as decision diagrams: every claim that occurs cuts the values of its field into cells, a node asks one field
// for the cell, and equal nodes are one node, so that equal markers are the same node. Variables have a fixed order.
import { claimOf, comparisonsOf } from "./marker-claims.ts";
import type { Claim, FactClaim, VersionField } from "./marker-claims.ts";
import type { Marker, MarkerComparison, MarkerField } from "./marker-expression.ts";
import type { Bound } from "./interval.ts";

/** What a node asks for; the cells are numbered from 0. */
export type Axis =
  | {
      readonly kind: "version";
      readonly field: VersionField;
      /** The places where a cell ends and the next begins, ascending, described as lower bounds. */
      readonly cuts: readonly Bound[];
      readonly size: number;
    }
  | {
      readonly kind: "text";
      readonly field: MarkerField;
      /** The text of each cell from the second on; the first is every other text. */
      readonly values: readonly string[];
      readonly size: number;
    }
  | {
      readonly kind: "fact";
      /** The first cell is that it holds, the second that it does not. */
      readonly positive: MarkerComparison;
      readonly negative: MarkerComparison | undefined;
      readonly size: 2;
    };

/** A marker reduced: always true, always false, or a question with one node for each cell. */
export type Node = boolean | Decision;

export interface Decision {
  readonly id: number;
  /** Smaller than the axes of all nodes below. */
  readonly axis: number;
  readonly children: readonly Node[];
}

/** Thrown where markers are too large to reckon with, or a result cannot be written; `marker-algebra.ts` catches it. */
export class BeyondReckoning extends Error {
  override readonly name = "BeyondReckoning";
}

/** The nodes of some markers over their common axes. */
export class Diagram {
  readonly axes: readonly Axis[];
  readonly #places = new Map<string, number>();
  readonly #decisions = new Map<string, Decision>();
  readonly #results = new Map<string, Node>();

  constructor(markers: readonly Marker[]) {
    this.axes = axesOf(markers.flatMap(comparisonsOf).map(claimOf));
    for (const [place, axis] of this.axes.entries()) this.#places.set(axisKey(axis), place);
  }

  /** The node of a marker, whose comparisons must be among those that the diagram was made for. */
  build(marker: Marker): Node {
    if (marker.kind === "comparison") return this.claim(claimOf(marker));
    const isAnd = marker.kind === "and";
    return marker.operands
      .map((operand) => this.build(operand))
      .reduce((a, b) => (isAnd ? this.and(a, b) : this.or(a, b)));
  }

  /** The node of a claim, which must be among those of the markers. */
  claim(claim: Claim): Node {
    if (typeof claim === "boolean") return claim;
    const place = this.#places.get(claimKey(claim));
    const axis = place === undefined ? undefined : this.axes[place];
    if (place === undefined || axis === undefined)
      throw new RangeError("a claim has no axis in this diagram");
    return this.#decide(place, cellsOf(claim, axis));
  }

  /** Whether a marker names a text of a field. */
  hasText(field: MarkerField, value: string): boolean {
    return this.axes.some(
      (axis) => axis.kind === "text" && axis.field === field && axis.values.includes(value),
    );
  }

  and(a: Node, b: Node): Node {
    return this.#combine(a, b, false);
  }

  or(a: Node, b: Node): Node {
    return this.#combine(a, b, true);
  }

  not(node: Node): Node {
    if (typeof node === "boolean") return !node;
    return this.#remember(`!${node.id}`, () =>
      this.#decide(
        node.axis,
        node.children.map((child) => this.not(child)),
      ),
    );
  }

  /** Whether a node is true for all values in the given cells; an axis that is not given may have any. */
  holdsWithin(node: Node, cells: ReadonlyMap<number, readonly boolean[]>): boolean {
    const seen = new Set<Node>();
    const holds = (part: Node): boolean => {
      if (typeof part === "boolean") return part;
      if (seen.has(part)) return true;
      seen.add(part);
      const allowed = cells.get(part.axis);
      return part.children.every((child, cell) => allowed?.[cell] === false || holds(child));
    };
    return holds(node);
  }

  /** `absorbing` is the value that decides alone: true for `or`, false for `and`. */
  #combine(a: Node, b: Node, absorbing: boolean): Node {
    if (typeof a === "boolean") return a === absorbing ? a : b;
    if (typeof b === "boolean") return b === absorbing ? b : a;
    if (a === b) return a;
    const [first, second] = a.id < b.id ? [a, b] : [b, a];
    return this.#remember(`${first.id}${absorbing ? "|" : "&"}${second.id}`, () => {
      const axis = Math.min(first.axis, second.axis);
      const children = Array.from({ length: this.axes[axis]!.size }, (_, cell) =>
        this.#combine(childOf(first, axis, cell), childOf(second, axis, cell), absorbing),
      );
      return this.#decide(axis, children);
    });
  }

  #remember(key: string, compute: () => Node): Node {
    const known = this.#results.get(key);
    if (known !== undefined) return known;
    if (this.#results.size >= MAX_RESULTS) throw new BeyondReckoning();
    const result = compute();
    this.#results.set(key, result);
    return result;
  }

  #decide(axis: number, children: readonly Node[]): Node {
    const first = children[0]!;
    if (children.every((child) => child === first)) return first;
    const key = `${axis}:${children.map((child) => (typeof child === "boolean" ? child : child.id)).join()}`;
    const known = this.#decisions.get(key);
    if (known !== undefined) return known;
    const decision: Decision = { id: this.#decisions.size, axis, children };
    this.#decisions.set(key, decision);
    return decision;
  }
}

function childOf(node: Decision, axis: number, cell: number): Node {
  return node.axis === axis ? node.children[cell]! : node;
}

function axesOf(claims: readonly Claim[]): readonly Axis[] {
  const byKey = new Map<string, Exclude<Claim, boolean>[]>();
  for (const claim of claims) {
    if (typeof claim === "boolean") continue;
    const key = claimKey(claim);
    const known = byKey.get(key);
    if (known === undefined) byKey.set(key, [claim]);
    else known.push(claim);
  }
  const axes = [...byKey].map(([key, together]) => ({ key, axis: axisOf(together) }));
  if (axes.reduce((cells, { axis }) => cells + axis.size, 0) > MAX_CELLS) throw new BeyondReckoning();
  return axes
    .toSorted((a, b) => rankOf(a.axis) - rankOf(b.axis) || (a.key < b.key ? -1 : 1))
    .map(({ axis }) => axis);
}

function rankOf(axis: Axis): number {
  if (axis.kind !== "fact") return AXIS_FIELDS.indexOf(axis.field);
  return isAboutExtras(axis) ? AXIS_FIELDS.length + 1 : AXIS_FIELDS.length;
}

/** The axis of claims about one field, or one fact. */
function axisOf(claims: readonly Exclude<Claim, boolean>[]): Axis {
  const first = claims[0]!;
  if (first.kind === "fact") {
    return { kind: "fact", positive: first.positive, negative: first.negative, size: 2 };
  }
  if (first.kind === "text") {
    const values = new Set(claims.flatMap((claim) => (claim.kind === "text" ? [claim.value] : [])));
    return { kind: "text", field: first.field, values: [...values].sort(), size: values.size + 1 };
  }
  const cuts = new Map<string, Bound>();
  for (const { lower, upper } of claims.flatMap((claim) =>
    claim.kind === "version" ? claim.range.intervals : [],
  )) {
    if (lower !== undefined) cuts.set(lower.order, lower);
    if (upper !== undefined) cuts.set(upper.order, { ...upper, isInclusive: !upper.isInclusive });
  }
  const sorted = [...cuts.values()].sort((a, b) => (a.order < b.order ? -1 : 1));
  return { kind: "version", field: first.field, cuts: sorted, size: sorted.length + 1 };
}

function cellsOf(claim: Exclude<Claim, boolean>, axis: Axis): readonly boolean[] {
  return Array.from({ length: axis.size }, (_, cell) => {
    if (claim.kind === "fact") return (cell === 0) === claim.isPositive;
    if (claim.kind === "text") {
      return (axis.kind === "text" && cell > 0 && axis.values[cell - 1] === claim.value) === claim.isEqual;
    }
    // A cell lies in an interval as a whole if its first version does.
    const start = axis.kind === "version" && cell > 0 ? axis.cuts[cell - 1]!.order : "";
    return claim.range.intervals.some(
      ({ lower, upper }) =>
        (lower === undefined || lower.order <= start) && (upper === undefined || start < upper.order),
    );
  });
}

function claimKey(claim: Exclude<Claim, boolean>): string {
  return claim.kind === "fact" ? factKey(claim) : claim.field;
}

function axisKey(axis: Axis): string {
  return axis.kind === "fact" ? factKey(axis) : axis.field;
}

function factKey({ positive: { left, operator, right } }: Pick<FactClaim, "positive">): string {
  return JSON.stringify([left, operator, right]);
}

function isAboutExtras({ positive: { left, right } }: Pick<FactClaim, "positive">): boolean {
  return [left, right].some((side) => side.kind === "field" && EXTRA_FIELDS.has(side.field));
}

/** Versions first, as their cells are the most; then what tells systems apart. Facts follow, and extras at the end. */
const AXIS_FIELDS: readonly MarkerField[] = [
  "implementation_version",
  "python_full_version",
  "os_name",
  "sys_platform",
  "platform_system",
  "platform_machine",
  "platform_python_implementation",
  "platform_release",
  "platform_version",
  "implementation_name",
];
const EXTRA_FIELDS: ReadonlySet<MarkerField> = new Set<MarkerField>(["extra", "extras", "dependency_groups"]);
/** A diagram may grow exponentially with its axes; markers in use need some hundred results. */
const MAX_RESULTS = 20_000;
/** As many as 250 pinned versions; each node has at most this many children. */
const MAX_CELLS = 500;
