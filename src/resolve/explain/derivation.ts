// Why there is no solution, as a graph of statements and what is concluded from them. See docs/solver.md#explanations.

import type { VersionRange } from "../../pep/versions/interval.ts";
import type { Incompatibility, UnavailableReason } from "../search/incompatibility.ts";
import { formatPackage } from "../package.ts";
import type { PackageId, PackageTable, SolverPackage } from "../package.ts";
import type { Term } from "../search/term.ts";

/** A fact from outside of the solver. */
export type Statement =
  | { readonly kind: "root"; readonly package: SolverPackage }
  | { readonly kind: "no-versions"; readonly package: SolverPackage; readonly range: VersionRange }
  | {
      readonly kind: "unavailable";
      readonly package: SolverPackage;
      readonly range: VersionRange;
      readonly reason: UnavailableReason;
    }
  | {
      readonly kind: "dependency";
      readonly package: SolverPackage;
      readonly range: VersionRange;
      readonly dependency: SolverPackage;
      readonly dependencyRange: VersionRange;
    };

/** What two derivations say together: these terms cannot all hold. */
export interface Conclusion {
  readonly kind: "conclusion";
  readonly terms: ReadonlyMap<SolverPackage, Term>;
  /** Set where more than one conclusion builds on this one: it is then explained once and referred to. */
  readonly sharedId: number | undefined;
  readonly first: Derivation;
  readonly second: Derivation;
}

export type Derivation = Statement | Conclusion;

/** How {@link rewriteDerivation} changes each node, after its causes. */
export interface DerivationRules {
  /** What replaces a statement; `undefined` drops it. */
  statement?(statement: Statement): Derivation | undefined;
  /** What replaces a conclusion whose causes are already rewritten; a dropped cause leaves the other as the only one. */
  conclusion?(conclusion: Conclusion): Derivation;
}

/** The derivation of an incompatibility. What a reader would see as one package is one value, compared by identity. */
export function derivationOf(incompatibility: Incompatibility, packages: PackageTable): Derivation {
  const shown = new ShownPackages(packages);
  const shared = sharedConclusions(incompatibility);
  const built = new Map<Incompatibility, Derivation>();
  // Causes have smaller numbers than what follows from them.
  const ordered = [...reachable(incompatibility)].sort((first, second) => first.id - second.id);
  for (const node of ordered) {
    const { cause } = node;
    built.set(
      node,
      cause.kind === "conflict"
        ? {
            kind: "conclusion",
            terms: new Map(node.terms.map((entry) => [shown.packageOf(entry.package), entry.term])),
            sharedId: shared.has(node) ? node.id : undefined,
            first: built.get(cause.first)!,
            second: built.get(cause.second)!,
          }
        : statementOf(node, shown),
    );
  }
  return built.get(incompatibility)!;
}

/**
 * Rewrites a derivation from its statements upwards, every node once, however often it is used.
 *
 * @returns `undefined` where nothing is left.
 */
export function rewriteDerivation(derivation: Derivation, rules: DerivationRules): Derivation | undefined {
  const done = new Map<Derivation, Derivation | undefined>();
  const pending: Derivation[] = [derivation];
  // A stack of our own: derivations can be deeper than the call stack.
  for (let node = pending.at(-1); node !== undefined; node = pending.at(-1)) {
    if (done.has(node)) {
      pending.pop();
    } else if (node.kind !== "conclusion") {
      done.set(node, rules.statement === undefined ? node : rules.statement(node));
    } else if (done.has(node.first) && done.has(node.second)) {
      done.set(node, rewriteConclusion(node, done.get(node.first), done.get(node.second), rules));
    } else {
      pending.push(node.second, node.first);
    }
  }
  return done.get(derivation);
}

/** Every statement of a derivation once, in the order in which an explanation comes to them. */
export function statementsOf(derivation: Derivation): readonly Statement[] {
  const statements: Statement[] = [];
  const seen = new Set<Derivation>();
  const pending: Derivation[] = [derivation];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    if (node.kind === "conclusion") pending.push(node.second, node.first);
    else statements.push(node);
  }
  return statements;
}

function rewriteConclusion(
  conclusion: Conclusion,
  first: Derivation | undefined,
  second: Derivation | undefined,
  rules: DerivationRules,
): Derivation | undefined {
  if (first === undefined || second === undefined) return first ?? second;
  const isSame = first === conclusion.first && second === conclusion.second;
  const rewritten = isSame ? conclusion : { ...conclusion, first, second };
  return rules.conclusion === undefined ? rewritten : rules.conclusion(rewritten);
}

/** The packages of a table; those whose markers say the same, as far as they are shown, are one. */
class ShownPackages {
  readonly #packages: PackageTable;
  readonly #known = new Map<string, SolverPackage>();

  constructor(packages: PackageTable) {
    this.#packages = packages;
  }

  packageOf(packageId: PackageId): SolverPackage {
    const packageValue = this.#packages.packageOf(packageId);
    const key = `${packageValue.kind} ${formatPackage(packageValue)}`;
    const known = this.#known.get(key) ?? packageValue;
    this.#known.set(key, known);
    return known;
  }
}

function statementOf(incompatibility: Incompatibility, packages: ShownPackages): Statement {
  const { cause } = incompatibility;
  const { package: packageId, term } = incompatibility.terms[0]!;
  const packageValue = packages.packageOf(packageId);
  switch (cause.kind) {
    case "root":
    case "conflict":
      return { kind: "root", package: packageValue };
    case "no-versions":
      return { kind: "no-versions", package: packageValue, range: term.range };
    case "unavailable":
      return { kind: "unavailable", package: packageValue, range: term.range, reason: cause.reason };
    case "dependency":
      return {
        kind: "dependency",
        package: packageValue,
        range: term.range,
        dependency: packages.packageOf(cause.dependency),
        dependencyRange: cause.range,
      };
  }
}

function reachable(incompatibility: Incompatibility): ReadonlySet<Incompatibility> {
  const found = new Set([incompatibility]);
  // A set that grows while it is iterated visits what is added.
  for (const { cause } of found) {
    if (cause.kind === "conflict") found.add(cause.first).add(cause.second);
  }
  return found;
}

/** Conclusions that more than one other builds on. */
function sharedConclusions(incompatibility: Incompatibility): ReadonlySet<Incompatibility> {
  const used = new Set<Incompatibility>();
  const shared = new Set<Incompatibility>();
  for (const { cause } of reachable(incompatibility)) {
    if (cause.kind !== "conflict") continue;
    for (const node of [cause.first, cause.second]) {
      if (used.has(node) && node.cause.kind === "conflict") shared.add(node);
      used.add(node);
    }
  }
  return shared;
}
