// What can be reached from the user's requirements over decided packages, and in which environments. Packages that were
// decided on the way and are no longer needed are not reached.

import type { MarkerSet } from "../pep/markers/sets.ts";
import type { Version } from "../pep/versions/version.ts";
import { projectPackage } from "./package.ts";
import type { PackageId } from "./package.ts";
import type { ApplicableRequirement } from "./requirements.ts";
import type { Scope } from "./forks/scope.ts";
import type { Solver } from "./search/solver.ts";

/** A search, as far as it has decided. */
export interface Decided {
  readonly solver: Solver;
  readonly rules: { readonly scope: Scope };
  requirementsOf(packageId: PackageId, version: Version): readonly ApplicableRequirement<MarkerSet>[];
}

/** By package: the environments in which it is needed. Packages that are not decided are there too. */
export function reachOf(search: Decided): ReadonlyMap<PackageId, MarkerSet> {
  const { solver, rules } = search;
  const { conditions, fork } = rules.scope;
  const decided = new Map<PackageId, Version>(solver.solution.decisions());
  const reach = new Map<PackageId, MarkerSet>([[solver.root, fork?.markers ?? true]]);
  const queue = new Set([solver.root]);
  // A set that grows while it is iterated visits what is added.
  for (const packageId of queue) {
    queue.delete(packageId);
    const version = decided.get(packageId);
    if (version === undefined) continue;
    for (const { requirement, when } of search.requirementsOf(packageId, version)) {
      const own = conditions.and(reach.get(packageId)!, when);
      for (const extra of [undefined, ...requirement.extras]) {
        const target = solver.packages.idOf(projectPackage(requirement.name, extra));
        const known = reach.get(target);
        const united = known === undefined ? own : conditions.or(known, own);
        if (united === known) continue;
        reach.set(target, united);
        queue.add(target);
      }
    }
  }
  return reach;
}
