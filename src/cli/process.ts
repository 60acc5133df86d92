// A process that does work: its signals, its screens, and its end with an exit code.

import { PinionError } from "../errors.ts";
import { closeToOthers } from "./close-to-others.ts";
import { openScreen, type Screen } from "./screen/screen.ts";

/** Where a process writes. */
export interface Screens {
  readonly stdout: Screen;
  readonly stderr: Screen;
}

/** What a process does; signals end it. Gives the exit code, or what is to be done instead. */
export type Work = (signal: AbortSignal, screens: Screens) => Promise<number | "interrupted" | (() => void)>;

/** Does the work of this process and ends it. */
export function runProcess(work: Work): void {
  closeToOthers();
  void run(work).then((end) => (typeof end === "function" ? end() : endProcess(end)));
}

async function run(work: Work): Promise<number | (() => void)> {
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
    const end = await work(interruption.signal, SCREENS);
    return end === "interrupted" ? received : end;
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
