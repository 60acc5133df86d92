// What is resolved for: one environment, or all environments of a range of Pythons at once.

import type { Marker, MarkerEnvironment } from "../pep/markers/expression.ts";
import type { SpecifierSet } from "../pep/versions/specifier-set.ts";
import type { Target } from "../pep/tags/tags.ts";

/** What is resolved for. */
export type Environment = SpecificEnvironment | UniversalEnvironment;

/** One interpreter on one machine: every marker is true or false. */
export interface SpecificEnvironment {
  readonly kind: "specific";
  readonly target: Target;
  /** Whether the target's Python was requested rather than found; it changes the words of an explanation. */
  readonly isPythonRequested?: boolean;
}

/**
 * Every platform and every Python of a range. Where one set of versions cannot serve all of them, the resolution forks:
 * see docs/solver.md#forking.
 */
export interface UniversalEnvironment {
  readonly kind: "universal";
  /** The Pythons that count, such as `>=3.9`. As for distributions, an upper bound is not taken literally. */
  readonly requiresPython: SpecifierSet;
  /** Only these environments count, if there are any; each is a fork from the beginning. They should be disjoint. */
  readonly environments?: readonly Marker[];
  /** A version without a source distribution must have a wheel for each of these, or it is not used there. */
  readonly requiredEnvironments?: readonly Marker[];
  /**
   * `requires-python` (the default): the newest version for each Python, with a fork where a newer version needs a
   * newer Python. `fewest`: as few versions of a project as possible.
   */
  readonly forkStrategy?: ForkStrategy;
  /** The environment at hand: a hint says where it is not among those for which there is no solution. */
  readonly current?: MarkerEnvironment | undefined;
}

/** What forks are made for: docs/solver.md#forking. */
export type ForkStrategy = "requires-python" | "fewest";
