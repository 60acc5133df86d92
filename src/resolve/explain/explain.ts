// Why a search failed, for people: the text that uv would print, and what to do about it.

import type { Hint } from "../../advice.ts";
import { isPrerelease } from "../../pep/versions/version.ts";
import type { Version } from "../../pep/versions/version.ts";
import type { VersionRange } from "../../pep/versions/interval.ts";
import {
  dropNoVersionsInDependencies,
  dropRedundantNoVersions,
  dropVirtualPackages,
  joinNoVersions,
  joinUnavailable,
} from "./collapse.ts";
import { derivationOf, statementsOf } from "./derivation.ts";
import type { Derivation } from "./derivation.ts";
import { hintsOf } from "./hints.ts";
import type { HintContext } from "./hints.ts";
import type { Incompatibility } from "../search/incompatibility.ts";
import { simplifyToKnown } from "../search/known-versions.ts";
import { projectName } from "../package.ts";
import type { PackageTable, SolverPackage } from "../package.ts";
import { phraseTerms } from "./phrases.ts";
import { reportDerivation } from "./report.ts";
import { hideLocalVersions, narrowGaps, simplifyRanges, stateAvailability } from "./restate.ts";

/** An explanation in parts; the command line draws the frame and wraps the lines. */
export interface Explanation {
  /** Sentences, one a line; a list of ranges has indented lines of its own, an empty line begins a new thought. */
  readonly text: string;
  readonly hints: readonly Hint[];
  /** The projects that the explanation is about, in alphabetical order. */
  readonly packages: readonly string[];
}

/** Explains the incompatibility that ended a search. */
export function explainFailure(
  incompatibility: Incompatibility,
  packages: PackageTable,
  context: HintContext,
): Explanation {
  if (!isShort(incompatibility, packages, context)) return tooLong(incompatibility, packages, context);
  const derivation = simplified(derivationOf(incompatibility, packages), context);
  const names = statementsOf(derivation)
    .flatMap((statement) => [
      statement.package,
      ...(statement.kind === "dependency" ? [statement.dependency] : []),
    ])
    .map(projectName)
    .filter((name) => name !== undefined);
  return {
    text: reportDerivation(derivation, context),
    hints: hintsOf(derivation, context),
    packages: [...new Set(names)].sort(),
  };
}

/**
 * Whether a person could read the explanation, and it is made in a time that is not felt: each step looks at the intervals of its
 * ranges, and at the versions of its projects.
 */
function isShort(incompatibility: Incompatibility, packages: PackageTable, context: HintContext): boolean {
  const steps = new Set([incompatibility]);
  let cost = 0;
  // A set that grows while it is iterated visits what is added.
  for (const { terms, cause } of steps) {
    if (cause.kind === "conflict") steps.add(cause.first).add(cause.second);
    for (const { package: packageId, term } of terms) {
      const name = projectName(packages.packageOf(packageId));
      const known = name === undefined ? undefined : context.versionsOf(name);
      cost += COST_OF_INTERVAL * term.range.intervals.length + (known?.length ?? 0);
    }
    if (cost > MAX_COST) return false;
  }
  return true;
}

/** What is said instead: what it comes to, and which projects it is about. */
function tooLong(
  incompatibility: Incompatibility,
  packages: PackageTable,
  context: HintContext,
): Explanation {
  const steps = new Set([incompatibility]);
  const names = new Set<string>();
  for (const { terms, cause } of steps) {
    if (cause.kind === "conflict" && steps.size < MAX_NAMED_STEPS) steps.add(cause.first).add(cause.second);
    for (const { package: packageId } of terms) {
      const name = projectName(packages.packageOf(packageId));
      if (name !== undefined) names.add(name);
    }
  }
  const terms = new Map(
    incompatibility.terms.map((entry) => [packages.packageOf(entry.package), entry.term]),
  );
  return {
    text: `The explanation has too many steps to show: ${phraseTerms(terms, context)}.`,
    hints: [],
    packages: [...names].sort(),
  };
}

/** The steps that make a derivation readable, in uv's order, on which the result depends. */
function simplified(derivation: Derivation, context: HintContext): Derivation {
  let result = dropVirtualPackages(derivation);
  result = hideLocalVersions(result);
  result = narrowGaps(result, (name) => context.versionsOf(name));
  result = joinUnavailable(result);
  result = dropNoVersionsInDependencies(result);
  result = simplifyRanges(result, (packageValue, range) => simplify(packageValue, range, context));
  result = stateAvailability(result, (name) => context.versionsOf(name));
  result = dropRedundantNoVersions(result);
  for (let joined = joinNoVersions(result); joined !== result; joined = joinNoVersions(result))
    result = joined;
  return result;
}

/** Pre-releases that cannot be used do not count, unless the range itself is written with one. */
function simplify(packageValue: SolverPackage, range: VersionRange, context: HintContext): VersionRange {
  const name = projectName(packageValue);
  const known = name === undefined ? undefined : context.versionsOf(name);
  if (name === undefined || known === undefined) return range;
  const isWrittenWithOne = range.intervals.some(
    ({ lower, upper }) => isPrereleaseBound(lower?.version) || isPrereleaseBound(upper?.version),
  );
  const counts = (version: Version): boolean =>
    isWrittenWithOne || context.rulesOf(name).prereleases !== "disallow" || !isPrerelease(version);
  const [only, another] = known;
  // An only version is named whether or not it may be used.
  return only !== undefined && another === undefined
    ? simplifyToKnown(range, known)
    : simplifyToKnown(range, known.filter(counts));
}

function isPrereleaseBound(version: Version | undefined): boolean {
  return version !== undefined && isPrerelease(version);
}

/** Beside looking at one version. */
const COST_OF_INTERVAL = 20;
/** About a second of a busy machine; the longest explanations of real failures have some thousand steps, and cost less than half of it. */
const MAX_COST = 8_000_000;
const MAX_NAMED_STEPS = 10_000;
