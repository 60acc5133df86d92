// The part of the engine's heap for what has just been made. It doubles whenever much of that is still in use, up to 32 MB on
// the main thread; while archives pass through memory of our own, that gains nothing.

import { setFlagsFromString } from "node:v8";

/** Lets it stay as large as it is: the engine reads this flag each time before it grows. */
export function keepYoungGeneration(): void {
  // An engine that does not know a flag writes to stderr.
  if (Number.parseInt(process.versions.node, 10) <= NEWEST_NODE) setFlagsFromString(YOUNG_GENERATION_FLAG);
}

export const YOUNG_GENERATION_FLAG = "--semi-space-growth-factor=1";
/** The newest release in which this was tried. */
const NEWEST_NODE = 26;
