// The environments that one search is for: one of them, or those of a fork.

import { compareText } from "../../base/values/compare-text.ts";
import { releasesOf } from "../../pep/markers/claims.ts";
import { MarkerTooLarge } from "../../pep/markers/diagram.ts";
import type { Marker, MarkerEnvironment } from "../../pep/markers/expression.ts";
import type { MarkerSet, MarkerSets } from "../../pep/markers/sets.ts";
import type { SpecifierSet } from "../../pep/versions/specifier-set.ts";
import type { Target } from "../../pep/tags/tags.ts";
import { rangeBetween } from "../../pep/versions/version-range.ts";
import type { Bound, VersionRange } from "../../pep/versions/interval.ts";
import { parseVersion } from "../../pep/versions/version.ts";
import type { Version } from "../../pep/versions/version.ts";
import type { UniversalEnvironment } from "../environment.ts";
import { conditionsIn } from "../requirements.ts";
import type { Conditions } from "../requirements.ts";
import { isPythonNewEnough } from "../requires-python.ts";

/** The environments that one search is for. */
export interface Scope {
  /** Requirements outside of the scope never apply. In one environment, a condition is true or false. */
  readonly conditions: Conditions<MarkerSet>;
  /** The Python, or the oldest one. */
  readonly python: Version;
  /** The fork, where the resolution is for all environments. */
  readonly fork: Fork | undefined;
  /** Whether `Requires-Python` accepts every Python of the scope. Upper bounds are ignored. */
  acceptsPython(required: SpecifierSet): boolean;
}

/** The scope of one environment. */
export function specificScope(target: Target, sets: MarkerSets): Scope {
  return {
    conditions: conditionsWithin(target.markers, sets),
    python: target.pythonVersion,
    fork: undefined,
    acceptsPython: (required) => isPythonNewEnough(target.pythonVersion, required),
  };
}

/**
 * Conditions in one environment that tell by what marker they hold: never, or in a set of environments that this one is in. Two
 * requirements of one marker are one package to the solver. What a set cannot say, for its size, holds by no marker.
 */
function conditionsWithin(environment: MarkerEnvironment, sets: MarkerSets): Conditions<MarkerSet> {
  const holding = conditionsIn(environment);
  const among = (set: () => MarkerSet): MarkerSet => {
    try {
      // A made-up environment can hold what the sets take for impossible.
      return set() || true;
    } catch (error) {
      if (error instanceof MarkerTooLarge) return true;
      throw error;
    }
  };
  const setOf = (marker: Marker, extra?: string): MarkerSet =>
    sets.ofExtras(marker, extra === undefined ? [] : [extra]);
  return {
    of(marker, extra) {
      if (marker === undefined) return true;
      return holding.of(marker, extra) && among(() => setOf(marker, extra));
    },
    onlyWith(marker, extra) {
      if (marker === undefined || !holding.onlyWith(marker, extra)) return false;
      return among(() => sets.except(setOf(marker, extra), setOf(marker)));
    },
    and: (first, second) => first !== false && second !== false && among(() => sets.and(first, second)),
    or: (first, second) => among(() => sets.or(first, second)),
    isNever: (when) => when === false,
  };
}

/** The environments of one search among several that share the work; forks are disjoint. */
export class Fork implements Scope {
  readonly sets: MarkerSets;
  /** The environments, apart from the Pythons that were required at the beginning. */
  readonly markers: MarkerSet;
  readonly conditions: Conditions<MarkerSet>;
  readonly #pythons: PythonBounds;
  readonly #pythonSet: MarkerSet;

  private constructor(sets: MarkerSets, markers: MarkerSet, pythons: PythonBounds) {
    this.sets = sets;
    this.markers = markers;
    this.#pythons = pythons;
    this.#pythonSet = sets.ofPythons(rangeOfBounds(pythons));
    const setOf = (marker: Marker | undefined, extra?: string): MarkerSet =>
      marker === undefined ? true : sets.ofExtras(marker, extra === undefined ? [] : [extra]);
    this.conditions = {
      of: setOf,
      onlyWith: (marker, extra) => sets.except(setOf(marker, extra), setOf(marker)),
      and: (first, second) => sets.and(first, second),
      or: (first, second) => sets.or(first, second),
      isNever: (when) => !this.includes(when) || sets.areDisjoint(when, this.#pythonSet),
    };
  }

  /** All environments of some Pythons. */
  static everywhere(sets: MarkerSets, requiresPython: SpecifierSet): Fork {
    return new Fork(sets, true, boundsOf(releasesOf(requiresPython)));
  }

  get fork(): Fork {
    return this;
  }

  get python(): Version {
    return this.#pythons.lower?.version ?? OLDEST_PYTHON;
  }

  /** The Pythons that were required, narrowed by what the fork says about Python. */
  get pythons(): VersionRange {
    return rangeOfBounds(this.#pythons);
  }

  /** The environments of the fork, Pythons included. */
  get environments(): MarkerSet {
    return this.sets.and(this.markers, this.#pythonSet);
  }

  /** Whether some of the environments are in the fork. */
  includes(environments: MarkerSet): boolean {
    return !this.sets.areDisjoint(environments, this.markers);
  }

  acceptsPython(required: SpecifierSet): boolean {
    return compareLower(boundsOf(releasesOf(required)).lower, this.#pythons.lower) <= 0;
  }

  /** Whether a set of environments begins with a newer Python than the fork. */
  isRaisedBy(environments: MarkerSet): boolean {
    return compareLower(boundsOf(this.sets.pythonsOf(environments)).lower, this.#pythons.lower) > 0;
  }

  /** The part of the fork in some environments. */
  narrow(environments: MarkerSet): Fork {
    const markers = this.sets.and(this.markers, environments);
    const { lower, upper } = boundsOf(this.sets.pythonsOf(markers));
    return new Fork(this.sets, markers, {
      lower: compareLower(lower, this.#pythons.lower) >= 0 ? lower : this.#pythons.lower,
      upper: compareUpper(upper, this.#pythons.upper) <= 0 ? upper : this.#pythons.upper,
    });
  }

  /** The fork below and above the oldest Python that is required; none where that splits nothing. */
  splitByPython(required: SpecifierSet): readonly Fork[] {
    const at = boundsOf(releasesOf(required)).lower;
    const { lower, upper } = this.#pythons;
    if (at === undefined || compareLower(at, lower) <= 0) return [];
    if (upper !== undefined && at.order >= upper.order) return [];
    const end: Bound = { ...at, isInclusive: !at.isInclusive };
    return [
      { lower, upper: end },
      { lower: at, upper },
    ]
      .map((bounds) => this.sets.ofPythons(rangeOfBounds(bounds)))
      .filter((part) => this.includes(part))
      .map((part) => this.narrow(part));
  }

  /** The fork with and without some environments; none where one of the two is empty. */
  splitBy(environments: MarkerSet): readonly Fork[] {
    const rest = this.sets.not(environments);
    if (!this.includes(environments) || !this.includes(rest)) return [];
    return [this.narrow(environments), this.narrow(rest)];
  }

  /** Negative where the fork begins with an older Python than another one. */
  comparePythons(other: Fork): number {
    return compareLower(
      boundsOf(this.sets.pythonsOf(this.markers)).lower,
      boundsOf(other.sets.pythonsOf(other.markers)).lower,
    );
  }

  /**
   * The marker of some environments, without what the required Pythons and an assumption say anyway; a constant where
   * it says nothing.
   */
  describe(
    environments: MarkerSet,
    given: { readonly pythons: VersionRange; readonly assuming?: MarkerSet },
  ): Marker | boolean {
    const { pythons, assuming = true } = given;
    const part = this.sets.assumePythons(environments, pythons);
    return assuming === true
      ? this.sets.toMarker(part)
      : this.sets.toMarker(part, { assuming: this.sets.assumePythons(assuming, pythons) });
  }
}

interface PythonBounds {
  readonly lower: Bound | undefined;
  readonly upper: Bound | undefined;
}

function boundsOf({ intervals }: VersionRange): PythonBounds {
  return { lower: intervals[0]?.lower, upper: intervals.at(-1)?.upper };
}

function rangeOfBounds({ lower, upper }: PythonBounds): VersionRange {
  return rangeBetween(lower, upper === undefined ? undefined : { ...upper, isInclusive: !upper.isInclusive });
}

function compareLower(first: Bound | undefined, second: Bound | undefined): number {
  return compareText(first?.order ?? "", second?.order ?? "");
}

function compareUpper(first: Bound | undefined, second: Bound | undefined): number {
  if (first === undefined || second === undefined) {
    return Number(first === undefined) - Number(second === undefined);
  }
  return compareText(first.order, second.order);
}

const OLDEST_PYTHON = parseVersion("0");

/**
 * The forks that a resolution for all environments begins with, the last one to be solved first: one, or one for each
 * of the environments that the user limits it to.
 */
export function firstForks(
  everywhere: Fork,
  { environments = [], forkStrategy }: UniversalEnvironment,
  { resolution }: { readonly resolution: "highest" | "lowest" | "lowest-direct" },
): readonly Fork[] {
  if (environments.length === 0) return [everywhere];
  const forks = environments
    .map((marker) => everywhere.sets.of(marker))
    .filter((environment) => everywhere.includes(environment))
    .map((environment) => everywhere.narrow(environment))
    .toReversed();
  const direction = forkStrategy === "fewest" || resolution === "lowest" ? -1 : 1;
  return forks.toSorted((first, second) => direction * first.comparePythons(second));
}
