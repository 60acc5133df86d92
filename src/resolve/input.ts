// What is asked of the resolver, and what follows from it for every project.

import type { MarkerSet } from "../pep/marker-sets.ts";
import type { Requirement } from "../pep/requirement.ts";
import { mentionsPrerelease } from "../pep/specifier.ts";
import type { Version } from "../pep/version.ts";
import type { CandidateRules, PrereleaseChoice } from "./candidates.ts";
import type { Environment } from "./environment.ts";
import type { PreferredVersion, Preferences } from "./preferences.ts";
import { pinnedVersionOf, requirementRules } from "./requirements.ts";
import type { RequirementRules } from "./requirements.ts";
import type { Scope } from "./scope.ts";

/** A requirement of the user, with the place where it was written. */
export interface RootRequirement {
  readonly requirement: Requirement;
  readonly origin?: unknown;
}

/** How pre-releases are treated: docs/solver.md#pre-releases. */
export type PrereleaseMode = "if-necessary" | "allow" | "disallow" | "explicit";

/** Everything that decides a resolution, apart from what the provider answers. */
export interface ResolutionInput {
  readonly requirements: readonly RootRequirement[];
  /** They narrow what is required anyway; alone they require nothing. */
  readonly constraints?: readonly RootRequirement[];
  /** They stand in for everybody's requirements on the same project. */
  readonly overrides?: readonly RootRequirement[];
  /** Projects that nobody's requirement may bring in. */
  readonly excludes?: readonly string[];
  /** Versions to keep while they fit and an index lists them, such as the pins of a lock file. */
  readonly preferences?: ReadonlyMap<string, readonly PreferredVersion[]>;
  /** Installed versions to keep while they fit; no index needs to list them. */
  readonly installed?: ReadonlyMap<string, Version>;
  readonly environment: Environment;
  readonly prereleases: PrereleaseMode;
  /** Projects that have a mode of their own. */
  readonly prereleasesOf?: ReadonlyMap<string, PrereleaseMode>;
  readonly resolution: "highest" | "lowest" | "lowest-direct";
  /** Only what the user requires, without what that needs. */
  readonly noDependencies?: boolean;
  /** Projects that an address pins: the one version behind it. */
  readonly direct?: ReadonlyMap<string, { readonly version: Version; readonly url: string }>;
}

/** What the input says about each project, for one search. */
export interface ProjectRules {
  readonly scope: Scope;
  readonly requirements: RequirementRules<MarkerSet>;
  candidates(name: string): CandidateRules;
}

/** Prepares the rules of an input, once per search. */
export function projectRules(input: ResolutionInput, scope: Scope, preferences: Preferences): ProjectRules {
  const requirementOf = ({ requirement }: RootRequirement): Requirement => requirement;
  const requirements = requirementRules(scope.conditions, {
    overrides: (input.overrides ?? []).map(requirementOf),
    excludes: input.excludes ?? [],
    constraints: (input.constraints ?? []).map(requirementOf),
  });
  const { conditions } = scope;
  const isInScope = ({ marker }: Requirement): boolean =>
    !conditions.isNever(conditions.of(marker, undefined));
  const firstParty = [...input.requirements, ...(input.constraints ?? []), ...(input.overrides ?? [])]
    .map(requirementOf)
    .filter(isInScope);
  const explicit = new Set(
    firstParty.filter((entry) => mentionsPrerelease(entry.specifiers)).map((entry) => entry.name),
  );
  const direct = new Set(
    input.requirements
      .map(requirementOf)
      .filter(isInScope)
      .map(({ name }) => name),
  );
  const pinned = new Set(firstParty.map((entry) => `${entry.name} ${pinnedVersionOf(entry) ?? ""}`));
  const known = new Map<string, CandidateRules>();
  const candidates = (name: string): CandidateRules => {
    const direction = directionOf(input.resolution, direct.has(name));
    const rules = known.get(name) ?? {
      prereleases: prereleaseChoice(input.prereleasesOf?.get(name) ?? input.prereleases, explicit.has(name)),
      direction,
      preferences: preferences.of(name, scope, direction),
      installed: input.installed?.get(name),
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
