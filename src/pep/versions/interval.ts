// A set of versions as a value: intervals between bounds.

import type { Version } from "./version.ts";

/** An end of an interval. */
export interface Bound {
  /** Versions with a smaller `order` lie below the bound, all others above it. Equal places have equal keys. */
  readonly order: string;
  /** The version that the bound is written with. */
  readonly version: Version;
  /** As a lower bound `>=` or `>`, as an upper bound `<=` or `<`. */
  readonly isInclusive: boolean;
}

/** All versions between two bounds, never empty; an undefined bound is infinitely far. */
export interface Interval {
  readonly lower: Bound | undefined;
  readonly upper: Bound | undefined;
}

/** A set of versions: intervals in ascending order with versions between them. Equal sets have equal keys. */
export interface VersionRange {
  readonly intervals: readonly Interval[];
}
