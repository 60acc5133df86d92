// What is wrong with a version that the parser refused, in the words of uv 0.13.

import { tryParseVersion } from "./version.ts";

/** What is wrong with a version, in uv's words. */
export function versionProblem(written: string): string | undefined {
  if (tryParseVersion(written) !== undefined) return undefined;
  const [begun = ""] = VERSION_BEGINNING.exec(written) ?? [];
  const beginning = tryParseVersion(begun);
  if (beginning === undefined)
    return "expected version to start with a number, but no leading ASCII digits were found";
  return `after parsing \`${beginning.text}\`, found \`${written.slice(begun.length)}\`, which is not part of a valid version`;
}

/** As much of a version as a string begins with (PEP 440). */
const VERSION_BEGINNING =
  /^v?(?:\d+!)?\d+(?:\.\d+)*(?:[-_.]?(?:alpha|a|beta|b|preview|pre|c|rc)[-_.]?\d*)?(?:-\d+|[-_.]?(?:post|rev|r)[-_.]?\d*)?(?:[-_.]?dev[-_.]?\d*)?(?:\+[a-z0-9]+(?:[-_.][a-z0-9]+)*)?/i;
