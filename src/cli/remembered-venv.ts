// Making an environment as an earlier run did: `bin/pinion.cjs` has seen that the words, the variables and every file that
// decided about that one are the same, and that only the environment's path may be another. docs/cache.md.
//
// Its modules are a group of their own in the bundle, and few: of the command nothing else runs.

import { lstatSync, mkdirSync } from "node:fs";
import { basename, dirname, relative, resolve } from "node:path";

import { makeFolders } from "../base/files/make-folders.ts";
import { removeTree } from "../base/files/remove-tree.ts";
import { withoutTrailingSlashes } from "../base/text/trailing-slashes.ts";
import { atOnce } from "../base/work/turns.ts";
import { systemCode } from "../errors.ts";
import { rememberMadeEnvironment, type Known, type VenvBase } from "../python/interpreters/interpreter.ts";
import { createVenvFiles, type VenvFilesOptions } from "../python/venv/venv.ts";
import type { Environment } from "../settings/variables.ts";
import { closeToOthers } from "./close-to-others.ts";
import { interpretersIn } from "./requests/interpreters-in.ts";

/** Everything but the path that decides how an environment is made, and what is said about it. */
export interface VenvRecipe {
  /** The path as it was given. */
  readonly given: string;
  /** What it is relative to. */
  readonly cwd: string;
  /** The folder of the cache. */
  readonly cache: string;
  readonly base: VenvBase;
  /** What the base said of itself, where that is kept. */
  readonly known: Known | undefined;
  readonly options: Pick<VenvFilesOptions, "prompt" | "usesSystemSitePackages" | "isRelocatable">;
  /** What was written before the environment was made, without the line that names it. */
  readonly before: string;
  /** Undefined where no status is shown. */
  readonly styles: VenvStyles | undefined;
}

/** What stands around a styled text. */
export interface VenvStyles {
  readonly path: readonly [string, string];
  readonly good: readonly [string, string];
}

/** A path that no message and no script has to quote, and that is short enough for every message to show it. */
export function isPlainPath(given: string): boolean {
  return PLAIN_PATH.test(given);
}

/**
 * Makes an environment by the recipe.
 *
 * @param given its path; the recipe's own, unless given
 * @returns what is written to stderr then; undefined where something is there, or cannot be made: then nothing is left behind,
 * and the command itself finds out what is to be said
 */
export function makeRememberedVenv(
  recipe: VenvRecipe,
  { given = recipe.given, env }: { readonly given?: string | undefined; readonly env: Environment },
): string | undefined {
  closeToOthers();
  const path = resolve(recipe.cwd, given);
  for (const signal of SIGNALS) process.on(signal, finishFirst);
  let isMade = false;
  try {
    isMade = lstatSync(path, { throwIfNoEntry: false }) === undefined && claim(path) && fill(path, recipe);
  } finally {
    if (!isMade) for (const signal of SIGNALS) process.off(signal, finishFirst);
  }
  return isMade ? recipe.before + linesOf(given, recipe, env) : undefined;
}

/** A signal that comes meanwhile finds a whole environment: it takes a millisecond, in which nothing waits. */
function finishFirst(): void {}

/** Writes what is in it; false where that failed, and nothing is left of it. */
function fill(path: string, { base, known, options, cache }: VenvRecipe): boolean {
  try {
    const { executable, scheme } = createVenvFiles({ path, base, ...options });
    const made = { executable, scheme, prefix: path, baseExecutable: base.baseExecutable };
    rememberMadeEnvironment(made, known, interpretersIn(cache));
    return true;
  } catch {
    atOnce(removeTree(path));
    return false;
  }
}

/** Makes the folder, which no other process may have made meanwhile. */
function claim(path: string): boolean {
  try {
    mkdirSync(path);
  } catch (error) {
    if (systemCode(error) !== "ENOENT") return false;
    makeFolders(dirname(path));
    mkdirSync(path);
  }
  return true;
}

function linesOf(given: string, { styles, cwd }: VenvRecipe, env: Environment): string {
  if (styles === undefined) return "";
  const style: StyleOfVenv = (name, text) => styles[name].join(text);
  const lines = [creatingLine(given, style), activatingLine(given, { env, cwd, style })];
  return lines.map((line) => (line === undefined ? "" : `${line}\n`)).join("");
}

type StyleOfVenv = (name: keyof VenvStyles, text: string) => string;

/** What is said before an environment is made. */
export function creatingLine(given: string, style: StyleOfVenv, isSeeded = false): string {
  return `Creating virtual environment${isSeeded ? " with seed packages" : ""} at: ${style("path", given)}`;
}

/** How the environment is activated in the person's shell; undefined where the shell is not known. */
export function activatingLine(
  given: string,
  { env, cwd, style }: { readonly env: Environment; readonly cwd: string; readonly style: StyleOfVenv },
): string | undefined {
  const command = activatingCommand(given, { env, cwd });
  return command === undefined ? undefined : `Activate with: ${style("good", command)}`;
}

function activatingCommand(
  given: string,
  { env, cwd }: { readonly env: Environment; readonly cwd: string },
): string | undefined {
  const folder = relative(cwd, resolve(cwd, given)) === given ? given : withoutTrailingSlashes(given);
  if (process.platform === "win32") return `${folder}\\Scripts\\activate`;
  const shell = basename(env["SHELL"] ?? "");
  const script = {
    bash: "activate",
    zsh: "activate",
    sh: "activate",
    ksh: "activate",
    dash: "activate",
    fish: "activate.fish",
    csh: "activate.csh",
    tcsh: "activate.csh",
    nu: "activate.nu",
    pwsh: "activate.ps1",
  }[shell];
  if (script === undefined) return undefined;
  const path = `${folder}/bin/${script}`;
  const command = shell === "nu" ? "overlay use" : shell === "pwsh" ? "." : "source";
  return `${command} ${/[^\w./-]/.test(path) ? `'${path.replaceAll("'", "'\\''")}'` : path}`;
}

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** Two hyphens could be part of what no message shows. */
const PLAIN_PATH = /^(?!.*--)[\w./][\w./-]{0,119}$/;
