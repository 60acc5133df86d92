// THE rule of what requirements mean: markers, extras, overrides, excludes and constraints. The solver, `isSatisfied`,
// `pip check`, `pip tree` and `pip show` all use it. https://packaging.python.org/en/latest/specifications/dependency-specifiers/

import { append, groupBy } from "../base/values/group-by.ts";
import { madeOnce } from "../base/work/once.ts";
import { PinionError } from "../errors.ts";
import type { MarkerEnvironment } from "../pep/markers/expression.ts";
import type { Marker } from "../pep/markers/expression.ts";
import { evaluateMarker } from "../pep/markers/evaluate.ts";
import { comparisonsOf, extrasIn, mentionsExtra } from "../pep/markers/extras.ts";
import type { Requirement } from "../pep/requirements/requirement.ts";
import type { SpecifierSet } from "../pep/versions/specifier-set.ts";
import { isEmptyRange, rangeContains, rangeOf } from "../pep/versions/version-range.ts";
import { compareVersions } from "../pep/versions/version.ts";
import type { Version } from "../pep/versions/version.ts";

/**
 * How the environments that count are described. In one environment a marker is true or false (`When` is a boolean);
 * for all environments at once `When` is the set of environments in which it holds.
 */
export interface Conditions<When> {
  /** When a marker holds with an extra, or without any; no marker always holds. */
  of(marker: Marker | undefined, extra: string | undefined): When;
  /** When a marker holds with an extra and not without it. */
  onlyWith(marker: Marker | undefined, extra: string): When;
  and(first: When, second: When): When;
  or(first: When, second: When): When;
  /** Whether this is not an environment that counts. */
  isNever(when: When): boolean;
}

/** What the user says about all requirements. */
export interface RequirementRules<When> {
  readonly conditions: Conditions<When>;
  /** By project: these replace every requirement on it. */
  readonly overrides: ReadonlyMap<string, readonly Requirement[]>;
  /** Projects on which no requirement counts. */
  readonly excludes: ReadonlySet<string>;
  /** By project: these hold beside every requirement on it. */
  readonly constraints: ReadonlyMap<string, readonly Requirement[]>;
  /** The requirements of distributions by extra, as far as they were needed. */
  readonly ofExtras: WeakMap<readonly Requirement[], RequirementsOfExtras>;
}

/** A requirement with the environments in which it applies. */
export interface ApplicableRequirement<When> {
  readonly requirement: Requirement;
  readonly when: When;
}

/** Whose requirements are looked at. */
export interface RequirementsOwner {
  /** The project; `undefined` for the user's own list. */
  readonly name?: string;
  /** What this extra needs beyond the plain distribution; `undefined` for the plain distribution. */
  readonly extra?: string | undefined;
}

/** What the user says, by project. */
export interface RuleLists {
  readonly overrides?: Iterable<Requirement>;
  readonly excludes?: Iterable<string>;
  readonly constraints?: Iterable<Requirement>;
}

/** Prepares the rules of a question. */
export function requirementRules<When>(
  conditions: Conditions<When>,
  { overrides = [], excludes = [], constraints = [] }: RuleLists = {},
): RequirementRules<When> {
  return {
    conditions,
    overrides: byProject(overrides),
    excludes: new Set(excludes),
    constraints: byProject(Array.from(constraints, withoutExtras)),
    ofExtras: new WeakMap(),
  };
}

/** Markers in one environment. Verdicts are remembered by marker object, because distributions share theirs. */
export function conditionsIn(environment: MarkerEnvironment): Conditions<boolean> {
  const verdicts = new Map<Marker, boolean>();
  const holds = (marker: Marker | undefined, extra: string | undefined): boolean => {
    if (marker === undefined) return true;
    if (extra !== undefined) return evaluateMarker(marker, environment, { extras: [extra] });
    return madeOnce(verdicts, marker, () => evaluateMarker(marker, environment, { extras: [] }));
  };
  return {
    of: holds,
    onlyWith: (marker, extra) => holds(marker, extra) && !holds(marker, undefined),
    and: (first, second) => first && second,
    or: (first, second) => first || second,
    isNever: (when) => !when,
  };
}

/**
 * The requirements of a distribution, or of one of its extras, that apply, with the constraints on them.
 * An extra that refers to the distribution's other extras (`all = ["a[x]", "a[y]"]`) is replaced by what those need.
 */
export function applicableRequirements<When>(
  requires: readonly Requirement[],
  owner: RequirementsOwner,
  rules: RequirementRules<When>,
): readonly ApplicableRequirement<When>[] {
  const { conditions } = rules;
  const own = owner.extra === undefined ? requires : ofExtrasOf(requires, rules).about(owner.extra).requires;
  const found = [...requirementsOfExtra(own, owner.extra, rules)];
  const isReference = ({ name, extras }: Requirement): boolean => name === owner.name && extras.length > 0;
  const queue: { readonly extra: string; readonly when: When }[] = [];
  const enqueue = (entries: readonly ApplicableRequirement<When>[]): void => {
    for (const { requirement, when } of entries) {
      if (isReference(requirement)) for (const extra of requirement.extras) queue.push({ extra, when });
    }
  };
  enqueue(found);
  if (queue.length === 0) return found;
  const ofExtras = ofExtrasOf(requires, rules);
  let looks = 0;
  let allowance = requires.reduce((sum, { extras }) => sum + 1 + extras.length, MAX_REPEATED);
  const seen = new Map<string, Set<When>>();
  // The queue grows meanwhile.
  for (const { extra, when } of queue) {
    const known = seen.get(extra) ?? new Set();
    if (known.has(when)) continue;
    seen.set(extra, known.add(when));
    const about = ofExtras.about(extra);
    looks += about.looks;
    if (looks > MAX_LOOKS) throw tooManyReferences();
    const more = requirementsOfExtra(about.requires, extra, rules)
      .map((entry) => ({ requirement: entry.requirement, when: conditions.and(when, entry.when) }))
      .filter((entry) => !conditions.isNever(entry.when));
    allowance -= more.reduce((sum, { requirement }) => sum + 1 + requirement.extras.length, 0);
    if (allowance < 0) throw tooManyReferences();
    for (const entry of more) found.push(entry);
    enqueue(more);
  }
  const ownBounds = found
    .filter(({ requirement }) => isReference(requirement) && requirement.specifiers.specifiers.length > 0)
    .map(({ requirement, when }) => ({
      requirement: { ...requirement, extras: [], writtenExtras: [] },
      when,
    }));
  return [...found.filter(({ requirement }) => !isReference(requirement)), ...ownBounds];
}

/** A requirement with what it costs to evaluate its marker. */
interface MarkedRequirement {
  /** In the order of the distribution. */
  readonly place: number;
  readonly requirement: Requirement;
  /** How many comparisons its marker has. */
  readonly looks: number;
}

/** The requirements that are about one extra. */
interface AboutExtra {
  readonly requires: readonly Requirement[];
  /** How many comparisons their markers have together, at least 1. */
  readonly looks: number;
}

/** The requirements of one distribution by the extras that they are about: all are looked at once, and not for each extra. */
class RequirementsOfExtras {
  readonly #byExtra = new Map<string, MarkedRequirement[]>();
  /** Those whose markers say of extras what only an evaluation tells: `extra != "x"`, `"x" in extras`. */
  readonly #others: MarkedRequirement[] = [];
  readonly #asked = new Map<string, AboutExtra>();
  #looks = 0;

  constructor(requires: readonly Requirement[]) {
    for (const [place, requirement] of requires.entries()) {
      if (requirement.marker === undefined) continue;
      const entry = { place, requirement, looks: comparisonsOf(requirement.marker).length };
      const named = extrasIn(requirement.marker);
      if (named === "other") this.#others.push(entry);
      else
        for (const extra of named) {
          append(this.#byExtra, extra, entry);
        }
    }
  }

  /**
   * Those that may hold with an extra and not without it: its own, and all that have to be evaluated.
   *
   * @throws PinionError `index/invalid-metadata` where too many have to be, for too many extras
   */
  about(extra: string): AboutExtra {
    const known = this.#asked.get(extra);
    if (known !== undefined) return known;
    const own = this.#byExtra.get(extra) ?? [];
    const all =
      this.#others.length === 0
        ? own
        : [...own, ...this.#others].toSorted((one, other) => one.place - other.place);
    const looks = all.reduce((sum, entry) => sum + entry.looks, 1);
    this.#looks += looks;
    if (this.#looks > MAX_LOOKS) throw tooManyReferences();
    const asked = { requires: all.map(({ requirement }) => requirement), looks };
    this.#asked.set(extra, asked);
    return asked;
  }
}

function ofExtrasOf<When>(
  requires: readonly Requirement[],
  { ofExtras }: RequirementRules<When>,
): RequirementsOfExtras {
  return madeOnce(ofExtras, requires, () => new RequirementsOfExtras(requires));
}

function tooManyReferences(): PinionError {
  return new PinionError(
    "index/invalid-metadata",
    "The extras of a distribution refer to one another too often",
  );
}

/**
 * Whether a requirement accepts a version, apart from where the version comes from. Pre-releases are accepted: whether
 * one may be chosen is a question of choosing, not of what was chosen.
 */
export function allowsVersion({ specifiers }: Requirement, version: Version): boolean {
  return specifiers.specifiers.every(({ range }) => rangeContains(range, version));
}

/**
 * The project on which so many requirements hold at once that no author wrote them, and no solver should have to weigh them against
 * each other; undefined where there is none.
 */
export function overloadedProject(
  requirements: readonly ApplicableRequirement<unknown>[],
): string | undefined {
  const specifiers = new Map<string, number>();
  for (const { requirement } of requirements) {
    const { name } = requirement;
    const count = (specifiers.get(name) ?? 0) + Math.max(requirement.specifiers.specifiers.length, 1);
    if (count > MAX_SPECIFIERS) return name;
    specifiers.set(name, count);
  }
  return undefined;
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

function requirementsOfExtra<When>(
  requires: readonly Requirement[],
  extra: string | undefined,
  rules: RequirementRules<When>,
): readonly ApplicableRequirement<When>[] {
  return requires.flatMap((declared) =>
    standIns(declared, extra, rules).flatMap((entry) => [entry, ...constraintsOn(entry, extra, rules)]),
  );
}

function constraintsOn<When>(
  { requirement: { name }, when }: ApplicableRequirement<When>,
  extra: string | undefined,
  { constraints, conditions }: RequirementRules<When>,
): readonly ApplicableRequirement<When>[] {
  return (constraints.get(name) ?? [])
    .map((constraint) => ({
      requirement: constraint,
      when: conditions.and(when, conditions.of(constraint.marker, extra)),
    }))
    .filter((entry) => !conditions.isNever(entry.when));
}

/** The requirement itself where it applies, or what the user put in its place. */
function standIns<When>(
  declared: Requirement,
  extra: string | undefined,
  rules: RequirementRules<When>,
): readonly ApplicableRequirement<When>[] {
  const { conditions } = rules;
  if (rules.excludes.has(declared.name)) return [];
  const overrides = rules.overrides.get(declared.name);
  if (overrides === undefined) {
    const when = whenDeclared(declared.marker, extra, conditions);
    return conditions.isNever(when) ? [] : [{ requirement: declared, when }];
  }
  // An override ignores the declared marker, but what an extra requires stays with the extra.
  if (!belongsToExtra(declared.marker, extra, conditions)) return [];
  return overrides
    .map((requirement) => ({ requirement, when: conditions.of(requirement.marker, extra) }))
    .filter(({ when }) => !conditions.isNever(when));
}

/** When a marker holds for the plain distribution, or with the extra and not without it. */
function whenDeclared<When>(
  marker: Marker | undefined,
  extra: string | undefined,
  conditions: Conditions<When>,
): When {
  return extra === undefined ? conditions.of(marker, undefined) : conditions.onlyWith(marker, extra);
}

/** As {@link whenDeclared}, in any environment at all: only what a marker says about extras counts. */
function belongsToExtra<When>(
  marker: Marker | undefined,
  extra: string | undefined,
  conditions: Conditions<When>,
): boolean {
  if (marker === undefined) return extra === undefined;
  const isPlain = isPossible(marker, undefined, conditions);
  return extra === undefined ? isPlain : !isPlain && isPossible(marker, extra, conditions);
}

function isPossible<When>(marker: Marker, extra: string | undefined, conditions: Conditions<When>): boolean {
  if (marker.kind === "comparison")
    return !mentionsExtra(marker) || !conditions.isNever(conditions.of(marker, extra));
  const holds = (part: Marker): boolean => isPossible(part, extra, conditions);
  return marker.kind === "and" ? marker.operands.every(holds) : marker.operands.some(holds);
}

/** A constraint says which version a project has where it is needed, and requires nothing, as in uv. */
function withoutExtras(constraint: Requirement): Requirement {
  return constraint.extras.length === 0 ? constraint : { ...constraint, extras: [], writtenExtras: [] };
}

function byProject(entries: Iterable<Requirement>): ReadonlyMap<string, readonly Requirement[]> {
  return groupBy(entries, ({ name }) => name);
}

/** Of one distribution on one project: real ones have some twenty, for different environments. */
const MAX_SPECIFIERS = 1000;
/** Comparisons in the markers of one distribution: some hundred extras, and as many requirements with a few for each. */
const MAX_LOOKS = 1_000_000;
/**
 * How many requirements of extras count more than once, since several ways in different environments lead to them: real ones some
 * hundred, while extras that refer to one another in circles double them with each marker.
 */
const MAX_REPEATED = 50_000;

function sortedByVersion(set: SpecifierSet): SpecifierSet["specifiers"] {
  return set.specifiers.toSorted((first, second) =>
    first.version === undefined || second.version === undefined
      ? 0
      : compareVersions(first.version, second.version),
  );
}
