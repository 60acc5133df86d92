// Where wheels are installed: the folders of an environment, and what is known about the Python that will run there.

import type { Target } from "../pep/tags/tags.ts";
import type { Scheme } from "../python/interpreters/scheme.ts";

/** How files get from the cache into an environment; what the file system cannot do falls back to the next that it can. */
export type LinkMode = "clone" | "hardlink" | "copy" | "symlink";

/** An environment, or any folder: with `--target` and `--prefix` no Python needs to be there. */
export interface InstallTarget {
  /** Absolute folders. */
  readonly scheme: Scheme;
  /** The environment's top folder, or the one of `--target`: the lock and the journal live in it. */
  readonly root: string;
  /** A Python installation itself: links out of its prefix are how the system lays it out (`/usr/local` of an ostree). */
  readonly isInstallation?: boolean | undefined;
  /** Not an environment: the folder of `--target` or `--prefix`, which may be part of a repository that was checked out. */
  readonly isFolder?: boolean | undefined;
  /** The Python for the first line of scripts; without one they find `python3` on the PATH. */
  readonly executable?: string | undefined;
  readonly target: Target;
  readonly linkMode: LinkMode;
  /** Scripts find their Python relative to themselves; by default when `pyvenv.cfg` says that the environment may be moved. */
  readonly isRelocatable?: boolean | undefined;
  /** For Windows: `ensurepip/_bundled/pip-*.whl`, which holds the launchers; by default that of the environment's Python. */
  readonly launcherWheel?: string | undefined;
}

/** Tells whether commands are Windows programs. */
export function isWindowsTarget(target: InstallTarget): boolean {
  return target.target.platform.kind === "windows";
}
