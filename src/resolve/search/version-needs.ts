// What decided versions need: recorded for the solver as dependencies, and kept as the edges of the result.

import type { VersionRange } from "../../pep/versions/interval.ts";
import { fullRange, rangeContains, rangeOf, singletonRange } from "../../pep/versions/version-range.ts";
import type { Version } from "../../pep/versions/version.ts";
import type { ConflictTracker } from "./conflict-tracker.ts";
import type { DecisionOrder } from "./decision-order.ts";
import type { DirectSources } from "../direct-sources.ts";
import type { ForkRequirement } from "../forks/fork-dependencies.ts";
import { gapAround, type KnownVersions } from "./known-versions.ts";
import type { PackageMarkers } from "./package-markers.ts";
import { projectName, projectPackage, proxyPackage } from "../package.ts";
import type { PackageId, SolverPackage } from "../package.ts";
import type { UnavailableVersion } from "../provider.ts";
import { overloadedProject, unsatisfiableText } from "../requirements.ts";
import type { Dependency, Solver } from "./solver.ts";

/** What a requirement with an extra or a marker means, as a package of its own. */
export type ProxyPackage = Extract<SolverPackage, { readonly kind: "proxy" }>;

/** The parts of the search that needs are recorded in. */
export interface NeedsParts {
  readonly solver: Solver;
  readonly direct: DirectSources;
  readonly order: DecisionOrder;
  readonly conflicts: ConflictTracker;
  /** The versions of every project that was looked at. */
  readonly known: ReadonlyMap<string, KnownVersions>;
  readonly markers: PackageMarkers;
}

/** The needs of the versions that one search has tried. */
export class VersionNeeds {
  readonly #parts: NeedsParts;
  /** By package: the versions whose needs are recorded. */
  readonly #recorded: Map<PackageId, Set<string>>;
  /** The requirements that apply, by package and version. */
  readonly #requirements: Map<string, readonly ForkRequirement[]>;

  constructor(
    parts: NeedsParts,
    recorded: Map<PackageId, Set<string>> = new Map(),
    requirements: Map<string, readonly ForkRequirement[]> = new Map(),
  ) {
    this.#parts = parts;
    this.#recorded = recorded;
    this.#requirements = requirements;
  }

  /** The same needs in a search that continues this one, in a part of its environments. */
  clone(parts: NeedsParts): VersionNeeds {
    const recorded = new Map(
      [...this.#recorded].map(([packageId, versions]) => [packageId, new Set(versions)]),
    );
    return new VersionNeeds(parts, recorded, new Map(this.#requirements));
  }

  /** How many versions they are of. */
  get size(): number {
    return this.#requirements.size;
  }

  has(packageId: PackageId, version: Version): boolean {
    return this.#recorded.get(packageId)?.has(version.order) === true;
  }

  /** The requirements of a version that applied. */
  of(packageId: PackageId, version: Version): readonly ForkRequirement[] {
    return this.#requirements.get(`${packageId} ${version.order}`) ?? [];
  }

  async add(packageId: PackageId, version: Version, requirements: readonly ForkRequirement[]): Promise<void> {
    const { solver, direct } = this.#parts;
    const name = projectName(solver.packages.packageOf(packageId));
    for (const { requirement } of requirements)
      await direct.add(requirement, name === undefined ? undefined : { name, version });
    this.#requirements.set(`${packageId} ${version.order}`, requirements);
    this.#record(
      packageId,
      version,
      requirements.flatMap((entry) => this.#dependenciesOf(entry)),
    );
  }

  /** What a proxy needs: the project and its extra, each with and without the marker, at the same version. */
  addProxy(packageId: PackageId, { name, extra, marker }: ProxyPackage, version: Version): void {
    const range = singletonRange(version);
    const variants = (marker === undefined ? [undefined] : [undefined, marker]).flatMap((each) =>
      (extra === undefined ? [undefined] : [undefined, extra]).map((own) => projectPackage(name, own, each)),
    );
    const dependencies = variants.map((packageValue) => {
      const dependency = this.#parts.solver.packages.idOf(packageValue);
      this.#parts.order.see(dependency, range);
      return { package: dependency, range };
    });
    this.#record(packageId, version, dependencies);
  }

  /** The versions around one that no other known version is in: what holds of it holds of them. */
  gapAround(packageId: PackageId, version: Version): VersionRange {
    const { solver, direct, known } = this.#parts;
    const name = projectName(solver.packages.packageOf(packageId));
    const isDirect = name !== undefined && direct.of(name) !== undefined;
    return gapAround(version, name === undefined || isDirect ? undefined : known.get(name));
  }

  /** The needs of one requirement: the project, or what stands for it with the marker and each of the extras. */
  #dependenciesOf({ requirement, when }: ForkRequirement): readonly Dependency[] {
    const { solver, order, markers } = this.#parts;
    const { name, extras, url, specifiers } = requirement;
    const range = url === undefined ? rangeOf(specifiers) : fullRange();
    const base = solver.packages.idOf(projectPackage(name));
    const marker = markers.of(when);
    if (extras.length === 0 && marker === undefined) {
      order.see(base, range);
      return [{ package: base, range }];
    }
    return (extras.length === 0 ? [undefined] : extras).map((extra) => {
      const proxy = solver.packages.idOf(proxyPackage(name, { extra, marker }));
      order.see(proxy, range);
      order.see(base, range);
      // Recorded at once: the solver need not try versions of `name[extra]` to see that `name` excludes them.
      solver.addDependency(proxy, range, { package: base, range });
      return { package: proxy, range };
    });
  }

  #record(packageId: PackageId, version: Version, dependencies: readonly Dependency[]): void {
    const recorded = this.#recorded.get(packageId) ?? new Set();
    this.#recorded.set(packageId, recorded.add(version.order));
    const conflict = this.#parts.solver.addVersion({
      package: packageId,
      version,
      versions: this.gapAround(packageId, version),
      dependencies: dependencies.filter(
        // A version that needs itself has what it needs.
        (entry) => entry.package !== packageId || !rangeContains(entry.range, version),
      ),
    });
    if (conflict !== undefined) this.#parts.conflicts.record(packageId, conflict, packageId);
  }
}

/** Why a version with these requirements cannot be used, whatever else is chosen. */
export function faultOfRequirements(
  requirements: readonly ForkRequirement[],
): UnavailableVersion | undefined {
  const overloaded = overloadedProject(requirements);
  if (overloaded !== undefined) {
    const message = `It has too many requirements on \`${overloaded}\``;
    return { kind: "invalid-metadata", message };
  }
  const text = requirements
    .map(({ requirement }) => unsatisfiableText(requirement))
    .find((found) => found !== undefined);
  return text === undefined ? undefined : { kind: "unsatisfiable-requirement", text };
}
