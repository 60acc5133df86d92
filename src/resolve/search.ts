// The search: decides one package after the other, asks the provider what each version needs, and lets the solver
// derive what follows. See docs/solver.md#search.

import { PinionError } from "../errors.ts";
import type { Requirement } from "../pep/requirement.ts";
import { fullRange, rangeContains, rangeOf, singletonRange } from "../pep/version-range.ts";
import type { VersionRange } from "../pep/interval.ts";
import { compareVersions, parseVersion } from "../pep/version.ts";
import type { Version } from "../pep/version.ts";
import type { Answers } from "./answers.ts";
import { BatchPrefetcher } from "./batch-prefetch.ts";
import { selectCandidate } from "./candidates.ts";
import { ConflictTracker } from "./conflict-tracker.ts";
import { DecisionOrder } from "./decision-order.ts";
import { DirectSources } from "./direct-sources.ts";
import type { Incompatibility } from "./incompatibility.ts";
import { targetOf } from "./input.ts";
import type { ProjectRules, ResolutionInput } from "./input.ts";
import { gapAround } from "./known-versions.ts";
import { projectName, projectPackage } from "./package.ts";
import type { PackageId, SolverPackage } from "./package.ts";
import type { DependencyAnswer, PackageListing, UnavailableVersion } from "./provider.ts";
import { applicableRequirements, unsatisfiableText } from "./requirements.ts";
import { isPythonNewEnough, requiredPythons } from "./requires-python.ts";
import { Solver } from "./solver.ts";
import type { Dependency } from "./solver.ts";

/** How a search ended. */
export type SearchResult =
  | { readonly kind: "solved" }
  | { readonly kind: "failed"; readonly incompatibility: Incompatibility };

/** What the search tells while it works. */
export type ResolveEvent = {
  readonly kind: "version-tried";
  readonly name: string;
  readonly version: Version;
};

/** One search, with all that it has found out. */
export class Search {
  readonly solver: Solver = new Solver(ROOT_VERSION);
  readonly direct: DirectSources;
  readonly #input: ResolutionInput;
  readonly #rules: ProjectRules;
  readonly #answers: Answers;
  readonly #onEvent: ((event: ResolveEvent) => void) | undefined;
  readonly #maxSteps: number;
  readonly #order: DecisionOrder;
  readonly #conflicts: ConflictTracker;
  readonly #batches = new BatchPrefetcher();
  /** By project: all versions that the search may meet, ascending. */
  readonly #known = new Map<string, readonly Version[]>();
  /** By package: the versions whose needs are recorded. */
  readonly #recorded = new Map<PackageId, Set<string>>();
  /** By package: the range for which a guess was made last. */
  readonly #guessed = new Map<PackageId, VersionRange>();
  /** The requirements that apply, by package and version; they are also the edges of the result. */
  readonly #requirements = new Map<string, readonly Requirement[]>();
  #attempts = 0;

  constructor(options: {
    readonly input: ResolutionInput;
    readonly rules: ProjectRules;
    readonly answers: Answers;
    readonly onEvent: ((event: ResolveEvent) => void) | undefined;
    readonly maxSteps: number;
  }) {
    this.#input = options.input;
    this.#rules = options.rules;
    this.#answers = options.answers;
    this.#onEvent = options.onEvent;
    this.#maxSteps = options.maxSteps;
    this.direct = new DirectSources(options.input, options.answers);
    this.#order = new DecisionOrder(this.solver.packages, (name) => this.direct.of(name) !== undefined);
    this.#conflicts = new ConflictTracker(this.solver.packages);
  }

  /** How often a version of a distribution was tried. */
  get attempts(): number {
    return this.#attempts;
  }

  /** The requirements of a decided package that applied. */
  requirementsOf(packageId: PackageId, version: Version): readonly Requirement[] {
    return this.#requirements.get(`${packageId} ${version.order}`) ?? [];
  }

  /** The versions that a project has for the user, ascending; `undefined` where the search never looked. */
  availableVersions(name: string): readonly Version[] | undefined {
    const listing = this.#known.has(name) ? this.#answers.knownListing(name) : undefined;
    if (listing?.kind !== "found") return undefined;
    const versions = listing.versions
      .filter((entry) => entry.unusable?.kind !== "excluded-newer")
      .map((entry) => entry.version)
      .reverse();
    return withVersion(versions, this.#rules.candidates(name).installed);
  }

  /**
   * Searches until everything is decided or nothing can be.
   *
   * @throws PinionError `resolve/budget-exhausted`, `net/cancelled`, and what the provider throws
   */
  async run(): Promise<SearchResult> {
    let current = this.solver.root;
    let lastBreath = performance.now();
    for (let step = 0; step < this.#maxSteps; step++) {
      this.#answers.throwIfAborted();
      if (performance.now() - lastBreath > MAX_BUSY_MS) {
        await breathe();
        lastBreath = performance.now();
      }
      const propagation = this.solver.propagate(current);
      if (propagation.kind === "failed") return propagation;
      for (const conflict of propagation.conflicts) {
        this.#conflicts.record(conflict.package, conflict.incompatibility, current);
      }
      this.#applyDueChanges();
      this.#updateOrder(current);
      const next = this.#order.next();
      if (next === undefined) return { kind: "solved" };
      current = next;
      await this.#decide(next);
    }
    throw new PinionError(
      "resolve/budget-exhausted",
      `No set of versions was found, and none was ruled out, within ${this.#maxSteps} steps`,
      { details: { steps: this.#maxSteps }, hints: ["Pin some of the projects to narrow the search"] },
    );
  }

  #applyDueChanges(): void {
    const due = this.#conflicts.takeDue();
    for (const packageId of due.earlier) this.#order.moveEarlier(packageId);
    for (const packageId of due.later) {
      if (this.#order.moveLater(packageId)) this.solver.backtrackBefore(packageId);
    }
  }

  #updateOrder(current: PackageId): void {
    for (const packageId of [current, ...this.solver.solution.takeChanged()]) {
      const range = this.solver.solution.openRange(packageId);
      if (range === undefined) {
        this.#order.close(packageId);
        continue;
      }
      this.#order.open(packageId);
      this.#guess(packageId, range);
    }
  }

  /** Asks early for what the search will probably need next. */
  #guess(packageId: PackageId, range: VersionRange): void {
    const packageValue = this.solver.packages.packageOf(packageId);
    if (packageValue.kind !== "project" || packageValue.extra !== undefined) return;
    const { name } = packageValue;
    if (this.direct.of(name) !== undefined || this.#guessed.get(packageId) === range) return;
    this.#guessed.set(packageId, range);
    const guessVersion = (listing: PackageListing): void => {
      if (listing.kind !== "found" || this.#input.noDependencies === true) return;
      const candidate = selectCandidate(listing.versions, range, this.#rules.candidates(name));
      if (candidate?.kind === "usable") this.#answers.guessDependencies(name, candidate.version);
    };
    const listing = this.#answers.knownListing(name);
    if (listing === undefined) this.#answers.guessListing(name, guessVersion);
    else guessVersion(listing);
  }

  /** Tries to decide a package; whatever speaks against it becomes an incompatibility. */
  async #decide(packageId: PackageId): Promise<void> {
    const range = this.solver.solution.openRange(packageId)!;
    const packageValue = this.solver.packages.packageOf(packageId);
    switch (packageValue.kind) {
      case "root":
        await this.#addVersion(packageId, ROOT_VERSION, rootRequires(this.#input));
        return;
      case "python":
        // A demand on Python is recorded only where the target's Python does not meet it.
        this.solver.addNoVersions(packageId, range);
        return;
      case "extra":
      case "project": {
        const version = await this.#chooseVersion(packageId, packageValue, range);
        if (version !== undefined) await this.#tryVersion(packageId, packageValue, version);
      }
    }
  }

  /** The version to try, or `undefined` after recording why there is none. */
  async #chooseVersion(
    packageId: PackageId,
    { name }: ProjectPackage,
    range: VersionRange,
  ): Promise<Version | undefined> {
    const source = this.direct.of(name);
    if (source !== undefined) {
      if (rangeContains(range, source.version)) return source.version;
      this.solver.addNoVersions(packageId, range);
      return undefined;
    }
    const listing = this.#answers.knownListing(name) ?? (await this.#answers.listing(name));
    this.#learnVersions(name, listing);
    const rules = this.#rules.candidates(name);
    const versions = listing.kind === "found" ? listing.versions : [];
    const candidate = selectCandidate(versions, range, rules);
    if (candidate === undefined) {
      if (listing.kind === "found") this.solver.addNoVersions(packageId, range);
      else this.solver.addUnavailable(packageId, range, { kind: "package", reason: listing });
      return undefined;
    }
    if (candidate.kind === "unusable") {
      this.#ruleOut(packageId, candidate.version, candidate.reason);
      return undefined;
    }
    const fixed = this.solver.solution.fixedTerm(packageId);
    const upcoming = this.#batches.due({
      name,
      versions,
      version: candidate.version,
      range,
      fixedRange: fixed?.isPositive === true ? fixed.range : fullRange(),
      direction: rules.direction,
    });
    if (upcoming.length > 0) this.#answers.announce(name, upcoming);
    return candidate.version;
  }

  async #tryVersion(packageId: PackageId, packageValue: ProjectPackage, version: Version): Promise<void> {
    const { name } = packageValue;
    const isDistribution = packageValue.kind === "project" && packageValue.extra === undefined;
    if (isDistribution) {
      this.#attempts += 1;
      this.#batches.countTried(name, version);
      this.#onEvent?.({ kind: "version-tried", name, version });
    }
    if (this.#recorded.get(packageId)?.has(version.order) === true) {
      this.solver.solution.decide(packageId, version);
      return;
    }
    if (packageValue.kind === "extra") {
      this.#addVirtualVersion(packageId, packageValue, version);
      return;
    }
    if (this.#input.noDependencies === true) {
      await this.#addVersion(packageId, version, []);
      return;
    }
    const answer =
      this.#answers.knownDependencies(name, version) ?? (await this.#answers.dependencies(name, version));
    await this.#addAnswer(packageId, version, answer);
  }

  async #addAnswer(packageId: PackageId, version: Version, answer: DependencyAnswer): Promise<void> {
    if (answer.kind === "unusable") {
      this.#ruleOut(packageId, version, answer.reason);
      return;
    }
    const { requiresPython } = answer;
    if (
      requiresPython !== undefined &&
      !isPythonNewEnough(targetOf(this.#input).pythonVersion, requiresPython)
    ) {
      this.#ruleOut(packageId, version, { kind: "requires-python", specifiers: requiresPython });
      return;
    }
    await this.#addVersion(packageId, version, answer.requires);
  }

  /** Records that a version cannot be used. */
  #ruleOut(packageId: PackageId, version: Version, reason: UnavailableVersion): void {
    const versions = this.#gapAround(packageId, version);
    if (reason.kind === "requires-python") {
      // Told as a need that cannot be met, so that the explanation can set Python against it.
      const python = this.solver.packages.idOf({ kind: "python" });
      this.solver.addDependency(packageId, versions, {
        package: python,
        range: requiredPythons(reason.specifiers),
      });
      this.solver.solution.decide(packageId, version);
      return;
    }
    this.solver.addUnavailable(packageId, versions, { kind: "version", reason });
  }

  /** What `name[extra]` needs: the project and its extra, at the same version. */
  #addVirtualVersion(packageId: PackageId, { name, extra }: ExtraPackage, version: Version): void {
    const range = singletonRange(version);
    const dependencies = [projectPackage(name), projectPackage(name, extra)].map((packageValue) => {
      const dependency = this.solver.packages.idOf(packageValue);
      this.#order.see(dependency, range);
      return { package: dependency, range };
    });
    this.#addDependencies(packageId, version, dependencies);
  }

  async #addVersion(packageId: PackageId, version: Version, requires: readonly Requirement[]): Promise<void> {
    const packageValue = this.solver.packages.packageOf(packageId);
    const name = projectName(packageValue);
    const extra = packageValue.kind === "project" ? packageValue.extra : undefined;
    const owner = name === undefined ? {} : { name, extra };
    const applicable = applicableRequirements(requires, owner, this.#rules.requirements).map(
      ({ requirement }) => requirement,
    );
    const unsatisfiable = applicable.map(unsatisfiableText).find((text) => text !== undefined);
    if (unsatisfiable !== undefined) {
      this.#ruleOut(packageId, version, { kind: "unsatisfiable-requirement", text: unsatisfiable });
      return;
    }
    for (const requirement of applicable) await this.direct.add(requirement, name);
    this.#requirements.set(`${packageId} ${version.order}`, applicable);
    const dependencies = applicable.flatMap((requirement) => this.#dependenciesOf(requirement));
    this.#addDependencies(packageId, version, dependencies);
  }

  /** The needs of one requirement: the project, or each of its extras, which bring the project along. */
  #dependenciesOf(requirement: Requirement): readonly Dependency[] {
    const { name, extras } = requirement;
    const range = requirement.url === undefined ? rangeOf(requirement.specifiers) : fullRange();
    const base = this.solver.packages.idOf(projectPackage(name));
    if (extras.length === 0) {
      this.#order.see(base, range);
      return [{ package: base, range }];
    }
    return extras.map((extra) => {
      const virtual = this.solver.packages.idOf({ kind: "extra", name, extra });
      this.#order.see(virtual, range);
      this.#order.see(base, range);
      // Told at once: the solver need not try versions of `name[extra]` to see that `name` excludes them.
      this.solver.addDependency(virtual, range, { package: base, range });
      return { package: virtual, range };
    });
  }

  #addDependencies(packageId: PackageId, version: Version, dependencies: readonly Dependency[]): void {
    const recorded = this.#recorded.get(packageId) ?? new Set();
    this.#recorded.set(packageId, recorded.add(version.order));
    const conflict = this.solver.addVersion({
      package: packageId,
      version,
      versions: this.#gapAround(packageId, version),
      dependencies: dependencies.filter(
        // A version that needs itself has what it needs.
        (entry) => entry.package !== packageId || !rangeContains(entry.range, version),
      ),
    });
    if (conflict !== undefined) this.#conflicts.record(packageId, conflict, packageId);
  }

  #gapAround(packageId: PackageId, version: Version): VersionRange {
    const name = projectName(this.solver.packages.packageOf(packageId));
    const isDirect = name !== undefined && this.direct.of(name) !== undefined;
    return gapAround(version, name === undefined || isDirect ? undefined : this.#known.get(name));
  }

  /** Versions that are too new for `--exclude-newer` count too: they make a gap smaller and nothing wrong. */
  #learnVersions(name: string, listing: PackageListing): void {
    if (this.#known.has(name) || listing.kind !== "found") return;
    const versions = listing.versions.map((entry) => entry.version).reverse();
    this.#known.set(name, withVersion(versions, this.#rules.candidates(name).installed));
  }
}

type ExtraPackage = Extract<SolverPackage, { readonly kind: "extra" }>;
type ProjectPackage = ExtraPackage | Extract<SolverPackage, { readonly kind: "project" }>;

/** Ascending versions with another one among them. */
function withVersion(versions: readonly Version[], added: Version | undefined): readonly Version[] {
  const isKnown = added === undefined || versions.some((version) => version.order === added.order);
  return isKnown ? versions : [...versions, added].sort(compareVersions);
}

function rootRequires(input: ResolutionInput): readonly Requirement[] {
  return input.requirements.map((entry) => entry.requirement);
}

/** Lets timers and answers in, so that a long search can be cancelled. */
function breathe(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** The root has one version. */
export const ROOT_VERSION: Version = parseVersion("0");

/** pip gives up after as many rounds (`limit_how_complex_resolution_can_be` in its resolvelib/resolver.py). */
export const MAX_STEPS: number = 200_000;

/** How long the search may keep the event loop; a fiftieth of a second is not felt. */
const MAX_BUSY_MS = 20;
