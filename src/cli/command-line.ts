// One command line from its words to its exit code: reads settings, runs one command, shows how it failed. All that is of
// the process stands in the circumstances: variables, folders, screens.

import { statusOf } from "../base/files/status-of.ts";
import { invalidArgument } from "../settings/values/invalid-argument.ts";
import { readSettings, type SettingsRequest } from "../settings/read.ts";
import { Settings } from "../settings/settings.ts";
import type { Environment } from "../settings/variables.ts";
import { VERSION } from "../version.ts";
import type { ExitCode } from "./grammar/command.ts";
import { ambiguousIndexes, deprecatedValues, settingsWithoutEffect } from "./setting-warnings.ts";
import { failureSettings } from "./failure-settings.ts";
import { cacheDirectory } from "./requests/installer-options.ts";
import { Output } from "./screen/output.ts";
import type { Recording } from "./recording.ts";
import { COMMANDS } from "./command-table/commands.ts";
import { isLastWordArgument, isOnlyValueOf } from "./grammar/last-word.ts";
import { readCommandLine, type Invocation } from "./grammar/program.ts";
import { renderError, renderMissingCommand } from "./screen/render-error.ts";
import type { Screen } from "./screen/screen.ts";

/** What a command line depends on besides files and the network. */
export interface Circumstances {
  /** The words after the command's name. */
  readonly argv: readonly string[];
  readonly env: Environment;
  /** Absolute. */
  readonly cwd: string;
  /** The user's folder, absolute. */
  readonly home: string;
  readonly stdout: Screen;
  readonly stderr: Screen;
  /** Ends the command early. */
  readonly signal: AbortSignal;
  readonly recording?: Recording | undefined;
}

/** Runs a command line; gives back its exit code, or that the signal ended it. Never throws. */
export async function runCommandLine(circumstances: Circumstances): Promise<ExitCode | "interrupted"> {
  const { argv, env, home, stdout, stderr, signal, recording } = circumstances;
  let output: Output | undefined;
  const failureOutput = (): Output =>
    makeOutput(failureSettings(argv, settingsWorld(circumstances)), circumstances);
  const helpColumns = (): number | undefined =>
    makeOutput(new Settings(new Map()), circumstances).resultWidth;
  try {
    const invocation = readCommandLine(argv, VERSION, helpColumns);
    if ("text" in invocation) {
      (invocation.isAsked ? stdout : stderr).write(`${invocation.text}\n`);
      return invocation.isAsked ? 0 : renderMissingCommand(failureOutput());
    }
    const { settings, cwd, warnings, notes } = readSettings({
      ...settingsWorld(circumstances),
      flags: invocation.flags,
      command: invocation.spec.pipSection ?? invocation.spec.words.at(-1) ?? "",
    });
    output = makeOutput(settings, circumstances);
    if (
      settings.get("directory") !== undefined &&
      statusOf(cwd, (reason) =>
        invalidArgument(`cannot use the folder of '--directory': ${reason}`),
      )?.isDirectory() !== true
    )
      throw invalidArgument(`the folder of '--directory' does not exist: \`${cwd}\``);
    for (const warning of [
      ...invocation.warnings,
      ...warnings,
      ...ambiguousIndexes(settings),
      ...deprecatedValues(settings),
      ...settingsWithoutEffect(settings, invocation.spec),
    ])
      if (warning !== "") output.warn(warning);
    for (const note of notes) output.debug(note);
    const code = await runCommand(invocation, { ...circumstances, settings, cwd, output });
    if (code === 0 && output.repeatable !== undefined && !settings.get("no-cache")) {
      const cache = cacheDirectory({ settings, env, cwd, home });
      recording?.remember({ cache, ...output.repeatable });
    }
    return code;
  } catch (error) {
    if (signal.aborted) return "interrupted";
    return renderError(error, output ?? failureOutput());
  }
}

/** Where settings are looked for, whatever the command line says. */
function settingsWorld({ env, cwd, home }: Circumstances): Omit<SettingsRequest, "flags" | "command"> {
  return {
    env,
    cwd,
    home,
    platform: process.platform,
    environmentPrefix: env["VIRTUAL_ENV"] === "" ? undefined : env["VIRTUAL_ENV"],
  };
}

async function runCommand(
  { spec, arguments: given, options }: Invocation,
  {
    argv,
    env,
    home,
    signal,
    recording,
    settings,
    cwd,
    output,
  }: Circumstances & { readonly settings: Settings; readonly output: Output },
): Promise<ExitCode> {
  const command = await spec.load();
  return await command.run({
    words: spec.words,
    arguments: given,
    argv,
    options,
    settings,
    env,
    cwd,
    home,
    output,
    commands: COMMANDS,
    signal,
    recording,
    isLastWordArgument: () => isLastWordArgument(argv),
    isOnlyValueOf: (setting, value) => isOnlyValueOf(setting, value, argv),
  });
}

function makeOutput(settings: Settings, { argv, stdout, stderr, env }: Circumstances): Output {
  return new Output({
    stdout,
    stderr,
    quiet: settings.get("quiet"),
    verbose: settings.get("verbose"),
    color: settings.get("color"),
    isJson: settings.get("json"),
    hasProgress: !settings.get("no-progress"),
    env,
    argv,
  });
}
