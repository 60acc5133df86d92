// Runs a Python, or a program beside it, for an answer: bounded in time and output.

import { cancelled } from "../../base/work/cancelled.ts";
import { PinionError } from "../../errors.ts";

export interface RunOptions {
  /** The child's whole environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs?: number;
  readonly cwd?: string;
  readonly signal?: AbortSignal | undefined;
  /** Called once the program runs: time to do something else in. */
  readonly onStarted?: (() => void) | undefined;
}

/** How a program ended. */
export interface RunResult {
  /** Undefined where a signal ended it. */
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program without a shell and without input, and collects what it prints.
 *
 * @throws PinionError `environment/broken-interpreter` when it cannot be started, is silent for too long or says too much;
 *   `net/cancelled` when the signal ends it
 */
export async function run(
  executable: string,
  arguments_: readonly string[],
  options: RunOptions,
): Promise<RunResult> {
  const { spawn } = await import("node:child_process");
  const { env, timeoutMs = DEFAULT_TIMEOUT_MS, cwd, signal } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(cancelled(signal, CANCELLED));
      return;
    }
    const child = spawn(executable, arguments_, {
      env: { ...env },
      cwd,
      stdio: ["ignore", "pipe", "pipe"],
      windowsHide: true,
    });
    let failure: PinionError | undefined;
    const stop = (error: PinionError): void => {
      failure ??= error;
      child.kill("SIGKILL");
      // What the program has started may hold them open: it is not waited for.
      child.stdout.destroy();
      child.stderr.destroy();
    };
    const timer = setTimeout(() => {
      stop(
        broken(executable, `it timed out, without an answer within ${Math.round(timeoutMs / 1000)} seconds`),
      );
    }, timeoutMs);
    const onAbort = (): void => stop(cancelled(signal, CANCELLED));
    signal?.addEventListener("abort", onAbort, { once: true });

    const chunks = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
    let length = 0;
    const collect = (into: Buffer[]) => (chunk: Buffer) => {
      length += chunk.length;
      if (length > MAX_OUTPUT_LENGTH) stop(broken(executable, "it printed too much"));
      else into.push(chunk);
    };
    child.stdout.on("data", collect(chunks.stdout));
    child.stderr.on("data", collect(chunks.stderr));
    options.onStarted?.();

    const finish = (settle: () => void): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      settle();
    };
    child.once("error", (cause) => {
      finish(() => reject(failure ?? broken(executable, "it cannot be started", cause)));
    });
    child.once("close", (code) => {
      finish(() => {
        if (failure !== undefined) reject(failure);
        else
          resolve({
            exitCode: code ?? undefined,
            stdout: Buffer.concat(chunks.stdout).toString("utf8"),
            stderr: Buffer.concat(chunks.stderr).toString("utf8"),
          });
      });
    });
  });
}

/** The error of a Python that does not answer as one should. */
export function broken(executable: string, reason: string, cause?: unknown): PinionError {
  return new PinionError(
    "environment/broken-interpreter",
    `Failed to inspect Python interpreter at \`${executable}\`: ${reason}`,
    {
      details: { executable, reason },
      cause,
    },
  );
}

// Python answers in 20 to 50 ms, from a cold network drive in seconds.
const DEFAULT_TIMEOUT_MS = 30_000;

// The answer has about 3 KB; start-up files may add lines.
const MAX_OUTPUT_LENGTH = 1_000_000;

const CANCELLED = "The work was cancelled";
