// The part of the engine's heap for what has just been made. It doubles whenever much of that is still in use, up to 32 MB on
// the main thread. A long search gains by that; a usual one does not, nor do downloads, which pass through memory of our own.

import { setFlagsFromString } from "node:v8";

import type { OnEvent } from "../api/events.ts";

/**
 * Decides by what happens whether it may grow: it stays as it is from the first request on, unless the search is a long one, and
 * while archives come. A run without the network is over before memory counts.
 */
export function createYoungGenerationGuard(setFlag: (flag: string) => void = setKnownFlag): OnEvent {
  let tried = 0;
  let isBegun = false;
  return (event) => {
    if (event.kind === "detail" && !isBegun) {
      isBegun = true;
      setFlag(YOUNG_GENERATION_FLAGS.stays);
    } else if (event.kind === "version-tried") {
      tried += 1;
      if (tried === MANY_VERSIONS && isBegun) setFlag(YOUNG_GENERATION_FLAGS.grows);
    } else if (event.kind === "preparing" && (event.bytes ?? Infinity) >= MUCH_BYTES) {
      setFlag(YOUNG_GENERATION_FLAGS.stays);
    }
  };
}

/**
 * The engine reads it each time before it grows; one that does not know a flag writes to stderr. While the command is compiled
 * ahead (`scripts/make-code-cache.mjs`) nothing is set: a compiled form is taken only under the flags with which it was made,
 * and those of a start are the engine's own.
 */
function setKnownFlag(flag: string): void {
  if (process.env["PINION_COMPILE_AHEAD"] !== undefined) return;
  if (Number.parseInt(process.versions.node, 10) <= NEWEST_NODE) setFlagsFromString(flag);
}

/** The second is the engine's own value. */
export const YOUNG_GENERATION_FLAGS = {
  stays: "--semi-space-growth-factor=1",
  grows: "--semi-space-growth-factor=2",
} as const;
/** A search that long makes millions of objects that stay. */
const MANY_VERSIONS = 200;
/** So much that memory counts: of archives. */
const MUCH_BYTES = 16 * 1024 ** 2;
/** The newest release in which this was tried. */
const NEWEST_NODE = 26;
