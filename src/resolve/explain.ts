// Why a search failed, for people: the text that uv would print, and what to do about it.

import type { Hint } from "../advice.ts";
import { isPrerelease } from "../pep/version.ts";
import type { Version } from "../pep/version.ts";
import type { VersionRange } from "../pep/interval.ts";
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
import type { Incompatibility } from "./incompatibility.ts";
import { simplifyToKnown } from "./known-versions.ts";
import { projectName } from "./package.ts";
import type { PackageTable, SolverPackage } from "./package.ts";
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
