// Resolves requirements to one version for every project that they need.

import { PinionError } from "../errors.ts";
import { formatRequirement } from "../pep/requirement.ts";
import type { Requirement } from "../pep/requirement.ts";
import type { Version } from "../pep/version.ts";
import { Answers } from "./answers.ts";
import { explainFailure } from "./explain.ts";
import type { Explanation } from "./explain.ts";
import type { DependencyEdge, RequirementEdge, ResolutionGraph, ResolvedPackage } from "./graph.ts";
import type { Incompatibility } from "./incompatibility.ts";
import { projectRules, targetOf } from "./input.ts";
import type { ProjectRules, ResolutionInput } from "./input.ts";
import { projectPackage } from "./package.ts";
import type { PackageId } from "./package.ts";
import type { Provider } from "./provider.ts";
import { MAX_STEPS, ROOT_VERSION, Search } from "./search.ts";
import type { ResolveEvent } from "./search.ts";

export interface ResolveOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: ResolveEvent) => void) | undefined;
  /** How many decisions may be tried; 200,000 unless set. */
  readonly maxSteps?: number | undefined;
}

/** Details of `resolve/no-solution`. */
export interface NoSolutionDetails {
  /** The sentences of the explanation, one a line. */
  readonly explanation: string;
  /** The projects that it is about. */
  readonly packages: readonly string[];
  /** What the user requires of these projects, with the place where it was written. */
  readonly requirements: readonly { readonly text: string; readonly origin: unknown }[];
}

/**
 * Chooses a version for every project that the requirements need. The same input and answers give the same
 * resolution, in whatever order the answers come.
 *
 * @throws PinionError `resolve/no-solution` with {@link NoSolutionDetails}; its cause has the explanation as message.
 * @throws PinionError `resolve/budget-exhausted`, `requirement/conflicting-urls`, `requirement/transitive-url`,
 *   `requirement/unsupported`, `net/cancelled`, and what the provider throws
 */
export async function resolve(
  input: ResolutionInput,
  provider: Provider,
  options: ResolveOptions = {},
): Promise<ResolutionGraph> {
  const answers = new Answers(provider, options.signal);
  const rules = projectRules(input);
  const search = new Search({
    input,
    rules,
    answers,
    onEvent: options.onEvent,
    maxSteps: options.maxSteps ?? MAX_STEPS,
  });
  const result = await search.run();
  if (result.kind === "failed") {
    throw noSolution(explain(result.incompatibility, { input, rules, answers, search }), input);
  }
  return graphOf({ input, rules, answers, search });
}

interface Finished {
  readonly input: ResolutionInput;
  readonly rules: ProjectRules;
  readonly answers: Answers;
  readonly search: Search;
}

function explain(incompatibility: Incompatibility, { input, rules, answers, search }: Finished): Explanation {
  const available = new Map<string, readonly Version[] | undefined>();
  return explainFailure(incompatibility, search.solver.packages, {
    versionsOf: (name) => {
      if (!available.has(name)) available.set(name, search.availableVersions(name));
      return available.get(name);
    },
    listingOf: (name) => answers.knownListing(name),
    rulesOf: (name) => rules.candidates(name),
    metadataReasonOf: (name, version) => {
      const answer = answers.knownDependencies(name, version);
      return answer?.kind === "unusable" ? answer.reason : undefined;
    },
    python: targetOf(input).pythonVersion,
    isPythonRequested: input.environment.kind === "specific" && input.environment.isPythonRequested === true,
  });
}

function noSolution({ text, hints, packages }: Explanation, input: ResolutionInput): PinionError {
  const requirements = input.requirements
    .filter(({ requirement }) => packages.includes(requirement.name))
    .map(({ requirement, origin }) => ({ text: formatRequirement(requirement), origin }));
  const details: NoSolutionDetails = { explanation: text, packages, requirements };
  const cause = new PinionError("resolve/no-solution", text, { details });
  return new PinionError("resolve/no-solution", NO_SOLUTION_TITLE, { details, hints, cause });
}

function graphOf(finished: Finished): ResolutionGraph {
  const { answers, search } = finished;
  const needed = [...neededProjects(search)].sort(([first], [second]) => (first < second ? -1 : 1));
  const places = new Map(needed.map(([name], place) => [name, place]));
  const packages = needed.map(([name, project]): ResolvedPackage => {
    const source = search.direct.of(name);
    const answer = answers.knownDependencies(name, project.version);
    const requiresPython = answer?.kind === "known" ? answer.requiresPython : undefined;
    return {
      name,
      version: project.version,
      extras: project.extras.toSorted(),
      dependencies: edgesOf(
        project.packageIds
          .flatMap((packageId) => search.requirementsOf(packageId, project.version))
          .filter((requirement) => requirement.name !== name),
        places,
      ),
      ...(source === undefined ? {} : { url: source.url }),
      ...(requiresPython === undefined ? {} : { requiresPython }),
    };
  });
  return {
    kind: "specific",
    packages,
    requirements: rootEdges(finished, places),
    forks: [],
    warnings: warningsOf(packages, finished),
    attempts: search.attempts,
  };
}

/** The edges of requirements, one for each project. */
function edgesOf(
  requirements: readonly Requirement[],
  places: ReadonlyMap<string, number>,
): readonly DependencyEdge[] {
  const extras = new Map<string, Set<string>>();
  for (const requirement of requirements) {
    const known = extras.get(requirement.name) ?? new Set();
    extras.set(requirement.name, known);
    for (const extra of requirement.extras) known.add(extra);
  }
  return [...extras]
    .map(([name, requested]) => ({ to: places.get(name)!, extras: [...requested].sort() }))
    .sort((first, second) => first.to - second.to);
}

/** What the user requires here: requirements and overrides, each with what was chosen for it. */
function rootEdges(
  { input, search }: Finished,
  places: ReadonlyMap<string, number>,
): readonly RequirementEdge[] {
  const written = new Map(
    [...input.requirements, ...(input.overrides ?? [])].map((entry) => [entry.requirement, entry]),
  );
  const { solver } = search;
  return search.requirementsOf(solver.root, ROOT_VERSION).flatMap((requirement) => {
    const root = written.get(requirement);
    const to = places.get(requirement.name);
    return root === undefined || to === undefined
      ? []
      : [{ to, extras: requirement.extras.toSorted(), requirement: root }];
  });
}

interface NeededProject {
  readonly version: Version;
  /** The distribution and its extras. */
  readonly packageIds: PackageId[];
  readonly extras: string[];
}

/** The decided distributions and extras that can be reached from the root. */
function neededProjects(search: Search): ReadonlyMap<string, NeededProject> {
  const { solver } = search;
  const decided = new Map(solver.solution.decisions());
  const needed = new Map<string, NeededProject>();
  const reached = new Set([solver.root]);
  // A set that grows while it is iterated visits what is added.
  for (const packageId of reached) {
    const version = decided.get(packageId);
    if (version === undefined) continue;
    const packageValue = solver.packages.packageOf(packageId);
    if (packageValue.kind === "project") {
      const project = needed.get(packageValue.name) ?? { version, packageIds: [], extras: [] };
      needed.set(packageValue.name, project);
      project.packageIds.push(packageId);
      if (packageValue.extra !== undefined) project.extras.push(packageValue.extra);
    }
    for (const { name, extras } of search.requirementsOf(packageId, version)) {
      reached.add(solver.packages.idOf(projectPackage(name)));
      for (const extra of extras) reached.add(solver.packages.idOf(projectPackage(name, extra)));
    }
  }
  return needed;
}

function warningsOf(
  packages: readonly ResolvedPackage[],
  { input, answers, search }: Finished,
): readonly string[] {
  const warnings = input.resolution === "highest" ? [] : [...unboundedNames(input)].map(unboundedWarning);
  for (const { name, version, extras } of packages) {
    const answer = answers.knownDependencies(name, version);
    const provided = answer?.kind === "known" ? answer.providesExtra : extras;
    for (const extra of extras.filter((entry) => !provided.includes(entry))) {
      warnings.push(`The package \`${name}==${version.text}\` does not have an extra named \`${extra}\``);
    }
    const listing = search.direct.of(name) === undefined ? answers.knownListing(name) : undefined;
    const listed =
      listing?.kind === "found"
        ? listing.versions.find((entry) => entry.version.order === version.order)
        : undefined;
    if (listed === undefined || listed.yanked === false) continue;
    const reason = listed.yanked.trim() === "" ? "" : ` (reason: "${listed.yanked.trim()}")`;
    warnings.push(`\`${name}==${version.text}\` is yanked${reason}`);
  }
  return warnings;
}

/** Direct dependencies without a lower bound, which "lowest" takes literally. */
function unboundedNames({ requirements }: ResolutionInput): ReadonlySet<string> {
  const hasLowerBound = (name: string): boolean =>
    requirements.some(
      ({ requirement }) =>
        requirement.name === name &&
        (requirement.url !== undefined ||
          requirement.specifiers.specifiers.some(({ operator }) => LOWER_BOUNDS.has(operator))),
    );
  return new Set(
    requirements.map(({ requirement }) => requirement.name).filter((name) => !hasLowerBound(name)),
  );
}

function unboundedWarning(name: string): string {
  return `The direct dependency \`${name}\` is unpinned. Consider setting a lower bound when using \`--resolution lowest\` or \`--resolution lowest-direct\` to avoid using outdated versions`;
}

const NO_SOLUTION_TITLE = "No solution found when resolving dependencies";
const LOWER_BOUNDS: ReadonlySet<string> = new Set(["==", "===", "~=", ">", ">="]);
