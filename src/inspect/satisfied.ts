// Whether an environment already holds everything that is required, and everything that that needs: the answer that
// spares the network and the solver. What a requirement means is decided in resolve/requirements.ts, as for the solver.

import { recordedUrl } from "../base/text/secret-parameters.ts";
import type { Requirement } from "../pep/requirements/requirement.ts";
import type { Target } from "../pep/tags/tags.ts";
import type { InstalledDistribution } from "../python/environments/environment.ts";
import {
  allowsVersion,
  applicableRequirements,
  conditionsIn,
  requirementRules,
  type RequirementRules,
} from "../resolve/requirements.ts";
import type { NamedRequirement, UnnamedRequirement } from "../sources/requested.ts";

/** A requirement, with what it names outright. */
export type WantedRequirement = Pick<NamedRequirement, "requirement"> &
  Partial<Pick<NamedRequirement, "source">>;

/** Everything that is required of an environment. */
export interface WantedRequirements {
  /** One whose name is not known is never satisfied: its source may have changed. */
  readonly requirements: readonly (WantedRequirement | UnnamedRequirement)[];
  readonly constraints: readonly WantedRequirement[];
  readonly overrides: readonly WantedRequirement[];
  /** Projects on which no requirement counts. */
  readonly excludes?: readonly string[];
  /** Hashes are required: nothing that is installed can show one, so nothing is satisfied. */
  readonly requiresHashes?: boolean;
}

/**
 * Whether nothing needs to be installed. What this accepts is a solution for the resolver. A project that is installed
 * twice satisfies nothing. As in pip and uv, the `Requires-Python` of what is installed is not looked at.
 *
 * @throws PinionError `index/invalid-metadata`
 */
export function isSatisfied(
  wanted: WantedRequirements,
  installed: readonly InstalledDistribution[],
  options: { readonly target: Target; readonly followsDependencies: "yes" | "no" },
): boolean {
  if (wanted.requiresHashes === true) return false;
  const requirements = wanted.requirements.filter((entry) => "requirement" in entry);
  if (requirements.length < wanted.requirements.length) return false;
  const requirementOf = ({ requirement }: WantedRequirement): Requirement => requirement;
  const all = [...requirements, ...wanted.constraints, ...wanted.overrides];
  const rules = requirementRules(conditionsIn(options.target.markers), {
    overrides: wanted.overrides.map(requirementOf),
    constraints: wanted.constraints.map(requirementOf),
    excludes: wanted.excludes ?? [],
  });
  return new Walk({
    rules,
    byName: distinctByName(installed),
    byRequirement: new Map(all.map((entry) => [entry.requirement, entry])),
    followsDependencies: options.followsDependencies === "yes",
  }).accepts(requirements.map(requirementOf));
}

/** The installed distributions that are there once; `undefined` for those that are there more often. */
function distinctByName(
  installed: readonly InstalledDistribution[],
): ReadonlyMap<string, InstalledDistribution | undefined> {
  const byName = new Map<string, InstalledDistribution | undefined>();
  for (const distribution of installed)
    byName.set(distribution.name, byName.has(distribution.name) ? undefined : distribution);
  return byName;
}

interface WalkOptions {
  readonly rules: RequirementRules<boolean>;
  readonly byName: ReadonlyMap<string, InstalledDistribution | undefined>;
  readonly byRequirement: ReadonlyMap<Requirement, WantedRequirement>;
  readonly followsDependencies: boolean;
}

/** Follows requirements from the user's list, each distribution and each of its extras once. */
class Walk {
  readonly #options: WalkOptions;
  /** `name` and `name[extra]`, in the order in which they were first required. */
  readonly #reached = new Map<string, { readonly name: string; readonly extra: string | undefined }>();

  constructor(options: WalkOptions) {
    this.#options = options;
  }

  accepts(requirements: readonly Requirement[]): boolean {
    if (!this.#areMet(requirements, {})) return false;
    if (!this.#options.followsDependencies) return true;
    // A map that grows while it is iterated visits what is added.
    for (const { name, extra } of this.#reached.values()) {
      const distribution = this.#options.byName.get(name);
      if (distribution === undefined || !this.#areMet(requirementsOf(distribution, extra), { name, extra }))
        return false;
    }
    return true;
  }

  #areMet(
    requires: readonly Requirement[],
    owner: { readonly name?: string; readonly extra?: string | undefined },
  ): boolean {
    return applicableRequirements(requires, owner, this.#options.rules).every(({ requirement }) =>
      this.#isMet(requirement),
    );
  }

  #isMet(requirement: Requirement): boolean {
    const { name, extras } = requirement;
    const distribution = this.#options.byName.get(name);
    if (distribution === undefined) return false;
    if (!fits(requirement, distribution, this.#options.byRequirement.get(requirement))) return false;
    this.#reached.set(name, { name, extra: undefined });
    for (const extra of extras) this.#reached.set(`${name}[${extra}]`, { name, extra });
    return true;
  }
}

/** All requirements only where an extra may be concerned: reading the others is most of the work. */
function requirementsOf(
  distribution: InstalledDistribution,
  extra: string | undefined,
): readonly Requirement[] {
  if (extra !== undefined) return distribution.requirements();
  const plain = distribution.requirementsWithoutExtras();
  const refersToOwnExtra = plain.some(({ name, extras }) => name === distribution.name && extras.length > 0);
  return refersToOwnExtra ? distribution.requirements() : plain;
}

function fits(
  requirement: Requirement,
  { version, directUrl }: InstalledDistribution,
  wanted: WantedRequirement | undefined,
): boolean {
  if (requirement.url === undefined) return allowsVersion(requirement, version);
  const source = wanted?.source;
  // A folder or a repository may hold something else by now.
  if (source !== undefined && source.kind !== "direct") return false;
  if (directUrl?.kind !== "archive") return false;
  const requestedUrl = source?.url ?? requirement.url;
  if (recordedUrl(directUrl.url) !== recordedUrl(requestedUrl)) return false;
  // A local wheel may have been built again under its old name.
  if (source?.url.startsWith("file:") === true) return false;
  return Object.entries(source?.hashes ?? {}).every(
    ([algorithm, hash]) => directUrl.hashes?.[algorithm] === hash,
  );
}
