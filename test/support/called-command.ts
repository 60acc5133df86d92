// A command line that runs in the process of the tests: the same code as in a process of its own, behind `cli/main.ts`, for a
// quarter of the processor's time. What a process is for (signals, terminals, standard input, remembered answers) needs a
// started one.

import { setFlagsFromString } from "node:v8";
import type { Screen } from "../../src/cli/screen/screen.ts";
import { HEAP_FLAGS } from "../../src/cli/heap-guard.ts";

/** How a command line ended, and what it wrote. */
export interface CalledRun {
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CallOptions {
  /** The whole environment; HOME is the user's folder. Temporary files stand where those of the tests stand. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

/** Runs `pinion` with these words to its end. */
export async function callCommand(argv: readonly string[], { env, cwd }: CallOptions): Promise<CalledRun> {
  // Loaded only where commands are called: it is all of the command.
  const { runCommandLine } = await import("../../src/cli/command-line.ts");
  const [stdout, stderr] = [new TextScreen(), new TextScreen()];
  try {
    const code = await runCommandLine({
      argv,
      env: Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined)),
      cwd,
      home: env["HOME"] ?? "",
      stdout,
      stderr,
      signal: new AbortController().signal,
    });
    return { code: code === "interrupted" ? undefined : code, stdout: stdout.text, stderr: stderr.text };
  } finally {
    // A command sets them for its own process, which ends with it.
    setFlagsFromString(HEAP_FLAGS.youngGrows);
    setFlagsFromString(HEAP_FLAGS.asEngine);
  }
}

/** Keeps what is written, as a pipe does. */
class TextScreen implements Screen {
  readonly isTerminal = false;
  text = "";

  get stream(): NodeJS.WriteStream {
    return process.stderr;
  }

  write(text: string): void {
    this.text += text;
  }

  finish(callback: () => void): void {
    callback();
  }
}
