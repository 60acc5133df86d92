// The installers of an environment, which stay when everything that is not wanted is removed: an environment that another
// tool made needs them. The rule is uv's.

import type { Interpreter } from "../interpreters/interpreter.ts";
import { readPyvenvConfig } from "./pyvenv-config.ts";

/** The normalized names of what stays; none in an environment that uv or Pinion made without seed packages. */
export function seedPackagesOf({
  prefix,
  target,
}: Pick<Interpreter, "prefix"> & {
  readonly target: { readonly markers: { readonly python_version: string } };
}): ReadonlySet<string> {
  const config = readPyvenvConfig(prefix);
  const isBare = config !== undefined && MAKERS.some((maker) => config.has(maker));
  if (isBare && config.get("seed") !== "true") return new Set();
  const [major = 3, minor = 0] = target.markers.python_version.split(".").map(Number);
  const isWithoutSetuptools = major > 3 || (major === 3 && minor >= 12);
  return new Set(isWithoutSetuptools ? ["pip", "uv"] : ["pip", "uv", "setuptools", "wheel"]);
}

/** The keys that name who made an environment. */
const MAKERS = ["uv", "pinion"];
