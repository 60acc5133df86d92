// Makes a derivation shorter: joins what says the same, and drops what the reader knows anyway. Which steps, and in
// which order, is uv's choice (crates/uv-resolver/src/error.rs), so that the same failure reads the same.

import {
  complementRange,
  equalRanges,
  exactVersion,
  isFullRange,
  isSubsetRange,
  uniteRanges,
} from "../../pep/versions/version-range.ts";
import type { VersionRange } from "../../pep/versions/interval.ts";
import { rewriteDerivation } from "./derivation.ts";
import type { Conclusion, Derivation, Statement } from "./derivation.ts";
import type { UnavailableReason } from "../search/incompatibility.ts";
import type { SolverPackage } from "../package.ts";
import { positive } from "../search/term.ts";
import { describeUnavailable } from "../unavailable.ts";

type NoVersions = Extract<Statement, { readonly kind: "no-versions" }>;
type Unavailable = Extract<Statement, { readonly kind: "unavailable" }>;

/** Drops that `name[extra]` needs `name` and its extra, and the like: they are written alike. */
export function dropVirtualPackages(derivation: Derivation): Derivation {
  const rewritten = rewriteDerivation(derivation, {
    statement: (statement) =>
      statement.kind === "dependency" && statement.package.kind === "proxy" ? undefined : statement,
  });
  return rewritten ?? derivation;
}

/** Joins statements that versions of a package cannot be used for one reason. */
export function joinUnavailable(derivation: Derivation): Derivation {
  return rewrite(derivation, (conclusion) => {
    const { first, second } = conclusion;
    const nested =
      (first.kind === "unavailable" && second.kind === "conclusion" && mergeInto(second, first)) ||
      (second.kind === "unavailable" && first.kind === "conclusion" && mergeInto(first, second)) ||
      conclusion;
    return joinSiblings(nested);
  });
}

/**
 * Drops that a package has no other versions, where a dependency of all of them follows: `a` depends on `b` below 2,
 * every `b` below 2 depends on `c`, so `a` depends on `c`.
 */
export function dropNoVersionsInDependencies(derivation: Derivation): Derivation {
  return rewrite(derivation, (conclusion) => {
    const { first, second } = conclusion;
    if (first.kind === "dependency") {
      return { ...conclusion, second: dependencyAlone(second, first.package, first.range) };
    }
    if (second.kind === "dependency") {
      return { ...conclusion, first: dependencyAlone(first, second.package, second.range) };
    }
    return conclusion;
  });
}

/** Drops that a package has no other versions, where what is left is just what the conclusion speaks of. */
export function dropRedundantNoVersions(derivation: Derivation): Derivation {
  return rewrite(derivation, (conclusion) => {
    const { first, second } = conclusion;
    if (first.kind === "no-versions" && isRedundant(first, second, conclusion)) return second;
    if (second.kind === "no-versions" && isRedundant(second, first, conclusion)) return first;
    return conclusion;
  });
}

/** Makes one statement of two that a package has no versions. */
export function joinNoVersions(derivation: Derivation): Derivation {
  return rewrite(derivation, (conclusion) => {
    const { first, second } = conclusion;
    if (first.kind !== "no-versions" || second.kind !== "no-versions") return conclusion;
    const term = conclusion.terms.get(first.package);
    if (first.package !== second.package || term?.isPositive !== true) return conclusion;
    if (!isSubsetRange(first.range, term.range) || !isSubsetRange(second.range, term.range))
      return conclusion;
    return { kind: "no-versions", package: first.package, range: term.range };
  });
}

/** Rewrites only conclusions, which drops nothing. */
function rewrite(derivation: Derivation, conclusion: (node: Conclusion) => Derivation): Derivation {
  return rewriteDerivation(derivation, { conclusion }) ?? derivation;
}

/** A conclusion with one of its statements widened by another of the same kind; `undefined` where none fits. */
function mergeInto(conclusion: Conclusion, added: Unavailable): Conclusion | undefined {
  const merge = (cause: Derivation): Unavailable | undefined =>
    cause.kind === "unavailable" &&
    cause.package === added.package &&
    isSameReason(cause.reason, added.reason)
      ? { ...cause, range: uniteRanges(cause.range, added.range) }
      : undefined;
  const second = merge(conclusion.second);
  const first = second === undefined ? merge(conclusion.first) : undefined;
  const merged = second ?? first;
  if (merged === undefined) return undefined;
  const terms = new Map(conclusion.terms);
  const term = terms.get(added.package);
  if (term?.isPositive === true) terms.set(added.package, positive(merged.range));
  return { ...conclusion, terms, first: first ?? conclusion.first, second: second ?? conclusion.second };
}

/** Two statements side by side that versions of one package cannot be used. */
function joinSiblings(conclusion: Conclusion): Derivation {
  const { first, second, terms } = conclusion;
  if (first.kind !== "unavailable" || second.kind !== "unavailable") return conclusion;
  const term = terms.size === 1 ? terms.get(first.package) : undefined;
  if (first.package !== second.package || term?.isPositive !== true) return conclusion;
  const range = uniteRanges(first.range, second.range);
  if (isSameReason(first.reason, second.reason)) return { ...first, range };
  if (isSubsetRange(range, term.range)) return conclusion;
  return { ...conclusion, terms: new Map([[first.package, positive(uniteRanges(term.range, range))]]) };
}

/** The dependency in "it has no other versions, and these depend on …", where `range` lies within it. */
function dependencyAlone(
  derivation: Derivation,
  packageValue: SolverPackage,
  range: VersionRange,
): Derivation {
  if (derivation.kind !== "conclusion") return derivation;
  const { first, second } = derivation;
  const [none, dependency] = first.kind === "no-versions" ? [first, second] : [second, first];
  const isRedundantPair =
    none.kind === "no-versions" &&
    dependency.kind === "dependency" &&
    none.package === dependency.dependency &&
    none.package === packageValue &&
    isSubsetRange(range, dependency.dependencyRange);
  return isRedundantPair ? dependency : derivation;
}

function isRedundant(none: NoVersions, other: Derivation, conclusion: Conclusion): boolean {
  const term = (other.kind === "conclusion" ? other : conclusion).terms.get(none.package);
  if (term?.isPositive !== true) return false;
  const existing = complementRange(none.range);
  // "Only foo==1.0.0 is available" helps the reader, and stays.
  if (exactVersion(existing) !== undefined) return false;
  return isFullRange(term.range) || equalRanges(term.range, existing);
}

function isSameReason(first: UnavailableReason, second: UnavailableReason): boolean {
  return (
    first.kind === second.kind &&
    describeUnavailable(first, "singular") === describeUnavailable(second, "singular")
  );
}
