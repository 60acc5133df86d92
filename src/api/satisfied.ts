// Whether an environment already holds everything that is asked for, and everything that that needs: the answer that
// spares the network and the solver.

import type { Marker } from "../pep/marker.ts";
import { evaluateMarker } from "../pep/marker-evaluate.ts";
import type { Requirement } from "../pep/requirement.ts";
import { satisfies } from "../pep/specifier.ts";
import type { Target } from "../pep/tags.ts";
import type { InstalledDistribution } from "../python/environment.ts";
import type { Inputs, RequestedRequirement } from "./inputs.ts";

/** Tells whether nothing needs to be installed for these inputs. Versions that are installed twice never satisfy. */
export function isSatisfied(
  inputs: Inputs,
  installed: readonly InstalledDistribution[],
  options: { readonly target: Target; readonly followsDependencies: "yes" | "no" },
): boolean {
  const byName = new Map<string, InstalledDistribution | undefined>();
  for (const distribution of installed)
    byName.set(distribution.name, byName.has(distribution.name) ? undefined : distribution);
  const walk: Walk = {
    byName,
    target: options.target,
    constraints: inputs.constraints,
    overrides: new Map(inputs.overrides.map((override) => [override.requirement.name, override.requirement])),
    followsDependencies: options.followsDependencies === "yes",
    seen: new Set(),
    verdicts: new Map(),
  };
  return inputs.requirements.every((requested) => isMet(requested.requirement, walk, requested));
}

interface Walk {
  readonly byName: ReadonlyMap<string, InstalledDistribution | undefined>;
  readonly target: Target;
  readonly constraints: readonly RequestedRequirement[];
  readonly overrides: ReadonlyMap<string, Requirement>;
  readonly followsDependencies: boolean;
  /** Name, extras and specifiers of what was looked at. */
  readonly seen: Set<string>;
  /** What markers say without extras; most distributions have the same ones. */
  readonly verdicts: Map<Marker, boolean>;
}

function isMet(written: Requirement, walk: Walk, requested?: RequestedRequirement): boolean {
  const requirement = walk.overrides.get(written.name) ?? written;
  if (requirement.marker !== undefined && !evaluateMarker(requirement.marker, walk.target.markers))
    return true;
  const key = `${requirement.name} ${requirement.extras.join(",")} ${requirement.specifiers.text} ${requirement.url ?? ""}`;
  if (walk.seen.has(key)) return true;
  walk.seen.add(key);
  const distribution = walk.byName.get(requirement.name);
  if (
    distribution === undefined ||
    !fits(requirement, distribution, requested) ||
    !isWithinConstraints(distribution, walk)
  )
    return false;
  return (
    !walk.followsDependencies ||
    needsOf(distribution, requirement.extras, walk).every((need) => isMet(need, walk))
  );
}

function fits(
  requirement: Requirement,
  distribution: InstalledDistribution,
  requested: RequestedRequirement | undefined,
): boolean {
  if (requirement.url === undefined)
    return satisfies(distribution.version, requirement.specifiers, { prereleases: true });
  const { directUrl } = distribution;
  if (directUrl?.kind !== "archive" || directUrl.url !== (requested?.direct?.url ?? requirement.url))
    return false;
  // A local wheel may have been built anew under its old name.
  if (requested?.direct?.path !== undefined) return false;
  return Object.entries(requested?.direct?.hashes ?? {}).every(
    ([algorithm, digest]) => directUrl.hashes?.[algorithm] === digest,
  );
}

function isWithinConstraints(distribution: InstalledDistribution, { constraints, target }: Walk): boolean {
  return constraints
    .map(({ requirement }) => requirement)
    .filter(
      ({ name, marker }) =>
        name === distribution.name && (marker === undefined || evaluateMarker(marker, target.markers)),
    )
    .every(({ specifiers }) => satisfies(distribution.version, specifiers, { prereleases: true }));
}

/** What an installed distribution needs on the target, with the extras asked for. */
function needsOf(
  distribution: InstalledDistribution,
  extras: readonly string[],
  walk: Walk,
): readonly Requirement[] {
  const requirements =
    extras.length === 0 ? distribution.requirementsWithoutExtras() : distribution.requirements();
  return requirements
    .filter(({ marker }) => marker === undefined || holds(marker, extras, walk))
    .map(withoutExtraMarker);
}

function holds(marker: Marker, extras: readonly string[], { target, verdicts }: Walk): boolean {
  if (extras.length > 0) return evaluateMarker(marker, target.markers, { extras });
  let verdict = verdicts.get(marker);
  if (verdict === undefined)
    verdicts.set(marker, (verdict = evaluateMarker(marker, target.markers, { extras })));
  return verdict;
}

/** The marker was judged with its extra; below, it must not be judged again without. */
function withoutExtraMarker(requirement: Requirement): Requirement {
  return requirement.marker === undefined ? requirement : { ...requirement, marker: undefined };
}
