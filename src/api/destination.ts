// Where packages go: an environment with its Python, a folder of its own layout, or a bare folder for any target.

import { isAbsolute, join, resolve } from "node:path";
import type { InstallTarget, LinkMode } from "../install/installation.ts";
import type { EnvironmentPlace } from "../install/journal/state-folder.ts";
import type { Target } from "../pep/tags/tags.ts";
import type { Interpreter } from "../python/interpreters/interpreter.ts";
import { seedPackagesOf } from "../python/environments/seed-packages.ts";
import type { Scheme } from "../python/interpreters/scheme.ts";

export type Destination =
  | { readonly kind: "environment"; readonly interpreter: Interpreter; readonly target?: Target }
  /** `--prefix`: the interpreter's layout below another folder. */
  | {
      readonly kind: "prefix";
      readonly path: string;
      readonly interpreter: Interpreter;
      readonly target?: Target;
    }
  /** `--target`: everything in one folder; needs no Python. */
  | {
      readonly kind: "directory";
      readonly path: string;
      readonly target: Target;
      /** The one whose scripts run what is installed; none where the folder is for another machine. */
      readonly interpreter?: Interpreter;
    };

/** The same place with an absolute path: a plan may be applied where another folder counts. */
export function absoluteDestination(destination: Destination, directory: string): Destination {
  return destination.kind === "environment" || isAbsolute(destination.path)
    ? destination
    : { ...destination, path: resolve(directory, destination.path) };
}

/** The markers and tags to choose for: those of the interpreter, unless others were requested. */
export function targetOf(destination: Destination): Target {
  return destination.kind === "directory"
    ? destination.target
    : (destination.target ?? destination.interpreter.target);
}

/** The folders in which installed distributions are looked for. */
export function sitePackagesOf(destination: Destination): readonly string[] {
  switch (destination.kind) {
    case "environment":
      return destination.interpreter.sitePackages;
    case "prefix": {
      const { purelib, platlib } = movedScheme(destination.interpreter, destination.path);
      return purelib === platlib ? [purelib] : [purelib, platlib];
    }
    case "directory":
      return [destination.path];
  }
}

/** The Python that will run what is installed; undefined where the folder is for another machine. */
export function interpreterOf(destination: Destination): Interpreter | undefined {
  return destination.interpreter;
}

/** The installers that stay in a destination when everything else that is not wanted is removed. */
export function sparedIn({ interpreter }: Destination): ReadonlySet<string> {
  return interpreter === undefined ? new Set() : seedPackagesOf(interpreter);
}

/** The folder that holds the destination's lock and journal. */
export function rootOf(destination: Destination): string {
  return destination.kind === "environment" ? destination.interpreter.prefix : destination.path;
}

/** The folders that a change of the destination may touch. */
export function placeOf(destination: Destination): EnvironmentPlace {
  return {
    root: rootOf(destination),
    scheme: schemeOf(destination),
    isInstallation: destination.kind === "environment" && !destination.interpreter.isVirtual,
    isFolder: destination.kind !== "environment",
  };
}

export function installTargetOf(destination: Destination, linkMode: LinkMode): InstallTarget {
  const { interpreter } = destination;
  return {
    ...placeOf(destination),
    executable: interpreter?.executable,
    target: targetOf(destination),
    linkMode,
  };
}

function schemeOf(destination: Destination): Scheme {
  switch (destination.kind) {
    case "environment":
      return destination.interpreter.scheme;
    case "prefix":
      return movedScheme(destination.interpreter, destination.path);
    case "directory":
      return folderScheme(destination.path);
  }
}

/** As pip and uv lay out `--target`. */
function folderScheme(path: string): Scheme {
  return {
    purelib: path,
    platlib: path,
    scripts: join(path, "bin"),
    data: path,
    headers: join(path, "include"),
  };
}

/** The layout of a virtual environment, which Debian's own Pythons do not have themselves; as uv lays out `--prefix`. */
function movedScheme({ virtualScheme }: Interpreter, path: string): Scheme {
  return {
    purelib: join(path, virtualScheme.purelib),
    platlib: join(path, virtualScheme.platlib),
    scripts: join(path, virtualScheme.scripts),
    data: join(path, virtualScheme.data),
    headers: join(path, virtualScheme.headers),
  };
}
