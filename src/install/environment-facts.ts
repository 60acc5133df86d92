// What an environment says about itself and a caller need not know: whether it may be moved, and where the launchers for
// commands on Windows are.

import { basename, dirname, join } from "node:path";

import { namesIn } from "../base/files/folder.ts";
import { readPyvenvConfig } from "../python/environments/pyvenv-config.ts";
import { realFolder } from "./mirrors.ts";
import { isWindowsTarget, type InstallTarget } from "./installation.ts";

/** Adds to a target what its folder says, where the caller said nothing. */
export function withEnvironmentFacts(target: InstallTarget): InstallTarget {
  const config = readPyvenvConfig(target.root);
  const isRelocatable = target.isRelocatable ?? config?.get("relocatable") === "true";
  const isWindows = isWindowsTarget(target);
  const { executable } = target;
  return {
    ...target,
    isRelocatable,
    // Compared with the scheme's folders, which have no links in them.
    executable:
      isRelocatable && executable !== undefined
        ? `${realFolder(dirname(executable))}/${basename(executable)}`
        : executable,
    launcherWheel:
      target.launcherWheel ?? (isWindows ? findLauncherWheel(config?.get("home") ?? target.root) : undefined),
  };
}

/** The pip that a Python for Windows carries to bootstrap itself; its launchers fit that Python. */
function findLauncherWheel(home: string): string | undefined {
  const folder = join(home, "Lib", "ensurepip", "_bundled");
  const name = namesIn(folder).find((file) => file.startsWith("pip-") && file.endsWith(".whl"));
  return name === undefined ? undefined : join(folder, name);
}
