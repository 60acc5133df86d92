// What counts as the user's own words where they decide which yanked versions and pre-releases may be chosen, and which
// versions the lowest direct ones are: also what the projects require that URLs pin. The rules are uv's.

import { groupBy } from "../base/values/group-by.ts";
import { evaluateMarker } from "../pep/markers/evaluate.ts";
import { mentionsExtra } from "../pep/markers/extras.ts";
import { NOWHERE, type Marker } from "../pep/markers/expression.ts";
import type { Requirement } from "../pep/requirements/requirement.ts";
import type { ResolutionInput, RootRequirement } from "./input.ts";
import type { Answers } from "./search/answers.ts";

/** A requirement, constraint or override of the user, or what a project requires that a URL pins. */
export interface FirstPartyRequirement {
  readonly requirement: Requirement;
  /** Those of the project whose requirement it is that are wanted. */
  readonly extras: readonly string[];
  /** Whether the user requires it, or a folder that the user requires. */
  readonly isDirect: boolean;
}

/** Reads what URLs pin, and what that pins in turn, for any of the environments that are resolved for. */
export async function firstPartyOf(
  input: ResolutionInput,
  answers: Answers,
): Promise<readonly FirstPartyRequirement[]> {
  return await new LookAhead(input, answers).run();
}

interface Wanted {
  readonly requirement: Requirement;
  /** The URL of the project whose requirement it is; undefined for the user's own. */
  readonly requiredBy: string | undefined;
}

class LookAhead {
  readonly #input: ResolutionInput;
  readonly #answers: Answers;
  readonly #overrides: ReadonlyMap<string, readonly Requirement[]>;
  readonly #constraints: ReadonlyMap<string, readonly Requirement[]>;
  readonly #excludes: ReadonlySet<string>;
  readonly #found: FirstPartyRequirement[] = [];
  readonly #seen = new Set<string>();

  constructor(input: ResolutionInput, answers: Answers) {
    this.#input = input;
    this.#answers = answers;
    this.#overrides = byName(input.overrides);
    this.#constraints = byName(input.constraints);
    this.#excludes = new Set(input.excludes);
  }

  async run(): Promise<readonly FirstPartyRequirement[]> {
    const own = this.#effective(
      this.#input.requirements.map(({ requirement }) => requirement),
      [],
    );
    this.#add(own, { extras: [], isDirect: true });
    const users = [...this.#constraints.values(), ...this.#overrides.values()].flat();
    const counting = users.filter((requirement) => this.#counts(requirement, []));
    this.#add(counting, { extras: [], isDirect: false });
    if (this.#input.noDependencies !== true) await this.#follow(this.#withConstraints(own, undefined));
    return this.#found;
  }

  #add(requirements: readonly Requirement[], more: Omit<FirstPartyRequirement, "requirement">): void {
    for (const requirement of requirements) this.#found.push({ requirement, ...more });
  }

  /** Projects at once, but the URLs of one project one after the other: the last one described is what is known of it. */
  async #follow(wanted: readonly Wanted[]): Promise<void> {
    const next: Wanted[] = [];
    const projects = groupBy(
      wanted.filter((entry) => this.#isNew(entry)),
      ({ requirement }) => requirement.name,
    );
    await Promise.all(
      [...projects.values()].map(async (entries) => {
        for (const entry of entries) next.push(...(await this.#requirementsOf(entry)));
      }),
    );
    if (next.length > 0) await this.#follow(next);
  }

  #isNew({ requirement: { name, url, extras } }: Wanted): boolean {
    if (url === undefined) return false;
    const key = `${name} ${url} ${extras.toSorted().join()}`;
    if (this.#seen.has(key)) return false;
    this.#seen.add(key);
    return true;
  }

  async #requirementsOf({ requirement, requiredBy }: Wanted): Promise<readonly Wanted[]> {
    const { name, url = "", extras } = requirement;
    const version =
      this.#input.direct?.get(name)?.version ?? (await this.#answers.requestDirect(name, url, requiredBy));
    if (version === undefined) return [];
    const answer = await this.#answers.dependencies(name, version);
    if (answer.kind !== "known") return [];
    const requires = answer.requires.map((entry) => (entry.name === name ? { ...entry, url } : entry));
    const effective = this.#effective(requires, extras);
    this.#add(effective, { extras, isDirect: this.#answers.isFolder(name) });
    return this.#withConstraints(effective, url);
  }

  #withConstraints(requirements: readonly Requirement[], requiredBy: string | undefined): readonly Wanted[] {
    return requirements.flatMap((requirement) => [
      { requirement, requiredBy: this.#isOfUser(requirement) ? undefined : requiredBy },
      ...(this.#constraints.get(requirement.name) ?? []).map((constraint) => ({
        requirement: constraint,
        requiredBy: undefined,
      })),
    ]);
  }

  #isOfUser(requirement: Requirement): boolean {
    return this.#overrides.get(requirement.name)?.includes(requirement) === true;
  }

  /** What some requirements come to with the overrides. */
  #effective(requires: readonly Requirement[], extras: readonly string[]): readonly Requirement[] {
    return requires.flatMap((requirement) => {
      if (this.#excludes.has(requirement.name)) return [];
      const overrides = this.#overrides.get(requirement.name);
      if (overrides === undefined) return this.#counts(requirement, extras) ? [requirement] : [];
      return mayHold(requirement.marker, extras)
        ? overrides.filter((override) => this.#counts(override, extras))
        : [];
    });
  }

  #counts({ marker }: Requirement, extras: readonly string[]): boolean {
    const { environment } = this.#input;
    if (environment.kind === "universal" || marker === undefined) return mayHold(marker, extras);
    return evaluateMarker(marker, environment.target.markers, { extras });
  }
}

/** Whether a marker may hold in some environment; only what it says about extras counts. */
function mayHold(marker: Marker | undefined, extras: readonly string[]): boolean {
  if (marker === undefined) return true;
  if (marker.kind === "comparison")
    return !mentionsExtra(marker) || evaluateMarker(marker, NOWHERE, { extras });
  const holds = (operand: Marker): boolean => mayHold(operand, extras);
  return marker.kind === "and" ? marker.operands.every(holds) : marker.operands.some(holds);
}

function byName(given: readonly RootRequirement[] = []): ReadonlyMap<string, readonly Requirement[]> {
  return groupBy(
    given.map(({ requirement }) => requirement),
    ({ name }) => name,
  );
}
