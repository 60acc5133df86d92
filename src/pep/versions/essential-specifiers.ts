// Specifiers without those that say nothing beside the others.

import { isLowerBefore, isUpperBefore } from "./bounds.ts";
import type { Interval } from "./interval.ts";
import type { Specifier } from "./specifier-set.ts";

/**
 * Leaves out what others imply, in the order given: of all that accept one unbroken range, as all do but `!=`, the one with the
 * highest lower bound and the one with the lowest upper bound say the same.
 */
export function essentialSpecifiers(specifiers: readonly Specifier[]): readonly Specifier[] {
  const essential = new Set<Specifier>();
  let highest: Bounded | undefined;
  let lowest: Bounded | undefined;
  for (const specifier of specifiers) {
    const [interval, ...others] = specifier.range.intervals;
    // What accepts no version implies all others.
    if (interval === undefined) return [specifier];
    if (others.length > 0) {
      essential.add(specifier);
      continue;
    }
    if (isLowerBefore(highest?.interval.lower, interval.lower)) highest = { specifier, interval };
    if (isUpperBefore(interval.upper, lowest?.interval.upper)) lowest = { specifier, interval };
  }
  for (const bounded of [highest, lowest]) if (bounded !== undefined) essential.add(bounded.specifier);
  return specifiers.filter((specifier) => essential.has(specifier));
}

interface Bounded {
  readonly specifier: Specifier;
  readonly interval: Interval;
}
