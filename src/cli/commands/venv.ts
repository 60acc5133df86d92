// `pinion venv`: makes a virtual environment, and with `--seed` installs pip into it.

import { basename, resolve } from "node:path";

import type { Destination } from "../../api/destination.ts";
import { isPinionError, PinionError } from "../../errors.ts";
import { findInterpreter } from "../../python/interpreters/discover.ts";
import {
  keptAnswer,
  rememberMadeEnvironment,
  type Interpreter,
  type Known,
} from "../../python/interpreters/interpreter.ts";
import { createVenv } from "../../python/venv/venv.ts";
import { printChanges } from "../screen/changes.ts";
import type { Output, Written } from "../screen/output.ts";
import { hasOption, textOption, type CommandContext, type ExitCode } from "../grammar/command.ts";
import type { Looks } from "../looks.ts";
import { activatingLine, creatingLine, isPlainPath, type VenvRecipe } from "../remembered-venv.ts";
import { implementationName, interpreterCache } from "../requests/find-destination.ts";
import { cacheDirectory } from "../requests/installer-options.ts";
import { exclusionsOf } from "../requests/package-rules.ts";
import { withInstaller } from "../with-installer.ts";
import { flagOf } from "../../settings/table/command-variables.ts";
import { invalidArgument } from "../../settings/values/invalid-argument.ts";

export async function run(context: CommandContext): Promise<ExitCode> {
  const { output, env, cwd, signal } = context;
  const style: Output["style"] = (name, text) => output.style(name, text);
  const cache = interpreterCache(context);
  const base = await findInterpreter({
    env,
    cwd,
    python: await wantedPython(context),
    cache,
    signal,
  });
  const given = context.arguments[0] ?? ".venv";
  if (given === "") throw invalidArgument("the path of the environment is empty");
  const path = resolve(cwd, given);
  output.status(
    `Using ${implementationName(base)} ${base.version.text} interpreter at: ${output.style("path", base.executable)}`,
  );
  const isSeeded = hasOption(context, "seed");
  const made: MadeVenv = {
    given,
    base,
    options: {
      prompt: promptOf(context),
      usesSystemSitePackages: hasOption(context, "systemSitePackages"),
      isRelocatable: hasOption(context, "relocatable"),
    },
    // From here on more is done than looked at.
    looks: context.recording?.looks(),
    before: [...output.written],
  };
  output.status(creatingLine(given, style, isSeeded));
  const { interpreter } = await createVenv({
    path,
    shownPath: given,
    base,
    existing: existingOf(context),
    ...made.options,
    isSeeded,
  });
  const known = keptAnswer(base.executable, { cache });
  rememberMadeEnvironment(interpreter, known, cache);
  if (!isSeeded && cache !== undefined) remember({ ...made, known }, context);
  if (isSeeded) await seed({ kind: "environment", interpreter }, context);
  if (output.isJson)
    output.json({ path, python: interpreter.version.text, executable: interpreter.executable });
  const activating = activatingLine(given, { env, cwd, style });
  if (activating !== undefined) output.status(activating);
  return 0;
}

type MadeVenv = Pick<VenvRecipe, "given" | "options"> & {
  readonly base: Interpreter;
  readonly looks: Looks | undefined;
  /** What was written until then. */
  readonly before: readonly Written[];
};

/** Keeps how the environment was made, where another one is made in the same way. */
function remember(
  { given, base, known, options, looks, before }: MadeVenv & { readonly known: Known | undefined },
  context: CommandContext,
): void {
  const { output, cwd, recording } = context;
  if (looks === undefined || recording === undefined || output.isJson || output.verbosity > 0) return;
  if (!isPlainPath(given) || before.some(({ descriptor }) => descriptor !== 2)) return;
  const around = (name: "path" | "good"): readonly [string, string] => {
    const [start = "", end = ""] = output.style(name, "\0").split("\0");
    return [start, end];
  };
  const cache = cacheDirectory(context);
  recording.rememberVenv({
    cache,
    looks,
    isAnywhere: context.isLastWordArgument(),
    recipe: {
      given,
      cwd,
      cache,
      base: baseOf(base),
      known,
      options,
      before: before.map(({ pieces }) => pieces.join("")).join(""),
      styles: output.showsStatus ? { path: around("path"), good: around("good") } : undefined,
    },
  });
}

function baseOf(base: Interpreter): VenvRecipe["base"] {
  const { baseExecutable, basePrefix, virtualScheme, markers, implementation } = base;
  const { isFreeThreaded, pointerSize } = base;
  return {
    baseExecutable,
    basePrefix,
    virtualScheme,
    markers,
    implementation,
    isFreeThreaded,
    pointerSize,
  };
}

/** What `--python` says, or else the project; uv leaves the project out with `--no-project`, and the pin with `--no-config`. */
async function wantedPython(context: CommandContext): Promise<string | undefined> {
  const { settings, cwd, env, options } = context;
  const python = settings.get("python");
  if (python !== undefined || settings.get("no-config")) return python;
  const { pinnedPython } = await import("../requests/pinned-python.ts");
  // Commander names an option that begins with `--no-` by what follows.
  const passesOverProject = options["project"] === false || flagOf("UV_NO_PROJECT", env);
  return await pinnedPython({ cwd, readsProject: !passesOverProject });
}

function existingOf(context: CommandContext): "fail" | "allow" | "clear" | "clear-anything" {
  if (hasOption(context, "allowExisting")) return "allow";
  if (!context.settings.get("venv-clear")) return "fail";
  return hasOption(context, "force") ? "clear-anything" : "clear";
}

/** `--prompt .` means the name of the current folder, as for `python -m venv`. */
function promptOf(context: CommandContext): string | undefined {
  const prompt = textOption(context, "prompt");
  return prompt === "." ? basename(context.cwd) : prompt;
}

/** As `ensurepip` does: since Python 3.12 only pip. */
async function seed(
  into: Extract<Destination, { readonly kind: "environment" }>,
  context: CommandContext,
): Promise<void> {
  const { output, signal } = context;
  const [major = 3, minor = 0] = into.interpreter.version.release;
  const seeds = major === 3 && minor < FIRST_WITH_PIP_ALONE ? ["pip", "setuptools", "wheel"] : ["pip"];
  try {
    await withInstaller(context, async ({ installer, progress }) => {
      const plan = await installer.plan({
        requirements: seeds.map((text) => ({ kind: "text", text })),
        constraints: [],
        overrides: [],
        ...exclusionsOf(context.settings),
        // No code runs for an environment that is only made: as in uv.
        onlyBinary: { isForAll: true, names: new Set() },
        linkMode: context.settings.get("link-mode"),
        into,
        signal,
      });
      const changes = await installer.apply(plan, { signal });
      progress.stop();
      printChanges(changes, output);
    });
  } catch (error) {
    if (!isPinionError(error) || signal.aborted) throw error;
    throw new PinionError(
      "environment/not-seeded",
      "Failed to install seed packages into virtual environment",
      { details: { code: error.code }, hints: error.hints, cause: naming(seeds, error) },
    );
  }
}

/** uv names what it could not resolve. */
function naming(seeds: readonly string[], error: PinionError): PinionError {
  if (error.code !== "resolve/no-solution") return error;
  const list = seeds.map((name) => `\`${name}\``).join(", ");
  return new PinionError(error.code, `No solution found when resolving: ${list}`, {
    details: error.details,
    cause: error.cause,
  });
}

const FIRST_WITH_PIP_ALONE = 12;
