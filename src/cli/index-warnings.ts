// What uv warns of in the indexes of a command line.

import type { Settings } from "../settings/settings.ts";

/** `--index corp` may mean a name some day: a path is better written as one. */
export function ambiguousIndexes(settings: Settings): readonly string[] {
  const defaultIndex = settings.sourced("default-index");
  return [...settings.entries("index"), ...(defaultIndex === undefined ? [] : [defaultIndex])]
    .filter(({ origin, value }) => origin.kind !== "file" && AMBIGUOUS.test(value))
    .map(
      ({ value }) =>
        `Relative paths passed to \`--index\` or \`--default-index\` should be disambiguated from index names (use \`./${value}\`). Support for ambiguous values will be removed in the future`,
    );
}

// Neither a URL, nor NAME=URL, nor a path that begins as one.
const AMBIGUOUS = /^(?![./\\~]|[A-Za-z]:)[^=:]+$/;
