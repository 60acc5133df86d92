// Which requirements of a distribution apply here: markers, extras, overrides, excludes and constraints.

import { evaluateMarker } from "../pep/marker-evaluate.ts";
import type { Marker, MarkerEnvironment } from "../pep/marker.ts";
import type { Requirement } from "../pep/requirement.ts";
import type { SpecifierSet } from "../pep/specifier.ts";
import { isEmptyRange, rangeOf } from "../pep/version-range.ts";
import { compareVersions } from "../pep/version.ts";

/** What the user says about everybody's requirements. */
export interface RequirementRules {
  readonly environment: MarkerEnvironment;
  /** By project: these stand in for every requirement on it. */
  readonly overrides: ReadonlyMap<string, readonly Requirement[]>;
  /** Projects on which nobody's requirement counts. */
  readonly excludes: ReadonlySet<string>;
  /** By project: these hold beside every requirement on it. */
  readonly constraints: ReadonlyMap<string, readonly Requirement[]>;
}

/** Whose requirements are asked for. */
export interface RequirementsOwner {
  /** The project; `undefined` for the user's own list. */
  readonly name?: string;
  /** What this extra needs beyond the plain distribution; `undefined` for the plain distribution. */
  readonly extra?: string | undefined;
}

/**
 * The requirements of a distribution, or of one of its extras, that apply, with the constraints on them.
 * An extra that refers to the distribution's other extras (`all = ["a[x]", "a[y]"]`) is opened up.
 */
export function applicableRequirements(
  requires: readonly Requirement[],
  owner: RequirementsOwner,
  rules: RequirementRules,
): readonly Requirement[] {
  const found = [...requirementsOfExtra(requires, owner.extra, rules)];
  const isOwn = (requirement: Requirement): boolean => requirement.name === owner.name;
  const isReference = (requirement: Requirement): boolean =>
    isOwn(requirement) && requirement.extras.length > 0;
  const seen = new Set<string>();
  const queue = found.filter(isOwn).flatMap((requirement) => requirement.extras);
  for (let extra = queue.shift(); extra !== undefined; extra = queue.shift()) {
    if (seen.has(extra)) continue;
    seen.add(extra);
    const more = requirementsOfExtra(requires, extra, rules);
    found.push(...more);
    queue.push(...more.filter(isOwn).flatMap((requirement) => requirement.extras));
  }
  const ownBounds = found
    .filter((requirement) => isReference(requirement) && requirement.specifiers.specifiers.length > 0)
    .map((requirement): Requirement => ({ ...requirement, extras: [], writtenExtras: [] }));
  return [...found.filter((requirement) => !isReference(requirement)), ...ownBounds];
}

/**
 * The requirement in the words of "depends on …" where it allows no version at all, so that its reader sees the
 * specifiers and not the empty set that they come to; `undefined` where it allows some.
 */
export function unsatisfiableText(requirement: Requirement): string | undefined {
  const { name, extras, specifiers } = requirement;
  if (requirement.url !== undefined || !isEmptyRange(rangeOf(specifiers))) return undefined;
  const subject = extras.length === 0 ? name : `${name}[${extras.join(",")}]`;
  const parts = sortedByVersion(specifiers).map((specifier) => subject + specifier.operator + specifier.text);
  const verdict = parts.length > 1 ? "which are incompatible" : "which does not allow any versions";
  return `${parts.join(" and ")}, ${verdict}`;
}

/** Whether a requirement is exactly one `==` or `===` for one version, which may then be a yanked one. */
export function pinnedVersionOf(requirement: Requirement): string | undefined {
  const [specifier, another] = requirement.specifiers.specifiers;
  if (specifier === undefined || another !== undefined || specifier.isPrefix) return undefined;
  return specifier.operator === "==" || specifier.operator === "===" ? specifier.version?.order : undefined;
}

function requirementsOfExtra(
  requires: readonly Requirement[],
  extra: string | undefined,
  rules: RequirementRules,
): readonly Requirement[] {
  return requires.flatMap((declared) =>
    standIns(declared, extra, rules).flatMap((requirement) => {
      const constraints = rules.constraints.get(requirement.name) ?? [];
      return [requirement, ...constraints.filter(({ marker }) => holds(marker, extra, rules))];
    }),
  );
}

/** The requirement itself where it applies, or what the user put in its place. */
function standIns(
  declared: Requirement,
  extra: string | undefined,
  rules: RequirementRules,
): readonly Requirement[] {
  if (rules.excludes.has(declared.name)) return [];
  const overrides = rules.overrides.get(declared.name);
  if (overrides === undefined) return applies(declared.marker, extra, rules) ? [declared] : [];
  // An override ignores the declared marker, but what an extra asks for stays with the extra.
  if (!belongsToExtra(declared, extra, rules)) return [];
  return overrides.filter(({ marker }) => holds(marker, extra, rules));
}

/** Whether a marker is what the plain distribution, or the extra alone, asks for. */
function applies(marker: Marker | undefined, extra: string | undefined, rules: RequirementRules): boolean {
  if (extra === undefined) return holds(marker, undefined, rules);
  return marker !== undefined && holds(marker, extra, rules) && !holds(marker, undefined, rules);
}

function belongsToExtra(
  requirement: Requirement,
  extra: string | undefined,
  rules: RequirementRules,
): boolean {
  if (requirement.marker === undefined || !mentionsExtra(requirement.marker)) return extra === undefined;
  return applies(requirement.marker, extra, rules);
}

function holds(marker: Marker | undefined, extra: string | undefined, rules: RequirementRules): boolean {
  return (
    marker === undefined ||
    evaluateMarker(marker, rules.environment, { extras: extra === undefined ? [] : [extra] })
  );
}

function mentionsExtra(marker: Marker): boolean {
  if (marker.kind !== "comparison") return marker.operands.some(mentionsExtra);
  return [marker.left, marker.right].some(
    (operand) => operand.kind === "field" && (operand.field === "extra" || operand.field === "extras"),
  );
}

function sortedByVersion(set: SpecifierSet): SpecifierSet["specifiers"] {
  return set.specifiers.toSorted((first, second) =>
    first.version === undefined || second.version === undefined
      ? 0
      : compareVersions(first.version, second.version),
  );
}
