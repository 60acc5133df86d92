// Markers as decision diagrams: a node asks one field for its value, and equal nodes are one node, so that equal markers
// are the same node. Fields have a fixed order; what a node distinguishes is its own, so that a diagram can grow.
import { claimOf } from "./claims.ts";
import type { Claim, FactClaim, ReleaseClaim, VersionField } from "./claims.ts";
import type { Marker, MarkerComparison, MarkerField } from "./expression.ts";
import type { Bound, VersionRange } from "../versions/interval.ts";

/** What a node asks for. Smaller ones are asked first. */
export type Variable = { readonly id: number; readonly rank: number; readonly key: string } & (
  | { readonly kind: "version"; readonly field: VersionField }
  | { readonly kind: "text"; readonly field: MarkerField }
  | {
      readonly kind: "fact";
      readonly positive: MarkerComparison;
      readonly negative: MarkerComparison | undefined;
    }
);

/** A marker reduced: always true, always false, or a question with one node for each group of answers. */
export type Node = boolean | Decision;

/**
 * A question. The answers are grouped by `places`:
 *
 * - `version`: the places where a group ends and the next begins, ascending, described as lower bounds.
 * - `text`: sorted strings; the first group is every other string, then one for each.
 * - `fact`: none; the first group is that it holds, the second that it does not.
 */
export interface Decision {
  readonly id: number;
  readonly variable: Variable;
  readonly places: Places;
  readonly children: readonly Node[];
  /** How many questions may be asked one after the other, this one included. */
  readonly depth: number;
}

/** @see Decision */
export type Places = readonly Place[];

/** Compared by `order`: a bound of versions, or a string. */
export type Place = Bound | TextPlace;

interface TextPlace {
  readonly order: string;
}

/** Thrown where markers are too large, or a result cannot be written. */
export class MarkerTooLarge extends Error {
  override readonly name = "MarkerTooLarge";
}

/** All nodes of some markers; equal ones are one. */
export class Diagram {
  readonly #maxResults: number;
  readonly #variables = new Map<string, Variable>();
  readonly #decisions = new Map<string, Decision>();
  /** Numbers for the places of decisions: one of a long string would make each key as long. */
  readonly #places = new Map<string, number>();
  readonly #negations = new Map<Decision, Node>();
  readonly #conjunctions = new Map<number, Node>();
  readonly #disjunctions = new Map<number, Node>();
  #results = 0;

  /**
   * @param options.maxResults How many results may be computed before {@link MarkerTooLarge} is thrown. One of many groups
   * counts as several: it takes as much more time and memory.
   */
  constructor(options: { readonly maxResults: number }) {
    this.#maxResults = options.maxResults;
  }

  /**
   * The node of a marker.
   *
   * @param decided What a comparison is known to be; `undefined` leaves it open.
   */
  build(marker: Marker, decided: (comparison: MarkerComparison) => boolean | undefined = leaveOpen): Node {
    if (marker.kind === "comparison") return decided(marker) ?? this.claim(claimOf(marker));
    const isAnd = marker.kind === "and";
    return marker.operands
      .map((operand) => this.build(operand, decided))
      .reduce((a, b) => (isAnd ? this.and(a, b) : this.or(a, b)));
  }

  claim(claim: Claim): Node {
    if (typeof claim === "boolean") return claim;
    if (claim.kind === "release") {
      const darwin = this.claim({ kind: "text", field: "sys_platform", value: "darwin", isEqual: true });
      return this.or(
        this.and(darwin, this.claim(claim.onDarwin)),
        this.and(this.not(darwin), this.claim(claim.elsewhere)),
      );
    }
    const variable = this.#variableOf(claim);
    switch (claim.kind) {
      case "fact":
        return this.decide(variable, [], [claim.isPositive, !claim.isPositive]);
      case "text":
        return this.decide(variable, [{ order: claim.value }], [!claim.isEqual, claim.isEqual]);
      case "version":
        return this.#within(variable, claim.range);
    }
  }

  and(a: Node, b: Node): Node {
    return this.#combine(a, b, false);
  }

  or(a: Node, b: Node): Node {
    return this.#combine(a, b, true);
  }

  not(node: Node): Node {
    if (typeof node === "boolean") return !node;
    const known = this.#negations.get(node);
    if (known !== undefined) return known;
    this.spend(node.children.length);
    const children = node.children.map((child) => this.not(child));
    const result = this.decide(node.variable, node.places, children);
    this.#negations.set(node, result);
    return result;
  }

  /**
   * The node without what it says about versions of a field outside of a range: it is as within the range everywhere.
   * Where nothing of the range is left the result is false.
   */
  assumeVersion(node: Node, field: VersionField, range: VersionRange): Node {
    return this.#assumeVersion(node, { field, range, known: new Map() });
  }

  #assumeVersion(
    node: Node,
    assumption: {
      readonly field: VersionField;
      readonly range: VersionRange;
      readonly known: Map<Node, Node>;
    },
  ): Node {
    if (typeof node === "boolean") return node;
    const { field, range, known } = assumption;
    const { variable, places, children } = node;
    if (variable.kind !== "version" || variable.field !== field) {
      const remembered = known.get(node);
      if (remembered !== undefined) return remembered;
      this.spend(children.length);
      const assumed = children.map((child) => this.#assumeVersion(child, assumption));
      const result = this.decide(variable, places, assumed);
      known.set(node, result);
      return result;
    }
    this.spend(children.length);
    const kept = children.flatMap((child, group) => {
      const [from, to] = [places[group - 1]?.order ?? "", places[group]?.order];
      return meets(range, from, to) ? [{ child, from: places[group - 1] }] : [];
    });
    return this.decide(
      variable,
      kept.slice(1).map(({ from }) => from!),
      kept.length === 0 ? [false] : kept.map(({ child }) => child),
    );
  }

  /** `absorbing` is the value that decides by itself: true for `or`, false for `and`. */
  #combine(a: Node, b: Node, absorbing: boolean): Node {
    if (typeof a === "boolean") return a === absorbing ? a : b;
    if (typeof b === "boolean") return b === absorbing ? b : a;
    if (a === b) return a;
    const [first, second] = a.id < b.id ? [a, b] : [b, a];
    const known = absorbing ? this.#disjunctions : this.#conjunctions;
    const key = first.id * MAX_DECISIONS + second.id;
    const remembered = known.get(key);
    if (remembered !== undefined) return remembered;
    this.spend(Math.max(first.children.length, second.children.length));
    const result = this.#combineDecisions(first, second, absorbing);
    known.set(key, result);
    return result;
  }

  #combineDecisions(first: Decision, second: Decision, absorbing: boolean): Node {
    const order = compareVariables(first.variable, second.variable);
    if (order !== 0) {
      const [upper, lower] = order < 0 ? [first, second] : [second, first];
      const children = upper.children.map((child) => this.#combine(child, lower, absorbing));
      return this.decide(upper.variable, upper.places, children);
    }
    const places = mergePlaces(first.places, second.places);
    const [left, right] = [childrenAt(first, places), childrenAt(second, places)];
    const children = left.map((child, group) => this.#combine(child, right[group]!, absorbing));
    return this.decide(first.variable, places, children);
  }

  #within(variable: Variable, range: VersionRange): Node {
    const places: Place[] = [];
    const children: boolean[] = [range.intervals[0]?.lower === undefined && range.intervals.length > 0];
    for (const { lower, upper } of range.intervals) {
      if (lower !== undefined) {
        places.push(lower);
        children.push(true);
      }
      if (upper !== undefined) {
        places.push({ ...upper, isInclusive: !upper.isInclusive });
        children.push(false);
      }
    }
    return this.decide(variable, places, children);
  }

  #variableOf(claim: SimpleClaim): Variable {
    const key = claim.kind === "fact" ? factKey(claim) : `${claim.kind} ${claim.field}`;
    const known = this.#variables.get(key);
    if (known !== undefined) return known;
    const variable = makeVariable(claim, key, this.#variables.size);
    this.#variables.set(key, variable);
    return variable;
  }

  /** The node that asks for a variable, with one child for each group of answers. */
  decide(variable: Variable, places: Places, children: readonly Node[]): Node {
    const [kept, nodes] = reduceGroups(variable, places, children);
    if (nodes.length === 1) return nodes[0]!;
    const key = this.#keyOf(variable, kept, nodes);
    const known = this.#decisions.get(key);
    if (known !== undefined) return known;
    const depth = depthAbove(nodes);
    if (nodes.length > MAX_GROUPS || depth > MAX_QUESTIONS || this.#decisions.size >= MAX_DECISIONS)
      throw new MarkerTooLarge();
    const decision: Decision = { id: this.#decisions.size, variable, places: kept, children: nodes, depth };
    this.#decisions.set(key, decision);
    return decision;
  }

  #keyOf(variable: Variable, places: Places, children: readonly Node[]): string {
    let key = `${variable.id}`;
    for (const { order } of places) {
      let number = this.#places.get(order);
      if (number === undefined) this.#places.set(order, (number = this.#places.size));
      key += `.${number}`;
    }
    key += ":";
    for (const child of children) key += `${typeof child === "boolean" ? child : child.id},`;
    return key;
  }

  /** Counts a result of so many groups. @throws MarkerTooLarge */
  spend(groups: number): void {
    this.#results += 1 + Math.floor(groups / GROUPS_A_RESULT);
    if (this.#results > this.#maxResults) throw new MarkerTooLarge();
  }
}

/** The order in which variables are asked. */
export function compareVariables(a: Variable, b: Variable): number {
  if (a.id === b.id) return 0;
  return a.rank - b.rank || (a.key < b.key ? -1 : 1);
}

/** All places of both, ascending. */
export function mergePlaces(a: Places, b: Places): Places {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  const merged: Place[] = [];
  for (let [left, right] = [0, 0]; left < a.length || right < b.length;) {
    const [first, second] = [a[left], b[right]];
    if (second === undefined || (first !== undefined && first.order <= second.order)) {
      merged.push(first!);
      left += 1;
      if (first!.order === second?.order) right += 1;
    } else {
      merged.push(second);
      right += 1;
    }
  }
  return merged;
}

/** The child of each group that finer places make; they include all of the decision's own. */
export function childrenAt({ variable, places, children }: Decision, finer: Places): readonly Node[] {
  if (variable.kind === "fact" || places.length === finer.length) return children;
  const result: Node[] = [children[0]!];
  let own = 0;
  for (const place of finer) {
    const isOwn = places[own]?.order === place.order;
    if (isOwn) own += 1;
    // A string without a place of its own is one of the others; a version is where the version before it is.
    result.push(variable.kind === "text" && !isOwn ? children[0]! : children[own]!);
  }
  return result;
}

function leaveOpen(): undefined {
  return undefined;
}

/** Whether a range has something from one place up to another. */
function meets({ intervals }: VersionRange, from: string, to: string | undefined): boolean {
  return intervals.some(
    ({ lower, upper }) =>
      (to === undefined || lower === undefined || lower.order < to) &&
      (upper === undefined || from < upper.order),
  );
}

/** Joins groups with the same child. */
function reduceGroups(
  variable: Variable,
  places: Places,
  children: readonly Node[],
): readonly [Places, readonly Node[]] {
  const [first] = children;
  if (children.every((child) => child === first)) return [[], [first!]];
  if (variable.kind === "fact") return [places, children];
  const kept: Place[] = [];
  const nodes: Node[] = [first!];
  for (const [group, place] of places.entries()) {
    const child = children[group + 1]!;
    const same = variable.kind === "text" ? first : nodes.at(-1);
    if (child === same) continue;
    kept.push(place);
    nodes.push(child);
  }
  return [kept, nodes];
}

function depthAbove(nodes: readonly Node[]): number {
  let depth = 0;
  for (const node of nodes) if (typeof node !== "boolean" && node.depth > depth) depth = node.depth;
  return depth + 1;
}

/** About one variable. */
type SimpleClaim = Exclude<Claim, boolean | ReleaseClaim>;

function makeVariable(claim: SimpleClaim, key: string, id: number): Variable {
  if (claim.kind !== "fact") {
    const rank = FIELDS.indexOf(claim.field);
    return claim.kind === "version"
      ? { id, rank, key, kind: "version", field: claim.field }
      : { id, rank, key, kind: "text", field: claim.field };
  }
  const { positive, negative } = claim;
  const rank = FIELDS.length + (isAboutExtras(claim) ? 1 : 0);
  return { id, rank, key, kind: "fact", positive, negative };
}

function factKey({ positive: { left, operator, right } }: Pick<FactClaim, "positive">): string {
  return JSON.stringify([left, operator, right]);
}

function isAboutExtras({ positive: { left, right } }: Pick<FactClaim, "positive">): boolean {
  return [left, right].some((side) => side.kind === "field" && EXTRA_FIELDS.has(side.field));
}

/** uv's order, which decides how simplified markers are written: fields that contradict each other first, extras last. */
const FIELDS: readonly MarkerField[] = [
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
const EXTRA_FIELDS: ReadonlySet<MarkerField> = new Set<MarkerField>(["extra", "extras", "dependency_groups"]);
/** What so many groups cost is what everything else of a result costs. */
const GROUPS_A_RESULT = 8;
/** As many as 250 pinned versions. */
const MAX_GROUPS = 500;
/** One after the other: each is a call in another. Real markers ask for ten fields, and for some extras. */
const MAX_QUESTIONS = 300;
/** Two numbers below it make one that a double holds exactly. */
const MAX_DECISIONS = 2 ** 26;
