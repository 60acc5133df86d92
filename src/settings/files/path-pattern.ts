// The patterns of `[tool.uv.workspace]`: `*` and `?` within one component of a path, `**` for any number of components.
// Matched without a regular expression, in time that grows with path times pattern: the pattern is the project's.

import { matchesShellPattern } from "../../base/text/shell-pattern.ts";

/** Whether a path with `/` between its components fits a pattern as a whole. */
export function matchesPathPattern(path: string, pattern: string): boolean {
  const components = path.split("/");
  const wanted = pattern.replace(/\/$/, "").split("/");
  let at = 0;
  let within = 0;
  let any = -1;
  let resume = 0;
  while (at < components.length) {
    const piece = wanted[within];
    if (piece === "**") {
      any = within;
      resume = at;
      within += 1;
    } else if (piece !== undefined && matchesShellPattern(components[at] ?? "", piece)) {
      at += 1;
      within += 1;
    } else if (any !== -1) {
      resume += 1;
      at = resume;
      within = any + 1;
    } else {
      return false;
    }
  }
  return wanted.slice(within).every((piece) => piece === "**");
}
