// Who keeps being rejected, and by whom. Changing their places is what keeps the search from trying the product of
// all versions of both. See docs/solver.md#conflicts.

import { projectName } from "../package.ts";
import type { PackageId, PackageTable } from "../package.ts";
import type { Incompatibility } from "./incompatibility.ts";

/** A change of order that is due. */
export interface DueChanges {
  /** Packages that were rejected too often. */
  readonly earlier: readonly PackageId[];
  /** Packages that rejected others too often. */
  readonly later: readonly PackageId[];
}

/** Counts conflicts; owned by one resolution. */
export class ConflictTracker {
  readonly #packages: PackageTable;
  #affected = new Map<PackageId, number>();
  #culprits = new Map<PackageId, number>();
  #earlier: PackageId[] = [];
  #later: PackageId[] = [];

  constructor(packages: PackageTable) {
    this.#packages = packages;
  }

  /** A copy that goes its own way. */
  clone(): ConflictTracker {
    const copy = new ConflictTracker(this.#packages);
    copy.#affected = new Map(this.#affected);
    copy.#culprits = new Map(this.#culprits);
    copy.#earlier = [...this.#earlier];
    copy.#later = [...this.#later];
    return copy;
  }

  /**
   * Counts one conflict.
   *
   * @param affected The package that was rejected.
   * @param current The package that was being decided.
   */
  record(affected: PackageId, incompatibility: Incompatibility, current: PackageId): void {
    const affectedName = projectName(this.#packages.packageOf(affected));
    let hasCulprit = false;
    for (const entry of incompatibility.terms) {
      if (entry.package === affected) continue;
      // A project and its extras share a version; that they agree is not a conflict.
      if (projectName(this.#packages.packageOf(entry.package)) === affectedName) continue;
      hasCulprit = true;
      if (countUp(this.#culprits, entry.package) === CONFLICT_THRESHOLD) this.#later.push(entry.package);
    }
    if (hasCulprit && countUp(this.#affected, current) === CONFLICT_THRESHOLD) this.#earlier.push(current);
  }

  /** The changes that became due since the last call. */
  takeDue(): DueChanges {
    const due = { earlier: this.#earlier, later: this.#later };
    this.#earlier = [];
    this.#later = [];
    return due;
  }
}

function countUp(counts: Map<PackageId, number>, packageId: PackageId): number {
  const count = (counts.get(packageId) ?? 0) + 1;
  counts.set(packageId, count);
  return count;
}

/** How many conflicts are too many: uv's CONFLICT_THRESHOLD (crates/uv-resolver/src/resolver/mod.rs). */
const CONFLICT_THRESHOLD = 5;
