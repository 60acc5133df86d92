// What was requested: requirements with their origin, and what they name outright.

import type { Hash } from "../pep/hashes.ts";
import type { FilePlace } from "../pep/file-place.ts";
import type { Declaration } from "../pep/declaration.ts";
import type { Marker } from "../pep/markers/expression.ts";
import type { NamedIndex } from "../pep/requirements/requirement-entry.ts";
import type { Requirement } from "../pep/requirements/requirement.ts";
import type { RequirementsOptions } from "../pep/requirements/requirements-txt.ts";
import type { ExtraChoice } from "./projects/extra-choice.ts";
import type { ProjectSources } from "./projects/project-sources.ts";
import type { StatedIndex } from "./projects/project-statements.ts";
import type { BuildableSource, DirectorySource, Source } from "./source.ts";

/** One requirement as it was given. */
export type RequestedRequirement = NamedRequirement | UnnamedRequirement;

interface Requested {
  /** The string as it was written. */
  readonly text: string;
  /** The same with the names of environment variables instead of their values; absent where it has none. */
  readonly written?: string | undefined;
  /** Where: `the command line`, `requirements.txt:3`. */
  readonly origin: string;
  /** The line of the file that holds it; undefined for the command line. */
  readonly place?: FilePlace | undefined;
  /** The file, project or group that declares it; undefined for the command line and standard input. */
  readonly declaredIn?: Declaration | undefined;
  /** What names it came over the network. */
  readonly isFromNetwork?: true | undefined;
  /** The index that it is to come from, where the project that declares it says so. */
  readonly index?: NamedIndex | undefined;
  /** It is a path that the sources of that project name. */
  readonly isSourcedPath?: true | undefined;
  /** The metadata of a project or a script states it, where `${NAME}` stands for itself. */
  readonly isOfMetadata?: true | undefined;
  /** One of them must match; empty where none was stated. A hash in a URL's fragment is one of the source's. */
  readonly hashes: readonly Hash[];
  readonly configSettings: Readonly<Record<string, string | readonly string[]>>;
  /** The source's URL with the credentials that were given: only for requests, never shown or stored. */
  readonly requestUrl?: string;
}

/** A requirement whose project is known. */
export interface NamedRequirement extends Requested {
  readonly kind: "named";
  readonly requirement: Requirement;
  /** What the requirement names outright, where it does not leave the choice to the indexes. */
  readonly source: Source | undefined;
}

/** A folder, repository or source distribution whose name has to be read from its metadata. */
export interface UnnamedRequirement extends Requested {
  readonly kind: "unnamed";
  readonly source: BuildableSource;
  /** As written. */
  readonly extras: readonly string[];
  readonly marker: Marker | undefined;
}

/** Everything that was requested, files included. */
export interface Inputs<R extends RequestedRequirement = RequestedRequirement> {
  readonly requirements: readonly R[];
  readonly constraints: readonly NamedRequirement[];
  readonly overrides: readonly NamedRequirement[];
  /** Normalized names of projects that nothing may bring in. */
  readonly excludes: readonly string[];
  /** Whether everything must be pinned with a hash: by the request, or by `--require-hashes` in a file. */
  readonly requiresHashes: boolean;
  /** The options of all files, in the order of the files. */
  readonly options: readonly RequirementsOptions[];
  readonly warnings: readonly string[];
  /** What projects among the files name of indexes that only settings may know; absent where they name none. */
  readonly statedIndexes?: readonly StatedIndex[] | undefined;
  /** Projects whose requirements are still to be found out, by a build; undefined where there is none. */
  readonly unread?: UnreadProjects | undefined;
}

/** Projects among the files whose requirements only their build backends know. */
export interface UnreadProjects extends ExtraChoice {
  readonly projects: readonly UnreadProject[];
  /** The extras of the projects that were read. */
  readonly knownExtras: readonly string[];
}

export interface UnreadProject {
  /** As it was given. */
  readonly path: string;
  /** Of that file. */
  readonly text: string;
  /** Why it could not be read. */
  readonly reason: string;
  readonly source: DirectorySource;
  /** By normalized name: what `[tool.uv.sources]` says. */
  readonly sources: ProjectSources;
}

/** Inputs in which every project is known, as the resolver needs them. */
export type NamedInputs = Inputs<NamedRequirement>;

/** The projects of some requirements. */
export function namesOf(requirements: readonly NamedRequirement[]): ReadonlySet<string> {
  return new Set(requirements.map(({ requirement }) => requirement.name));
}
