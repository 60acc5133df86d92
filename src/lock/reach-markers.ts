// When each package of a resolution is needed: the markers on all ways from the requirements to it, put together.

import { append } from "../base/values/group-by.ts";
import { madeOnce } from "../base/work/once.ts";
import { PinionError } from "../errors.ts";
import { formatSimplifiedMarker, simplifyMarker, type SimplifiedMarker } from "../pep/markers/algebra.ts";
import { evaluateMarker } from "../pep/markers/evaluate.ts";
import { NOWHERE, type Marker } from "../pep/markers/expression.ts";
import { mentionsExtra } from "../pep/markers/extras.ts";
import { joinMarkers } from "../pep/markers/join.ts";

/** A need, from a package or from the user (`from` is undefined), under a marker; absent means always. */
export interface MarkedEdge {
  readonly from: number | undefined;
  readonly to: number;
  readonly marker: Marker | undefined;
}

export interface ReachOptions {
  /** What holds anyway, and is not written. */
  readonly assuming?: Marker | undefined;
  /** Called in between, some ten times a second: it lets others have their turn, and may throw. */
  readonly pause?: (() => Promise<void>) | undefined;
}

/**
 * The marker of each package as uv writes it; undefined where it is always needed.
 *
 * @param count how many packages there are; edges name them by their index
 * @throws resolve/budget-exhausted where they come to more comparisons than can be put together
 */
export async function reachMarkers(
  count: number,
  edges: readonly MarkedEdge[],
  { assuming, pause }: ReachOptions = {},
): Promise<readonly (string | undefined)[]> {
  const incoming = Array.from({ length: count }, (): MarkedEdge[] => []);
  for (const edge of edges) incoming[edge.to]?.push(edge);
  const always = alwaysNeeded(count, edges);
  const sizes = new Sizes();
  const spend = async (marker: Marker): Promise<void> => {
    if (sizes.spend(marker)) await pause?.();
  };
  let current: readonly SimplifiedMarker[] = always.map((isAlways) => isAlways);
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const next: SimplifiedMarker[] = [];
    for (const [index, known] of current.entries()) {
      const ways = always[index] === true ? known : waysTo(incoming[index] ?? [], current);
      if (typeof ways !== "boolean") await spend(ways);
      next.push(typeof ways === "boolean" ? ways : simplifyMarker(ways));
    }
    const isStable = next.every(
      (marker, index) => formatSimplifiedMarker(marker) === formatSimplifiedMarker(current[index]!),
    );
    current = next;
    if (isStable) break;
  }
  const written: (string | undefined)[] = [];
  for (const marker of current) {
    if (typeof marker === "boolean") written.push(undefined);
    else {
      await spend(marker);
      const left = assuming === undefined ? marker : simplifyMarker(marker, { assuming });
      written.push(typeof left === "boolean" ? undefined : formatSimplifiedMarker(left));
    }
  }
  return written;
}

/**
 * A marker where some extras are requested: comparisons with `extra` become true or false.
 *
 * @returns a marker without `extra`, or its constant value
 */
export function withoutExtras(marker: Marker, extras: readonly string[]): SimplifiedMarker {
  if (marker.kind === "comparison")
    return mentionsExtra(marker) ? evaluateMarker(marker, NOWHERE, { extras }) : marker;
  const isAnd = marker.kind === "and";
  const operands = marker.operands.map((operand) => withoutExtras(operand, extras));
  if (operands.includes(!isAnd)) return !isAnd;
  const left = operands.filter((operand): operand is Marker => typeof operand !== "boolean");
  if (left.length === 0) return isAnd;
  return left.length === 1 ? left[0]! : { ...marker, operands: left };
}

/** What can be reached without any marker. */
function alwaysNeeded(count: number, edges: readonly MarkedEdge[]): readonly boolean[] {
  const outgoing = new Map<number | undefined, number[]>();
  for (const { from, to, marker } of edges) if (marker === undefined) append(outgoing, from, to);
  const reached = new Set(outgoing.get(undefined));
  // A set that grows while it is iterated visits what is added.
  for (const index of reached) for (const to of outgoing.get(index) ?? []) reached.add(to);
  return Array.from({ length: count }, (_, index) => reached.has(index));
}

/** Whether one of the needs holds, each where the package that has it is needed. */
function waysTo(edges: readonly MarkedEdge[], current: readonly SimplifiedMarker[]): SimplifiedMarker {
  const ways: Marker[] = [];
  for (const { from, marker } of edges) {
    const dependent = from === undefined ? true : current[from]!;
    if (dependent === false) continue;
    if (dependent === true && marker === undefined) return true;
    const parts = [dependent, marker].filter((part): part is Marker => typeof part === "object");
    ways.push(joinMarkers("and", parts));
  }
  return ways.length === 0 ? false : joinMarkers("or", ways);
}

/** Counts what is asked of markers: those of packages that need each other grow with each round where they cannot be simplified. */
class Sizes {
  readonly #known = new Map<Marker, number>();
  #spent = 0;

  /** Whether it is time to let others have their turn. */
  spend(marker: Marker): boolean {
    const before = this.#spent;
    this.#spent += this.#of(marker) + COMPARISONS_A_QUESTION;
    if (this.#spent > MAX_COMPARISONS)
      throw new PinionError(
        "resolve/budget-exhausted",
        "The requirements have too many markers to find out when each package is needed",
        { hints: ["Leave markers out, or resolve for all environments at once"] },
      );
    return Math.floor(this.#spent / COMPARISONS_AT_ONCE) > Math.floor(before / COMPARISONS_AT_ONCE);
  }

  #of(marker: Marker): number {
    if (marker.kind === "comparison") return 1;
    const { operands } = marker;
    return madeOnce(this.#known, marker, () => operands.reduce((sum, operand) => sum + this.#of(operand), 0));
  }
}

/** Cycles settle in two or three; what does not is still a marker that holds where it must. */
const MAX_ROUNDS = 20;
/** Of all questions: a lock of 500 packages asks about some ten thousand. */
const MAX_COMPARISONS = 500_000;
/** What it takes to ask anything of a marker. */
const COMPARISONS_A_QUESTION = 10;
/** A tenth of a second. */
const COMPARISONS_AT_ONCE = 200;
