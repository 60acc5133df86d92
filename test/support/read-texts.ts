// Inputs out of strings, as if they were a requirements file on standard input.

import { readInputs, type InputSources } from "../../src/api/inputs/read-inputs.ts";
import type { Inputs } from "../../src/sources/requested.ts";

/** Reads the lines of a requirements file; `sources` adds what the command line says. */
export async function readTexts(
  lines: readonly string[],
  sources: Partial<InputSources> = {},
): Promise<Inputs> {
  return await readInputs(
    { requirements: [{ kind: "file", path: "-" }], constraints: [], overrides: [], ...sources },
    {
      directory: "/project",
      env: {},
      readInput: () => Promise.resolve(lines.join("\n")),
      fetch: () => Promise.reject(new Error("nothing is fetched")),
    },
  );
}
