// Finds the Python to work with: the active environment, `.venv` here or above, or what `--python` and `--system` say.
// The order is uv's; nothing in the current folder runs unless it is named or is an environment.

import { isUtf8 } from "node:buffer";
import { existsSync, lstatSync, statSync } from "node:fs";
import { delimiter, dirname, isAbsolute, join, resolve } from "node:path";
import { isFile, isFolder, namesIn, realPathOf } from "../../base/files/folder.ts";
import { foldersUpwards } from "../../base/files/folders-upwards.ts";
import { foundFileFault } from "../../base/files/shared-folder.ts";
import { readSmallFile } from "../../base/files/small-file.ts";
import { PinionError, isPinionError, systemCode } from "../../errors.ts";
import { inspectInterpreter, type Interpreter, type InterpreterCache } from "./interpreter.ts";
import {
  allowsMinorName,
  executableNames,
  formatPythonRequest,
  matchesRequest,
  parsePythonRequest,
  type PythonRequest,
} from "./python-request.ts";

export interface DiscoverOptions {
  /** `PATH`, `VIRTUAL_ENV`, `CONDA_PREFIX` and the environment of every Python that is asked. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly platform?: NodeJS.Platform | undefined;
  /** The value of `--python`. */
  readonly python?: string | undefined;
  /** `--system`: no virtual environment will do. */
  readonly isSystem?: boolean | undefined;
  /** The command changes nothing: a Python outside of an environment will do too. */
  readonly isReadOnly?: boolean | undefined;
  readonly cache?: InterpreterCache | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called where a Python has to be asked, once it runs: time to do something else in. */
  readonly onStarted?: (() => void) | undefined;
}

/**
 * Finds the environment that a command works on.
 *
 * Looks at `VIRTUAL_ENV`, then `CONDA_PREFIX`, then `.venv` in the current folder and those above; with `isSystem`,
 * at the search path; with `python`, for what it names.
 *
 * @throws PinionError `environment/not-found`, `environment/no-interpreter`, `environment/broken-interpreter`
 */
export async function discoverEnvironment(options: DiscoverOptions): Promise<Interpreter> {
  const allows =
    options.isSystem === true ? "system" : options.isReadOnly === true ? "any" : "explicit-system";
  return find({ ...options, allows });
}

/**
 * Finds a Python to make an environment from; never one that is in a virtual environment, unless its path is given.
 *
 * @throws PinionError `environment/no-interpreter`, `environment/broken-interpreter`
 */
export async function findInterpreter(
  options: Omit<DiscoverOptions, "isSystem" | "isReadOnly">,
): Promise<Interpreter> {
  try {
    return await find({ ...options, allows: "system" });
  } catch (error) {
    if (!isPinionError(error, "environment/not-found")) throw error;
    const wish =
      options.python === undefined ? "" : ` for ${formatPythonRequest(parsePythonRequest(options.python))}`;
    throw new PinionError("environment/no-interpreter", `No interpreter found${wish} in the search path`, {
      details: error.details,
    });
  }
}

/** `explicit-system`: outside of a virtual environment only where its path was given. */
type Allowed = "system" | "any" | "explicit-system";

interface Search extends DiscoverOptions {
  readonly allows: Allowed;
}

/** Where a Python might be, and by what way it was come upon. */
interface Candidate {
  readonly executable: string;
  readonly source: "active" | "conda" | "discovered" | "base-conda" | "first-on-path" | "path";
}

async function find(search: Search): Promise<Interpreter> {
  const request =
    search.python === undefined ? ({ kind: "any" } as const) : parsePythonRequest(search.python);
  const location = explicitLocation(request, search);
  if (location !== undefined) return inspectLocation(location, request, search);

  let firstError: PinionError | undefined;
  for (const candidate of candidates(request, search)) {
    // A broken candidate does not end the search, but explains its failure.
    if (isPinionError(candidate)) {
      firstError ??= candidate;
      continue;
    }
    try {
      const interpreter = await inspectCandidate(candidate, search);
      if (matchesRequest(interpreter, request) && isAllowed(interpreter, candidate, search.allows))
        return interpreter;
    } catch (error) {
      if (!isPinionError(error) || error.code === "net/cancelled") throw error;
      if (error.details["isUnreachable"] === true) throw error;
      if (candidate.source !== "path") firstError ??= error;
    }
  }
  throw firstError ?? notFound(request, search);
}

/** What a path names, absolute; undefined where the request names no path. Existing files and folders win over names. */
function explicitLocation(request: PythonRequest, { cwd, env }: Search): string | undefined {
  if (request.kind === "name") {
    const path = resolve(cwd, request.name);
    return isFolder(path) && existsSync(join(path, "pyvenv.cfg")) ? path : undefined;
  }
  if (request.kind !== "path") return undefined;
  const home = env["HOME"] ?? env["USERPROFILE"];
  const path =
    request.path.startsWith("~/") && home !== undefined ? join(home, request.path.slice(2)) : request.path;
  return resolve(cwd, path);
}

async function inspectLocation(
  location: string,
  request: PythonRequest,
  search: Search,
): Promise<Interpreter> {
  const isRoot = isFolder(location);
  const executable = isRoot ? environmentPython(location, search) : withExtension(location, search);
  refuseUnreachable(executable);
  if (!existsSync(executable)) {
    const wish =
      isRoot && request.kind === "path" ? `directory \`${request.path}\`` : formatPythonRequest(request);
    const message =
      search.allows === "system"
        ? `No interpreter found ${isRoot ? "in" : "at"} ${wish}`
        : `No virtual environment or system Python installation found for ${wish}; run \`pinion venv\` to create an environment`;
    throw new PinionError("environment/no-interpreter", message, { details: { path: location } });
  }
  return inspectInterpreter(executable, search);
}

function* candidates(request: PythonRequest, search: Search): Generator<Candidate | PinionError> {
  const { env, allows } = search;
  if (request.kind !== "name" && allows !== "system") {
    const active = env["VIRTUAL_ENV"];
    if (active)
      yield { source: "active", executable: environmentPython(resolve(search.cwd, active), search) };
    const conda = condaEnvironment(search);
    if (conda?.isBase === false)
      yield { source: "conda", executable: environmentPython(conda.prefix, search) };
    const discovered = discoverDotVenv(search.cwd);
    if (isPinionError(discovered)) yield discovered;
    else if (discovered !== undefined)
      yield { source: "discovered", executable: environmentPython(discovered, search) };
  }
  const conda = condaEnvironment(search);
  if (conda?.isBase === true)
    yield { source: "base-conda", executable: environmentPython(conda.prefix, search) };
  let isFirst = true;
  for (const executable of searchPath(request, search)) {
    yield { source: isFirst ? "first-on-path" : "path", executable };
    // Further ones on the search path cannot be an environment that the user means (uv's `SearchPathFirst`).
    if (allows === "explicit-system" && request.kind !== "name") return;
    isFirst = false;
  }
}

async function inspectCandidate({ source, executable }: Candidate, search: Search): Promise<Interpreter> {
  if (source !== "path" && source !== "first-on-path") refuseUnreachable(executable);
  try {
    return await inspectInterpreter(executable, search);
  } catch (error) {
    if (source !== "active" || !isPinionError(error, "environment/broken-interpreter")) throw error;
    throw new PinionError(
      error.code,
      `Failed to inspect Python interpreter from active virtual environment at \`${executable}\``,
      {
        details: error.details,
        cause: error,
      },
    );
  }
}

function isAllowed(interpreter: Interpreter, { source }: Candidate, allows: Allowed): boolean {
  const isVirtual = interpreter.isVirtual || source === "conda";
  switch (allows) {
    case "any":
      return true;
    case "system":
      return !isVirtual;
    case "explicit-system":
      return isVirtual;
  }
  return false;
}

/** The active conda environment. Its base environment is a system Python: packages must not land in it by accident. */
function condaEnvironment({
  env,
  cwd,
}: Search): { readonly prefix: string; readonly isBase: boolean } | undefined {
  const written = env["CONDA_PREFIX"];
  if (!written) return undefined;
  const prefix = resolve(cwd, written);
  if (existsSync(join(prefix, "conda-meta", "pixi"))) return { prefix, isBase: false };
  if (env["_CONDA_ROOT"] === written) return { prefix, isBase: true };
  const name = env["CONDA_DEFAULT_ENV"];
  // An environment lies in a folder of its name; `base` does not, and unnamed ones go by their path.
  const isBase = name !== undefined && name !== written && prefix.split(/[/\\]/).at(-1) !== name;
  return { prefix, isBase };
}

/**
 * The environment that contains the folder, or `.venv` in it or above; an error where that folder is not one.
 *
 * @throws environment/broken-interpreter where `.venv` is a file that names nothing
 */
function discoverDotVenv(cwd: string): string | PinionError | undefined {
  for (const folder of foldersUpwards(resolve(cwd))) {
    if (isEnvironment(folder) && foundFileFault(join(folder, "pyvenv.cfg"), cwd) === undefined) return folder;
    const dotVenv = join(folder, ".venv");
    // In a folder such as /tmp it could belong to any user, and its Python would run.
    const isOwn = foundFileFault(dotVenv, cwd) === undefined;
    const status = isOwn ? lstatSync(dotVenv, { throwIfNoEntry: false }) : undefined;
    if (isOwn && statSync(dotVenv, { throwIfNoEntry: false })?.isFile() === true)
      return redirectTarget(dotVenv, cwd);
    if (status?.isDirectory() === true || status?.isSymbolicLink() === true) {
      if (isEnvironment(dotVenv)) return dotVenv;
      return new PinionError(
        "environment/broken-interpreter",
        `Broken virtual environment \`${dotVenv}\`: missing \`pyvenv.cfg\``,
        {
          details: { path: dotVenv },
          hints: [{ kind: "create-environment", isReplacing: true }],
        },
      );
    }
  }
  return undefined;
}

/**
 * The environment whose path is the content of a `.venv` file, relative to the file; an error where the path leads to
 * something else, which hides the environments above: https://peps.python.org/pep-0832/
 *
 * @throws environment/broken-interpreter where the file names nothing: no other Python may stand in for it, not even to
 * be looked at
 */
function redirectTarget(file: string, cwd: string): string | PinionError | undefined {
  const bytes = readRedirect(file, cwd);
  if (bytes === undefined) return undefined;
  // One line end belongs to the file, and everything else to the path.
  const written = bytes.toString().replace(/\r?\n$/, "");
  const fault = written === "" ? "empty" : isUtf8(bytes) ? undefined : "not UTF-8";
  if (fault !== undefined)
    throw new PinionError(
      "environment/broken-interpreter",
      `Virtual environment redirect file at \`${dirname(file) === resolve(cwd) ? ".venv" : file}\` is ${fault}`,
      { details: { path: file } },
    );
  const target = resolve(dirname(file), written);
  return isEnvironment(target)
    ? target
    : new PinionError(
        "environment/broken-interpreter",
        `Broken virtual environment \`${target}\`: missing \`pyvenv.cfg\``,
        { details: { path: target, redirect: file }, hints: [`\`${file}\` leads there`] },
      );
}

/** The content of the file; undefined where it cannot be read, or may not count. */
function readRedirect(file: string, cwd: string): Buffer | undefined {
  try {
    const read = readSmallFile(file, MAX_REDIRECT_BYTES);
    if (read.kind !== "read" || foundFileFault(file, cwd, { owner: read.owner }) !== undefined)
      return undefined;
    return read.bytes;
  } catch {
    return undefined;
  }
}

/**
 * An environment whose Python this user cannot reach is meant all the same: no other Python stands in for it. Images of
 * containers have such, made by root with a Python in its home.
 */
function refuseUnreachable(executable: string): void {
  try {
    statSync(executable, { throwIfNoEntry: false });
  } catch (cause) {
    const code = systemCode(cause);
    if (code !== "EACCES" && code !== "EPERM") return;
    throw new PinionError(
      "environment/broken-interpreter",
      `Failed to inspect Python interpreter at \`${executable}\`: permission denied`,
      {
        details: { path: executable, isUnreachable: true },
        hints: [
          "this user cannot reach it, or what it links to: make the environment with another Python, or as this user",
        ],
        cause,
      },
    );
  }
}

function isEnvironment(folder: string): boolean {
  return isFile(join(folder, "pyvenv.cfg"));
}

/** The Python of an environment's folder; the usual place where there is none. */
function environmentPython(root: string, { platform = process.platform }: Search): string {
  const places = platform === "win32" ? WINDOWS_PLACES : POSIX_PLACES;
  const paths = places.map((place) => join(root, place));
  return paths.find((path) => existsSync(path)) ?? paths[0] ?? root;
}

function withExtension(path: string, { platform = process.platform }: Search): string {
  return platform === "win32" && !existsSync(path) && existsSync(`${path}.exe`) ? `${path}.exe` : path;
}

/** Every Python on the search path that could be the one asked for: folder by folder, the likelier names first. */
function* searchPath(
  request: PythonRequest,
  { env, platform = process.platform }: Search,
): Generator<string> {
  const seen = new Set<string>();
  const names = executableNames(request).map((name) =>
    platform === "win32" ? `${name.replace(/\.exe$/i, "")}.exe` : name,
  );
  const path =
    env["PINION_PYTHON_SEARCH_PATH"] ?? env["UV_PYTHON_SEARCH_PATH"] ?? env["PATH"] ?? env["Path"] ?? "";
  for (const folder of path.split(delimiter)) {
    // An empty or relative entry means the current folder, where anyone may have put a `python`.
    if (!isAbsolute(folder) || seen.has(realPathOf(folder) ?? folder)) continue;
    seen.add(realPathOf(folder) ?? folder);
    const found = names.filter((name) => isProgram(join(folder, name)));
    const others =
      request.kind === "name"
        ? []
        : namesIn(folder).filter((name) => allowsMinorName(name, request) && !found.includes(name));
    for (const name of [...found, ...others.sort(byMinorDescending)]) yield join(folder, name);
  }
}

function isProgram(path: string): boolean {
  try {
    const status = statSync(path);
    // The shims of the Windows store are empty files that open the store.
    return status.isFile() && status.size > 0;
  } catch {
    return false;
  }
}

function byMinorDescending(a: string, b: string): number {
  const minor = (name: string): number => Number(/\.([0-9]+)/.exec(name)?.[1] ?? 0);
  return minor(b) - minor(a);
}

function notFound(request: PythonRequest, { allows }: Search): PinionError {
  const wish = request.kind === "any" ? "" : ` for ${formatPythonRequest(request)}`;
  const details = { python: request };
  switch (allows) {
    case "system":
      return new PinionError("environment/not-found", `No system Python installation found${wish}`, {
        details,
      });
    case "any":
      return new PinionError(
        "environment/not-found",
        `No virtual environment or system Python installation found${wish}; run \`pinion venv\` to create an environment`,
        { details },
      );
    case "explicit-system":
      return new PinionError(
        "environment/not-found",
        `No virtual environment found${wish}; run \`pinion venv\` to create an environment, or pass \`--system\` to install into a non-virtual environment`,
        { details },
      );
  }
}

// One path: PATH_MAX of Linux.
const MAX_REDIRECT_BYTES = 4096;

const POSIX_PLACES = ["bin/python", "bin/python3"];

// The second is msys2's, the third conda's.
const WINDOWS_PLACES = ["Scripts\\python.exe", "bin\\python.exe", "python.exe"];
