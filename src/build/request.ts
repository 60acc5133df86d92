// What is requested of one build.

import type { BuildableSource } from "../sources/source.ts";
import type { BuildOptions } from "../sources/source-builder.ts";

/** What is to be built, and what the build has to know. */
export interface BuildRequest extends BuildOptions {
  readonly source: BuildableSource;
  /** What is being built, outermost first, where this is needed for a build. */
  readonly neededBy: readonly string[];
}
