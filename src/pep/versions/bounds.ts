// The order of the ends of intervals.

import type { Bound } from "./interval.ts";

/** Whether a lower bound lies below another; undefined lies below all. */
export function isLowerBefore(a: Bound | undefined, b: Bound | undefined): boolean {
  return b !== undefined && (a === undefined || a.order < b.order);
}

/** Whether an upper bound lies below another; undefined lies above all. */
export function isUpperBefore(a: Bound | undefined, b: Bound | undefined): boolean {
  return a !== undefined && (b === undefined || a.order < b.order);
}
