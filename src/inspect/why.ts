// Why a distribution is installed: the requirements that lead to it, from what a user asked for. Markers are those of the
// target; extras count where an installed distribution requires them.

import { append } from "../base/values/group-by.ts";
import { madeOnce } from "../base/work/once.ts";
import { formatRequirement, type Requirement } from "../pep/requirements/requirement.ts";
import type { Target } from "../pep/tags/tags.ts";
import type { InstalledDistribution } from "../python/environments/environment.ts";
import { applicableRequirements, conditionsIn, requirementRules } from "../resolve/requirements.ts";

/** One distribution of a chain. */
export interface WhyLink {
  /** Normalised. */
  readonly name: string;
  readonly version: string;
  /** The requirement of the distribution before it, without its marker; undefined for the first one. */
  readonly requirement: string | undefined;
}

export interface Why {
  /** Normalised. */
  readonly name: string;
  /** Undefined where it is not installed. */
  readonly version: string | undefined;
  /** Whether it was requested by name (`REQUESTED`, PEP 376). */
  readonly isRequested: boolean;
  /**
   * From each distribution that was requested or that nothing requires, the shortest chain to this one, sorted by its first
   * name. Empty where nothing requires it.
   */
  readonly chains: readonly (readonly WhyLink[])[];
}

/**
 * Finds the requirement chains that lead to a project.
 *
 * @param name normalised
 * @throws index/invalid-metadata
 */
export function whyInstalled(
  distributions: readonly InstalledDistribution[],
  target: Target,
  name: string,
): Why {
  const byName = new Map(distributions.map((distribution) => [distribution.name, distribution]));
  const wanted = byName.get(name);
  if (wanted === undefined) return { name, version: undefined, isRequested: false, chains: [] };
  const needs = requirementsByName(byName, target);
  const next = shortestStepsTo(name, needs);
  const needed = new Set([...needs.values()].flat().map((requirement) => requirement.name));
  const roots = [...next.keys()].filter(
    (root) => root !== name && (!needed.has(root) || byName.get(root)?.isRequested === true),
  );
  // A circle that nothing leads into begins with any of its distributions.
  const starts = roots.length > 0 ? roots : [...next.keys()].filter((start) => start !== name).slice(0, 1);
  const chains = starts.toSorted().map((start) => chainFrom(start, { next, byName }));
  return { name, version: wanted.version.text, isRequested: wanted.isRequested, chains };
}

type Needs = ReadonlyMap<string, readonly Requirement[]>;

/** What each distribution requires of the others, with the extras that anything requires of it. */
function requirementsByName(byName: ReadonlyMap<string, InstalledDistribution>, target: Target): Needs {
  const rules = requirementRules(conditionsIn(target.markers));
  const needs = new Map<string, Requirement[]>();
  const seen = new Set<string>();
  const queue: { readonly name: string; readonly extra: string | undefined }[] = [...byName.keys()].map(
    (name) => ({ name, extra: undefined }),
  );
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const distribution = byName.get(next.name);
    const key = `${next.name}[${next.extra ?? ""}]`;
    if (distribution === undefined || seen.has(key)) continue;
    seen.add(key);
    const own = madeOnce(needs, next.name, () => []);
    for (const { requirement } of applicableRequirements(distribution.requirements(), next, rules)) {
      if (!byName.has(requirement.name)) continue;
      own.push(requirement);
      for (const extra of requirement.extras) queue.push({ name: requirement.name, extra });
    }
  }
  return needs;
}

/** For everything that leads to a project, the requirement that begins its shortest way there. */
function shortestStepsTo(name: string, needs: Needs): ReadonlyMap<string, Requirement | undefined> {
  const requiredBy = new Map<string, { readonly by: string; readonly requirement: Requirement }[]>();
  for (const [by, requirements] of needs) {
    for (const requirement of requirements) append(requiredBy, requirement.name, { by, requirement });
  }
  const steps = new Map<string, Requirement | undefined>([[name, undefined]]);
  for (const reached of steps.keys()) {
    for (const { by, requirement } of requiredBy.get(reached) ?? [])
      if (!steps.has(by)) steps.set(by, requirement);
  }
  return steps;
}

function chainFrom(
  start: string,
  {
    next,
    byName,
  }: {
    readonly next: ReadonlyMap<string, Requirement | undefined>;
    readonly byName: ReadonlyMap<string, InstalledDistribution>;
  },
): readonly WhyLink[] {
  const chain: WhyLink[] = [{ name: start, version: versionIn(byName, start), requirement: undefined }];
  for (let step = next.get(start); step !== undefined; step = next.get(step.name)) {
    const { name } = step;
    const requirement = formatRequirement({ ...step, marker: undefined });
    chain.push({ name, version: versionIn(byName, name), requirement });
  }
  return chain;
}

function versionIn(byName: ReadonlyMap<string, InstalledDistribution>, name: string): string {
  return byName.get(name)?.version.text ?? "";
}
