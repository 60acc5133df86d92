// The search: decides one package after the other, asks the provider what each version needs, and lets the solver
// derive what follows. See docs/solver.md#search. A search for all environments may end in several searches, each for
// a part of them: see docs/solver.md#forking.

import { nowMs } from "../../base/work/clock.ts";
import { PinionError } from "../../errors.ts";
import type { MarkerSet } from "../../pep/markers/sets.ts";
import type { Requirement } from "../../pep/requirements/requirement.ts";
import type { SpecifierSet } from "../../pep/versions/specifier-set.ts";
import { rangeContains } from "../../pep/versions/version-range.ts";
import type { VersionRange } from "../../pep/versions/interval.ts";
import type { Version } from "../../pep/versions/version.ts";
import { nextTurn } from "./answers.ts";
import { selectCandidate } from "./candidates.ts";
import { ConflictTracker } from "./conflict-tracker.ts";
import { DecisionOrder } from "./decision-order.ts";
import { DirectSources } from "../direct-sources.ts";
import { coverageOf, isTooNew } from "../forks/fork-coverage.ts";
import type { VersionFork } from "../forks/fork-coverage.ts";
import { sortParts, splitByRequirements } from "../forks/fork-dependencies.ts";
import type { ForkRequirement } from "../forks/fork-dependencies.ts";
import type { Incompatibility } from "./incompatibility.ts";
import type { UniversalEnvironment } from "../environment.ts";
import type { ResolutionInput } from "../input.ts";
import { projectName, projectPackage } from "../package.ts";
import type { PackageId, SolverPackage } from "../package.ts";
import type { DependencyAnswer, PackageListing, UnavailableVersion } from "../provider.ts";
import { reachOf } from "../reach.ts";
import { applicableRequirements } from "../requirements.ts";
import { requiredPythons } from "../requires-python.ts";
import type { ProjectRules } from "../rules.ts";
import { Solver } from "./solver.ts";
import { versionsForUser } from "./known-versions.ts";
import { ROOT_VERSION, type SearchContext } from "./search-context.ts";
import { WorkExhausted, type SearchSize } from "./work.ts";
import { faultOfRequirements, VersionNeeds, type ProxyPackage } from "./version-needs.ts";
import { withWay } from "./way-to-package.ts";

/** How a search ended. */
export type SearchResult =
  | { readonly kind: "solved" }
  | { readonly kind: "failed"; readonly incompatibility: Incompatibility }
  /** It goes on in several searches; the last one is to be run first. */
  | { readonly kind: "forked"; readonly searches: readonly Search[] };

/** One search, with all that it has found out. */
export class Search {
  readonly solver: Solver;
  readonly direct: DirectSources;
  readonly rules: ProjectRules;
  readonly #context: SearchContext;
  readonly #order: DecisionOrder;
  readonly #conflicts: ConflictTracker;
  readonly #needs: VersionNeeds;
  /** The package whose change is to be propagated. */
  #current: PackageId;
  /** The decision that a search begins with where versions made it fork: which package, and perhaps which version. */
  #first: { readonly package: PackageId; readonly version: Version | undefined } | undefined;

  /** @param parent The search that this one continues, in a part of its environments. */
  constructor(context: SearchContext, rules: ProjectRules, parent?: Search) {
    this.#context = context;
    this.rules = rules;
    if (parent !== undefined) context.work.copy(parent.#size);
    this.solver = parent?.solver.clone() ?? new Solver(ROOT_VERSION, context.work);
    this.direct = parent?.direct.clone() ?? new DirectSources(context.input, context.answers);
    const { packages, root } = this.solver;
    const isDirect = (name: string): boolean => this.direct.of(name) !== undefined;
    if (parent === undefined) {
      this.#order = new DecisionOrder(packages, isDirect);
      this.#conflicts = new ConflictTracker(packages);
      this.#current = root;
    } else {
      this.#order = parent.#order.clone(isDirect);
      this.#conflicts = parent.#conflicts.clone();
      this.#current = parent.#current;
    }
    const { solver, direct } = this;
    const { known, markers } = context;
    const parts = { solver, direct, order: this.#order, conflicts: this.#conflicts, known, markers };
    this.#needs = parent === undefined ? new VersionNeeds(parts) : parent.#needs.clone(parts);
  }

  get #size(): SearchSize {
    const { packages, learnt } = this.solver.size;
    return { packages, learnt: learnt + this.#needs.size };
  }

  /** The requirements of a decided package that applied. */
  requirementsOf(packageId: PackageId, version: Version): readonly ForkRequirement[] {
    return this.#needs.of(packageId, version);
  }

  /** The version of every project that was decided. */
  *versions(): IterableIterator<readonly [name: string, version: Version]> {
    for (const [packageId, version] of this.solver.solution.decisions()) {
      const packageValue = this.solver.packages.packageOf(packageId);
      if (isDistribution(packageValue)) yield [packageValue.name, version];
    }
  }

  /** The versions that a project has for the user, ascending; `undefined` where the search never looked. */
  availableVersions(name: string): readonly Version[] | undefined {
    const known = this.#context.known.get(name);
    return known === undefined ? undefined : versionsForUser(known);
  }

  /**
   * Searches until everything is decided, nothing can be, or the environments have to be separated.
   *
   * @throws PinionError `resolve/budget-exhausted`, `net/cancelled`, and what the provider throws
   */
  async run(): Promise<SearchResult> {
    try {
      const result = await this.#run();
      if (result !== undefined) return result;
    } catch (error) {
      if (!(error instanceof WorkExhausted)) throw error;
    }
    const { steps } = this.#context.count;
    throw new PinionError(
      "resolve/budget-exhausted",
      `No solution was found or ruled out within ${steps} steps`,
      { details: { steps }, hints: ["Pin some of the projects to narrow the search"] },
    );
  }

  /** Undefined where it takes more steps than it may. @throws WorkExhausted */
  async #run(): Promise<SearchResult | undefined> {
    const { answers, count, maxSteps } = this.#context;
    let lastBreath = nowMs();
    for (; count.steps < maxSteps; count.steps++) {
      answers.throwIfAborted();
      if (nowMs() - lastBreath > MAX_BUSY_MS) {
        await nextTurn();
        lastBreath = nowMs();
      }
      const next = this.#first?.package ?? this.#propagate();
      if (next === undefined) return { kind: "solved" };
      if (typeof next !== "number") return { kind: "failed", incompatibility: next };
      this.#current = next;
      const searches = await this.#decide(next);
      if (searches.length > 0) return { kind: "forked", searches };
    }
    return undefined;
  }

  /** The package to decide next; nothing where all are decided; or why there is no solution. */
  #propagate(): PackageId | Incompatibility | undefined {
    const propagation = this.solver.propagate(this.#current);
    if (propagation.kind === "failed") return propagation.incompatibility;
    for (const conflict of propagation.conflicts) {
      this.#conflicts.record(conflict.package, conflict.incompatibility, this.#current);
    }
    this.#applyDueChanges();
    this.#updateOrder();
    return this.#order.next();
  }

  #applyDueChanges(): void {
    const due = this.#conflicts.takeDue();
    for (const packageId of due.earlier) this.#order.moveEarlier(packageId);
    for (const packageId of due.later) {
      if (this.#order.moveLater(packageId)) this.solver.backtrackBefore(packageId);
    }
  }

  #updateOrder(): void {
    for (const packageId of [this.#current, ...this.solver.solution.takeChanged()]) {
      const range = this.solver.solution.openRange(packageId);
      if (range === undefined) {
        this.#order.close(packageId);
        continue;
      }
      this.#order.open(packageId);
      this.#askEarly(packageId, range);
    }
  }

  #askEarly(packageId: PackageId, range: VersionRange): void {
    const packageValue = this.solver.packages.packageOf(packageId);
    if (!isDistribution(packageValue)) return;
    const { name } = packageValue;
    if (this.direct.of(name) !== undefined) return;
    this.#context.early.ask(packageId, name, { range, rules: this.rules.candidates(name) });
  }

  /** Tries to decide a package; whatever speaks against it becomes an incompatibility. */
  async #decide(packageId: PackageId): Promise<readonly Search[]> {
    const first = this.#first;
    this.#first = undefined;
    const range = this.solver.solution.openRange(packageId)!;
    const packageValue = this.solver.packages.packageOf(packageId);
    switch (packageValue.kind) {
      case "root":
        return await this.#addVersion(packageId, ROOT_VERSION, rootRequires(this.#context.input));
      case "python":
        // A demand on Python is recorded only where the target's Python does not meet it.
        this.solver.addNoVersions(packageId, range);
        return NO_SEARCHES;
      case "proxy":
      case "project": {
        const version = first?.version ?? (await this.#chooseVersion(packageId, packageValue, range));
        if (version === undefined) return NO_SEARCHES;
        if ("order" in version) return await this.#tryVersion(packageId, packageValue, version);
        return this.#forkByVersion(packageId, version.forks);
      }
    }
  }

  /** The version to try; nothing after recording why there is none; or the parts in which another one may be tried. */
  async #chooseVersion(
    packageId: PackageId,
    { name }: ProjectPackage,
    range: VersionRange,
  ): Promise<Version | { readonly forks: readonly VersionFork[] } | undefined> {
    const { answers, early } = this.#context;
    const source = this.direct.of(name);
    if (source !== undefined) {
      if (rangeContains(range, source.version)) return source.version;
      this.solver.addNoVersions(packageId, range);
      return undefined;
    }
    const listing = answers.knownListing(name) ?? (await answers.listing(name));
    this.#learnVersions(name, listing);
    const rules = this.rules.candidates(name);
    const versions = listing.kind === "found" ? listing.versions : [];
    this.#context.work.compare(versions.length);
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
    const { listed } = candidate;
    const { fork } = this.rules.scope;
    if (fork !== undefined && listed !== undefined) {
      const required = listed.requiresPython;
      if (required !== undefined && !fork.acceptsPython(required))
        return this.#refusePython(packageId, candidate.version, required);
      if (isTooNew(listed, fork)) {
        const example = `cp${fork.python.release.slice(0, 2).join("")}`;
        const reason = { kind: "no-matching-tag", dimension: "python-version", example } as const;
        this.#ruleOut(packageId, candidate.version, reason);
        return undefined;
      }
      const environment = this.#universal()!;
      const neededIn = (): MarkerSet => this.#environmentsOf(name);
      const covered = coverageOf({ fork, environment, listed, versions, range, rules, neededIn });
      if (covered.kind === "forked") return { forks: covered.forks };
      if (covered.kind === "unusable") {
        this.#ruleOut(packageId, candidate.version, covered.reason);
        return undefined;
      }
      return covered.version;
    }
    const fixed = this.solver.solution.fixedTerm(packageId);
    const { direction } = rules;
    early.announceNext({ name, versions, version: candidate.version, range, fixed, direction });
    return candidate.version;
  }

  /** Forks where the version needs a newer Python than some of the environments have, or rules it out. */
  #refusePython(
    packageId: PackageId,
    version: Version,
    required: SpecifierSet,
  ): { readonly forks: readonly VersionFork[] } | undefined {
    const { fork } = this.rules.scope;
    if (fork !== undefined && this.#universal()?.forkStrategy !== "fewest") {
      const forks = fork.splitByPython(required);
      if (forks.length > 0) return { forks: forks.map((part) => ({ fork: part, version: undefined })) };
    }
    this.#ruleOut(packageId, version, { kind: "requires-python", specifiers: required });
    return undefined;
  }

  /** The environments in which the decided packages need a project. */
  #environmentsOf(name: string): MarkerSet {
    return reachOf(this).get(this.solver.packages.idOf(projectPackage(name))) ?? false;
  }

  #universal(): UniversalEnvironment | undefined {
    const { environment } = this.#context.input;
    return environment.kind === "universal" ? environment : undefined;
  }

  #forkByVersion(packageId: PackageId, forks: readonly VersionFork[]): readonly Search[] {
    return forks.map(({ fork, version }) => {
      const search = new Search(this.#context, this.#context.rulesIn(fork), this);
      search.#first = { package: packageId, version };
      return search;
    });
  }

  async #tryVersion(
    packageId: PackageId,
    packageValue: ProjectPackage,
    version: Version,
  ): Promise<readonly Search[]> {
    const { answers, count, early, input, onEvent } = this.#context;
    const { name } = packageValue;
    if (isDistribution(packageValue)) {
      count.attempts += 1;
      early.countTried(name, version);
      onEvent?.({ kind: "version-tried", name, version });
    }
    if (this.#needs.has(packageId, version)) {
      this.solver.solution.decide(packageId, version);
      return NO_SEARCHES;
    }
    if (packageValue.kind === "proxy") {
      this.#needs.addProxy(packageId, packageValue, version);
      return NO_SEARCHES;
    }
    if (input.noDependencies === true) return await this.#addVersion(packageId, version, []);
    const answer =
      answers.knownDependencies(name, version) ?? (await this.#askNeeds(packageId, name, version));
    return await this.#addAnswer(packageId, version, answer);
  }

  async #askNeeds(packageId: PackageId, name: string, version: Version): Promise<DependencyAnswer> {
    try {
      return await this.#context.answers.dependencies(name, version);
    } catch (error) {
      throw withWay(error, this.solver, { package: packageId, version });
    }
  }

  async #addAnswer(
    packageId: PackageId,
    version: Version,
    answer: DependencyAnswer,
  ): Promise<readonly Search[]> {
    if (answer.kind === "unusable") {
      this.#ruleOut(packageId, version, answer.reason);
      return NO_SEARCHES;
    }
    const { requiresPython } = answer;
    if (requiresPython === undefined || this.rules.scope.acceptsPython(requiresPython))
      return await this.#addVersion(packageId, version, answer.requires);
    const refused = this.#refusePython(packageId, version, requiresPython);
    return refused === undefined ? NO_SEARCHES : this.#forkByVersion(packageId, refused.forks);
  }

  /** Records that a version cannot be used. */
  #ruleOut(packageId: PackageId, version: Version, reason: UnavailableVersion): void {
    const versions = this.#needs.gapAround(packageId, version);
    if (reason.kind === "requires-python") {
      // Recorded as a dependency that cannot be met, so that the explanation can name Python.
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

  async #addVersion(
    packageId: PackageId,
    version: Version,
    requires: readonly Requirement[],
  ): Promise<readonly Search[]> {
    const packageValue = this.solver.packages.packageOf(packageId);
    const name = projectName(packageValue);
    const extra = packageValue.kind === "project" ? packageValue.extra : undefined;
    const owner = name === undefined ? {} : { name, extra };
    const applicable = applicableRequirements(requires, owner, this.rules.requirements);
    const fault = faultOfRequirements(applicable);
    if (fault !== undefined) {
      this.#ruleOut(packageId, version, fault);
      return NO_SEARCHES;
    }
    const { fork } = this.rules.scope;
    const parts =
      fork === undefined
        ? [{ fork, requirements: applicable }]
        : sortParts(splitByRequirements(fork, applicable), {
            strategy: this.#universal()?.forkStrategy ?? "requires-python",
            resolution: this.#context.input.resolution,
          });
    const [only, another] = parts;
    if (another === undefined) {
      await this.#needs.add(packageId, version, only?.requirements ?? []);
      return NO_SEARCHES;
    }
    const searches: Search[] = [];
    for (const part of parts) {
      const search = new Search(this.#context, this.#context.rulesIn(part.fork!), this);
      await search.#needs.add(packageId, version, part.requirements);
      searches.push(search);
    }
    return searches;
  }

  /** Versions that are too new for `--exclude-newer` count too: they make a gap smaller and nothing wrong. */
  #learnVersions(name: string, listing: PackageListing): void {
    const { known } = this.#context;
    if (known.has(name) || listing.kind !== "found") return;
    const { installed, upgraded } = this.rules.candidates(name);
    known.set(name, { listing: listing.versions, installed: installed ?? upgraded });
  }
}

type ProjectPackage = ProxyPackage | Extract<SolverPackage, { readonly kind: "project" }>;

/** Whether a package is a project by itself, without an extra or a marker. */
function isDistribution(
  packageValue: SolverPackage,
): packageValue is Extract<SolverPackage, { kind: "project" }> {
  const { kind } = packageValue;
  return kind === "project" && packageValue.extra === undefined && packageValue.marker === undefined;
}

function rootRequires(input: ResolutionInput): readonly Requirement[] {
  return input.requirements.map((entry) => entry.requirement);
}

const NO_SEARCHES: readonly Search[] = [];

/** How long the search may keep the event loop; a fiftieth of a second is not felt. */
const MAX_BUSY_MS = 20;
