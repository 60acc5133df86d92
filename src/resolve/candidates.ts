// Which version of a project is tried next within a range.

import { rangeContains } from "../pep/version-range.ts";
import type { VersionRange } from "../pep/interval.ts";
import { isPrerelease, publicVersion } from "../pep/version.ts";
import type { Version } from "../pep/version.ts";
import type { ListedVersion, UnavailableVersion } from "./provider.ts";

/** How pre-releases of a project take part: in order with the others, never, or when no other is left. */
export type PrereleaseChoice = "allow" | "disallow" | "prefer-stable";

/** What decides among the versions of one project. */
export interface CandidateRules {
  readonly prereleases: PrereleaseChoice;
  readonly direction: "highest" | "lowest";
  /** A version to keep if it still fits and is listed. */
  readonly preference: Version | undefined;
  /** The version that is installed: kept if it still fits, even where no index lists it. */
  readonly installed: Version | undefined;
  /** Whether a version that was taken back may be used. */
  allowsYanked(version: Version): boolean;
}

/** A version to try, or one that must be ruled out first. */
export type Candidate =
  | { readonly kind: "usable"; readonly version: Version }
  | { readonly kind: "unusable"; readonly version: Version; readonly reason: UnavailableVersion };

/**
 * The best version of a range, or `undefined` where it has none. A version that exists and cannot be used is
 * returned with its reason, so that an explanation can name it.
 *
 * @param versions descending
 */
export function selectCandidate(
  versions: readonly ListedVersion[],
  range: VersionRange,
  rules: CandidateRules,
): Candidate | undefined {
  return keptCandidate(versions, range, rules) ?? freshCandidate(versions, range, rules);
}

/** As {@link selectCandidate}, without looking at what is installed or preferred. */
export function freshCandidate(
  versions: readonly ListedVersion[],
  range: VersionRange,
  rules: CandidateRules,
): Candidate | undefined {
  switch (rules.prereleases) {
    case "allow":
      return firstCandidate(versions, range, rules, () => true);
    case "disallow":
      return firstCandidate(versions, range, rules, isStable);
    case "prefer-stable":
      // Both kinds stay candidates all the time: what the solver learnt about a range must not change its meaning.
      return (
        firstCandidate(versions, range, rules, isStable) ??
        firstCandidate(versions, range, rules, isPrerelease)
      );
  }
}

function keptCandidate(
  versions: readonly ListedVersion[],
  range: VersionRange,
  rules: CandidateRules,
): Candidate | undefined {
  const { preference, installed } = rules;
  if (preference !== undefined && rangeContains(range, preference) && fitsPrereleases(preference, rules)) {
    const listed =
      versions.find(
        (entry) => isLocalVariantOf(entry.version, preference) && rangeContains(range, entry.version),
      ) ?? versions.find((entry) => entry.version.order === preference.order);
    if (listed !== undefined) return candidateOf(listed, rules);
  }
  if (installed !== undefined && rangeContains(range, installed))
    return { kind: "usable", version: installed };
  return undefined;
}

function firstCandidate(
  versions: readonly ListedVersion[],
  range: VersionRange,
  rules: CandidateRules,
  accepts: (version: Version) => boolean,
): Candidate | undefined {
  // The range first: what speaks against a version may be costly to find out.
  const fits = (listed: ListedVersion): boolean =>
    rangeContains(range, listed.version) &&
    accepts(listed.version) &&
    listed.unusable?.kind !== "excluded-newer";
  const listed = rules.direction === "highest" ? versions.find(fits) : versions.findLast(fits);
  return listed === undefined ? undefined : candidateOf(listed, rules);
}

function candidateOf(listed: ListedVersion, rules: CandidateRules): Candidate {
  const { version, yanked, unusable, unusableUnlessYanked } = listed;
  if (yanked !== false && !rules.allowsYanked(version)) {
    return { kind: "unusable", version, reason: unusableUnlessYanked ?? { kind: "yanked", reason: yanked } };
  }
  return unusable === undefined
    ? { kind: "usable", version }
    : { kind: "unusable", version, reason: unusable };
}

function fitsPrereleases(version: Version, rules: CandidateRules): boolean {
  return rules.prereleases !== "disallow" || isStable(version);
}

function isLocalVariantOf(version: Version, wanted: Version): boolean {
  return (
    version.local !== undefined && wanted.local === undefined && publicVersion(version).order === wanted.order
  );
}

function isStable(version: Version): boolean {
  return !isPrerelease(version);
}
