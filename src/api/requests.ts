// What callers request of a session.

import type { LinkMode } from "../install/installation.ts";
import type { Target } from "../pep/tags/tags.ts";
import type { Interpreter } from "../python/interpreters/interpreter.ts";
import type { StatedMetadata } from "../pep/metadata/stated-metadata.ts";
import type { NameSet } from "../pep/name-set.ts";
import type { UniversalEnvironment } from "../resolve/environment.ts";
import type { PreferredVersion, PrereleaseMode } from "../resolve/input.ts";
import type { Inputs } from "../sources/requested.ts";
import type { BuildChoices } from "./builds/build-choices.ts";
import type { Destination } from "./destination.ts";
import type { InputSources } from "./inputs/read-inputs.ts";

/** What is requested, and how it is read. */
export interface ReadRequest extends InputSources {
  /** The contents of a file named `-`. */
  readonly readInput?: (() => Promise<string>) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What holds on every way to a package: which files count, and how sources are built. */
export interface PackageRules extends Pick<
  ReadRequest,
  "ignoresSources" | "requiresHashes" | "readInput" | "signal"
> {
  readonly noBinary?: NameSet | undefined;
  readonly onlyBinary?: NameSet | undefined;
  /** Milliseconds since 1970: only files uploaded before count. */
  readonly excludeNewerMs?: number | undefined;
  /** The same for single projects, by their normalised names; undefined exempts one. */
  readonly excludeNewerPackages?: ReadonlyMap<string, number | undefined> | undefined;
  readonly builds?: BuildChoices | undefined;
}

/** What decides which versions are chosen. */
export interface ResolveRequest extends ReadRequest, PackageRules {
  /** What `read` gave for the same sources; without it they are read now. Hashes are required where either requires them. */
  readonly inputs?: Inputs | undefined;
  /** Prefers the newest versions to the installed ones: of all packages, or of these. */
  readonly upgrade?: "all" | readonly string[] | undefined;
  readonly reinstall?: "all" | readonly string[] | undefined;
  readonly prereleases?: PrereleaseMode | undefined;
  /** The same for single projects, by their normalised names. */
  readonly prereleasesOf?: ReadonlyMap<string, PrereleaseMode> | undefined;
  /** Versions to keep while they fit and an index lists them, such as the pins of a lock file. */
  readonly preferences?: ReadonlyMap<string, readonly PreferredVersion[]> | undefined;
  /** Resolves for all environments of a range of Pythons, instead of for one target. */
  readonly universal?: Omit<UniversalEnvironment, "kind"> | undefined;
  readonly resolution?: "highest" | "lowest" | "lowest-direct" | undefined;
  readonly noDependencies?: boolean | undefined;
  /** What was requested by name is resolved, and left out of what is installed. */
  readonly onlyDependencies?: boolean | undefined;
  /** Chooses distributions whatever Python they say that they need. */
  readonly ignoresRequiresPython?: boolean | undefined;
  /** Wheels that URLs name need not fit the target: a lock states them, and installing judges them. */
  readonly takesForeignWheels?: boolean | undefined;
  /** A source distribution is used for a version without a wheel. */
  readonly sourceDistributions?: "take" | undefined;
  /** Requirements of projects that count instead of their own metadata. */
  readonly dependencyMetadata?: readonly StatedMetadata[] | undefined;
  /** Whether the target's Python was requested rather than found; it changes the words of an explanation. */
  readonly isPythonRequested?: boolean | undefined;
}

export interface PlanRequest extends ResolveRequest {
  readonly into: Destination;
  /** Removes what was not requested. */
  readonly isExact?: boolean | undefined;
  readonly linkMode?: LinkMode | undefined;
  /** The plan is only shown: an interrupted change of the environment is reported, and left as it is. */
  readonly isDryRun?: boolean | undefined;
}

/** What is installed from a lock file; what narrows versions is about what builds require. */
export interface LockPlanRequest
  extends PackageRules, Pick<PlanRequest, "into" | "reinstall" | "isExact" | "linkMode" | "isDryRun"> {
  /** A path, or an http(s) URL. */
  readonly file: string;
  /** Normalized extras of the lock file, or all of them. */
  readonly extras?: "all" | readonly string[] | undefined;
  /** Normalized extras that do not count, whatever `extras` says. */
  readonly excludedExtras?: readonly string[] | undefined;
  /** Normalized dependency groups, instead of the lock file's default ones. */
  readonly groups?: readonly string[] | undefined;
}

export interface ApplyOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface DownloadRequest extends Omit<ResolveRequest, "sourceDistributions"> {
  /** Where the files go; made where it is missing. */
  readonly folder: string;
  /** The machine that they are for. */
  readonly target: Target;
}

export interface WheelsRequest extends Omit<ResolveRequest, "sourceDistributions"> {
  /** Where the files go; made where it is missing. */
  readonly folder: string;
  /** The Python that the wheels are for, and that builds them. */
  readonly python: Interpreter;
}

/** What a build requires is checked as its choices say: the project itself has no hash. */
export interface BuildRequest extends Omit<PackageRules, "requiresHashes"> {
  /** Of the project; or the archive of a source distribution, of which only the wheel can be built. */
  readonly directory: string;
  /** Where the files go; made where it is missing. */
  readonly folder: string;
  /** By default both, the wheel from the source distribution; `separate` makes both from the folder. */
  readonly formats?: "both" | "separate" | "sdist" | "wheel" | undefined;
  /** Removes what is in the folder first. */
  readonly isCleared?: boolean | undefined;
  /** Of the workspace that is built from: what is removed is not beyond a link in it. */
  readonly workspace?: string | undefined;
  /** Writes a `.gitignore` into the folder, so that Git passes over it. */
  readonly isGitIgnored?: boolean | undefined;
  /** The Python that builds. */
  readonly python: Interpreter;
  /**
   * Whether the caller shows what the backends print as it comes (event `build-output`), or does not want it: then messages of failures
   * do not repeat it. Their details have it.
   */
  readonly isOutputShown?: boolean | undefined;
}

/** Several projects that are built at the same time, such as those of a workspace. */
export interface BuildAllRequest extends Omit<BuildRequest, "directory"> {
  readonly projects: readonly ProjectFolder[];
}

export interface ProjectFolder {
  /** Normalized; messages and events name the project by it. */
  readonly name: string;
  readonly directory: string;
}

/** What came of one of several projects. */
export type ProjectBuild =
  | { readonly kind: "built"; readonly name: string; readonly files: readonly string[] }
  | { readonly kind: "failed"; readonly name: string; readonly error: unknown };

export interface ListVersionsRequest extends Pick<
  ResolveRequest,
  "noBinary" | "onlyBinary" | "excludeNewerMs" | "excludeNewerPackages" | "signal"
> {
  /** In any spelling. */
  readonly name: string;
  /** What `isUsable` is about; by default every platform and Python. */
  readonly target?: Target | undefined;
}

export interface UninstallRequest {
  /** In any spelling. */
  readonly names: readonly string[];
  readonly from: Destination;
  /** Reports what would be removed, and removes nothing. */
  readonly isDryRun?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}
