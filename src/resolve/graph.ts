// What a resolution comes to: the projects that were chosen, and which of them needs which, and when.
//
// Everything that is written into a lock file or a requirements file follows from this value:
//
// * `packages` are the nodes, sorted by name, then by version. For one environment each project is there once. For all
//   environments (`kind: "universal"`) a project may be there more than once; the `marker`s of its versions are disjoint.
// * `marker` says when a package is installed: `undefined` means always, so that a line of a requirements file is
//   `name==version` with ` ; ${formatMarker(marker, { quote: "'" })}` where there is one. For one environment there are
//   none. Markers are simplified and spelled as uv does, and leave out what `requiresPython` says anyway.
// * `dependencies` are the edges from a package to others; `requirements` those from the user. `to` is an index into
//   `packages`. An edge is there once for each pair, with all extras that it requests; its `marker` says when it counts.
// * `forks` are the environments that were solved one by one, in the order of solving: `resolution-markers` of uv.lock.
//   Empty where one solution serves all. `forks` of a package are those of them in which it was chosen, where that is
//   not in all of them.

import type { Marker } from "../pep/markers/expression.ts";
import type { SpecifierSet } from "../pep/versions/specifier-set.ts";
import type { Version } from "../pep/versions/version.ts";
import type { RootRequirement } from "./input.ts";

/** A set of versions that fits all requirements: the graph of what needs what. */
export interface ResolutionGraph {
  readonly kind: "specific" | "universal";
  /** Sorted by name, then by version. */
  readonly packages: readonly ResolvedPackage[];
  /** What the user requires, in the order given; what applies nowhere is left out. */
  readonly requirements: readonly RequirementEdge[];
  /** In the order of solving; empty where there was one solution for everything. */
  readonly forks: readonly Marker[];
  /** Whole sentences without a full stop. */
  readonly warnings: readonly string[];
  /** How many versions were tried; equal inputs and answers give equal numbers. */
  readonly attempts: number;
}

/** A version that was chosen. */
export interface ResolvedPackage {
  readonly name: string;
  readonly version: Version;
  /** The extras that are requested, sorted. */
  readonly extras: readonly string[];
  /** When each extra is requested, for those that are not requested wherever the package is installed. */
  readonly extraMarkers?: Readonly<Record<string, Marker>>;
  /** What it needs, with its extras; sorted by name, then by version. */
  readonly dependencies: readonly DependencyEdge[];
  /** All projects whose chosen versions name it, also where their markers and its own exclude each other; sorted. */
  readonly namedBy: readonly string[];
  /** Of these, those that name an extra; absent for extras that none names. */
  readonly extrasNamedBy?: Readonly<Record<string, readonly string[]>>;
  /** The URL that pins it. */
  readonly url?: string;
  /** When it is installed; absent: always. */
  readonly marker?: Marker;
  /** The same with what the forks and the requirements say about Python, also where `requiresPython` implies it. */
  readonly wholeMarker?: Marker;
  /** The forks in which it was chosen; absent: in all. */
  readonly forks?: readonly Marker[];
  /** What its metadata says about Python. */
  readonly requiresPython?: SpecifierSet;
}

/** A package that another one needs. */
export interface DependencyEdge {
  /** Index into {@link ResolutionGraph.packages}. */
  readonly to: number;
  /** The extras that it requests, sorted. */
  readonly extras: readonly string[];
  /** When it is needed; absent: always where the dependent is installed. */
  readonly marker?: Marker;
}

/** A package that the user requires. */
export interface RequirementEdge extends DependencyEdge {
  /** The requirement, or the override in its place, as it was given. */
  readonly requirement: RootRequirement;
}
