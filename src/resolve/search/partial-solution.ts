// What the solver holds true at a moment: decisions and what follows from them, in order, so that it can be taken
// back. See docs/solver.md#partial-solution.

import type { VersionRange } from "../../pep/versions/interval.ts";
import { singletonRange } from "../../pep/versions/version-range.ts";
import type { Version } from "../../pep/versions/version.ts";
import type { Incompatibility } from "./incompatibility.ts";
import { termOf } from "./incompatibility.ts";
import type { PackageId } from "../package.ts";
import { areTermsDisjoint, intersectTerms, negateTerm, positive, relateTerm } from "./term.ts";
import type { Term, TermRelation } from "./term.ts";
import { intervalsOf, type Work } from "./work.ts";

/** How the partial solution relates to an incompatibility; `almost` leaves one package open. */
export type Relation =
  | { readonly kind: "satisfied" }
  | { readonly kind: "almost"; readonly package: PackageId }
  | { readonly kind: "contradicted" }
  | { readonly kind: "inconclusive" };

/** The earliest assignment that makes an incompatibility true, and how far back the reason reaches. */
export interface Satisfier {
  readonly package: PackageId;
  /** Why the assignment was made; `undefined` for a decision. */
  readonly cause: Incompatibility | undefined;
  readonly level: number;
  /** The level at which everything but the satisfier already held; never below the root's. */
  readonly previousLevel: number;
}

/** Every assignment so far, in order, with what they say together about each package. */
export class PartialSolution {
  readonly #work: Work;
  /** Per package: its derivations in order, and its decision. A package without an entry is unknown. */
  readonly #assignments = new Map<PackageId, Assignments>();
  /** The packages of all assignments in the order in which they were made; a package occurs once per assignment. */
  #trail: PackageId[] = [];
  /** The decided packages in order; the decision at index `n` opened level `n + 1`. */
  #decisions: PackageId[] = [];
  /** By incompatibility id: the level at which it was seen to be contradicted, and the backtrack count then. */
  #contradictedLevel: number[] = [];
  #contradictedEra: number[] = [];
  /** By backtrack count: the highest level whose contradictions of that era still stand. */
  #validLevels: number[] = [];
  /** Packages whose derivations changed since {@link takeChanged}. */
  #changed = new Set<PackageId>();

  constructor(work: Work) {
    this.#work = work;
  }

  /** A copy that goes its own way. */
  clone(): PartialSolution {
    const copy = new PartialSolution(this.#work);
    for (const [packageId, assignments] of this.#assignments)
      copy.#assignments.set(packageId, { ...assignments, derivations: [...assignments.derivations] });
    copy.#trail = [...this.#trail];
    copy.#decisions = [...this.#decisions];
    // Both have holes, which a spread would fill.
    copy.#contradictedLevel = this.#contradictedLevel.slice();
    copy.#contradictedEra = this.#contradictedEra.slice();
    copy.#validLevels = [...this.#validLevels];
    copy.#changed = new Set(this.#changed);
    return copy;
  }

  get level(): number {
    return this.#decisions.length;
  }

  get hasBacktracked(): boolean {
    return this.#validLevels.length > 0;
  }

  /** What all assignments say together about a package. */
  termOf(packageId: PackageId): Term | undefined {
    return this.#assignments.get(packageId)?.term;
  }

  /** The range that an undecided but required package must come from. */
  openRange(packageId: PackageId): VersionRange | undefined {
    const assignments = this.#assignments.get(packageId);
    if (assignments === undefined || assignments.decision !== undefined) return undefined;
    return assignments.term.isPositive ? assignments.term.range : undefined;
  }

  /** The range that holds for a package whatever is decided after the root. */
  fixedTerm(packageId: PackageId): Term | undefined {
    return this.#assignments.get(packageId)?.derivations.findLast((entry) => entry.level <= ROOT_LEVEL)?.term;
  }

  /** The packages with changed derivations since the last call, in the order of their first change. */
  takeChanged(): readonly PackageId[] {
    const changed = [...this.#changed];
    this.#changed.clear();
    return changed;
  }

  /** The decided versions in the order of decision. */
  *decisions(): IterableIterator<readonly [PackageId, Version]> {
    for (const packageId of this.#decisions) {
      yield [packageId, this.#assignments.get(packageId)!.decision!.version];
    }
  }

  /** Selects a version of a package that is required and open, and opens a new level. */
  decide(packageId: PackageId, version: Version): void {
    const assignments = this.#assignments.get(packageId)!;
    this.#decisions.push(packageId);
    assignments.decision = { version, index: this.#trail.length, level: this.level };
    assignments.term = positive(singletonRange(version));
    this.#trail.push(packageId);
  }

  /** Adds what an almost satisfied incompatibility demands of its open package. */
  derive(packageId: PackageId, cause: Incompatibility): void {
    const demanded = negateTerm(termOf(cause, packageId)!);
    const known = this.#assignments.get(packageId);
    const term = known === undefined ? demanded : intersectTerms(known.term, demanded);
    this.#work.keep(term);
    const derivation = { term, cause, index: this.#trail.length, level: this.level };
    this.#trail.push(packageId);
    this.#changed.add(packageId);
    if (known === undefined) {
      this.#assignments.set(packageId, { term, derivations: [derivation], decision: undefined });
      return;
    }
    known.term = term;
    known.derivations.push(derivation);
  }

  /** Takes back every assignment above a level. */
  backtrack(level: number): void {
    for (let packageId = this.#trail.at(-1); packageId !== undefined; packageId = this.#trail.at(-1)) {
      const assignments = this.#assignments.get(packageId)!;
      const lastLevel = assignments.decision?.level ?? assignments.derivations.at(-1)!.level;
      if (lastLevel <= level) break;
      this.#trail.pop();
      if (assignments.decision !== undefined) assignments.decision = undefined;
      else {
        const gone = assignments.derivations.pop();
        if (gone !== undefined) this.#work.drop(gone.term);
      }
      const last = assignments.derivations.at(-1);
      if (last === undefined) this.#assignments.delete(packageId);
      else assignments.term = last.term;
      this.#changed.add(packageId);
    }
    this.#decisions.length = Math.min(this.#decisions.length, level);
    this.#validLevels.push(Number.POSITIVE_INFINITY);
    for (let era = this.#validLevels.length - 1; era >= 0 && this.#validLevels[era]! > level; era--) {
      this.#validLevels[era] = level;
    }
  }

  /** The level just before a package was decided; `undefined` where it is not decided. */
  levelBefore(packageId: PackageId): number | undefined {
    const decision = this.#assignments.get(packageId)?.decision;
    return decision === undefined ? undefined : decision.level - 1;
  }

  /** How the assignments relate to an incompatibility; with `trial`, as if a version were selected. */
  relate(
    incompatibility: Incompatibility,
    trial?: { readonly package: PackageId; readonly term: Term },
  ): Relation {
    let open: PackageId | undefined;
    for (const { package: packageId, term } of incompatibility.terms) {
      const known = trial?.package === packageId ? trial.term : this.#assignments.get(packageId)?.term;
      this.#work.compare(term.range.intervals.length + (known?.range.intervals.length ?? 0));
      const relation: TermRelation = known === undefined ? "inconclusive" : relateTerm(term, known);
      if (relation === "contradicted") return CONTRADICTED;
      if (relation === "satisfied") continue;
      if (open !== undefined) return INCONCLUSIVE;
      open = packageId;
    }
    return open === undefined ? SATISFIED : { kind: "almost", package: open };
  }

  /** Whether an incompatibility is known to be contradicted, without looking at its terms. */
  isContradicted(incompatibility: Incompatibility): boolean {
    const level = this.#contradictedLevel[incompatibility.id];
    if (level === undefined) return false;
    const era = this.#contradictedEra[incompatibility.id]!;
    return era >= this.#validLevels.length || level <= this.#validLevels[era]!;
  }

  /** Remembers that an incompatibility is contradicted until the solution goes back below this level. */
  markContradicted(incompatibility: Incompatibility): void {
    this.#contradictedLevel[incompatibility.id] = this.level;
    this.#contradictedEra[incompatibility.id] = this.#validLevels.length;
  }

  /** Where an incompatibility that is satisfied became so. */
  satisfierOf(incompatibility: Incompatibility): Satisfier {
    this.#work.compare(intervalsOf(incompatibility.terms));
    const earliest = incompatibility.terms.map((entry) => ({
      package: entry.package,
      ...this.#satisfier(entry.package, negateTerm(entry.term)),
    }));
    const last = earliest.reduce((latest, entry) => (entry.index > latest.index ? entry : latest));
    // What the satisfier states by itself; together with it, when did its own package's part hold?
    const single =
      last.cause === undefined
        ? this.#assignments.get(last.package)!.term
        : negateTerm(termOf(last.cause, last.package)!);
    const rest = intersectTerms(single, negateTerm(termOf(incompatibility, last.package)!));
    const own = this.#satisfier(last.package, rest);
    const previous = earliest.reduce((latest, entry) => {
      const candidate = entry.package === last.package ? own : entry;
      return candidate.index > latest.index ? candidate : latest;
    }, own);
    return {
      package: last.package,
      cause: last.cause,
      level: last.level,
      previousLevel: Math.max(previous.level, ROOT_LEVEL),
    };
  }

  /** The first assignment of a package after which `forbidden` can no longer hold. */
  #satisfier(packageId: PackageId, forbidden: Term): Assignment {
    const { derivations, decision } = this.#assignments.get(packageId)!;
    let [low, high] = [0, derivations.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      this.#work.compare(derivations[middle]!.term.range.intervals.length);
      if (areTermsDisjoint(derivations[middle]!.term, forbidden)) high = middle;
      else low = middle + 1;
    }
    return derivations[low] ?? { cause: undefined, index: decision!.index, level: decision!.level };
  }
}

interface Assignment {
  readonly cause: Incompatibility | undefined;
  /** Its place among all assignments. */
  readonly index: number;
  readonly level: number;
}

interface Derivation extends Assignment {
  readonly cause: Incompatibility;
  /** What all assignments of the package up to this one say together. */
  readonly term: Term;
}

interface Assignments {
  term: Term;
  readonly derivations: Derivation[];
  decision: { readonly version: Version; readonly index: number; readonly level: number } | undefined;
}

const SATISFIED: Relation = { kind: "satisfied" };
const CONTRADICTED: Relation = { kind: "contradicted" };
const INCONCLUSIVE: Relation = { kind: "inconclusive" };

/** The root is decided first, and never taken back: conflicts resolve down to this level. */
const ROOT_LEVEL = 1;
