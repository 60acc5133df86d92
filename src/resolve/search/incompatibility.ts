// Terms that cannot all hold, and why. See docs/solver.md#incompatibilities.

import { equalRanges, isEmptyRange, uniteRanges } from "../../pep/versions/version-range.ts";
import type { VersionRange } from "../../pep/versions/interval.ts";
import type { PackageId } from "../package.ts";
import type { UnavailablePackage, UnavailableVersion } from "../provider.ts";
import { intersectTerms, isAlwaysTrue, negative, positive, uniteTerms } from "./term.ts";
import type { Term } from "./term.ts";

/** One package's part of an incompatibility. */
export interface PackageTerm {
  readonly package: PackageId;
  readonly term: Term;
}

/** Why the terms of an incompatibility cannot all hold. */
export type Cause =
  | { readonly kind: "root" }
  | { readonly kind: "no-versions" }
  | { readonly kind: "dependency"; readonly dependency: PackageId; readonly range: VersionRange }
  | { readonly kind: "unavailable"; readonly reason: UnavailableReason }
  | { readonly kind: "conflict"; readonly first: Incompatibility; readonly second: Incompatibility };

/** A package, or single versions of it, cannot be used. */
export type UnavailableReason =
  | { readonly kind: "package"; readonly reason: UnavailablePackage }
  | { readonly kind: "version"; readonly reason: UnavailableVersion };

/** A set of terms of which no solution makes all true. */
export interface Incompatibility {
  /** Its number in the order of creation; its causes have smaller ones. */
  readonly id: number;
  /** At most one term per package. Empty: there is no solution at all. */
  readonly terms: readonly PackageTerm[];
  readonly cause: Cause;
}

/** The term about a package, where there is one. */
export function termOf(incompatibility: Incompatibility, packageId: PackageId): Term | undefined {
  for (const entry of incompatibility.terms) {
    if (entry.package === packageId) return entry.term;
  }
  return undefined;
}

/**
 * "These versions need that package in `range`": not both the versions and something else than the need.
 * A need that nothing can meet, and one of a package for other versions of itself, leave only the versions.
 */
export function dependencyOf(options: {
  readonly id: number;
  readonly package: PackageId;
  readonly versions: VersionRange;
  readonly dependency: PackageId;
  readonly range: VersionRange;
}): Incompatibility {
  const { id, dependency, range } = options;
  const dependent = { package: options.package, term: positive(options.versions) };
  const isImpossible = isEmptyRange(range) || dependency === options.package;
  return {
    id,
    terms: isImpossible ? [dependent] : [dependent, { package: dependency, term: negative(range) }],
    cause: { kind: "dependency", dependency, range },
  };
}

/**
 * One dependency for the versions of both, where the same package needs the same range of the same dependency.
 * A thousand releases with one requirement then cost one incompatibility.
 */
export function mergeDependents(
  newer: Incompatibility,
  older: Incompatibility,
  id: number,
): Incompatibility | undefined {
  if (newer.cause.kind !== "dependency" || older.cause.kind !== "dependency") return undefined;
  const [newDependent, oldDependent] = [newer.terms[0]!, older.terms[0]!];
  const isSame =
    newDependent.package === oldDependent.package &&
    newer.cause.dependency === older.cause.dependency &&
    equalRanges(newer.cause.range, older.cause.range);
  // Versions that need another version of themselves are each true or false by themselves.
  if (!isSame || newDependent.package === newer.cause.dependency) return undefined;
  return dependencyOf({
    id,
    package: newDependent.package,
    versions: uniteRanges(newDependent.term.range, oldDependent.term.range),
    dependency: newer.cause.dependency,
    range: newer.cause.range,
  });
}

/**
 * What follows from two incompatibilities that meet in a package: whatever is selected of it, one of the two is
 * in force, so the rest of both cannot hold together (the rule of resolution).
 */
export function priorCause(options: {
  readonly id: number;
  readonly conflict: Incompatibility;
  readonly satisfierCause: Incompatibility;
  readonly package: PackageId;
}): Incompatibility {
  const { conflict, satisfierCause, package: pivot } = options;
  const terms: PackageTerm[] = [];
  for (const entry of conflict.terms) {
    if (entry.package === pivot) continue;
    const other = termOf(satisfierCause, entry.package);
    terms.push(other === undefined ? entry : { ...entry, term: intersectTerms(entry.term, other) });
  }
  for (const entry of satisfierCause.terms) {
    if (entry.package !== pivot && termOf(conflict, entry.package) === undefined) terms.push(entry);
  }
  const pivotTerm = uniteTerms(termOf(conflict, pivot)!, termOf(satisfierCause, pivot)!);
  if (!isAlwaysTrue(pivotTerm)) terms.push({ package: pivot, term: pivotTerm });
  return { id: options.id, terms, cause: { kind: "conflict", first: conflict, second: satisfierCause } };
}
