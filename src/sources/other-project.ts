// A URL that leads to another project than the one that it was given for.

import { PinionError } from "../errors.ts";

/** The refusal; `url` holds no credentials. */
export function otherProject(expected: string, { found, url }: { found: string; url: string }): PinionError {
  return new PinionError(
    "wheel/invalid",
    `Requested package name \`${expected}\` does not match \`${found}\` in the distribution filename: ${url}`,
    { details: { expected, found, url } },
  );
}
