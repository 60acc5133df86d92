// Installing what an earlier run installed: `bin/pinion.cjs` has seen that the words, the variables and every file that decided
// about that one are the same, and that its resolution still holds. Only the environment may be another, if it looks the
// same. docs/cache.md.
//
// Its modules are a group of their own in the bundle, and few. What changes the environment is what changes it in any run:
// lock, journal, and the look at each file of the cache.

import { join, resolve } from "node:path";

import { nowMs } from "../base/work/clock.ts";
import type { InstallTarget, LinkMode } from "../install/installation.ts";
import type { WantedDistribution } from "../install/plan.ts";
import { applyChanges, lockEnvironment, type ChangeEvent } from "../install/transaction.ts";
import { parseVersion } from "../pep/versions/version.ts";
import { schemeBelow, type Scheme } from "../python/interpreters/scheme.ts";
import { openStore } from "../store/store.ts";
import { looksTheSame, type EnvironmentLook } from "./environment-looks.ts";
import { runProcess, type Screens } from "./process.ts";
import { environmentLine } from "./screen/environment-line.ts";
import { formatDuration } from "./screen/text.ts";
import type { Written } from "./screen/output.ts";

/** Everything that a run came to which installed only wheels of the cache, into an environment that had nothing in its way. */
export interface InstallRecipe {
  /** What `--python` is relative to. */
  readonly cwd: string;
  /** The folder of the cache. */
  readonly cache: string;
  /** The environment's folder, absolute. */
  readonly root: string;
  /** What `--python` names below the folder; only where that may be another. */
  readonly below: string;
  readonly environment: readonly EnvironmentLook[];
  /** Folders below the root. */
  readonly scheme: Scheme;
  /** The Python, below the root. */
  readonly executable: string;
  readonly target: InstallTarget["target"];
  readonly linkMode: LinkMode;
  readonly wheels: readonly RememberedWheel[];
  /** What was written, and how much of it before the change. */
  readonly written: readonly Written[];
  readonly writtenBefore: number;
  /** Which of that names the environment, and how; undefined where that is not another. */
  readonly naming:
    | { readonly at: number; readonly version: string; readonly style: readonly [string, string] }
    | undefined;
}

export interface RememberedWheel {
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
  readonly isRequested: boolean;
}

/**
 * Installs by the recipe.
 *
 * @param given what `--python` names; the recipe's own environment, unless given
 * @param findOut the command itself, which is called where the installation comes to nothing: then nothing was changed
 * @returns whether the installation has begun
 */
export function installAgain(
  recipe: InstallRecipe,
  { given, findOut }: { readonly given?: string | undefined; readonly findOut: () => void },
): boolean {
  const root = given === undefined ? recipe.root : rootOf(resolve(recipe.cwd, given), recipe.below);
  if (root === undefined || !looksTheSame(recipe.environment, root)) return false;
  const folder = process.cwd();
  runProcess(async (signal, screens) => {
    try {
      await install({ ...recipe, root }, signal, screens);
      return 0;
    } catch {
      if (signal.aborted) return "interrupted";
      // In the folder of a wheel, its files would be read as settings and requirements.
      if (process.cwd() === folder) return findOut;
      screens.stderr.write("error: The working folder is gone\n");
      return 2;
    }
  });
  return true;
}

/** The environment that a path below it names. */
function rootOf(path: string, below: string): string | undefined {
  return path.endsWith(below) && path !== below ? path.slice(0, path.length - below.length) : undefined;
}

async function install(recipe: InstallRecipe, signal: AbortSignal, screens: Screens): Promise<void> {
  const { root, cache, linkMode, environment } = recipe;
  const store = openStore(cache);
  const scheme = schemeBelow(root, recipe.scheme);
  const target: InstallTarget = {
    root,
    scheme,
    executable: root + recipe.executable,
    target: recipe.target,
    linkMode,
    isInstallation: false,
    isFolder: false,
  };
  const use = await store.use({ signal, timeoutMs: 0 });
  try {
    const wheels = recipe.wheels.map(({ name, version, sha256, isRequested }): WantedDistribution => {
      const wheel = store.wheel(sha256);
      if (wheel === undefined) throw new Error("the cache has lost a wheel");
      return {
        name,
        get version() {
          return parseVersion(version);
        },
        wheel,
        isRequested,
      };
    });
    const resolvedMs = process.uptime() * 1000;
    const startedMs = nowMs();
    // Waiting is said, and so is what another command has left behind: the command itself does both.
    const lock = await lockEnvironment(target, { signal, lockTimeoutMs: 0, onEvent: refuse });
    try {
      const sites = environment.filter(([kind]) => kind === "list");
      if (!looksTheSame(sites, root)) throw new Error("the environment has changed");
      const linkWorker = join(import.meta.dirname, "link-worker.cjs");
      await applyChanges({ install: wheels, remove: [] }, target, {
        signal,
        lock,
        linkWorker,
        ownsProcess: true,
        onEvent: refuse,
      });
    } finally {
      lock.release();
    }
    const installedMs = nowMs() - startedMs;
    recipe.written.forEach(({ descriptor, pieces }, index) => {
      const text =
        index === recipe.naming?.at
          ? nameOf(recipe)
          : pieces.join(formatDuration(index < recipe.writtenBefore ? resolvedMs : installedMs));
      (descriptor === 1 ? screens.stdout : screens.stderr).write(text);
    });
  } finally {
    use.release();
    await store.close();
  }
}

function nameOf({ naming, root, cwd }: InstallRecipe): string {
  if (naming === undefined) return "";
  const line = environmentLine(root, naming.version, { cwd, style: (path) => naming.style.join(path) });
  return line === undefined ? "" : `${line}\n`;
}

/** Stops the change, whose preparation is then deleted again. */
function refuse(event: ChangeEvent): void {
  if (event.kind !== "staged") throw new Error("there is more to say than the last time");
}
