// What follows from the resolver's input for every project, in the environments of one search.

import type { MarkerSet } from "../pep/markers/sets.ts";
import type { Requirement } from "../pep/requirements/requirement.ts";
import { mentionsPrerelease } from "../pep/versions/specifier.ts";
import type { Version } from "../pep/versions/version.ts";
import type { CandidateRules, PrereleaseChoice } from "./search/candidates.ts";
import type { FirstPartyRequirement } from "./first-party.ts";
import type { PrereleaseMode, ResolutionInput, RootRequirement } from "./input.ts";
import type { Preferences } from "./search/preferences.ts";
import { pinnedVersionOf, requirementRules } from "./requirements.ts";
import type { RequirementRules } from "./requirements.ts";
import type { Scope } from "./forks/scope.ts";

/** What the input says about each project, for one search. */
export interface ProjectRules {
  readonly scope: Scope;
  readonly requirements: RequirementRules<MarkerSet>;
  candidates(name: string): CandidateRules;
}

/** Prepares the rules of an input, once per search. */
export function projectRules(
  input: ResolutionInput,
  scope: Scope,
  given: { readonly preferences: Preferences; readonly firstParty: readonly FirstPartyRequirement[] },
): ProjectRules {
  const { preferences, firstParty } = given;
  const requirementOf = ({ requirement }: RootRequirement): Requirement => requirement;
  const requirements = requirementRules(scope.conditions, {
    overrides: (input.overrides ?? []).map(requirementOf),
    excludes: input.excludes ?? [],
    constraints: (input.constraints ?? []).map(requirementOf),
  });
  const { conditions } = scope;
  const inScope = firstParty.filter(({ requirement: { marker }, extras }) =>
    [undefined, ...extras].some((extra) => !conditions.isNever(conditions.of(marker, extra))),
  );
  const explicit = new Set(
    inScope
      .filter(({ requirement }) => mentionsPrerelease(requirement.specifiers))
      .map(({ requirement }) => requirement.name),
  );
  const direct = new Set(
    inScope.filter(({ isDirect }) => isDirect).map(({ requirement }) => requirement.name),
  );
  // In uv, too, a yanked version that is pinned for some of the environments may be chosen in all of them.
  const pinned = new Set(
    firstParty.map(({ requirement }) => `${requirement.name} ${pinnedVersionOf(requirement) ?? ""}`),
  );
  const known = new Map<string, CandidateRules>();
  const candidates = (name: string): CandidateRules => {
    const direction = directionOf(input.resolution, direct.has(name));
    const rules = known.get(name) ?? {
      prereleases: prereleaseChoice(input.prereleasesOf?.get(name) ?? input.prereleases, explicit.has(name)),
      direction,
      preferences: preferences.of(name, scope, direction),
      installed: input.installed?.get(name),
      upgraded: input.upgraded?.get(name),
      allowsYanked: (version: Version): boolean =>
        pinned.has(`${name} ${version.order}`) || preferences.has(name, version),
    };
    known.set(name, rules);
    return rules;
  };
  return { scope, requirements, candidates };
}

function prereleaseChoice(mode: PrereleaseMode, isExplicit: boolean): PrereleaseChoice {
  switch (mode) {
    case "allow":
    case "disallow":
      return mode;
    case "if-necessary":
      return "prefer-stable";
    case "explicit":
      return isExplicit ? "prefer-stable" : "disallow";
  }
}

function directionOf(resolution: ResolutionInput["resolution"], isDirect: boolean): "highest" | "lowest" {
  return resolution === "lowest" || (resolution === "lowest-direct" && isDirect) ? "lowest" : "highest";
}
