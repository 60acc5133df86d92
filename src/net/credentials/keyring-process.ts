// Runs the keyring program: without input, its answer bounded, what it writes to stderr handed on as it comes.

import { spawn } from "node:child_process";

import { systemCode } from "../../errors.ts";

/** How a run of the program ended. */
export type ProgramEnd =
  | {
      readonly kind: "exited";
      readonly exitCode: number;
      readonly stdout: string;
      /** Whether it wrote anything to stderr. */
      readonly wroteErrors: boolean;
    }
  | { readonly kind: "killed"; readonly signal: string }
  | { readonly kind: "not-started"; readonly systemCode: string | undefined }
  | { readonly kind: "timed-out"; readonly milliseconds: number }
  | { readonly kind: "too-long" };

export interface ProgramOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `usage`: what argparse writes about arguments that it does not know is kept back. */
  readonly hides: "usage" | "nothing";
  /** Called with each piece of stderr. */
  readonly onOutput: (text: string) => void;
  /** Called once where the program takes long. */
  readonly onWaiting: () => void;
  /** For tests. */
  readonly timing?: ProgramTiming;
}

export interface ProgramTiming {
  readonly timeoutMs: number;
  readonly noticeMs: number;
}

export type RunProgram = (
  program: string,
  args: readonly string[],
  options: ProgramOptions,
) => Promise<ProgramEnd>;

/** Runs the program to its end, or to its time limit. It shares the terminal, so that Ctrl-C reaches it too. */
export const runKeyring: RunProgram = (program, args, options) => {
  const { env, onOutput, onWaiting, timing = TIMING } = options;
  return new Promise((finish) => {
    const child = spawn(program, args, {
      env: { ...env, PYTHONIOENCODING: "utf-8" },
      stdio: ["ignore", "pipe", "pipe"],
      windowsHide: true,
    });
    // Where Ctrl-C reached only Pinion, it would wait for a person who has left.
    const kill = (): unknown => child.kill("SIGKILL");
    process.once("exit", kill);
    const errors = new ErrorStream(options.hides, onOutput);
    let stdout = "";
    const notice = setTimeout(onWaiting, timing.noticeMs);
    const limit = setTimeout(
      () => end({ kind: "timed-out", milliseconds: timing.timeoutMs }),
      timing.timeoutMs,
    );
    let isEnded = false;
    const end = (result: ProgramEnd): void => {
      if (isEnded) return;
      isEnded = true;
      process.removeListener("exit", kill);
      clearTimeout(notice);
      clearTimeout(limit);
      // Children of the program may hold the pipes open: they are not waited for.
      child.kill("SIGKILL");
      child.stdout.destroy();
      child.stderr.destroy();
      finish(result);
    };
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      stdout += chunk;
      if (stdout.length > MAX_OUTPUT_LENGTH) end({ kind: "too-long" });
    });
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => errors.write(chunk));
    child.once("error", (error) => end({ kind: "not-started", systemCode: systemCode(error) }));
    child.once("close", (exitCode, signal) => {
      errors.end(exitCode);
      const { hasWritten } = errors;
      end(
        exitCode === null
          ? { kind: "killed", signal: signal ?? "a signal" }
          : { kind: "exited", exitCode, stdout, wroteErrors: hasWritten },
      );
    });
  });
};

/** Hands stderr on; holds back what begins as a usage message until the exit status shows what it was. */
class ErrorStream {
  readonly #onOutput: (text: string) => void;
  #held: string | undefined;
  hasWritten = false;

  constructor(hides: "usage" | "nothing", onOutput: (text: string) => void) {
    this.#onOutput = onOutput;
    this.#held = hides === "usage" ? "" : undefined;
  }

  write(text: string): void {
    this.hasWritten = true;
    if (this.#held === undefined) return this.#onOutput(text);
    this.#held += text;
    const beginning = this.#held.slice(0, USAGE.length).toLowerCase();
    if (!USAGE.startsWith(beginning) || this.#held.length > MAX_OUTPUT_LENGTH) this.#release();
  }

  /** argparse exits with 2 after its usage. */
  end(exitCode: number | null): void {
    if (exitCode !== USAGE_EXIT_CODE) this.#release();
  }

  #release(): void {
    const held = this.#held ?? "";
    this.#held = undefined;
    if (held !== "") this.#onOutput(held);
  }
}

const USAGE = "usage:";
const USAGE_EXIT_CODE = 2;
// Two minutes are long enough to sign in on another device; after some seconds of silence a user wants to know why.
const TIMING: ProgramTiming = { timeoutMs: 120_000, noticeMs: 5_000 };
const MAX_OUTPUT_LENGTH = 64 * 1024;
