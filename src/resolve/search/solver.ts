// PubGrub: unit propagation and conflict resolution over incompatibilities, without knowing where versions come
// from. See docs/solver.md#algorithm; the method is Natalie Weizenbaum's, https://nex3.medium.com/pubgrub-2fb6470504f.

import { append } from "../../base/values/group-by.ts";
import { singletonRange } from "../../pep/versions/version-range.ts";
import type { VersionRange } from "../../pep/versions/interval.ts";
import type { Version } from "../../pep/versions/version.ts";
import { dependencyOf, mergeDependents, priorCause } from "./incompatibility.ts";
import type { Incompatibility, UnavailableReason } from "./incompatibility.ts";
import { PackageTable } from "../package.ts";
import type { PackageId } from "../package.ts";
import { PartialSolution } from "./partial-solution.ts";
import { negative, positive, termContains } from "./term.ts";
import { intervalsOf, type SearchSize, type Work } from "./work.ts";

/** A conflict on the way: which package was rejected, and the incompatibility that rejected it. */
export interface Conflict {
  readonly package: PackageId;
  readonly incompatibility: Incompatibility;
}

/** What propagation came to: everything follows, or there is no solution and this is why. */
export type Propagation =
  | { readonly kind: "done"; readonly conflicts: readonly Conflict[] }
  | { readonly kind: "failed"; readonly incompatibility: Incompatibility };

/** A need of one package for another. */
export interface Dependency {
  readonly package: PackageId;
  readonly range: VersionRange;
}

/** The state of one search: packages, incompatibilities and the partial solution. */
export class Solver {
  readonly packages: PackageTable;
  readonly solution: PartialSolution;
  readonly root: PackageId;
  readonly #work: Work;
  readonly #rootVersion: Version;
  /** By package: the incompatibilities that name it, oldest first. */
  #byPackage = new Map<PackageId, Incompatibility[]>();
  /** By dependent, dependency and range: the dependency that covers all versions so far. */
  #merged = new Map<string, Incompatibility[]>();
  #nextId = 0;

  /** @param original What a copy begins with; its packages and its work are shared. */
  constructor(rootVersion: Version, work: Work, original?: Solver) {
    this.#rootVersion = rootVersion;
    this.packages = original?.packages ?? new PackageTable();
    this.#work = work;
    this.solution = original?.solution.clone() ?? new PartialSolution(work);
    this.root = this.packages.idOf({ kind: "root" });
    if (original !== undefined) {
      // Incompatibilities never change, and are shared.
      this.#byPackage = copyLists(original.#byPackage);
      this.#merged = copyLists(original.#merged);
      this.#nextId = original.#nextId;
      return;
    }
    this.#register({
      id: this.#nextId++,
      terms: [{ package: this.root, term: negative(singletonRange(rootVersion)) }],
      cause: { kind: "root" },
    });
  }

  /** What a copy holds. */
  get size(): SearchSize {
    return { packages: this.#byPackage.size, learnt: this.#nextId };
  }

  /** A copy that goes its own way. */
  clone(): Solver {
    return new Solver(this.#rootVersion, this.#work, this);
  }

  /** Records that a package has no version in `range`. */
  addNoVersions(packageId: PackageId, range: VersionRange): void {
    this.#register({
      id: this.#nextId++,
      terms: [{ package: packageId, term: positive(range) }],
      cause: { kind: "no-versions" },
    });
  }

  /** Records that versions of a package cannot be used, for a reason that has nothing to do with dependencies. */
  addUnavailable(packageId: PackageId, range: VersionRange, reason: UnavailableReason): void {
    this.#register({
      id: this.#nextId++,
      terms: [{ package: packageId, term: positive(range) }],
      cause: { kind: "unavailable", reason },
    });
  }

  /** Records one need of the `versions` of a package. */
  addDependency(packageId: PackageId, versions: VersionRange, dependency: Dependency): Incompatibility {
    const incompatibility = dependencyOf({
      id: this.#nextId++,
      package: packageId,
      versions,
      dependency: dependency.package,
      range: dependency.range,
    });
    this.#registerDependency(incompatibility);
    return incompatibility;
  }

  /**
   * Records what a version needs and selects it, unless a need is already known to be unmet.
   *
   * @param options.versions The version with the gap around it that holds no other known version.
   * @returns The need that speaks against the version, in which case nothing was decided.
   */
  addVersion(options: {
    readonly package: PackageId;
    readonly version: Version;
    readonly versions: VersionRange;
    readonly dependencies: readonly Dependency[];
  }): Incompatibility | undefined {
    const added = options.dependencies.map((dependency) =>
      this.addDependency(options.package, options.versions, dependency),
    );
    if (this.solution.hasBacktracked) {
      const trial = { package: options.package, term: positive(singletonRange(options.version)) };
      const conflict = added.find((entry) => this.solution.relate(entry, trial).kind === "satisfied");
      if (conflict !== undefined) return conflict;
    }
    // Nothing has gone wrong so far: what this decision breaks, propagation will find.
    this.solution.decide(options.package, options.version);
    return undefined;
  }

  /** What needs a package, first what was recorded first: which versions of it, and which versions need it. */
  *dependentsOf(packageId: PackageId): IterableIterator<{
    readonly dependent: PackageId;
    readonly versions: VersionRange;
    readonly range: VersionRange;
  }> {
    for (const { cause, terms } of this.#byPackage.get(packageId) ?? [])
      if (cause.kind === "dependency" && cause.dependency === packageId)
        yield { dependent: terms[0]!.package, versions: terms[0]!.term.range, range: cause.range };
  }

  /** Derives everything that follows from a change of `packageId`; resolves the conflicts met on the way. */
  propagate(packageId: PackageId): Propagation {
    const conflicts: Conflict[] = [];
    const pending = new Pending(packageId);
    for (let current = pending.take(); current !== undefined; current = pending.take()) {
      const violated = this.#deriveFrom(current, pending);
      if (violated === undefined) continue;
      const rootCause = this.#resolveConflict(violated, conflicts);
      if (rootCause.kind === "failed") return rootCause;
      // Everything pending belonged to the part of the solution that is gone.
      pending.clear();
      pending.add(rootCause.package);
      this.solution.derive(rootCause.package, rootCause.incompatibility);
      this.solution.markContradicted(rootCause.incompatibility);
    }
    return { kind: "done", conflicts };
  }

  /** Goes back to before a package was decided; `false` where it is not decided. */
  backtrackBefore(packageId: PackageId): boolean {
    const level = this.solution.levelBefore(packageId);
    if (level === undefined || level < 1) return false;
    this.solution.backtrack(level);
    return true;
  }

  /** Applies the incompatibilities of one package, newest first; returns one that is wholly true. */
  #deriveFrom(packageId: PackageId, pending: Pending): Incompatibility | undefined {
    const incompatibilities = this.#byPackage.get(packageId) ?? [];
    for (let index = incompatibilities.length - 1; index >= 0; index--) {
      const incompatibility = incompatibilities[index]!;
      if (this.solution.isContradicted(incompatibility)) continue;
      const relation = this.solution.relate(incompatibility);
      switch (relation.kind) {
        case "satisfied":
          return incompatibility;
        case "almost":
          pending.add(relation.package);
          this.solution.derive(relation.package, incompatibility);
          this.solution.markContradicted(incompatibility);
          break;
        case "contradicted":
          this.solution.markContradicted(incompatibility);
          break;
        case "inconclusive":
          break;
      }
    }
    return undefined;
  }

  /** Finds the root cause of a conflict and goes back to where it would have spoken first. */
  #resolveConflict(
    violated: Incompatibility,
    conflicts: Conflict[],
  ): { readonly kind: "failed"; readonly incompatibility: Incompatibility } | RootCause {
    let current = violated;
    while (!this.#isTerminal(current)) {
      const satisfier = this.solution.satisfierOf(current);
      if (satisfier.cause === undefined || satisfier.previousLevel < satisfier.level) {
        this.solution.backtrack(satisfier.previousLevel);
        if (current !== violated) this.#register(current);
        conflicts.push({ package: satisfier.package, incompatibility: current });
        return { kind: "found", package: satisfier.package, incompatibility: current };
      }
      current = priorCause({
        id: this.#nextId++,
        conflict: current,
        satisfierCause: satisfier.cause,
        package: satisfier.package,
      });
      for (const { term } of current.terms) this.#work.keep(term);
      conflicts.push({ package: satisfier.package, incompatibility: current });
    }
    return { kind: "failed", incompatibility: current };
  }

  /** Whether nothing is left to give: only the root speaks, and the root is the request. */
  #isTerminal(incompatibility: Incompatibility): boolean {
    const [first, second] = incompatibility.terms;
    if (first === undefined) return true;
    return second === undefined && first.package === this.root && termContains(first.term, this.#rootVersion);
  }

  #registerDependency(incompatibility: Incompatibility): void {
    if (incompatibility.cause.kind !== "dependency") return;
    const dependent = incompatibility.terms[0]!.package;
    const key = `${dependent} ${incompatibility.cause.dependency} ${rangeKey(incompatibility.cause.range)}`;
    const bucket = this.#merged.get(key) ?? [];
    this.#merged.set(key, bucket);
    for (const [index, older] of bucket.entries()) {
      const merged = mergeDependents(incompatibility, older, this.#nextId);
      if (merged === undefined) continue;
      this.#nextId++;
      this.#work.compare(intervalsOf(merged.terms));
      for (const entry of older.terms) {
        const list = this.#byPackage.get(entry.package)!;
        list.splice(list.indexOf(older), 1);
      }
      bucket[index] = merged;
      this.#register(merged);
      return;
    }
    bucket.push(incompatibility);
    this.#register(incompatibility);
  }

  #register(incompatibility: Incompatibility): void {
    for (const { package: packageId } of incompatibility.terms) {
      append(this.#byPackage, packageId, incompatibility);
    }
  }
}

/** The packages whose changes are to be propagated, each once, the last one first. */
class Pending {
  readonly #packages: PackageId[] = [];
  readonly #known = new Set<PackageId>();

  constructor(first: PackageId) {
    this.add(first);
  }

  add(packageId: PackageId): void {
    if (this.#known.has(packageId)) return;
    this.#known.add(packageId);
    this.#packages.push(packageId);
  }

  take(): PackageId | undefined {
    const last = this.#packages.pop();
    if (last !== undefined) this.#known.delete(last);
    return last;
  }

  clear(): void {
    this.#packages.length = 0;
    this.#known.clear();
  }
}

interface RootCause {
  readonly kind: "found";
  readonly package: PackageId;
  readonly incompatibility: Incompatibility;
}

function copyLists<Key, Value>(lists: ReadonlyMap<Key, readonly Value[]>): Map<Key, Value[]> {
  return new Map([...lists].map(([key, list]) => [key, [...list]]));
}

/** Equal ranges have equal keys. */
function rangeKey(range: VersionRange): string {
  return range.intervals.map(({ lower, upper }) => `${lower?.order ?? ""}~${upper?.order ?? ""}`).join("|");
}
