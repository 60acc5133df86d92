// Of which Python a virtual environment is, from only its files: what its Python would say of itself follows from what that
// one says. PEP 405.

import { existsSync } from "node:fs";
import { basename, dirname, isAbsolute, join, resolve } from "node:path";

import { realPathOf } from "../../base/files/folder.ts";
import { readPyvenvConfig } from "./pyvenv-config.ts";

/** A virtual environment, and the Python that its own is a link to. */
export interface EnvironmentBase {
  /** The environment's folder, absolute. */
  readonly root: string;
  /** The paths that lead to it, at least one; none is preferred. */
  readonly executables: readonly string[];
}

/**
 * Finds the Python that an environment was made from; undefined where the executable is not that of an environment, or is
 * anything but a link to a Python in the folder that `pyvenv.cfg` names. Only on Linux: elsewhere launchers, frameworks and
 * copies stand between the two.
 */
export function findEnvironmentBase(executable: string): EnvironmentBase | undefined {
  if (process.platform !== "linux") return undefined;
  const folder = dirname(resolve(executable));
  const root = dirname(folder);
  const home = readPyvenvConfig(root)?.get("home");
  // Python looks beside the executable first.
  if (basename(folder) !== "bin" || existsSync(join(folder, "pyvenv.cfg"))) return undefined;
  if (home === undefined || !isAbsolute(home)) return undefined;
  const real = realPathOf(executable);
  if (real === undefined) return undefined;
  const names = new Set([basename(real), basename(executable), "python3", "python"]);
  const executables = [...names].map((name) => join(home, name)).filter((path) => realPathOf(path) === real);
  return executables.length === 0 ? undefined : { root, executables };
}
