// The order of versions that a lock has as strings: not all of them are versions.

import { compareText } from "../base/values/compare-text.ts";
import { compareVersions, tryParseVersion } from "../pep/versions/version.ts";

/** By version where both are, otherwise as text. */
export function compareVersionStrings(a: string, b: string): number {
  const [first, second] = [tryParseVersion(a), tryParseVersion(b)];
  return first === undefined || second === undefined ? compareText(a, b) : compareVersions(first, second);
}
