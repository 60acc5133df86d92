// The command: reads argv and settings, runs one command, turns its end into an exit code.

import { statSync } from "node:fs";
import { homedir } from "node:os";
import { PinionError } from "../errors.ts";
import { invalidArgument } from "../settings/invalid-argument.ts";
import { readSettings, type SettingsRequest } from "../settings/read.ts";
import { Settings } from "../settings/settings.ts";
import { VERSION } from "../version.ts";
import type { ExitCode } from "./command.ts";
import { ambiguousIndexes, deprecatedValues } from "./index-warnings.ts";
import { failureSettings } from "./failure-settings.ts";
import { cacheDirectory } from "./installer-options.ts";
import { Output, type Written } from "./output.ts";
import { COMMANDS } from "./command-table/commands.ts";
import { readCommandLine, type Invocation } from "./program.ts";
import { renderError, renderMissingCommand } from "./render-error.ts";
import { openScreen } from "./screen.ts";

/** Keeps the answer of a run that had nothing to do, so that the same run is answered without loading the command. */
export interface Recording {
  remember(answer: { readonly cache: string; readonly written: readonly Written[] }): void;
}

/** Runs the command line of this process and ends it with the command's exit code. */
export function main(recording?: Recording): void {
  // What the cache shares with environments must not be writable by every user, whatever the umask says.
  process.umask(process.umask(0o022) | 0o002);
  void run(recording).then(endProcess);
}

async function run(recording: Recording | undefined): Promise<ExitCode | SignalCode> {
  const { env } = process;
  let output: Output | undefined;
  const interruption = new AbortController();
  let received: SignalCode = ENDED_BY.SIGINT;
  const interrupt = (signal: NodeJS.Signals): void => {
    received = signal === "SIGTERM" ? ENDED_BY.SIGTERM : ENDED_BY.SIGINT;
    // A second Ctrl-C means that the person will not wait for the orderly end.
    if (interruption.signal.aborted) endInterrupted(received, interrupt);
    interruption.abort(new PinionError("net/cancelled", "Interrupted"));
    // What does not listen to the signal is left where it is: an interrupted change is recovered by the next command.
    setTimeout(() => endInterrupted(received, interrupt), PATIENCE_MS).unref();
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  try {
    const invocation = readCommandLine(process.argv.slice(2), VERSION, helpColumns);
    if ("text" in invocation) {
      (invocation.isAsked ? SCREENS.stdout : SCREENS.stderr).write(`${invocation.text}\n`);
      return invocation.isAsked ? 0 : renderMissingCommand(failureOutput());
    }
    const { settings, cwd, warnings, notes } = readSettings({
      ...settingsWorld(),
      flags: invocation.flags,
      command: invocation.spec.words.at(-1) ?? "",
    });
    output = makeOutput(settings);
    if (
      settings.get("directory") !== undefined &&
      statSync(cwd, { throwIfNoEntry: false })?.isDirectory() !== true
    )
      throw invalidArgument(`the folder of '--directory' does not exist: \`${cwd}\``);
    for (const warning of [
      ...invocation.warnings,
      ...warnings,
      ...ambiguousIndexes(settings),
      ...deprecatedValues(settings),
    ])
      if (warning !== "") output.warn(warning);
    for (const note of notes) output.debug(note);
    const code = await runCommand(invocation, { settings, cwd, output, signal: interruption.signal });
    if (code === 0 && output.repeatable !== undefined && !settings.get("no-cache")) {
      const cache = cacheDirectory({ settings, env, cwd, home: homedir() });
      recording?.remember({ cache, written: output.repeatable });
    }
    return code;
  } catch (error) {
    if (interruption.signal.aborted) return received;
    return renderError(error, output ?? failureOutput());
  } finally {
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
  }
}

/** Where settings are looked for, whatever the command line says. */
function settingsWorld(): Omit<SettingsRequest, "flags" | "command"> {
  const { env } = process;
  return {
    env,
    cwd: process.cwd(),
    home: homedir(),
    platform: process.platform,
    environmentPrefix: env["VIRTUAL_ENV"] === "" ? undefined : env["VIRTUAL_ENV"],
  };
}

function failureOutput(): Output {
  return makeOutput(failureSettings(process.argv.slice(2), settingsWorld()));
}

function helpColumns(): number | undefined {
  return makeOutput(new Settings(new Map())).resultWidth;
}

async function runCommand(
  invocation: Invocation,
  {
    settings,
    cwd,
    output,
    signal,
  }: {
    readonly settings: Settings;
    readonly cwd: string;
    readonly output: Output;
    readonly signal: AbortSignal;
  },
): Promise<ExitCode> {
  const command = await invocation.spec.load();
  return await command.run({
    words: invocation.spec.words,
    arguments: invocation.arguments,
    argv: process.argv.slice(2),
    options: invocation.options,
    settings,
    env: process.env,
    cwd,
    home: homedir(),
    output,
    commands: COMMANDS,
    signal,
  });
}

function makeOutput(settings: Settings): Output {
  return new Output({
    ...SCREENS,
    quiet: settings.get("quiet"),
    verbose: settings.get("verbose"),
    color: settings.get("color"),
    isJson: settings.get("json"),
    hasProgress: !settings.get("no-progress"),
    env: process.env,
  });
}

/** Leaves without waiting for what is still under way (open connections), but not before all output is out. */
function endProcess(code: number): void {
  if (code === ENDED_BY.SIGINT || code === ENDED_BY.SIGTERM) endBySignalIfWaiting(code);
  process.exitCode = code;
  SCREENS.stdout.finish(() => SCREENS.stderr.finish(() => process.exit(code)));
}

function endInterrupted(code: SignalCode, listener: (signal: NodeJS.Signals) => void): never {
  process.off("SIGINT", listener);
  process.off("SIGTERM", listener);
  endBySignalIfWaiting(code);
  process.exit(code);
}

/**
 * The runtime waits for a lookup that is under way before it exits, for as long as the name servers are silent. The signal
 * itself does not: with no listener left it ends the process, which a shell shows as the same code.
 */
function endBySignalIfWaiting(code: SignalCode): void {
  process.once("exit", () => {
    if (!process.getActiveResourcesInfo().includes("GetAddrInfoReqWrap")) return;
    const signal = code === ENDED_BY.SIGTERM ? "SIGTERM" : "SIGINT";
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

const SCREENS = { stdout: openScreen(1), stderr: openScreen(2) } as const;

/** How long an orderly end may take: a person counts the seconds after Ctrl-C. */
const PATIENCE_MS = 800;

// What a shell shows of a program that a signal ended: 128 and its number.
const ENDED_BY = { SIGINT: 130, SIGTERM: 143 } as const;
type SignalCode = (typeof ENDED_BY)[keyof typeof ENDED_BY];
