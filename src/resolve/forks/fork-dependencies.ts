// Where the requirements of one package split a fork: several requirements on one project for different environments,
// or one that counts only for newer Pythons. See docs/solver.md#forking. Which split, and in which order the parts are
// solved, is uv's choice (crates/uv-resolver/src/resolver/mod.rs), so that the same requirements give the same lock.

import { groupBy } from "../../base/values/group-by.ts";
import { MarkerTooLarge } from "../../pep/markers/diagram.ts";
import type { MarkerSet } from "../../pep/markers/sets.ts";
import { rangeOf } from "../../pep/versions/version-range.ts";
import type { ForkStrategy } from "../environment.ts";
import type { ApplicableRequirement } from "../requirements.ts";
import type { Fork } from "./scope.ts";

/** A requirement with the environments in which it applies. */
export type ForkRequirement = ApplicableRequirement<MarkerSet>;

/** A part of a fork, with the requirements that apply in it. */
export interface ForkPart {
  readonly fork: Fork;
  readonly requirements: readonly ForkRequirement[];
}

/**
 * The parts into which the requirements of one package split a fork, in the order in which they are found; one part
 * where they split nothing.
 *
 * @param requirements All that apply somewhere in the fork, sorted by project.
 * @throws MarkerTooLarge where they split it into more parts than any author means: each unrelated marker doubles them
 */
export function splitByRequirements(
  fork: Fork,
  requirements: readonly ForkRequirement[],
): readonly ForkPart[] {
  let parts: readonly GrowingPart[] = [{ fork, requirements: [] }];
  for (const group of groupsByProject(requirements)) {
    const [first] = group;
    const isUniform = group.every(({ when }) => when === first?.when);
    if (first !== undefined && isUniform && !fork.isRaisedBy(first.when)) {
      for (const requirement of group) for (const part of parts) added(part, requirement);
      continue;
    }
    for (const requirement of group) {
      parts = splitByRequirement(parts, requirement, fork);
      if (parts.length > MAX_PARTS) throw new MarkerTooLarge();
    }
  }
  return parts;
}

/** A part while its requirements are collected. */
interface GrowingPart {
  readonly fork: Fork;
  readonly requirements: ForkRequirement[];
}

/** Sorts parts so that the last one is solved first. */
export function sortParts<Part extends ForkPart>(
  parts: readonly Part[],
  order: { readonly strategy: ForkStrategy; readonly resolution: "highest" | "lowest" | "lowest-direct" },
): readonly Part[] {
  // The newest Python first gives each Python its newest versions. The oldest first gives versions that later parts can
  // share. What has more upper bounds comes first in both, for the same reason.
  const direction = order.strategy === "fewest" || order.resolution === "lowest" ? -1 : 1;
  return parts.toSorted(
    (first, second) =>
      direction * first.fork.comparePythons(second.fork) || upperBoundsOf(first) - upperBoundsOf(second),
  );
}

function splitByRequirement(
  parts: readonly GrowingPart[],
  requirement: ForkRequirement,
  whole: Fork,
): readonly GrowingPart[] {
  if (requirement.when === true) return parts.map((part) => added(part, requirement));
  let remaining: MarkerSet = requirement.when;
  return parts.flatMap((part): readonly GrowingPart[] => {
    const { fork } = part;
    if (!fork.includes(remaining)) return [part];
    const { sets } = fork;
    const rest = sets.not(remaining);
    const inside = fork.narrow(remaining);
    const split = fork.includes(rest)
      ? [within(part, fork.narrow(rest)), within(part, inside)]
      : [{ fork: inside, requirements: part.requirements }];
    remaining = sets.except(remaining, fork.markers);
    return split
      .map((narrowed) => added(narrowed, requirement))
      .filter((narrowed) => !sets.areDisjoint(narrowed.fork.markers, sets.ofPythons(whole.pythons)));
  });
}

/** The part with a requirement, where it applies there. */
function added(part: GrowingPart, requirement: ForkRequirement): GrowingPart {
  if (part.fork.includes(requirement.when)) part.requirements.push(requirement);
  return part;
}

function within({ requirements }: GrowingPart, fork: Fork): GrowingPart {
  return { fork, requirements: requirements.filter(({ when }) => fork.includes(when)) };
}

function groupsByProject(requirements: readonly ForkRequirement[]): readonly (readonly ForkRequirement[])[] {
  const groups = groupBy(requirements, ({ requirement }) => requirement.name);
  return [...groups].sort(([first], [second]) => (first < second ? -1 : 1)).map(([, group]) => group);
}

function upperBoundsOf({ requirements }: ForkPart): number {
  return requirements.filter(
    ({ requirement }) =>
      requirement.url === undefined && rangeOf(requirement.specifiers).intervals.at(-1)?.upper !== undefined,
  ).length;
}

/** The forks of the largest real resolutions are some dozens. */
const MAX_PARTS = 256;
