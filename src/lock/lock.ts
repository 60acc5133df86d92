// A resolution as a plain value, for any format of lock file: what was chosen, for which environments, why, and all the
// files that it may be installed from.

import type { Declaration } from "../pep/declaration.ts";
import type { LockedFile, LockedSource } from "../pep/files/pylock.ts";

/** What a resolution chose. */
export interface Lock {
  /** `>=3.11.7`: the Pythons that it is for. */
  readonly requiresPython: string;
  /** Sorted by name, then version. */
  readonly packages: readonly ChosenPackage[];
}

/** One version of a project. */
export interface ChosenPackage {
  /** Normalized. */
  readonly name: string;
  /** Absent for a source tree, whose version may change. */
  readonly version?: string | undefined;
  /** Sorted. */
  readonly extras: readonly string[];
  /** The environments that need an extra, simplified, for those that not all that need the package need. */
  readonly extraMarkers?: Readonly<Record<string, string>> | undefined;
  /** By extra: the projects that need it, sorted, for those that some need. */
  readonly extraDependents?: Readonly<Record<string, readonly string[]>> | undefined;
  /** The environments that need it, simplified; absent means all. */
  readonly marker?: string | undefined;
  /** Where a requirement named a URL or a path outright: as it was written. */
  readonly written?:
    | {
        readonly text: string;
        readonly isEditable: boolean;
        /** It is a path that the sources of a project name. */
        readonly isSourcedPath?: true | undefined;
      }
    | undefined;
  /** The URL of the index that lists it, without credentials. */
  readonly index?: string | undefined;
  /** `sha256:…` each, of every file of the version, sorted. */
  readonly hashes: readonly string[];
  readonly source: ChosenSource;
  /** The projects that need it, sorted. */
  readonly dependents: readonly string[];
  /** Where the user requires, constrains or overrides it. */
  readonly declarations: readonly ChosenDeclaration[];
}

/** Where a package comes from: all files of the version on its index, or what the requirement named. */
export type ChosenSource =
  | {
      readonly kind: "index";
      readonly sdist?: LockedFile | undefined;
      /** Of every platform, sorted by file name. */
      readonly wheels: readonly LockedFile[];
    }
  | Exclude<LockedSource, { readonly kind: "files" }>;

export interface ChosenDeclaration {
  readonly role: "constraint" | "override" | "requirement";
  readonly declaredIn: Declaration;
}
