// Which version of a project is tried next within a range.

import { rangeContains } from "../../pep/versions/version-range.ts";
import type { VersionRange } from "../../pep/versions/interval.ts";
import { isPrerelease, publicVersion } from "../../pep/versions/version.ts";
import type { Version } from "../../pep/versions/version.ts";
import type { ListedVersion, UnavailableVersion } from "../provider.ts";
import { placeOf, placesOf } from "./descending.ts";

/** How pre-releases of a project take part: in order with the others, never, or when no other is left. */
export type PrereleaseChoice = "allow" | "disallow" | "prefer-stable";

/** A version to keep. */
export interface CandidatePreference {
  readonly version: Version;
  /** Whether the user has it already, in a lock file for example, or another fork chose it. */
  readonly source: "user" | "fork";
}

/** What decides among the versions of one project. */
export interface CandidateRules {
  readonly prereleases: PrereleaseChoice;
  readonly direction: "highest" | "lowest";
  /** Versions to keep if they still fit and are listed, the most preferred first. */
  readonly preferences: readonly CandidatePreference[];
  /** The version that is installed: kept if it still fits, even where no index lists it. */
  readonly installed: Version | undefined;
  /** The version that is installed of what is to be upgraded: kept where no better one can be found. */
  readonly upgraded?: Version | undefined;
  /** Whether a version that was taken back may be used. */
  allowsYanked(version: Version): boolean;
}

/** A version to try, or one that must be ruled out first. */
export type Candidate =
  /** `listed` is undefined for an installed version. */
  | { readonly kind: "usable"; readonly version: Version; readonly listed: ListedVersion | undefined }
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
  const kept = keptCandidate(versions, range, rules);
  if (kept !== undefined) return kept;
  const fresh = freshCandidate(versions, range, rules);
  const { upgraded } = rules;
  if (upgraded === undefined || !rangeContains(range, upgraded)) return fresh;
  // uv: an upgrade never goes to what is worse than what is there.
  return fresh === undefined || isAtLeastAsGood(upgraded, fresh.version, rules)
    ? { kind: "usable", version: upgraded, listed: undefined }
    : fresh;
}

function isAtLeastAsGood(version: Version, other: Version, { direction }: CandidateRules): boolean {
  return direction === "highest" ? version.order >= other.order : version.order <= other.order;
}

/** As {@link selectCandidate}, without looking at what is installed or preferred. */
export function freshCandidate(
  versions: readonly ListedVersion[],
  range: VersionRange,
  rules: CandidateRules,
): Candidate | undefined {
  if (versions[0]?.indexPlace === undefined) return candidateAmong(versions, range, rules);
  const fitting = versions.filter(({ version }) => rangeContains(range, version));
  const places = new Set(fitting.map(({ indexPlace }) => indexPlace));
  for (const place of [...places].sort((one = 0, other = 0) => one - other)) {
    const ofPlace = fitting.filter(({ indexPlace }) => indexPlace === place);
    const candidate = candidateAmong(ofPlace, range, rules);
    if (candidate !== undefined) return candidate;
  }
  return undefined;
}

function candidateAmong(
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
  const { preferences, installed } = rules;
  for (const preference of preferences) {
    const { version } = preference;
    if (!rangeContains(range, version) || !fitsPrereleases(preference, rules)) continue;
    const listed = listedFor(versions, version, range);
    if (listed !== undefined) return candidateOf(listed, rules);
  }
  if (installed !== undefined && rangeContains(range, installed))
    return { kind: "usable", version: installed, listed: undefined };
  return undefined;
}

/** What a listing has of a version that is kept: its greatest local variant of a range, which stand right before it, or itself. */
function listedFor(
  versions: readonly ListedVersion[],
  version: Version,
  range: VersionRange,
): ListedVersion | undefined {
  const place = placeOf(versions, version.order);
  let found = versions[place]?.version.order === version.order ? versions[place] : undefined;
  for (let at = place - 1; at >= 0 && isLocalVariantOf(versions[at]!.version, version); at--)
    if (rangeContains(range, versions[at]!.version)) found = versions[at];
  return found;
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
  const [from, to] = placesOf(range, versions);
  const between = versions.slice(from, to);
  const listed = rules.direction === "highest" ? between.find(fits) : between.findLast(fits);
  return listed === undefined ? undefined : candidateOf(listed, rules);
}

function candidateOf(listed: ListedVersion, rules: CandidateRules): Candidate {
  const { version, yanked, unusable, unusableUnlessYanked } = listed;
  if (yanked !== false && !rules.allowsYanked(version)) {
    return { kind: "unusable", version, reason: unusableUnlessYanked ?? { kind: "yanked", reason: yanked } };
  }
  return unusable === undefined
    ? { kind: "usable", version, listed }
    : { kind: "unusable", version, reason: unusable };
}

/** A pre-release that the user has stays, unless there must be none; one of another fork is not a reason for it here. */
function fitsPrereleases({ version, source }: CandidatePreference, { prereleases }: CandidateRules): boolean {
  if (isStable(version) || prereleases === "allow") return true;
  return prereleases === "prefer-stable" && source === "user";
}

function isLocalVariantOf(version: Version, wanted: Version): boolean {
  return (
    version.local !== undefined && wanted.local === undefined && publicVersion(version).order === wanted.order
  );
}

function isStable(version: Version): boolean {
  return !isPrerelease(version);
}
