// Whether a distribution's `Requires-Python` lets a Python in, and how it is written.

import type { SpecifierSet } from "../pep/versions/specifier-set.ts";
import { rangeOf } from "../pep/versions/version-range.ts";
import type { Bound, VersionRange } from "../pep/versions/interval.ts";
import { makeVersion } from "../pep/versions/version.ts";
import type { Version } from "../pep/versions/version.ts";

/**
 * Whether a Python is not older than what is required. Upper bounds are ignored: that a future Python breaks a
 * distribution is a guess of its author, and taking it literally ends in ancient releases without the bound.
 */
export function isPythonNewEnough(python: Version, required: SpecifierSet): boolean {
  const lowest = rangeOf(required).intervals[0]?.lower;
  return lowest === undefined || releaseOf(python).order >= lowest.order;
}

/** The Pythons that are required, for explanations: Pythons are releases, so `~=3.8` ends before 4, not 4.dev0. */
export function requiredPythons(required: SpecifierSet): VersionRange {
  const release = (bound: Bound | undefined): Bound | undefined => {
    if (bound?.version.dev !== 0) return bound;
    const version = makeVersion({ ...bound.version, dev: undefined });
    return { ...bound, order: version.order, version };
  };
  const { intervals } = rangeOf(required);
  return {
    intervals: intervals.map(({ lower, upper }) => ({ lower: release(lower), upper: release(upper) })),
  };
}

/** A Python's release without zeros at its end: `3.13.0b1` counts as 3.13 and may have what 3.13 requires. */
export function releaseOf(python: Version): Version {
  const release = [...python.release];
  while (release.length > 1 && release.at(-1) === 0) release.pop();
  return makeVersion({
    epoch: python.epoch,
    release,
    pre: undefined,
    post: undefined,
    dev: undefined,
    local: undefined,
  });
}
