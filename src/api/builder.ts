// How a session builds source trees.

import type { SourceBuilder } from "../sources/source-builder.ts";

/** The builder of a plan; there is none yet, so what has to be built is refused. */
export function openBuilder(): SourceBuilder | undefined {
  return undefined;
}
