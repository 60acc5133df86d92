// Makes virtual environments by hand (PEP 405): the same files as `python -m venv`, without starting a Python.

import {
  copyFileSync,
  existsSync,
  lstatSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, isAbsolute, join, relative, resolve } from "node:path";
import { makeFolders } from "../../base/files/make-folders.ts";
import { isWithin } from "../../base/files/real-place.ts";
import { removeTree } from "../../base/files/remove-tree.ts";
import { atOnce, inTurns, Turns, type Pausing } from "../../base/work/turns.ts";
import type { Hint } from "../../advice.ts";
import { PinionError, systemCode } from "../../errors.ts";
import { VERSION } from "../../version.ts";
import { activationScripts } from "./activate-scripts.ts";
import type { Interpreter, VenvBase } from "../interpreters/interpreter.ts";
import { schemeBelow, type Scheme } from "../interpreters/scheme.ts";
import { formatPyvenvConfig } from "../environments/pyvenv-config.ts";
import { windowsLaunchers } from "./venv-windows.ts";

export interface VenvOptions {
  /** Where the environment goes: an absolute path. */
  readonly path: string;
  /** The path as messages show it; as it is, unless given. */
  readonly shownPath?: string;
  /** The Python that it starts; of a virtual environment, its base. */
  readonly base: Interpreter;
  /**
   * What to do with something that is there: `fail`; `allow` (write over it and leave the rest); `clear` (empty an
   * environment); `clear-anything` (empty any folder). An empty folder is always taken.
   */
  readonly existing?: "fail" | "allow" | "clear" | "clear-anything";
  /** Stands before the shell's prompt; the folder's name, unless given. */
  readonly prompt?: string | undefined;
  readonly usesSystemSitePackages?: boolean;
  /** Whether the environment can be moved: its scripts find it by their own place. */
  readonly isRelocatable?: boolean;
  /** Noted in `pyvenv.cfg`; the caller installs what it seeds. */
  readonly isSeeded?: boolean;
  readonly platform?: NodeJS.Platform;
}

export type VenvFilesOptions = Omit<VenvOptions, "base"> & { readonly base: VenvBase };

/** The files of an environment that were written: the scheme is of absolute folders. */
export interface VenvFiles {
  readonly executable: string;
  readonly scheme: Scheme;
}

/** An environment that was made. */
export interface Venv {
  readonly path: string;
  readonly interpreter: Interpreter;
}

/**
 * Makes a virtual environment and describes its Python without starting it. What is cleared may be large: others go on meanwhile.
 *
 * @throws PinionError `environment/exists`, `environment/unwritable`, `environment/no-interpreter`
 */
export async function createVenv(options: VenvOptions): Promise<Venv> {
  return await inTurns(make(options), new Turns(undefined));
}

/** As {@link createVenv}; nothing in it waits. */
export function createVenvSync(options: VenvOptions): Venv {
  return atOnce(make(options));
}

/** The same, of a base of which only what the files say is known. */
export function createVenvFiles(options: VenvFilesOptions): VenvFiles {
  return atOnce(makeFiles(options));
}

function* make(options: VenvOptions): Pausing<Venv> {
  const { path, base } = options;
  const files = yield* makeFiles(options);
  return { path, interpreter: describe(path, { base, ...files }) };
}

function* makeFiles(options: VenvFilesOptions): Pausing<VenvFiles> {
  const { path, base, platform = process.platform } = options;
  if (!isAbsolute(path)) throw new TypeError(`the path of an environment must be absolute: ${path}`);
  if (/[\r\n\0]/.test(path)) throw unwritable(path, "its path has a line break in it");
  if (!existsSync(base.baseExecutable)) {
    throw new PinionError(
      "environment/no-interpreter",
      `Could not find a suitable Python executable for the virtual environment based on the interpreter: ${base.baseExecutable}`,
      { details: { executable: base.baseExecutable } },
    );
  }
  try {
    yield* makeRoom(options);
    return writeVenv(path, { ...options, platform });
  } catch (error) {
    if (error instanceof PinionError || systemCode(error) === undefined) throw error;
    throw unwritable(path, error instanceof Error ? error.message : String(error), error);
  }
}

/** The Python of an environment that {@link createVenv} made at a path from this base. */
export function describeVenv(path: string, base: Interpreter): Interpreter {
  const scheme = schemeBelow(path, base.virtualScheme);
  const executable = join(scheme.scripts, process.platform === "win32" ? "python.exe" : "python");
  return describe(path, { base, scheme, executable });
}

type Writing = VenvFilesOptions & { readonly platform: NodeJS.Platform };

function writeVenv(path: string, options: Writing): VenvFiles {
  const { base, platform } = options;
  const scheme = schemeBelow(path, base.virtualScheme);
  for (const folder of [scheme.scripts, scheme.purelib]) refuseWayOut(folder, path);
  makeFolders(scheme.scripts);
  makeFolders(scheme.purelib);
  // First of all: a Python without it would be the system's, and an unfinished environment could not be recognised.
  writeOwnFile(join(path, "pyvenv.cfg"), formatPyvenvConfig(configuration(options)));
  writeOwnFile(join(path, ".gitignore"), "*");
  if (!existsSync(join(path, "CACHEDIR.TAG"))) writeOwnFile(join(path, "CACHEDIR.TAG"), CACHEDIR_TAG);

  const executable =
    platform === "win32" ? copyLaunchers(scheme.scripts, base) : linkPython(scheme.scripts, base);
  if (
    base.pointerSize === 64 &&
    platform !== "win32" &&
    platform !== "darwin" &&
    !existsSync(join(path, "lib64"))
  ) {
    replaceLink("lib", join(path, "lib64"));
  }
  writeActivation(path, scheme, options);
  return { executable, scheme };
}

function configuration(options: Writing): ReadonlyMap<string, string> {
  const { base, usesSystemSitePackages = false, isRelocatable = false, isSeeded = false, prompt } = options;
  return new Map([
    ["home", dirname(base.baseExecutable)],
    ["implementation", base.markers.platform_python_implementation],
    ["pinion", VERSION],
    ["version_info", base.markers.python_full_version],
    ["include-system-site-packages", String(usesSystemSitePackages)],
    ...(isRelocatable ? ([["relocatable", "true"]] as const) : []),
    ...(isSeeded ? ([["seed", "true"]] as const) : []),
    ...(prompt === undefined ? [] : ([["prompt", prompt]] as const)),
  ]);
}

/** `python` to the base Python, and the other names to it, so that a new base needs one link. */
function linkPython(scripts: string, base: VenvBase): string {
  const [major = "3", minor = ""] = base.markers.python_version.split(".");
  const names = [`python${major}`, `python${major}.${minor}`];
  if (base.isFreeThreaded) names.push(`python${major}.${minor}t`);
  if (base.implementation === "pypy") names.push("pypy", `pypy${major}`);
  if (base.implementation === "graalpy") names.push("graalpy");
  const executable = join(scripts, "python");
  replaceLink(resolve(base.baseExecutable), executable);
  for (const name of names) replaceLink("python", join(scripts, name));
  return executable;
}

function copyLaunchers(scripts: string, base: VenvBase): string {
  for (const { from, name } of windowsLaunchers(base, existsSync)) {
    removeUnlessFile(join(scripts, name));
    copyFileSync(from, join(scripts, name));
  }
  return join(scripts, "python.exe");
}

function writeActivation(path: string, scheme: Scheme, options: Writing): void {
  const folders = [...new Set([scheme.purelib, scheme.platlib])];
  const scripts = activationScripts({
    root: path,
    scriptsFolder: basename(scheme.scripts),
    prompt: options.prompt ?? basename(path),
    sitePackages: folders.map((folder) => relative(scheme.scripts, folder)),
    isRelocatable: options.isRelocatable ?? false,
  });
  for (const [name, text] of scripts) writeOwnFile(join(scheme.scripts, name), text);
}

/** What the new Python would answer if it were asked. */
function describe(
  path: string,
  { base, scheme, executable }: VenvFiles & { readonly base: Interpreter },
): Interpreter {
  return {
    ...base,
    executable,
    prefix: path,
    isVirtual: true,
    scheme,
    sitePackages: [...new Set([scheme.purelib, scheme.platlib])],
    externallyManaged: undefined,
  };
}

/** Makes sure that the folder is there and free, or refuses. */
function* makeRoom({ path, shownPath = path, existing = "fail" }: VenvFilesOptions): Pausing<void> {
  const status = statSync(path, { throwIfNoEntry: false });
  if (status === undefined) {
    makeFolders(path);
    return;
  }
  if (!status.isDirectory())
    throw exists(`${status.isFile() ? "File" : "Object"} exists at \`${shownPath}\``, path, []);
  const entries = readdirSync(path);
  if (entries.length === 0 || existing === "allow") return;

  const isEnvironment = existsSync(join(path, "pyvenv.cfg"));
  const name = isEnvironment ? "virtual environment" : "directory";
  if (existing === "fail") {
    throw exists(`A ${name} already exists at: ${shownPath}`, path, [{ kind: "clear-environment", name }]);
  }
  if (!isEnvironment && existing === "clear") {
    throw exists("Pinion will not clear a directory that is not a virtual environment", path, [
      { kind: "force-removal" },
    ]);
  }
  // A checked-out folder may bring the link, and the setting that clears: what it leads to is not meant by its path.
  if (existing === "clear" && lstatSync(path).isSymbolicLink()) {
    throw exists(`Pinion will not clear through a link: \`${shownPath}\``, path, [{ kind: "force-removal" }]);
  }
  // `pyvenv.cfg` goes last: an interrupted clearing leaves what can be cleared again.
  const isConfiguration = (entry: string): boolean => entry === "pyvenv.cfg";
  for (const entry of entries.toSorted((a, b) => Number(isConfiguration(a)) - Number(isConfiguration(b)))) {
    yield* removeTree(join(path, entry));
  }
}

/** A checked-out folder may hold links: what they lead to is not the environment's, and stays as it is. */
function writeOwnFile(path: string, text: string): void {
  removeUnlessFile(path);
  writeFileSync(path, text);
}

function removeUnlessFile(path: string): void {
  const status = lstatSync(path, { throwIfNoEntry: false });
  if (status !== undefined && !status.isFile()) rmSync(path, { force: true });
}

/** Refuses a folder of the environment that is, or is in, a link out of it. */
function refuseWayOut(folder: string, root: string): void {
  let ancestor = folder;
  while (!existsSync(ancestor)) ancestor = dirname(ancestor);
  // As the system follows links: `realpathSync` itself takes `..` out of their text first.
  const [real, inside] = [realpathSync.native(ancestor), realpathSync.native(root)];
  if (isWithin(real, inside)) return;
  throw new PinionError(
    "environment/linked-outside",
    `\`${ancestor}\` leads out of the environment, to \`${real}\`: nothing was changed`,
    { details: { folder: ancestor, path: real }, hints: ["Replace the link with a folder"] },
  );
}

/** Links whatever was there before; a folder in the way is the user's. */
function replaceLink(target: string, path: string): void {
  try {
    symlinkSync(target, path);
  } catch (error) {
    if (systemCode(error) !== "EEXIST") throw error;
    rmSync(path, { force: true });
    symlinkSync(target, path);
  }
}

function exists(reason: string, path: string, hints: readonly Hint[]): PinionError {
  const cause = new PinionError("environment/exists", reason, { details: { path } });
  return new PinionError("environment/exists", "Failed to create virtual environment", {
    details: { path, reason },
    hints,
    cause,
  });
}

function unwritable(path: string, reason: string, cause?: unknown): PinionError {
  return new PinionError(
    "environment/unwritable",
    `Failed to create virtual environment at \`${path}\`: ${reason}`,
    {
      details: { path, reason },
      cause,
    },
  );
}

// https://bford.info/cachedir/: backups pass over what can be made again.
const CACHEDIR_TAG =
  "Signature: 8a477f597d28d172789f06886806bc55\n# A Python virtual environment, which can be made again.\n";
