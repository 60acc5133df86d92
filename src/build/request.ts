// What is asked of a builder, and what it answers.

import type { Metadata } from "../pep/metadata.ts";
import type { BuildableSource } from "../sources/source.ts";
import type { UnpackedWheel } from "../store/store.ts";
import type { ConfigSettings } from "./config-settings.ts";

/** What is to be built, with what the build has to know besides. */
export interface BuildRequest {
  readonly source: BuildableSource;
  /** The source's URL with the credentials that were given. */
  readonly requestUrl?: string | undefined;
  /** One of them must be the archive's: `sha256:ab…`. */
  readonly hashes?: readonly string[] | undefined;
  /** Of the requirement itself. */
  readonly configSettings?: ConfigSettings | undefined;
  /** What is being built, outermost first, where this is needed for a build. */
  readonly neededBy?: readonly string[] | undefined;
}

/** What a source turned out to be. */
export interface DescribedSource {
  readonly metadata: Metadata;
  /** With its commit, where it is a repository; with name and version. */
  readonly source: BuildableSource;
  /** Of the archive, where there is one. */
  readonly sha256: string | undefined;
}

/** A wheel that was built, or built before. */
export interface BuiltWheel extends DescribedSource {
  readonly wheel: UnpackedWheel;
}
