// What a search has cost, by all of its copies together, and the bounds on that: the requirements of an index may be made so that
// a step takes long, or leaves much behind. See docs/solver.md#search.

import { MarkerTooLarge } from "../../pep/markers/diagram.ts";
import type { VersionRange } from "../../pep/versions/interval.ts";
import type { Term } from "./term.ts";

/** Ends a search that costs more than it may. */
export class WorkExhausted extends Error {}

export interface WorkBounds {
  /** Of what was learnt with what was decided. */
  readonly maxComparisons: number;
  readonly maxIntervals?: number;
  /** Packages of all copies. */
  readonly maxCopied?: number | undefined;
}

/** What the copy of a search holds. */
export interface SearchSize {
  readonly packages: number;
  /** Versions whose needs are known, and what follows from them. */
  readonly learnt: number;
}

/** The work of one resolution. */
export class Work {
  readonly #maxComparisons: number;
  readonly #maxIntervals: number;
  readonly #maxCopied: number;
  #comparisons = 0;
  #intervals = 0;
  #copied = 0;

  constructor({ maxComparisons, maxIntervals = MAX_INTERVALS, maxCopied = MAX_COPIED }: WorkBounds) {
    this.#maxComparisons = maxComparisons;
    this.#maxIntervals = maxIntervals;
    this.#maxCopied = maxCopied;
  }

  /** Counts a comparison of some terms, which have so many intervals. @throws WorkExhausted */
  compare(intervals: number): void {
    this.#comparisons += 1 + intervals / INTERVALS_OF_COMPARISON;
    if (this.#comparisons > this.#maxComparisons) throw new WorkExhausted();
  }

  /** Counts intervals that are made and kept. @throws WorkExhausted */
  keep(term: Term): void {
    const count = term.range.intervals.length;
    this.#comparisons += count / INTERVALS_OF_COMPARISON;
    // Ranges of ordinary requirements cost less than what else is kept of them.
    this.#intervals += Math.max(count - FEW_INTERVALS, 0);
    if (this.#intervals > this.#maxIntervals || this.#comparisons > this.#maxComparisons)
      throw new WorkExhausted();
  }

  /**
   * Counts the copy of a search, which begins with all that was found out.
   *
   * @throws MarkerTooLarge
   */
  copy({ packages, learnt }: SearchSize): void {
    this.#copied += packages + learnt / LEARNT_OF_PACKAGE;
    if (this.#copied > this.#maxCopied) throw new MarkerTooLarge();
  }

  /** Counts them as kept no more. */
  drop(term: Term): void {
    this.#intervals -= Math.max(term.range.intervals.length - FEW_INTERVALS, 0);
  }
}

/** How many intervals the ranges of some terms have. */
export function intervalsOf(terms: readonly { readonly term: Term }[]): number {
  return terms.reduce((sum, { term }) => sum + lengthOf(term.range), 0);
}

function lengthOf({ intervals }: VersionRange): number {
  return intervals.length;
}

/** Comparing two ranges looks at each of their intervals, which takes some 50 nanoseconds. */
const INTERVALS_OF_COMPARISON = 32;

const FEW_INTERVALS = 8;

/** Rows of lists beside all that is kept of a package. */
const LEARNT_OF_PACKAGE = 32;

/** Some 300 MB. */
const MAX_INTERVALS = 4_000_000;

/** Some 600 MB; the largest real locks have 3,000 packages, with those of markers, and some dozens of forks. */
const MAX_COPIED = 500_000;
