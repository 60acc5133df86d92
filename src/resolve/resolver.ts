// Resolves requirements to one version for every project that they need.

import type { Hint } from "../advice.ts";
import { isPinionError, PinionError } from "../errors.ts";
import { MarkerTooLarge } from "../pep/markers/diagram.ts";
import { MarkerSets } from "../pep/markers/sets.ts";
import { evaluateMarker } from "../pep/markers/evaluate.ts";
import { formatMarker, parseMarker } from "../pep/markers/marker.ts";
import { formatRequirement } from "../pep/requirements/requirement.ts";
import type { VersionRange } from "../pep/versions/interval.ts";
import { fullRange, rangeOfComparison } from "../pep/versions/version-range.ts";
import type { Version } from "../pep/versions/version.ts";
import { Answers } from "./search/answers.ts";
import { EarlyQuestions } from "./search/early-questions.ts";
import type { Environment } from "./environment.ts";
import { explainFailure } from "./explain/explain.ts";
import type { Elsewhere } from "./explain/hints.ts";
import type { Explanation } from "./explain/explain.ts";
import { firstPartyOf } from "./first-party.ts";
import { buildGraph, GraphBuilder } from "./graph-builder.ts";
import type { ResolutionGraph } from "./graph.ts";
import type { Incompatibility } from "./search/incompatibility.ts";
import type { ResolutionInput } from "./input.ts";
import { PackageMarkers } from "./search/package-markers.ts";
import { Preferences } from "./search/preferences.ts";
import type { Provider } from "./provider.ts";
import { releaseOf } from "./requires-python.ts";
import { projectRules } from "./rules.ts";
import type { ProjectRules } from "./rules.ts";
import { firstForks, Fork, specificScope } from "./forks/scope.ts";
import type { Scope } from "./forks/scope.ts";
import { suggestChanges } from "./explain/suggest.ts";
import type { Suggestion } from "./explain/suggest.ts";
import {
  MAX_COMPARISONS,
  MAX_STEPS,
  type ResolveEvent,
  type SearchContext,
} from "./search/search-context.ts";
import { Search } from "./search/search.ts";
import { Work } from "./search/work.ts";

export interface ResolveOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: ResolveEvent) => void) | undefined;
  /** How many decisions may be tried; 200,000 unless set. */
  readonly maxSteps?: number | undefined;
  /** Of what was learnt with what was decided. */
  readonly maxComparisons?: number | undefined;
  /** Of packages, for all environments that have to be separated together. */
  readonly maxCopied?: number | undefined;
  /**
   * How long to look for changes that would help where there is no solution, in milliseconds; they are then in
   * {@link NoSolutionDetails.suggestions} and among the hints. By default none are looked for.
   */
  readonly suggestionsMs?: number | undefined;
}

/** Details of `resolve/no-solution`. */
export interface NoSolutionDetails {
  /** The sentences of the explanation, one a line. */
  readonly explanation: string;
  /** The projects that it is about. */
  readonly packages: readonly string[];
  /** What the user requires of these projects, with the place where it was written. */
  readonly requirements: readonly { readonly text: string; readonly origin: unknown }[];
  /** Changes of one requirement each with which there is a solution: each was tried. */
  readonly suggestions?: readonly Suggestion[];
  /** The marker of the environments in which there is none; absent: all of them. */
  readonly environments?: string;
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
  try {
    return await solve(input, answers, options);
  } catch (error) {
    if (error instanceof MarkerTooLarge) throw tooManyMarkers(error);
    if (options.suggestionsMs === undefined || !isPinionError(error, "resolve/no-solution")) throw error;
    const { packages } = error.details;
    const names = Array.isArray(packages) ? packages.filter((name) => typeof name === "string") : [];
    const deadline = AbortSignal.timeout(options.suggestionsMs);
    const within = answers.within(
      options.signal === undefined ? deadline : AbortSignal.any([deadline, options.signal]),
    );
    const suggestions = await suggestChanges(input, names, (changed) => attempt(changed, within));
    if (suggestions.length === 0) throw error;
    throw new PinionError(error.code, error.message, {
      details: { ...error.details, suggestions },
      hints: [...error.hints, ...suggestions.map(adviceOf)],
      cause: error.cause,
    });
  } finally {
    answers.endGuesses();
  }
}

/** The solution of a changed input, where one is found within the bounds of a suggestion. */
async function attempt(input: ResolutionInput, answers: Answers): Promise<ResolutionGraph | undefined> {
  try {
    return await solve(input, answers, { maxSteps: MAX_SUGGESTION_STEPS });
  } catch (error) {
    // What fails, takes too long, or cannot be fetched is not suggested.
    if (error instanceof PinionError || error instanceof MarkerTooLarge) return undefined;
    throw error;
  }
}

async function solve(
  input: ResolutionInput,
  answers: Answers,
  options: ResolveOptions,
): Promise<ResolutionGraph> {
  const { environment } = input;
  const sets = new MarkerSets({ maxResults: MAX_MARKER_RESULTS });
  const everywhere =
    environment.kind === "universal" ? Fork.everywhere(sets, environment.requiresPython) : undefined;
  const preferences = new Preferences(input);
  const firstParty = await firstPartyOf(input, answers);
  const rulesIn = (scope: Scope): ProjectRules => projectRules(input, scope, { preferences, firstParty });
  const context: SearchContext = {
    input,
    answers,
    early: new EarlyQuestions(answers, { followsDependencies: input.noDependencies !== true }),
    onEvent: options.onEvent,
    maxSteps: options.maxSteps ?? MAX_STEPS,
    work: new Work({
      maxComparisons: options.maxComparisons ?? MAX_COMPARISONS,
      maxCopied: options.maxCopied,
    }),
    rulesIn,
    markers: new PackageMarkers((markers) => {
      const marker = sets.toMarker(sets.assumePythons(markers, pythonsOf(environment, everywhere)));
      return typeof marker === "boolean" ? "" : formatMarker(marker, { quote: "'" });
    }),
    known: new Map(),
    count: { steps: 0, attempts: 0 },
  };
  const scopes =
    environment.kind === "specific"
      ? [specificScope(environment.target, sets)]
      : firstForks(everywhere!, environment, input);
  const open = scopes.map((scope) => new Search(context, rulesIn(scope)));
  const graph = new GraphBuilder((everywhere ?? scopes[0]!).conditions, everywhere);
  for (let search = open.pop(); search !== undefined; search = open.pop()) {
    const result = await search.run();
    switch (result.kind) {
      case "solved":
        graph.add(search);
        if (search.rules.scope.fork !== undefined)
          preferences.addSolved(search.rules.scope.fork, search.versions());
        break;
      case "forked":
        open.push(...result.searches);
        if (open.length + graph.forkSets.length > MAX_FORKS) throw new MarkerTooLarge();
        break;
      case "failed":
        throw noSolution(explain(result.incompatibility, { context, search }), {
          input,
          fork: search.rules.scope.fork,
        });
    }
  }
  return buildGraph(graph, context);
}

/** The Pythons that the reader of an explanation has in mind: those from the one that is resolved for on. */
function pythonsOf(environment: Environment, everywhere: Fork | undefined): VersionRange {
  return environment.kind === "specific"
    ? rangeOfComparison(">=", environment.target.pythonVersion)
    : (everywhere?.pythons ?? fullRange());
}

interface Failed {
  readonly context: SearchContext;
  readonly search: Search;
}

function explain(
  incompatibility: Incompatibility,
  { context: { input, answers }, search }: Failed,
): Explanation {
  const { environment } = input;
  const available = new Map<string, readonly Version[] | undefined>();
  return explainFailure(incompatibility, search.solver.packages, {
    versionsOf: (name) => {
      if (!available.has(name)) available.set(name, search.availableVersions(name));
      return available.get(name);
    },
    listingOf: (name) => answers.knownListing(name),
    rulesOf: (name) => search.rules.candidates(name),
    metadataReasonOf: (name, version) => {
      const answer = answers.knownDependencies(name, version);
      return answer?.kind === "unusable" ? answer.reason : undefined;
    },
    python: search.rules.scope.python,
    project: input.project,
    isUniversal: environment.kind === "universal",
    elsewhere: elsewhere(search.rules.scope, environment),
    requestedPython: requestedPython(search.rules.scope, environment),
  });
}

/** Where a fork failed that the current environment is not in; the Pythons that were required at the beginning do not count. */
function elsewhere({ fork }: Scope, environment: Environment): Elsewhere | undefined {
  if (fork === undefined || environment.kind !== "universal" || environment.current === undefined)
    return undefined;
  const { current } = environment;
  const python = current.python_version;
  const sameMinor = fork.sets.of(parseMarker(`python_version == '${python}'`));
  if (!fork.includes(sameMinor)) return { python };
  const marker = fork.sets.toMarker(fork.markers);
  const isIn = typeof marker === "boolean" ? marker : evaluateMarker(marker, current);
  return isIn ? undefined : { python: undefined };
}

function adviceOf({ kind, requirement, list, chosen, others }: Suggestion): Hint {
  return { kind, requirement, list, chosen, others };
}

function tooManyMarkers(cause: MarkerTooLarge): PinionError {
  return new PinionError(
    "resolve/budget-exhausted",
    "The requirements have too many markers to resolve them for all environments at once",
    { hints: ["Resolve for fewer environments, or for one of them"], cause },
  );
}

/** Distributions want releases, so that of a Python that was requested only the release is shown. */
function requestedPython({ python }: Scope, environment: Environment): string | undefined {
  if (environment.kind === "universal") return python.text;
  return environment.isPythonRequested === true ? releaseOf(python).text : undefined;
}

function noSolution(
  { text, hints, packages }: Explanation,
  { input, fork }: { readonly input: ResolutionInput; readonly fork: Fork | undefined },
): PinionError {
  const requirements = input.requirements
    .filter(({ requirement }) => packages.includes(requirement.name))
    .map(({ requirement, origin }) => ({ text: formatRequirement(requirement), origin }));
  const marker = fork?.sets.toMarker(fork.markers);
  const environments =
    marker === undefined || typeof marker === "boolean" ? undefined : formatMarker(marker, { quote: "'" });
  const details: NoSolutionDetails = {
    explanation: text,
    packages,
    requirements,
    ...(environments === undefined ? {} : { environments }),
  };
  const title =
    environments === undefined
      ? NO_SOLUTION_TITLE
      : `${NO_SOLUTION_TITLE} for split (markers: ${environments})`;
  const cause = new PinionError("resolve/no-solution", text, { details });
  return new PinionError("resolve/no-solution", title, { details, hints, cause });
}

/** Of one resolution, those that wait and those that are solved: real ones have some dozens. */
const MAX_FORKS = 1000;

/** Real requirement sets need up to ten thousand; these take a second, and some hundred bytes each. */
const MAX_MARKER_RESULTS = 200_000;

/** A search that goes well needs a decision or two for each project. */
const MAX_SUGGESTION_STEPS = 5000;

const NO_SOLUTION_TITLE = "No solution found when resolving dependencies";
