// The command as a process: its signals, its screens, and its end with the exit code of the command line.

import { homedir } from "node:os";
import { PinionError } from "../errors.ts";
import type { ExitCode } from "./grammar/command.ts";
import { runCommandLine } from "./command-line.ts";
import { closeToOthers } from "./close-to-others.ts";
import type { Recording } from "./recording.ts";
import { openScreen } from "./screen/screen.ts";

/** Runs the command line of this process and ends it with the command's exit code. */
export function main(recording?: Recording): void {
  closeToOthers();
  void run(recording).then(endProcess);
}

async function run(recording: Recording | undefined): Promise<ExitCode | SignalCode> {
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
    const code = await runCommandLine({
      argv: process.argv.slice(2),
      env: process.env,
      cwd: process.cwd(),
      home: homedir(),
      ...SCREENS,
      signal: interruption.signal,
      recording,
    });
    return code === "interrupted" ? received : code;
  } finally {
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
  }
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
