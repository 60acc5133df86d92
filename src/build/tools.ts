// What builds need of the run that they belong to: the session hands it over, so that this room knows no session.

import type { Advice, ServerSeen } from "../advice.ts";
import type { Protection } from "../net/protection.ts";
import type { NamedIndex } from "../pep/requirements/requirement-entry.ts";
import type { ExtraBuildRequirement } from "../pep/extra-build-requirement.ts";
import type { Requirement } from "../pep/requirements/requirement.ts";
import type { Target } from "../pep/tags/tags.ts";
import type { Interpreter } from "../python/interpreters/interpreter.ts";
import type { ArchiveOptions, FetchedArchive } from "../sources/fetching/fetch-archive.ts";
import type { BuildableSource, SdistSource } from "../sources/source.ts";
import type { Limit } from "../base/work/limit.ts";
import type { Store } from "../store/store.ts";
import type { ConfigSettings } from "../pep/config-settings.ts";
import type { UploadLimits } from "./build-records.ts";
import type { GroupCommand } from "./backend/child-group.ts";
import type { ServerPlace } from "./backend/run-hook.ts";

export interface BuildTools {
  readonly store: Store;
  /** The Python that builds: the one of the environment that is changed, or one that is like it. */
  readonly python: Interpreter;
  /** What the wheels are for. */
  readonly target: Target;
  /** The environment of the run, with its trust and proxies, for child processes. */
  readonly env: () => Promise<Readonly<Record<string, string | undefined>>>;
  /** Makes an environment that holds what is required, and what that needs. */
  readonly provision: Provision;
  /** Brings the archive of a source distribution for one use; every hash that was stated is checked. */
  readonly withArchive: <T>(
    source: SdistSource,
    options: ArchiveOptions,
    use: (archive: FetchedArchive) => Promise<T>,
  ) => Promise<T>;
  /** The weakest protection of what this run has used until now: what is built from it is kept for runs like it. */
  readonly protection: () => Protection;
  /** How a repository comes from a URL. */
  readonly protectionOf: (url: string) => Protection;
  /** Credentials go to servers that prove nothing too. */
  readonly allowsInsecureCredentials?: boolean | undefined;
  /** The file of a project names the proxy of child processes for plain HTTP: it could read and answer every request. */
  readonly isPlainHttpByProject?: boolean | undefined;
  readonly policy: BuildPolicy;
  /** The working folder, from which messages lead to a project. */
  readonly directory?: string | undefined;
  /** Looks at a server whose certificate a build refused; undefined where it cannot be reached. */
  readonly examineServer?:
    | ((server: ServerPlace, signal: AbortSignal | undefined) => Promise<ServerExamination | undefined>)
    | undefined;
  /** Builds at a time. */
  readonly concurrency: number;
  readonly isOffline: boolean;
  /** How long a server may say nothing, those of repositories too; their own time where the run says nothing of it. */
  readonly silenceTimeoutMs?: number | undefined;
  /** The run has a shared cache, whose keys no build sees. */
  readonly isCacheShared?: boolean | undefined;
  readonly onEvent: (event: BuildEvent) => void;
  readonly signal: AbortSignal | undefined;
}

/** What Pinion sees at a server, and what helps. */
export interface ServerExamination {
  readonly seen: ServerSeen;
  readonly remedies: readonly Advice[];
}

/** What one source needs of its builder. */
export interface ProjectContext {
  readonly tools: BuildTools;
  /** By which it is distinguished while builds wait for each other. */
  readonly label: string;
  /** A new path in the folder of this run, at which nothing is. */
  readonly newPath: (hint: string) => string;
  readonly builds: Limit;
  /** The commits that names in repositories mean in this run, so that they mean the same throughout it. */
  readonly commits: Map<string, string>;
}

/** @throws what planning and installing throw; build/cycle */
export type Provision = (request: ProvisionRequest) => Promise<Interpreter>;

export interface ProvisionRequest {
  /** A project may be named several times, under different markers, each time with an index of its own. */
  readonly requirements: readonly {
    readonly requirement: Requirement;
    /** From which it is to come. */
    readonly index?: NamedIndex;
    /** Settings require it, and not what is built. */
    readonly isOfSettings?: true;
  }[];
  /** What is built: from the network, it requires only what is on the network. */
  readonly requiredBy: BuildableSource;
  readonly python: Interpreter;
  /** What is being built, outermost first. */
  readonly neededBy: readonly string[];
  readonly signal: AbortSignal | undefined;
}

export interface BuildPolicy {
  /** A checkout of a repository has its large files (Git LFS), and not the pointers to them. */
  readonly fetchesLargeFiles?: boolean | undefined;
  /** Projects by normalised name that are built with what is installed beside them, or all of them. */
  readonly withoutIsolation: "all" | ReadonlySet<string>;
  /** Projects by normalised name whose `tool.uv.sources` do not count, or all of them; by default none. */
  readonly ignoresSources?: "all" | readonly string[] | undefined;
  /** Where what builds require comes from, and what narrows that, as a string: other runs use only what came from the same places. */
  readonly origins?: string | undefined;
  /** As in `RecordsOptions`. */
  readonly notAfterMs?: UploadLimits | undefined;
  readonly configSettings: ConfigSettings;
  /** Further settings, by normalised name. */
  readonly configSettingsPackages: ReadonlyMap<string, ConfigSettings>;
  /** What builds require beside what the project says, by normalised name. */
  readonly extraRequirements?: ReadonlyMap<string, readonly ExtraBuildRequirement[]> | undefined;
  /** Environment variables, by normalised name. */
  readonly variables?: ReadonlyMap<string, Readonly<Record<string, string>>> | undefined;
  /** Projects that must not be built, by normalised name, or all of them (`--no-build`). */
  readonly forbidden: (name: string | undefined) => boolean;
  /** Called before each process of a build: it may refuse by throwing, or put the command into a sandbox. */
  readonly guard?: BuildGuard | undefined;
  readonly timeoutMs?: number | undefined;
}

/** Allows, changes or (by throwing) forbids the command of a build. */
export type BuildGuard = (command: GroupCommand, about: GuardedBuild) => GroupCommand;

/** What a process of a build belongs to. */
export interface GuardedBuild {
  /** As messages name it. */
  readonly subject: string;
  /** The hook of the backend. */
  readonly hook: string;
  /** Folders that the build must be able to write. */
  readonly writable: readonly string[];
}

/** An archive that is itself what was requested (`Installer.build`). */
export interface RequestedArchive {
  readonly format: "sdist" | "wheel";
  /** Whether a wheel is built from a source distribution rather than from the project's folder. */
  readonly isFromSdist: boolean;
  /** The name of the project, where it is one of several. */
  readonly project: string | undefined;
}

/** What happens while sources are built. */
export type BuildEvent =
  | {
      readonly kind: "build-started";
      readonly subject: string;
      readonly requested?: RequestedArchive | undefined;
    }
  | {
      readonly kind: "build-hook";
      readonly subject: string;
      readonly hook: string;
      readonly isRequested?: true;
    }
  | {
      readonly kind: "build-output";
      readonly subject: string;
      readonly stream: "stdout" | "stderr";
      readonly text: string;
      /** The build is itself what was requested. */
      readonly isRequested?: true;
    }
  | {
      readonly kind: "build-finished";
      readonly subject: string;
      readonly requested?: RequestedArchive | undefined;
    }
  | { readonly kind: "git-started"; readonly url: string; readonly reference: string | undefined }
  | { readonly kind: "git-finished"; readonly url: string; readonly commit: string };
