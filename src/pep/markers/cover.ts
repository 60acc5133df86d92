// Decision diagrams as disjunctions of conjunctions that have no needless term: a cover without redundant clauses, made
// field by field (Minato's method). What every answer of a field has in common is covered without the field; what is
// then left of each group of answers is covered with it. The order of the fields decides between equally short covers.

import { alternativesOf, type Choice } from "./choices.ts";
import { childrenAt, compareVariables, MarkerTooLarge, mergePlaces } from "./diagram.ts";
import type { Decision, Diagram, Node, Places, Variable } from "./diagram.ts";

/** Comparisons that hold together, in the order of the diagram's fields. */
export type Clause = readonly Choice[];

/** Some clauses, and the set that they are. */
interface Cover {
  readonly clauses: readonly Clause[];
  readonly node: Node;
}

/**
 * The clauses that together are a node.
 *
 * @throws MarkerTooLarge where they are too many
 */
export function clausesOf(diagram: Diagram, node: Node): readonly Clause[] {
  return new CoverSearch(diagram).cover(node, node).clauses;
}

class CoverSearch {
  readonly #diagram: Diagram;
  readonly #known = new Map<Node, Map<Node, Cover>>();
  #steps = 0;

  constructor(diagram: Diagram) {
    this.#diagram = diagram;
  }

  /** Clauses that have all of `needed` and nothing outside of `allowed`. */
  cover(needed: Node, allowed: Node): Cover {
    if (needed === false) return NOTHING;
    if (allowed === true) return EVERYTHING;
    const known = this.#known.get(needed) ?? new Map<Node, Cover>();
    this.#known.set(needed, known);
    let cover = known.get(allowed);
    if (cover === undefined) known.set(allowed, (cover = this.#split(needed, allowed)));
    return cover;
  }

  #split(needed: Node, allowed: Node): Cover {
    const diagram = this.#diagram;
    const [variable, places] = topOf([needed, allowed]);
    const size = variable.kind === "fact" ? 2 : places.length + 1;
    this.#steps += 1;
    if (this.#steps > MAX_STEPS) throw new MarkerTooLarge();
    diagram.spend(size);
    const cells = cellsOf(needed, { variable, places, size });
    const limits = cellsOf(allowed, { variable, places, size });
    const everywhere = [...new Set(limits)].reduce((all, limit) => diagram.and(all, limit));
    const covers = cells.map((cell, index) =>
      this.cover(diagram.and(cell, diagram.not(everywhere)), limits[index]!),
    );
    const left = cells.map((cell, index) => diagram.and(cell, diagram.not(covers[index]!.node)));
    const common = this.cover(
      [...new Set(left)].reduce((all, part) => diagram.or(all, part)),
      everywhere,
    );
    const clauses: Clause[] = [];
    for (const node of new Set(covers.map((cover) => cover.node))) {
      if (node === false) continue;
      diagram.spend(size);
      const admitted = covers.map((other) => other.node === node);
      const cover = covers.find((other) => other.node === node)!;
      for (const terms of alternativesOf({ variable, places, size }, admitted))
        for (const clause of cover.clauses) clauses.push([...terms, ...clause]);
      if (clauses.length > MAX_CLAUSES) throw new MarkerTooLarge();
    }
    clauses.push(...common.clauses);
    if (clauses.length > MAX_CLAUSES) throw new MarkerTooLarge();
    diagram.spend(clauses.reduce((sum, clause) => sum + clause.length, 0));
    const own = diagram.decide(
      variable,
      places,
      covers.map(({ node }) => node),
    );
    return { clauses, node: diagram.or(own, common.node) };
  }
}

interface Cells {
  readonly variable: Variable;
  readonly places: Places;
  readonly size: number;
}

/** The first field that some nodes ask for, with everything that they distinguish of it. */
function topOf(nodes: readonly Node[]): readonly [Variable, Places] {
  const decisions = nodes.filter((node): node is Decision => typeof node !== "boolean");
  const [variable] = decisions.map((node) => node.variable).toSorted(compareVariables);
  if (variable === undefined) throw new RangeError("a constant asks for nothing");
  const places = decisions
    .filter((node) => node.variable === variable)
    .reduce<Places>((all, node) => mergePlaces(all, node.places), []);
  return [variable, places];
}

function cellsOf(node: Node, { variable, places, size }: Cells): readonly Node[] {
  if (typeof node === "boolean" || node.variable !== variable)
    return Array.from({ length: size }, () => node);
  return childrenAt(node, places);
}

const NOTHING: Cover = { clauses: [], node: false };
const EVERYTHING: Cover = { clauses: [[]], node: true };
/** A simplified marker of more clauses does not help. */
const MAX_CLAUSES = 500;
/** The markers of a lock of 500 packages need less than 1000 each. */
const MAX_STEPS = 20_000;
