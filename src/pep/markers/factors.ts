// Markers in disjunctive form with what their clauses have in common taken out, as uv writes them since 0.13:
// `a and b or a and c` becomes `a and (b or c)`. A marker in which nothing is common is left as it is.

import { groupBy } from "../../base/values/group-by.ts";
import type { Marker, MarkerComparison } from "./expression.ts";
import { joinMarkers } from "./join.ts";
import { formatMarker } from "./marker.ts";

/** Takes common terms out of a disjunction of conjunctions; any other marker is given back. */
export function factorMarker(marker: Marker): Marker {
  const clauses = clausesOf(marker);
  if (clauses === undefined || clauses.length < 2) return marker;
  const products = mergeSameRests(groupByFirst(clauses));
  if (products.length === clauses.length) return marker;
  return joinMarkers("or", singleTermsTogether(products).map(productMarker));
}

type Clause = readonly MarkerComparison[];

/** Some prefixes, each followed by each of some rests. */
interface Product {
  readonly prefixes: readonly Clause[];
  readonly rests: readonly Clause[];
}

function clausesOf(marker: Marker): readonly Clause[] | undefined {
  if (marker.kind !== "or") return undefined;
  const clauses: Clause[] = [];
  for (const operand of marker.operands) {
    const terms = operand.kind === "and" ? operand.operands : [operand];
    const comparisons = terms.filter((term) => term.kind === "comparison");
    if (comparisons.length < terms.length) return undefined;
    clauses.push(comparisons);
  }
  return clauses;
}

/** Clauses that begin alike: all that they begin with together, then what is left of each. */
function groupByFirst(clauses: readonly Clause[]): readonly Product[] {
  const groups = groupBy(clauses, ([first]) => (first === undefined ? "" : formatMarker(first)));
  return [...groups.values()].map((group) => {
    const [lead = [], ...others] = group;
    let length = 1;
    const isShared = (place: number): boolean =>
      others.every((clause) => clause.length > place + 1 && isSame(clause[place], lead[place]));
    if (others.length > 0) while (length + 1 < lead.length && isShared(length)) length += 1;
    return { prefixes: [lead.slice(0, length)], rests: group.map((clause) => clause.slice(length)) };
  });
}

/** Groups that end alike become one, at the place of the first. */
function mergeSameRests(products: readonly Product[]): readonly Product[] {
  const merged = new Map<string, Product>();
  for (const [place, product] of products.entries()) {
    const isWhole = product.rests.every((rest) => rest.length > 0);
    const key = isWhole
      ? JSON.stringify(product.rests.map((rest) => rest.map((term) => formatMarker(term))))
      : `${place}`;
    const known = merged.get(key);
    merged.set(
      key,
      known === undefined ? product : { ...known, prefixes: [...known.prefixes, ...product.prefixes] },
    );
  }
  return [...merged.values()];
}

/** Clauses of one term stand together, at the place of the first. */
function singleTermsTogether(products: readonly Product[]): readonly Product[] {
  const isSingle = ({ rests }: Product): boolean => rests.every((rest) => rest.length === 0);
  const first = products.findIndex(isSingle);
  return first === -1
    ? products
    : [
        ...products.slice(0, first),
        ...products.filter(isSingle),
        ...products.slice(first).filter((product) => !isSingle(product)),
      ];
}

function productMarker({ prefixes, rests }: Product): Marker {
  return joinMarkers("and", [...alternatives(prefixes), ...alternatives(rests)]);
}

/** One clause as its terms; several as one disjunction. */
function alternatives(clauses: readonly Clause[]): readonly Marker[] {
  const [only = []] = clauses;
  if (clauses.length === 1) return only;
  const parts = clauses.map((clause): Marker => {
    const [first] = clause;
    if (first !== undefined && clause.length === 1) return first;
    return { kind: "and", operands: clause, isParenthesized: true };
  });
  return [{ kind: "or", operands: parts, isParenthesized: false }];
}

function isSame(one: MarkerComparison | undefined, other: MarkerComparison | undefined): boolean {
  return one !== undefined && other !== undefined && formatMarker(one) === formatMarker(other);
}
