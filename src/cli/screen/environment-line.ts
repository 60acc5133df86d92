// The line that says which environment is worked on.

import { relative } from "node:path";

/** As uv says it; undefined of `./.venv`, of which uv says nothing. */
export function environmentLine(
  prefix: string,
  version: string,
  { cwd, style }: { readonly cwd: string; readonly style: (path: string) => string },
): string | undefined {
  if (relative(cwd, prefix) === ".venv") return undefined;
  return `Using Python ${version} environment at: ${style(shownPath(prefix, cwd))}`;
}

/** Relative where it is below the working folder. */
export function shownPath(path: string, cwd: string): string {
  const shown = relative(cwd, path);
  return shown === "" || shown.startsWith("..") ? path : shown;
}
