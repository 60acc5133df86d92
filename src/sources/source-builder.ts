// The hook through which source trees become wheels: the session provides it, the rooms below only call it.

import { PinionError } from "../errors.ts";
import { redactUrl } from "../net/url.ts";
import type { Hash } from "../pep/hashes.ts";
import type { Metadata } from "../pep/metadata/metadata.ts";
import type { EntryKey, UnpackedWheel } from "../store/store.ts";
import type { SourcedRequirement } from "./projects/project-sources.ts";
import type { RefreshPolicy } from "./fetching/refresh.ts";
import type { StatedIndex } from "./projects/project-statements.ts";
import type { BuildableSource } from "./source.ts";

/** A build that is itself the purpose of a command, and not a step towards installing. */
export interface RequestedBuild {
  /** What messages call it: `/home/ada/flask`, `flask @ /home/ada/flask`. */
  readonly subject: string;
  /** The name of the project, where it is one of several. */
  readonly project: string | undefined;
  /** Whether a wheel is built from a source distribution rather than from the project's folder. */
  readonly isFromSdist: boolean;
  /** Whether the caller shows what the backend prints as it comes: then failures do not repeat it. */
  readonly isOutputShown: boolean;
}

export interface BuildOptions {
  /** The source's URL with credentials, where the user gave some. */
  readonly requestUrl?: string | undefined;
  /** Of the requirement: one of them must match the archive. */
  readonly hashes?: readonly Hash[] | undefined;
  readonly configSettings?: Readonly<Record<string, string | readonly string[]>> | undefined;
  /** Its build is what was requested, which `--no-build` does not forbid. */
  readonly requested?: RequestedBuild | undefined;
  /** What is built again, whatever earlier builds left. */
  readonly refresh?: RefreshPolicy | undefined;
  /** A lock file names it: what its project says of its requirements need not be valid. */
  readonly isLocked?: true;
  readonly signal?: AbortSignal | undefined;
}

/** What a source turned out to be. */
export interface SourceMetadata {
  /** As given, with name, version and what was resolved: the commit, the archive's hash. */
  readonly source: BuildableSource;
  readonly metadata: Metadata;
  /** Of a project's own sources: its requirements that have another one than the indexes of the run. */
  readonly sourced?: readonly SourcedRequirement[] | undefined;
  /** What it names of indexes that only settings may know. */
  readonly statedIndexes?: readonly StatedIndex[] | undefined;
  /** The entry of the cache that it was read from, where nothing else was looked at. */
  readonly record?: EntryKey | undefined;
}

export interface SourceBuilder {
  /**
   * The metadata of a source: static where that is reliable, else from its build backend.
   *
   * @throws build/…, index/invalid-metadata, wheel/hash-mismatch, wheel/not-found, net/…
   */
  metadata(source: BuildableSource, options?: BuildOptions): Promise<SourceMetadata>;
  /** Builds the wheel of a source, or takes it from the store. @throws as {@link metadata} */
  wheel(source: BuildableSource, options?: BuildOptions): Promise<UnpackedWheel>;
}

/** A builder that builds nothing. */
export const refusingBuilder: SourceBuilder = {
  metadata: (source) => Promise.reject(refusal(source)),
  wheel: (source) => Promise.reject(refusal(source)),
};

function refusal(source: BuildableSource): PinionError {
  const url = redactUrl(source.url);
  return new PinionError("build/unsupported", `Cannot install from \`${url}\`: ${REASONS[source.kind]}`, {
    details: { url, kind: source.kind },
    hints: [{ kind: "build-wheel" }],
  });
}

const REASONS: Readonly<Record<BuildableSource["kind"], string>> = {
  sdist: "it is a source distribution",
  git: "it is a repository",
  directory: "it is a directory of source code",
};
