// `pinion pip compile`: requirements in, a lock file out.

import { basename, dirname, extname, resolve } from "node:path";

import type { Compiled, Pins } from "../../api/locks/lock-request.ts";
import { isFile } from "../../base/files/folder.ts";
import { readFileWithin } from "../../base/files/small-file.ts";
import { PinionError } from "../../errors.ts";
import type { IsReachable } from "../../lock/reachable-wheels.ts";
import { isPylockName } from "../../lock/read-pylock.ts";
import { tryParseWheelFilename } from "../../pep/files/filename.ts";
import { parseSpecifierSet } from "../../pep/versions/specifier.ts";
import type { Interpreter } from "../../python/interpreters/interpreter.ts";
import { createTagRanking, type Target } from "../../pep/tags/tags.ts";
import { textOption, hasOption, listOption, type CommandContext, type ExitCode } from "../grammar/command.ts";
import {
  compilePylock,
  compileText,
  type CompileTextOptions,
  type LockFormat,
} from "../screen/compile-text.ts";
import { findTargetAndPython, tryFindBuildPython } from "../requests/find-destination.ts";
import { refuseLinkOut, writeOutputFile } from "../screen/output-file.ts";
import { packageRequest } from "../requests/package-request.ts";
import { distributionRules } from "../requests/package-rules.ts";
import { withInstaller } from "../with-installer.ts";

export async function run(given: CommandContext): Promise<ExitCode> {
  const context = withPythonVersion(given);
  checkPipToolsOptions(context);
  // Wrong names end the command before an index is asked; the lock is written after that.
  context.settings.get("no-emit-package");
  const output = outputOf(context);
  await checkOutputLink(output);
  // A lock states the hashes: none are required of what it is made of.
  const request = { ...packageRequest(context, { arguments: "files" }), requiresHashes: false };
  refuseLockInputs(context);
  const compiled = await withInstaller(context, async ({ installer }) => {
    const inputs = await installer.read({ ...request, ignoresHashes: true });
    const target = await compileTarget(context, () => void installer.prepareConnections());
    const result = await installer.lock({
      ...request,
      inputs,
      target: target.target,
      python: target.python,
      requiresPython: target.requiresPython,
      hasMarkers:
        output.format === "pylock.toml" ||
        context.output.isJson ||
        (!target.isUniversal &&
          (context.settings.get("no-strip-markers") || context.settings.get("no-strip-extras"))),
      needsHashes: output.format === "pylock.toml" || context.settings.get("generate-hashes"),
      omitsImpliedPythons: output.format !== "pylock.toml" && !context.output.isJson,
      universal: target.isUniversal
        ? {
            requiresPython: parseSpecifierSet(target.requiresPython),
            environments: context.settings.get("environments"),
            // uv: an environment that is named must be served too.
            requiredEnvironments: [
              ...context.settings.get("required-environments"),
              ...context.settings.get("environments"),
            ],
            forkStrategy: context.settings.get("fork-strategy"),
            current: target.python?.markers,
          }
        : undefined,
      pins: await pinsOf(context, output),
      hasMarkerExpression: context.settings.get("emit-marker-expression"),
    });
    return { ...result, ...target, fileOptions: inputs.options };
  });
  await write(compiled, { context, output });
  for (const warning of compiled.warnings) context.output.warn(warning);
  return 0;
}

interface LockOutput {
  /** Absolute; undefined for standard output only. */
  readonly path: string | undefined;
  /** As it was given. */
  readonly shown: string;
  readonly format: LockFormat;
}

function outputOf(context: CommandContext): LockOutput {
  const shown = context.settings.get("output-file");
  const name = shown === undefined ? "" : basename(shown);
  if (name.toLowerCase() === "pyproject.toml")
    throw usage(
      "`pyproject.toml` is not a supported output format for `pinion pip compile` (only `requirements.txt`-style output is supported)",
    );
  const named = textOption(context, "format");
  const format =
    named === "pylock.toml" || (named === undefined && extname(name).toLowerCase() === ".toml")
      ? "pylock.toml"
      : "requirements.txt";
  if (format === "pylock.toml" && shown !== undefined && !isPylockName(name))
    throw usage(
      `Expected the output filename to be \`pylock.toml\` or \`pylock.<name>.toml\`, where \`<name>\` is non-empty and contains no dots; found \`${name}\``,
    );
  return { path: shown === undefined ? undefined : resolve(context.cwd, shown), shown: shown ?? "", format };
}

function refuseLockInputs(context: CommandContext): void {
  if (context.arguments.some(isPylockName))
    throw usage("`pylock.toml` is not a supported input format for `pinion pip compile`");
}

/** The environment to lock for, and what the lock says about its Python. */
interface CompileTarget {
  readonly target: Target;
  /** The one that builds; undefined where there is none. */
  readonly python: Interpreter | undefined;
  readonly requiresPython: string;
  readonly isUniversal: boolean;
}

async function compileTarget(context: CommandContext, onStarted: () => void): Promise<CompileTarget> {
  const { settings } = context;
  const { target, python } = await findTargetAndPython(context, onStarted);
  const isUniversal = settings.get("universal");
  const requested = settings.get("python-version");
  const found = target.pythonVersion;
  const minor = found.release.slice(0, 2).join(".");
  return {
    target,
    python: await buildPython(context, python),
    isUniversal,
    requiresPython: `>=${requested ?? (isUniversal ? minor : found.text)}`,
  };
}

/** uv: `-p 3.12` is as `--python-version 3.12`, because locking needs no such Python. */
function withPythonVersion(context: CommandContext): CommandContext {
  const python = context.settings.sourced("python");
  if (python === undefined || !/^3(\.\d+){1,2}$/.test(python.value)) return context;
  if (context.settings.get("python-version") !== undefined) return context;
  const settings = context.settings.with("python-version", python).without("python");
  return { ...context, settings };
}

/** uv: a Python of the requested version builds where there is one, otherwise the one at hand, with a warning. */
async function buildPython(
  context: CommandContext,
  atHand: Interpreter | undefined,
): Promise<Interpreter | undefined> {
  const { settings, output } = context;
  const found = atHand ?? (await tryFindBuildPython(context));
  const requested = settings.get("python-version");
  if (requested === undefined || found === undefined || isOfVersion(found, requested)) return found;
  if (settings.get("python") !== undefined) return found;
  const minor = requested.split(".").slice(0, 2).join(".");
  for (const python of new Set([requested, minor])) {
    const other = await tryFindBuildPython({
      ...context,
      settings: settings
        .without("python-version")
        .with("python", { value: python, origin: settings.origin("python-version") }),
    });
    if (other === undefined) continue;
    if (!isOfVersion(other, requested)) warnOfOther(other);
    return other;
  }
  warnOfOther(found);
  return found;

  function warnOfOther({ version }: Interpreter): void {
    output.warn(
      `The requested Python version ${requested ?? ""} is not available; ${version.text} will be used to build dependencies instead.`,
    );
  }
}

/** Whether an interpreter is of a version that is named as `3.12` or `3.12.4`. */
function isOfVersion({ version: { release } }: Interpreter, requested: string): boolean {
  return requested.split(".").every((part, index) => Number(part) === release[index]);
}

const NONE: ReadonlySet<string> = new Set();

/** The output file of an earlier run, as large as a lock file may be. */
const MAX_PINS_BYTES = 128 * 1024 ** 2;

/** The pins of the output file, but for what is to be upgraded. */
async function pinsOf(
  { settings }: CommandContext,
  { path, shown, format }: LockOutput,
): Promise<Pins | undefined> {
  // A pipe or a device has no earlier run's pins.
  if (path === undefined || settings.get("upgrade") || !isFile(path)) return undefined;
  const dropped = new Set(settings.get("upgrade-package"));
  const { pinsOfPylock, pinsOfRequirements } = await import("../../api/locks/compile.ts");
  const bytes = readFileWithin(path, MAX_PINS_BYTES);
  return format === "pylock.toml"
    ? pinsOfPylock(bytes, { file: shown, dropped })
    : pinsOfRequirements(bytes, { file: shown, dropped });
}

/** A lock file may be a link to one that projects share. */
async function checkOutputLink({ path, shown, format }: LockOutput): Promise<void> {
  if (path === undefined) return;
  const { pinsOfPylock, pinsOfRequirements } = await import("../../api/locks/compile.ts");
  const pins = format === "pylock.toml" ? pinsOfPylock : pinsOfRequirements;
  refuseLinkOut(path, shown, (target) => {
    try {
      return pins(readFileWithin(target, MAX_PINS_BYTES), { file: shown, dropped: NONE }).versions.size > 0;
    } catch {
      return false;
    }
  });
}

async function write(
  compiled: Compiled & CompileTarget & Pick<CompileTextOptions, "fileOptions">,
  { context, output }: { readonly context: CommandContext; readonly output: LockOutput },
): Promise<void> {
  const { settings } = context;
  if (output.format === "pylock.toml") warnOfUnsupported(context);
  const options: CompileTextOptions = {
    format: output.format,
    settings,
    argv: context.argv,
    indexes: compiled.indexes,
    fileOptions: compiled.fileOptions,
    ...distributionRules(settings),
    isUniversal: compiled.isUniversal,
    markerExpression: compiled.markerExpression,
    folder: output.path === undefined ? context.cwd : dirname(output.path),
    isReachable: await reachabilityOf(compiled),
  };
  const text = compileText(compiled.lock, options);
  if (output.path !== undefined) writeOutputFile(output.path, text);
  if (context.output.isJson) {
    const { pylockDocument } = await import("../../lock/pylock-document.ts");
    context.output.json(pylockDocument(compilePylock(compiled.lock, options)));
  } else if (output.path === undefined || settings.get("quiet") === 0)
    context.output.text(coloured(text, context));
}

/** For one environment the wheels that fit it; for all, those that fit some environment of the lock. */
async function reachabilityOf({
  isUniversal,
  target,
  requiresPython,
}: Omit<CompileTarget, "python">): Promise<IsReachable> {
  if (!isUniversal) {
    const ranking = createTagRanking(target);
    return (filename) => ranking.rank(tryParseWheelFilename(filename)?.tags ?? []) !== undefined;
  }
  const { reachableWheels } = await import("../../lock/reachable-wheels.ts");
  return reachableWheels(Number(/^>=3\.(\d+)/.exec(requiresPython)?.[1] ?? "0"));
}

/** Comments are green where the screen has colours: an annotation as a whole, and, as in uv, no name that is left out. */
function coloured(text: string, { output }: CommandContext): string {
  return text.replaceAll(COMMENTS, (comment) => output.resultStyle("good", comment));
}

const COMMENTS = /^ {4}#.*(?:\n {4}# {3}.*)*$|^#(?! \S+$).*$|(?<=\S {2,})#.*$/gmu;

function warnOfUnsupported({ settings, output }: CommandContext): void {
  const settingNames = [
    "emit-marker-expression",
    "emit-index-url",
    "emit-find-links",
    "emit-build-options",
    "emit-index-annotation",
  ] as const;
  for (const name of settingNames)
    if (settings.get(name))
      output.warn(`The \`--${name}\` option is not supported for \`pylock.toml\` output`);
}

/** pip-compile's options that mean nothing here, with what uv answers. */
function checkPipToolsOptions(context: CommandContext): void {
  const resolver = textOption(context, "resolver");
  if (resolver === "backtracking")
    context.output.warn("pip-compile's `--resolver=backtracking` has no effect (Pinion always backtracks)");
  if (resolver === "legacy")
    throw usage("pip-compile's `--resolver=legacy` is unsupported (Pinion always backtracks)");
  if (listOption(context, "upgradeGroup").length > 0)
    throw usage("`--upgrade-group` is not supported in `pinion pip` commands");
  for (const [option, flag, reason] of UNSUPPORTED)
    if (hasOption(context, option) || textOption(context, option) !== undefined)
      throw usage(`pip-compile's \`${flag}\` is unsupported${reason}`);
}

function usage(message: string): PinionError {
  return new PinionError("usage/unsupported", message);
}

const UNSUPPORTED: readonly (readonly [string, string, string])[] = [
  ["reuseHashes", "--reuse-hashes", " (Pinion doesn't reuse hashes)"],
  ["maxRounds", "--max-rounds", " (Pinion always resolves until convergence)"],
  ["emitTrustedHost", "--emit-trusted-host", ""],
  ["config", "--config", " (Pinion does not use a configuration file)"],
  ["emitOptions", "--emit-options", " (try `--emit-build-options` instead)"],
  ["pipArgs", "--pip-args", " (try passing arguments to Pinion directly)"],
];
