// Decision diagrams made simpler where only some environments count. What no environment answers does not have to be
// asked: a marker about Linux needs no word about Windows.

import { childrenAt, compareVariables, mergePlaces } from "./diagram.ts";
import type { Decision, Diagram, Node } from "./diagram.ts";

/**
 * A simpler node that is the same within a set, which is not empty. An answer that does not occur there leads to what
 * the first one leads to that does; an answer leads where the first one leads if that is the same there.
 */
export function simplifyWithin(diagram: Diagram, node: Node, within: Node): Node {
  return new Simplification(diagram).of(node, within);
}

/**
 * A node that is the same within a set and has any value outside, as uv chooses it: answers are divided as finely as the
 * set does, and one that does not occur there leads to what the first one leads to that does.
 */
export function restrictTo(diagram: Diagram, node: Node, within: Node): Node {
  const known = new Map<Node, Map<Node, Node>>();
  const restrict = (value: Node, assumed: Node): Node => {
    if (typeof value === "boolean" || assumed === true) return value;
    if (assumed === false) return false;
    const results = known.get(assumed) ?? new Map<Node, Node>();
    known.set(assumed, results);
    let result = results.get(value);
    if (result === undefined) results.set(value, (result = restrictDecision(value, assumed)));
    return result;
  };
  const restrictDecision = (value: Decision, assumed: Decision): Node => {
    diagram.spend(value.children.length + assumed.children.length);
    const order = compareVariables(value.variable, assumed.variable);
    if (order > 0) return restrict(value, anyOf(diagram, assumed.children));
    if (order < 0) {
      const children = value.children.map((child) => restrict(child, assumed));
      return diagram.decide(value.variable, value.places, children);
    }
    const places = mergePlaces(value.places, assumed.places);
    const parts = childrenAt(assumed, places);
    const restricted = childrenAt(value, places).map((child, group) => restrict(child, parts[group]!));
    const fallback = restricted[parts.findIndex((part) => part !== false)]!;
    const children = restricted.map((child, group) => (parts[group] === false ? fallback : child));
    return diagram.decide(value.variable, places, children);
  };
  return restrict(node, within);
}

function anyOf(diagram: Diagram, nodes: readonly Node[]): Node {
  return nodes.reduce((all, node) => diagram.or(all, node), false);
}

class Simplification {
  readonly #diagram: Diagram;
  /** By set, then by node. */
  readonly #known = new Map<Node, Map<Node, Node>>();

  constructor(diagram: Diagram) {
    this.#diagram = diagram;
  }

  of(node: Node, within: Node): Node {
    if (typeof node === "boolean" || within === true) return node;
    const known = this.#known.get(within) ?? new Map<Node, Node>();
    this.#known.set(within, known);
    let result = known.get(node);
    if (result === undefined) known.set(node, (result = this.#decision(node, within)));
    return result;
  }

  #decision(node: Decision, within: Node): Node {
    // Places are compared with those of the set, each with each.
    const others = typeof within === "boolean" ? 0 : within.children.length;
    this.#diagram.spend(node.children.length * (1 + Math.floor(others / 8)));
    const parts = this.#partsOf(within, node);
    const firstPlace = parts.findIndex((part) => part !== false);
    const first = this.of(node.children[firstPlace]!, parts[firstPlace]!);
    const children = node.children.map((child, group) =>
      this.#isSameWithin(first, child, parts[group]!) ? first : this.of(child, parts[group]!),
    );
    return this.#diagram.decide(node.variable, node.places, children);
  }

  /** The environments of a set, without what they say about the node's field and fields before, by the node's answers. */
  #partsOf(within: Node, node: Decision): readonly Node[] {
    const { variable, places, children } = node;
    if (typeof within === "boolean") return children.map(() => within);
    const order = compareVariables(within.variable, variable);
    if (order > 0) return children.map(() => within);
    if (order < 0) return this.#partsOf(anyOf(this.#diagram, within.children), node);
    if (variable.kind === "fact") return within.children;
    const finer = mergePlaces(places, within.places);
    const parts: Node[][] = children.map(() => []);
    let group = 0;
    for (const [cell, part] of childrenAt(within, finer).entries()) {
      const place = cell === 0 ? undefined : finer[cell - 1];
      const isOwn = place !== undefined && places.some(({ order: own }) => own === place.order);
      if (isOwn) group += 1;
      // A string without a place of its own is one of the others; a version is where the version before it is.
      parts[variable.kind === "text" && !isOwn ? 0 : group]!.push(part);
    }
    return parts.map((part) => anyOf(this.#diagram, part));
  }

  #isSameWithin(a: Node, b: Node, within: Node): boolean {
    if (a === b) return true;
    const diagram = this.#diagram;
    const differences = diagram.or(diagram.and(a, diagram.not(b)), diagram.and(b, diagram.not(a)));
    return diagram.and(differences, within) === false;
  }
}
