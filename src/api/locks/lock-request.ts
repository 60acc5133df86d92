// What is requested of a lock, and what comes of it.

import type { Lock } from "../../lock/lock.ts";
import type { Target } from "../../pep/tags/tags.ts";
import type { Interpreter } from "../../python/interpreters/interpreter.ts";
import type { IndexLocation } from "../../registry/indexes/locations.ts";
import type { PreferredVersion } from "../../resolve/input.ts";
import type { ResolveRequest } from "../requests.ts";

/** A lock holds all that was chosen, so `onlyDependencies` has no part in it. */
export interface CompileRequest extends Omit<ResolveRequest, "onlyDependencies"> {
  /** The environment to lock for, unless `universal` says otherwise. */
  readonly target: Target;
  /** The Python that builds where only a build knows what a source requires; without one nothing is built. */
  readonly python?: Interpreter | undefined;
  /** `>=3.11.7`: what the lock says about Python. */
  readonly requiresPython: string;
  /** Whether the lock says when each package is needed, also for one target. */
  readonly hasMarkers?: boolean | undefined;
  /** Whether files for which the index states no hash are fetched, so that the lock has one. */
  readonly needsHashes?: boolean | undefined;
  /** Whether the markers for one target leave out what `requiresPython` implies. */
  readonly omitsImpliedPythons?: boolean | undefined;
  /** Whether to find out for which environments the lock is known to be right; for one target only. */
  readonly hasMarkerExpression?: boolean | undefined;
  /** The pins of an earlier lock, which are kept while they fit. */
  readonly pins?: Pins | undefined;
}

/** The versions of a lock, and the hashes that it states for them. */
export interface Pins {
  readonly versions: ReadonlyMap<string, readonly PreferredVersion[]>;
  /** By `name==version`. */
  readonly hashes: ReadonlyMap<string, readonly string[]>;
}

/** A lock, and what is known beside it. */
export interface Compiled {
  readonly lock: Lock;
  /** In the order in which they were asked, without credentials. */
  readonly indexes: readonly IndexLocation[];
  /** The environments for which the lock is known to be right, as a marker; only where that was requested. */
  readonly markerExpression?: string | undefined;
  /** Whole sentences without a full stop. */
  readonly warnings: readonly string[];
}
