// What the resolver is asked.

import type { Marker } from "../pep/markers/expression.ts";
import type { Requirement } from "../pep/requirements/requirement.ts";
import type { Version } from "../pep/versions/version.ts";
import type { Environment } from "./environment.ts";

/** A requirement of the user, with the place where it was written. */
export interface RootRequirement {
  readonly requirement: Requirement;
  readonly origin?: unknown;
}

/** A version that the user has already, such as the pin of a lock file. */
export interface PreferredVersion {
  readonly version: Version;
  /** The environments that it was chosen for; absent: all. */
  readonly marker?: Marker | undefined;
}

/** How pre-releases are treated: docs/solver.md#pre-releases. */
export type PrereleaseMode = "if-necessary" | "allow" | "disallow" | "explicit";

/** Everything that decides a resolution, apart from what the provider answers. */
export interface ResolutionInput {
  readonly requirements: readonly RootRequirement[];
  /** They narrow what is required anyway; by themselves they require nothing. */
  readonly constraints?: readonly RootRequirement[];
  /** They stand in for everybody's requirements on the same project. */
  readonly overrides?: readonly RootRequirement[];
  /** Projects that no requirement may bring in. */
  readonly excludes?: readonly string[];
  /** Versions to keep while they fit and an index lists them, such as the pins of a lock file. */
  readonly preferences?: ReadonlyMap<string, readonly PreferredVersion[]>;
  /** Installed versions to keep while they fit; no index needs to list them. */
  readonly installed?: ReadonlyMap<string, Version>;
  /** The one project whose requirements these are, as explanations name it. */
  readonly project?: string | undefined;
  /** Installed versions of what is to be upgraded: they stay where no better one can be found. */
  readonly upgraded?: ReadonlyMap<string, Version>;
  readonly environment: Environment;
  readonly prereleases: PrereleaseMode;
  /** Projects that have a mode of their own. */
  readonly prereleasesOf?: ReadonlyMap<string, PrereleaseMode>;
  readonly resolution: "highest" | "lowest" | "lowest-direct";
  /** Only what the user requires, without what that needs. */
  readonly noDependencies?: boolean;
  /** Projects that a URL pins: the one version that it points to. */
  readonly direct?: ReadonlyMap<string, { readonly version: Version; readonly url: string }>;
}
