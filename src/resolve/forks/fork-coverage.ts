// Where the files of a version serve only some environments of a fork: a local version (`2.5.1+cpu`) whose plain version
// serves more, and environments that must be served. See docs/solver.md#forking; the rules are uv's.

import { formatSimplifiedMarker } from "../../pep/markers/algebra.ts";
import { parseMarker } from "../../pep/markers/marker.ts";
import type { MarkerSet } from "../../pep/markers/sets.ts";
import { intersectRanges, singletonRange } from "../../pep/versions/version-range.ts";
import type { VersionRange } from "../../pep/versions/interval.ts";
import { publicVersion } from "../../pep/versions/version.ts";
import type { Version } from "../../pep/versions/version.ts";
import { isForPythonsUpTo } from "../../pep/tags/wheel-environments.ts";
import { selectCandidate } from "../search/candidates.ts";
import type { CandidateRules } from "../search/candidates.ts";
import type { UniversalEnvironment } from "../environment.ts";
import type { ListedVersion, UnavailableVersion } from "../provider.ts";
import type { Fork } from "./scope.ts";

/** A part of a fork in which a package is decided again; with a version where it is known already. */
export interface VersionFork {
  readonly fork: Fork;
  readonly version: Version | undefined;
}

/** What the files of a version mean for a fork. */
export type Coverage =
  | { readonly kind: "version"; readonly version: Version }
  | { readonly kind: "forked"; readonly forks: readonly VersionFork[] }
  | { readonly kind: "unusable"; readonly reason: UnavailableVersion };

export interface CoverageQuestion {
  readonly fork: Fork;
  readonly environment: UniversalEnvironment;
  readonly listed: ListedVersion;
  /** All versions of the project, descending. */
  readonly versions: readonly ListedVersion[];
  readonly range: VersionRange;
  readonly rules: CandidateRules;
  /** The environments in which the project is needed, as far as decided. */
  readonly neededIn: () => MarkerSet;
}

/** Whether a version can be used in a fork as a whole. */
export function coverageOf(question: CoverageQuestion): Coverage {
  const { environment, fork, listed } = question;
  // Looking at all wheels of a version takes time, and is of use in two cases only.
  const hasRequired = (environment.requiredEnvironments ?? []).length > 0;
  if (!hasRequired && listed.version.local === undefined) return { kind: "version", version: listed.version };
  const covered = environmentsOf(listed, fork);
  const version: Coverage = { kind: "version", version: listed.version };
  if (covered === true) return version;
  return missingEnvironment(question, covered) ?? localCoverage(question, covered) ?? version;
}

/** What follows from the first required environment that is not served. */
function missingEnvironment(
  { fork, environment, neededIn }: CoverageQuestion,
  covered: MarkerSet,
): Coverage | undefined {
  const { sets } = fork;
  for (const marker of environment.requiredEnvironments ?? []) {
    const required = sets.and(sets.of(marker), fork.markers);
    if (!fork.includes(required) || !sets.areDisjoint(covered, required)) continue;
    if (sets.areDisjoint(neededIn(), required)) continue;
    // What is neither required nor served may be in either part.
    const parts = fork.splitBy(sets.restrict(required, sets.or(required, covered)));
    if (parts.length === 0)
      return {
        kind: "unusable",
        reason: {
          kind: "missing-environment",
          marker: formatSimplifiedMarker(sets.toMarker(sets.of(marker))),
        },
      };
    return { kind: "forked", forks: parts.map((part) => ({ fork: part, version: undefined })) };
  }
  return undefined;
}

/** A local version gives way to its plain version in environments that only that one serves. */
function localCoverage(
  { fork, listed, versions, range, rules }: CoverageQuestion,
  covered: MarkerSet,
): Coverage | undefined {
  if (listed.version.local === undefined) return undefined;
  const plainRange = intersectRanges(range, singletonRange(publicVersion(listed.version)));
  const plain = selectCandidate(versions, plainRange, { ...rules, preferences: [], installed: undefined });
  if (plain?.kind !== "usable" || plain.listed === undefined) return undefined;
  const { sets } = fork;
  let others = sets.except(environmentsOf(plain.listed, fork), covered);
  if (sets.isNever(others) || !fork.includes(others)) return undefined;
  if (!fork.includes(covered)) return { kind: "version", version: plain.version };
  // A system that the local version does not serve at all goes to the plain one as a whole: the marker is simpler, and
  // what neither serves cannot be helped.
  for (const marker of SYSTEMS) {
    const system = sets.of(marker);
    if (sets.areDisjoint(covered, system) && !sets.areDisjoint(others, system))
      others = sets.or(others, system);
  }
  const [plainPart, localPart] = fork.splitBy(others);
  if (plainPart === undefined || localPart === undefined) return undefined;
  return {
    kind: "forked",
    forks: [
      { fork: plainPart, version: plain.version },
      { fork: localPart, version: listed.version },
    ],
  };
}

function environmentsOf({ environments }: ListedVersion, { sets }: Fork): MarkerSet {
  return environments === undefined ? true : sets.of(environments);
}

const SYSTEMS = ["darwin", "linux", "win32"].map((name) => parseMarker(`sys_platform == '${name}'`));

/** Whether all wheels of a version are for newer Pythons than those of a fork; only where the fork ends are they looked at. */
export function isTooNew(listed: ListedVersion, { pythons }: Fork): boolean {
  if (pythons.intervals.at(-1)?.upper === undefined) return false;
  return listed.wheelTags !== undefined && !isForPythonsUpTo(listed.wheelTags, pythons);
}
