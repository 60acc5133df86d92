// Which environment or folder a command works on, and what it says about that.

import { parse, relative, resolve } from "node:path";
import type { Destination } from "../../api/destination.ts";
import { isWithin, realPlace } from "../../base/files/real-place.ts";
import { PinionError, type ErrorCode } from "../../errors.ts";
import type { Target } from "../../pep/tags/tags.ts";
import type { TargetOptions } from "../../pep/tags/target.ts";
import { discoverEnvironment } from "../../python/interpreters/discover.ts";
import type { Interpreter, InterpreterCache } from "../../python/interpreters/interpreter.ts";
import { cacheFault } from "../../store/cache/cache-owner.ts";
import { versionProblem } from "../../pep/versions/version-problem.ts";
import { conflictingArguments, invalidValue } from "../../settings/values/invalid-argument.ts";
import { isOfProject } from "../../settings/origin.ts";
import type { Settings } from "../../settings/settings.ts";
import type { CommandContext } from "../grammar/command.ts";
import { cacheDirectory } from "./installer-options.ts";
import { environmentLine, shownPath } from "../screen/environment-line.ts";
import { interpretersIn } from "./interpreters-in.ts";

/**
 * Whether a command changes what it works on: then it needs an environment that may be changed. One that only removes needs an
 * environment also where another folder is meant, as in uv.
 */
export type Purpose = "change" | "remove" | "look";

/**
 * Finds what `--python`, `--system`, `--target` and `--prefix`, or the surroundings, name.
 *
 * @param onStarted called where a Python has to be asked, once it runs: time to do something else in
 * @throws environment/not-found, environment/no-interpreter, environment/broken-interpreter,
 * environment/externally-managed, usage/invalid-argument
 */
export async function findDestination(
  context: CommandContext,
  purpose: Purpose,
  onStarted?: () => void,
): Promise<Destination> {
  const { settings, cwd } = context;
  const target = settings.get("target");
  const prefix = settings.get("prefix");
  const root = settings.get("root");
  if (root !== undefined && target !== undefined) throw conflictingArguments("--root", "--target");
  const named = namedTarget(settings);
  // A folder for a platform that is named outright needs no Python on this machine.
  if (target !== undefined && isWhole(named)) {
    const { targetFor } = await import("../../pep/tags/target.ts");
    return {
      kind: "directory",
      path: resolve(cwd, target),
      target: targetFor({ ...named, env: context.env }),
    };
  }
  const isElsewhere = target !== undefined || prefix !== undefined || root !== undefined;
  const interpreter = await discover(
    context,
    isElsewhere && purpose !== "remove" ? "look" : purpose,
    onStarted,
  );
  const foreign = named === undefined ? undefined : await foreignTarget(interpreter, named, context);
  if (target !== undefined) {
    return {
      kind: "directory",
      path: resolve(cwd, target),
      target: foreign ?? interpreter.target,
      interpreter,
    };
  }
  if (prefix !== undefined || root !== undefined)
    return {
      kind: "prefix",
      path: belowRoot(context, resolve(cwd, prefix ?? interpreter.prefix)),
      interpreter,
      ...(foreign === undefined ? {} : { target: foreign }),
    };
  if (purpose !== "look") refuseManaged(interpreter, context);
  return { kind: "environment", interpreter, ...(foreign === undefined ? {} : { target: foreign }) };
}

/** The machine to choose distributions for: the one that is named, or that of the Python at hand. */
export async function findTarget(context: CommandContext): Promise<Target> {
  return (await findTargetAndPython(context)).target;
}

/**
 * The same, and the Python at hand where the machine is not named in full: asking a Python takes time.
 *
 * @param onStarted as of {@link findDestination}
 */
export async function findTargetAndPython(
  context: CommandContext,
  onStarted?: () => void,
): Promise<{ readonly target: Target; readonly python?: Interpreter }> {
  const { settings, env } = context;
  const named = namedTarget(settings);
  if (isWhole(named)) {
    const { targetFor } = await import("../../pep/tags/target.ts");
    return { target: targetFor({ ...named, env }) };
  }
  const python = await discover(context, "look", onStarted);
  return {
    target: named === undefined ? python.target : await foreignTarget(python, named, context),
    python,
  };
}

/**
 * The path below another root, which takes the place of a drive's too.
 *
 * @throws environment/linked-outside where a project named the root, and has a link in it that leads out
 */
function belowRoot({ settings, cwd }: CommandContext, path: string): string {
  const root = settings.sourced("root");
  if (root === undefined) return path;
  const folder = resolve(cwd, root.value);
  const below = resolve(folder, relative(parse(path).root, path));
  if (!isOfProject(root.origin) || isWithin(realPlace(below), realPlace(folder))) return below;
  throw new PinionError(
    "environment/linked-outside",
    `\`${below}\` leads out of the folder that \`root\` names: nothing was changed`,
    { details: { folder: below, path: realPlace(below) }, hints: ["Replace the link with a folder"] },
  );
}

type NamedTarget = Omit<TargetOptions, "base" | "env">;

/** Whether the settings ask about another machine than that of the Python at hand. */
export function namesTarget(settings: Settings): boolean {
  return namedTarget(settings) !== undefined;
}

/** What uv's and pip's options say of the target; undefined where they say nothing. */
function namedTarget(settings: Settings): NamedTarget | undefined {
  const uvPlatform = settings.get("python-platform");
  const platforms = settings.get("platform");
  const [platform, ...otherPlatforms] = uvPlatform === undefined ? platforms : [uvPlatform, ...platforms];
  const pythonVersion = settings.get("python-version");
  const why =
    pythonVersion === undefined || PLAIN_VERSION.test(pythonVersion)
      ? undefined
      : versionProblem(pythonVersion);
  if (pythonVersion !== undefined && why !== undefined)
    throw invalidValue(pythonVersion, {
      option: "--python-version <PYTHON_VERSION>",
      why: `Python version \`${pythonVersion}\` could not be parsed: ${why}`,
    });
  const abis = settings.get("abi");
  const implementation = settings.get("implementation");
  const named: NamedTarget = {
    ...(platform === undefined ? {} : { platform, otherPlatforms }),
    ...(pythonVersion === undefined ? {} : { pythonVersion }),
    ...(abis.length === 0 ? {} : { abis }),
    ...(implementation === undefined
      ? {}
      : { implementation: IMPLEMENTATIONS[implementation] ?? implementation }),
  };
  return Object.keys(named).length === 0 ? undefined : named;
}

function isWhole(named: NamedTarget | undefined): named is NamedTarget {
  if (named?.platform === undefined || named.pythonVersion === undefined) return false;
  return [named.platform, ...(named.otherPlatforms ?? [])].some((platform) => platform !== ANY_PLATFORM);
}

/** The Python that builds, where nothing is installed into its environment. */
export async function findBuildPython(context: CommandContext): Promise<Interpreter> {
  return await discover(context, "look");
}

/** As {@link findBuildPython}; undefined where there is no Python: then nothing is built. */
export async function tryFindBuildPython(context: CommandContext): Promise<Interpreter | undefined> {
  try {
    return await findBuildPython(context);
  } catch (error) {
    if (error instanceof PinionError && NO_PYTHON.has(error.code)) return undefined;
    throw error;
  }
}

/** What uv prints before it works on anything but `./.venv`. */
export function tellDestination(destination: Destination, context: CommandContext): void {
  if (destination.kind === "environment") return tellEnvironment(destination.interpreter, context);
  const { output, cwd } = context;
  const { interpreter } = destination;
  if (interpreter !== undefined)
    output.status(
      `Using ${implementationName(interpreter)} ${interpreter.version.text} interpreter at: ${output.style("path", shownPath(interpreter.executable, cwd))}`,
    );
}

/** The same of a command that installs nothing: uv names the environment of its Python, whichever folder is meant. */
export function tellLookedAt({ interpreter }: Destination, context: CommandContext): void {
  if (interpreter !== undefined) tellEnvironment(interpreter, context);
}

function tellEnvironment(
  { prefix, version }: Interpreter,
  { output, cwd }: Pick<CommandContext, "output" | "cwd">,
): void {
  const line = environmentLine(prefix, version.text, { cwd, style: (text) => output.style("path", text) });
  if (line !== undefined) output.status(line);
}

export function implementationName({ target }: Interpreter): string {
  return target.markers.platform_python_implementation;
}

async function discover(
  context: CommandContext,
  purpose: Purpose,
  onStarted?: () => void,
): Promise<Interpreter> {
  const { settings, env, cwd, signal } = context;
  return await discoverEnvironment({
    env,
    cwd,
    python: settings.get("python"),
    isSystem: settings.get("system"),
    isReadOnly: purpose === "look",
    cache: interpreterCache(context),
    signal,
    onStarted,
  });
}

/** Answers of interpreters, kept in the cache: asking one costs some 30 ms. */
export function interpreterCache(context: CommandContext): InterpreterCache | undefined {
  if (context.settings.get("no-cache")) return undefined;
  const directory = cacheDirectory(context);
  if (cacheFault(directory) !== undefined) return undefined;
  const known = interpretersIn(directory);
  const { recording } = context;
  // What a Python says follows from what is looked at in any case, so that keeping it decides nothing.
  if (recording === undefined) return known;
  return {
    read: (key) => known.read(key),
    write: (key, bytes) => recording.later(() => known.write(key, bytes)),
  };
}

async function foreignTarget(
  interpreter: Interpreter,
  named: NamedTarget,
  { env }: CommandContext,
): Promise<Target> {
  const { targetFor } = await import("../../pep/tags/target.ts");
  return targetFor({ ...named, base: interpreter.target, env });
}

function refuseManaged(interpreter: Interpreter, context: CommandContext): void {
  const { settings } = context;
  if (interpreter.externallyManaged === undefined || settings.get("break-system-packages")) return;
  const message = interpreter.externallyManaged
    .trim()
    .split("\n")
    .map((line) => `  ${line}`.trimEnd())
    .join("\n");
  tellEnvironment(interpreter, context);
  throw new PinionError(
    "environment/externally-managed",
    `The interpreter at \`${interpreter.prefix}\` is externally managed, and indicates the following:\n\n${message}`,
    {
      details: { prefix: interpreter.prefix },
      hints: settings.get("system")
        ? ["Virtual environments were not considered due to the `--system` flag"]
        : ["Consider creating a virtual environment with `pinion venv`"],
    },
  );
}

/** What nothing is wrong with. */
const PLAIN_VERSION = /^\d+(?:\.\d+)*$/;

/** It says nothing of markers, which the Python at hand has to. */
const ANY_PLATFORM = "any";

const IMPLEMENTATIONS: Readonly<Record<string, string>> = { cp: "cpython", pp: "pypy" };

const NO_PYTHON: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "environment/not-found",
  "environment/no-interpreter",
  "environment/broken-interpreter",
]);
