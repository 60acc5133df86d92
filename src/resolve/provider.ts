// What the resolver asks for, and the shapes of the answers. A registry answers from indexes, a test from a table.

import type { Hint } from "../advice.ts";
import type { Marker } from "../pep/markers/expression.ts";
import type { Requirement } from "../pep/requirements/requirement.ts";
import type { SpecifierSet } from "../pep/versions/specifier-set.ts";
import type { Version } from "../pep/versions/version.ts";

/**
 * Knows which versions of a project exist and what they need.
 *
 * Every question is asked once, and as early as it may matter; a rejection ends the resolution when, and only when,
 * its answer is needed.
 */
export interface Provider {
  /** The versions of a project. */
  listing(name: string): Promise<PackageListing>;
  /** What one version needs. Also asked for installed versions and those that a URL pins. */
  dependencies(name: string, version: Version): Promise<DependencyAnswer>;
  /**
   * The one version at a URL that a requirement names.
   *
   * @param requiredBy the URL of the distribution whose requirement it is; undefined for the user's own
   */
  direct?(name: string, url: string, requiredBy?: string): Promise<Version>;
  /** Whether the URL of a project that {@link direct} was called with last points to a folder. */
  isFolder?(name: string): boolean;
  /** Says that the needs of these versions may be asked for soon, likeliest first. */
  prefetchVersions?(name: string, versions: readonly Version[]): void;
}

/** What is known about a project. */
export type PackageListing =
  | {
      readonly kind: "found";
      /** Descending, each once. */
      readonly versions: readonly ListedVersion[];
      /** Set where an index was not asked because the one before it has the project: both addresses. */
      readonly nextIndex?: { readonly found: string; readonly next: string };
      /** What may help where the page lists nothing. */
      readonly hints?: readonly Hint[];
    }
  | {
      readonly kind: "not-found";
      /** Where it was looked for: indexes (the default), only given folders and pages, or only the cache. */
      readonly place?: "registry" | "locations" | "cache";
      readonly hints?: readonly Hint[];
    }
  | { readonly kind: "unreachable"; readonly message: string };

/** One version of a project, with what speaks against it; that is looked at only for versions that come into question. */
export interface ListedVersion {
  readonly version: Version;
  /** The reason for which every usable file was taken back; it may be empty. */
  readonly yanked: false | string;
  /** Why no file of the version fits here. Absent: one does. */
  readonly unusable?: Unusable;
  /** Whether `unusable` is that its files are too new, where that is known without looking at them. */
  readonly isExcludedNewer?: boolean;
  /** Why none of its other files fits, where only files that were taken back do. Absent: all were taken back. */
  readonly unusableUnlessYanked?: Unusable;
  /**
   * With `unsafe-first-match` over several indexes, the place of the one that it is of: as in uv, a later index counts only where
   * an earlier one has no version in the requested range.
   */
  readonly indexPlace?: number | undefined;
  /** For all environments at once: what the file says about Python. For one environment it is judged already. */
  readonly requiresPython?: SpecifierSet | undefined;
  /** For all environments at once: those that its wheels serve, where it has no source distribution. Absent: all. */
  readonly environments?: Marker | undefined;
  /** For all environments at once: the tags of its wheels, where it has no source distribution. */
  readonly wheelTags?: readonly string[] | undefined;
}

/** Why a version cannot be used here. */
export type Unusable =
  | { readonly kind: "requires-python"; readonly specifiers: SpecifierSet }
  | {
      readonly kind: "no-matching-tag";
      readonly dimension: "python-implementation" | "python-version" | "abi" | "platform";
      /** A tag that would fit: `cp312`, `manylinux_2_17_x86_64`. */
      readonly example?: string;
      /** The tags of that dimension that the files have. */
      readonly available?: readonly string[];
    }
  /** `hasOnlySources`: there are source distributions, which are not built for this target. */
  | { readonly kind: "no-usable-wheels"; readonly hasOnlySources?: true }
  /** Only wheel variants (draft PEP 825). */
  | { readonly kind: "unsupported-variant" }
  /** Only a source distribution, and building is off; `isForAll`: for every project. */
  | { readonly kind: "no-build"; readonly isForAll?: boolean }
  /** Only wheels, and wheels are off; `isForAll`: for every project. */
  | { readonly kind: "no-binary"; readonly isForAll?: boolean }
  /** Uploaded after the moment that the user set; both times as they should be printed. */
  | {
      readonly kind: "excluded-newer";
      readonly cutoff?: string;
      /** Whose limit it is: of this package, of its index, or of all. */
      readonly cutoffFor?: "package" | "index" | "all";
      readonly published?: string;
    }
  | { readonly kind: "offline" }
  | { readonly kind: "invalid-metadata"; readonly message: string };

/** What a version needs, or why it is unknown. */
export type DependencyAnswer =
  | {
      readonly kind: "known";
      readonly requires: readonly Requirement[];
      readonly requiresPython?: SpecifierSet | undefined;
      readonly providesExtra: readonly string[];
    }
  | { readonly kind: "unusable"; readonly reason: Unusable };

/** Why a version is out: {@link Unusable}, or a reason that the resolver finds itself. */
export type UnavailableVersion =
  | Unusable
  | { readonly kind: "yanked"; readonly reason: string }
  /** It has no file for an environment that must be served. */
  | { readonly kind: "missing-environment"; readonly marker: string }
  /** It has a requirement that allows no version: the requirement as a sentence needs it. */
  | { readonly kind: "unsatisfiable-requirement"; readonly text: string };

/** Why a whole project is out. */
export type UnavailablePackage = Exclude<PackageListing, { readonly kind: "found" }>;
