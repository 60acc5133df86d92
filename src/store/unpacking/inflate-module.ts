// Finds the compiled `assembly/inflate.ts`: beside the command's bundle, in the package's `dist`, or in that of a checkout.

import { readFileSync } from "node:fs";
import { join } from "node:path";

import { compileInflate, type InflateModule } from "../../archive/inflater.ts";

/** Compiles it; undefined where it was not built, or the runtime has no WebAssembly. */
export function readInflateModule(): InflateModule | undefined {
  // A bundle of an application has no folder of its own.
  const here: string | undefined = import.meta.dirname;
  if (here === undefined) return undefined;
  for (const folder of PLACES) {
    try {
      return compileInflate(readFileSync(join(here, folder, "inflate.wasm")));
    } catch {
      // The next place, or `node:zlib`.
    }
  }
  return undefined;
}

/** From `dist/command-…`, from the folder of this file in `dist/lib`, and from that in `src`. */
const PLACES = ["", "../../..", "../../../dist"];
