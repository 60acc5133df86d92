// Says the ranges of a derivation as a person would: without the gaps that the search added, in terms of the
// versions that exist, and with the statement that makes each step follow. The steps are uv's
// (crates/uv-resolver/src/error.rs).

import {
  complementRange,
  emptyRange,
  equalRanges,
  intersectRanges,
  isEmptyRange,
  rangeContains,
  singletonRange,
  uniteRanges,
} from "../../pep/versions/version-range.ts";
import type { VersionRange } from "../../pep/versions/interval.ts";
import type { Version } from "../../pep/versions/version.ts";
import { rewriteDerivation } from "./derivation.ts";
import type { Conclusion, Derivation, Statement } from "./derivation.ts";
import {
  isLocalVersionsOnly,
  narrowToKnown,
  narrowUnavailable,
  withoutLocalVersions,
} from "../search/known-versions.ts";
import { projectName } from "../package.ts";
import type { SolverPackage } from "../package.ts";
import { positive } from "../search/term.ts";
import type { Term } from "../search/term.ts";

/** The versions of a project, ascending; `undefined` where they are not known. */
export type VersionsOf = (name: string) => readonly Version[] | undefined;

/** Writes `==1.0` for "1.0 and all its local versions", and drops that there are no others of these. */
export function hideLocalVersions(derivation: Derivation): Derivation {
  const rewritten = rewriteDerivation(derivation, {
    statement: (statement) =>
      statement.kind === "no-versions" && isLocalVersionsOnly(statement.range)
        ? undefined
        : withRanges(statement, withoutLocalVersions, withoutLocalVersions),
    conclusion: (conclusion) =>
      withTerms(conclusion, (_, term) => ({ ...term, range: withoutLocalVersions(term.range) })),
  });
  return rewritten ?? derivation;
}

/** Takes back the gaps that the search added around each version. */
export function narrowGaps(derivation: Derivation, versionsOf: VersionsOf): Derivation {
  const knownOf = (packageValue: SolverPackage): readonly Version[] => {
    const name = projectName(packageValue);
    return (name === undefined ? undefined : versionsOf(name)) ?? [];
  };
  const rewritten = rewriteDerivation(derivation, {
    statement: (statement) => {
      const known = knownOf(statement.package);
      const narrow = (range: VersionRange): VersionRange =>
        isExclusion(statement) ? narrowUnavailable(range, known) : narrowToKnown(range, known);
      return statement.kind === "no-versions" ? statement : withRanges(statement, narrow, (range) => range);
    },
    conclusion: (conclusion) =>
      withTerms(conclusion, (packageValue, term) => {
        if (!term.isPositive) return term;
        const known = knownOf(packageValue);
        return positive(
          onlyVersionStated(conclusion, packageValue, term, known) ?? narrowToKnown(term.range, known),
        );
      }),
  });
  return rewritten ?? derivation;
}

/** Writes each range in the simplest way that separates the versions of its project. */
export function simplifyRanges(
  derivation: Derivation,
  simplify: (packageValue: SolverPackage, range: VersionRange) => VersionRange,
): Derivation {
  const rewritten = rewriteDerivation(derivation, {
    statement: (statement) =>
      withRanges(
        statement,
        (range) => simplify(statement.package, range),
        (range) => (statement.kind === "dependency" ? simplify(statement.dependency, range) : range),
      ),
    conclusion: (conclusion) =>
      withTerms(conclusion, (packageValue, term) => ({ ...term, range: simplify(packageValue, term.range) })),
  });
  return rewritten ?? derivation;
}

/**
 * Adds which versions are available where a step concludes more than its causes say: ranges are written over the
 * versions that exist, and what does not exist must be said to carry the step.
 */
export function stateAvailability(derivation: Derivation, versionsOf: VersionsOf): Derivation {
  const rewritten = rewriteDerivation(derivation, {
    conclusion: (conclusion) => {
      const unlisted = unlistedVersions(conclusion, versionsOf);
      return unlisted === undefined ? conclusion : carriedBy(conclusion, unlisted);
    },
  });
  return rewritten ?? derivation;
}

interface Unlisted {
  readonly package: SolverPackage;
  readonly range: VersionRange;
}

function carriedBy(conclusion: Conclusion, unlisted: Unlisted): Conclusion {
  const { package: packageValue, range } = unlisted;
  const { first, second } = conclusion;
  const statement: Statement = { kind: "no-versions", package: packageValue, range };
  const firstRuledOut = ruledOutVersions(packageValue, first);
  const secondRuledOut = ruledOutVersions(packageValue, second);
  if (isEmptyRange(firstRuledOut) && isEmptyRange(secondRuledOut)) {
    const stated = uniteRanges(statedVersions(packageValue, first), statedVersions(packageValue, second));
    return {
      ...conclusion,
      terms: new Map([[packageValue, conclusion.terms.get(packageValue) ?? positive(range)]]),
      first: { ...conclusion, sharedId: undefined, terms: new Map([[packageValue, positive(stated)]]) },
      second: statement,
    };
  }
  const carry = (cause: Derivation, versions: VersionRange): Conclusion => ({
    kind: "conclusion",
    terms: new Map([[packageValue, positive(uniteRanges(versions, range))]]),
    sharedId: undefined,
    first: cause,
    second: statement,
  });
  return startsLower(firstRuledOut, secondRuledOut)
    ? { ...conclusion, first: carry(first, firstRuledOut) }
    : { ...conclusion, second: carry(second, secondRuledOut) };
}

/** Versions that a step mentions and its causes do not, none of which exists. */
function unlistedVersions(conclusion: Conclusion, versionsOf: VersionsOf): Unlisted | undefined {
  for (const { package: packageValue, covered, stated } of claims(conclusion)) {
    // What no cause rules out any of is unavailable outright.
    if (isEmptyRange(stated)) continue;
    const range = intersectRanges(covered, complementRange(stated));
    const name = projectName(packageValue);
    const known = name === undefined ? undefined : versionsOf(name);
    if (isEmptyRange(range) || known === undefined) continue;
    if (!known.some((version) => rangeContains(range, version))) return { package: packageValue, range };
  }
  return undefined;
}

interface Claim {
  readonly package: SolverPackage;
  readonly covered: VersionRange;
  readonly stated: VersionRange;
}

/** What a step claims beyond its terms: its conclusion about a package, and the requirement that it resolves. */
function claims(conclusion: Conclusion): readonly Claim[] {
  const { first, second, terms } = conclusion;
  const both =
    (of: (packageValue: SolverPackage, cause: Derivation) => VersionRange) => (packageValue: SolverPackage) =>
      uniteRanges(of(packageValue, first), of(packageValue, second));
  const concluded = soleConclusion(conclusion);
  const resolved = [...new Set([...packagesOf(first), ...packagesOf(second)])].filter(
    (entry) => !terms.has(entry),
  );
  return [
    ...(concluded === undefined
      ? []
      : [
          {
            package: concluded.package,
            covered: concluded.range,
            stated: both(statedVersions)(concluded.package),
          },
        ]),
    ...resolved.map((entry) => ({
      package: entry,
      covered: both(requiredVersions)(entry),
      stated: both(ruledOutVersions)(entry),
    })),
  ];
}

/** The one package, and its versions, that a conclusion is only about. */
function soleConclusion({ terms }: Conclusion): Unlisted | undefined {
  const [entry, another] = [...terms];
  if (entry === undefined || another !== undefined || !entry[1].isPositive) return undefined;
  return { package: entry[0], range: entry[1].range };
}

function packagesOf(cause: Derivation): readonly SolverPackage[] {
  if (cause.kind === "conclusion") return [...cause.terms.keys()];
  return cause.kind === "dependency" ? [cause.package, cause.dependency] : [cause.package];
}

function requiredVersions(packageValue: SolverPackage, cause: Derivation): VersionRange {
  if (cause.kind === "conclusion") {
    const term = cause.terms.get(packageValue);
    return term === undefined || term.isPositive ? emptyRange() : term.range;
  }
  return cause.kind === "dependency" && cause.dependency === packageValue
    ? cause.dependencyRange
    : emptyRange();
}

function ruledOutVersions(packageValue: SolverPackage, cause: Derivation): VersionRange {
  if (cause.kind === "conclusion") {
    const sole = soleConclusion(cause);
    return sole?.package === packageValue ? sole.range : emptyRange();
  }
  return cause.kind === "unavailable" && cause.package === packageValue ? cause.range : emptyRange();
}

/** The versions that a cause says anything about. */
function statedVersions(packageValue: SolverPackage, cause: Derivation): VersionRange {
  if (cause.kind === "conclusion") {
    const term = cause.terms.get(packageValue);
    return term?.isPositive === true ? term.range : emptyRange();
  }
  return cause.kind !== "root" && cause.package === packageValue ? cause.range : emptyRange();
}

function startsLower(first: VersionRange, second: VersionRange): boolean {
  const [firstPart, secondPart] = [first.intervals[0], second.intervals[0]];
  if (firstPart === undefined) return false;
  if (secondPart === undefined || firstPart.lower === undefined) return true;
  return secondPart.lower !== undefined && firstPart.lower.version.order <= secondPart.lower.version.order;
}

/** The only version of a package, where both causes speak of it by its number. */
function onlyVersionStated(
  conclusion: Conclusion,
  packageValue: SolverPackage,
  term: Term,
  known: readonly Version[],
): VersionRange | undefined {
  const [only, another] = known;
  if (only === undefined || another !== undefined || !rangeContains(term.range, only)) return undefined;
  const single = singletonRange(only);
  const stated = uniteRanges(
    statedVersions(packageValue, conclusion.first),
    statedVersions(packageValue, conclusion.second),
  );
  return equalRanges(stated, single) ? single : undefined;
}

/** Whether a statement rules versions out, so that it must not speak of versions that were not seen. */
function isExclusion(statement: Statement): boolean {
  if (statement.kind === "unavailable") return statement.reason.kind === "version";
  return statement.kind === "dependency" && statement.dependency.kind === "python";
}

function withRanges(
  statement: Statement,
  own: (range: VersionRange) => VersionRange,
  dependency: (range: VersionRange) => VersionRange,
): Statement {
  switch (statement.kind) {
    case "root":
      return statement;
    case "no-versions":
    case "unavailable":
      return { ...statement, range: own(statement.range) };
    case "dependency":
      return {
        ...statement,
        range: own(statement.range),
        dependencyRange: dependency(statement.dependencyRange),
      };
  }
}

function withTerms(
  conclusion: Conclusion,
  change: (packageValue: SolverPackage, term: Term) => Term,
): Conclusion {
  const terms = new Map([...conclusion.terms].map(([entry, term]) => [entry, change(entry, term)] as const));
  return { ...conclusion, terms };
}
