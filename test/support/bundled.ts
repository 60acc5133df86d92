// A module of the sources as one file that Node runs by itself: for threads and processes that tests start.

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** Bundles the module at a path below the repository's root, and gives back the file in the folder. */
export async function bundled(path: string, folder: string): Promise<string> {
  const outfile = join(folder, "bundled.mjs");
  await build({
    entryPoints: [fileURLToPath(new URL(`../../${path}`, import.meta.url))],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    logLevel: "error",
  });
  return outfile;
}
