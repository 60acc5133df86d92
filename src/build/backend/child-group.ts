// A child process with everything it starts, as one group: it ends as a whole, and a daemon that it leaves behind keeps
// nothing of ours open. Its own session, so that it has no terminal to ask questions on.

import type { ChildProcess } from "node:child_process";
import { Duplex, type Readable } from "node:stream";

import { cancelled } from "../../base/work/cancelled.ts";
import { LineReader } from "../../base/streams/line-reader.ts";
import { Tail } from "../../base/streams/tail.ts";
import { PinionError, systemCode } from "../../errors.ts";

export interface GroupCommand {
  readonly program: string;
  readonly arguments: readonly string[];
  readonly cwd: string;
  /** The whole environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface GroupOptions {
  /** What the user must wait for at most; by default there is no bound. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** What it prints, as it comes. */
  readonly onOutput?: ((stream: "stdout" | "stderr", text: string) => void) | undefined;
  /** Descriptor 3 is a channel to us. */
  readonly channel?: ChannelOptions | undefined;
}

export interface ChannelOptions {
  /** Descriptors 4 and 5 are a second pair of stdout and stderr. */
  readonly hasNextOutput: boolean;
  /** What comes over the channel, line by line. */
  readonly onLine: (line: string) => void;
}

/** How a group ended. */
export interface GroupResult {
  /** Undefined where a signal ended it. */
  readonly exitCode: number | undefined;
  readonly exitSignal: string | undefined;
  /** The last {@link MAX_KEPT_BYTES} of each, without what a terminal would act on. */
  readonly stdout: string;
  readonly stderr: string;
  /** What came over descriptor 3. */
  readonly channel: string;
  /** The second pair of outputs. */
  readonly next?: Pick<GroupResult, "stdout" | "stderr"> | undefined;
}

/**
 * Runs a program to its end, without input; what is left of its group is killed then.
 *
 * @throws net/cancelled; build/failed where it cannot be started, or after the time-out
 */
export async function runGroup(command: GroupCommand, options: GroupOptions = {}): Promise<GroupResult> {
  const { signal } = options;
  if (signal?.aborted === true) throw cancelled(signal, CANCELLED);
  const { spawn } = await import("node:child_process");
  const child = spawn(command.program, command.arguments, {
    cwd: command.cwd,
    env: { ...command.env },
    detached: process.platform !== "win32",
    stdio: ["ignore", ...Array.from({ length: pipesOf(options) }, () => "pipe" as const)],
    windowsHide: true,
  });
  return await new Promise<GroupResult>((resolve, reject) => {
    const tail = (): Tail => new Tail(MAX_KEPT_BYTES);
    const [stdout, stderr] = [tail(), tail()];
    const next = options.channel?.hasNextOutput === true ? ([tail(), tail()] as const) : undefined;
    const channel: Buffer[] = [];
    let channelBytes = 0;
    const lines = new LineReader((line) => options.channel?.onLine(line), MAX_CHANNEL_BYTES);
    let failure: PinionError | undefined;
    let killing: NodeJS.Timeout | undefined;
    const stop = (error: PinionError): void => {
      if (failure !== undefined) return;
      failure = error;
      endGroup(child, "SIGTERM");
      killing = setTimeout(() => {
        child.stdio[3]?.destroy();
        endGroup(child, "SIGKILL");
      }, GRACE_MS);
    };
    const onAbort = (): void => stop(cancelled(signal, CANCELLED));
    const onExit = (): void => {
      endGroup(child, "SIGKILL");
    };
    const timer =
      options.timeoutMs === undefined
        ? undefined
        : setTimeout(() => stop(tooSlow(options.timeoutMs)), options.timeoutMs);
    signal?.addEventListener("abort", onAbort, { once: true });
    process.once("exit", onExit);

    listen(child.stdout, stdout, (text) => options.onOutput?.("stdout", text));
    listen(child.stderr, stderr, (text) => options.onOutput?.("stderr", text));
    if (next !== undefined) {
      listen(pipeOf(child, 4), next[0], (text) => options.onOutput?.("stdout", text));
      listen(pipeOf(child, 5), next[1], (text) => options.onOutput?.("stderr", text));
    }
    pipeOf(child, 3)?.on("data", (piece: Buffer) => {
      channelBytes += piece.length;
      if (channelBytes > MAX_CHANNEL_BYTES) return;
      channel.push(piece);
      lines.add(piece.toString("latin1"));
    });
    pipeOf(child, 3)?.on("error", () => undefined);

    let ended: { readonly code: number | null; readonly signal: string | null } | undefined;
    let closing: NodeJS.Timeout | undefined;
    const finish = (): void => {
      clearTimeout(timer);
      clearTimeout(killing);
      clearTimeout(closing);
      signal?.removeEventListener("abort", onAbort);
      process.removeListener("exit", onExit);
      for (const stream of child.stdio) stream?.destroy();
      if (failure !== undefined) reject(failure);
      else
        resolve({
          exitCode: ended?.code ?? undefined,
          exitSignal: ended?.signal ?? undefined,
          stdout: textOf(stdout),
          stderr: textOf(stderr),
          channel: Buffer.concat(channel).toString("utf8"),
          next: next && { stdout: textOf(next[0]), stderr: textOf(next[1]) },
        });
    };
    child.once("error", (cause) => {
      failure ??= cannotStart(command.program, cause);
      finish();
    });
    child.once("exit", (code, exitSignal) => {
      ended = { code, signal: exitSignal };
      // What stayed behind would keep our pipes open.
      endGroup(child, "SIGKILL");
      closing = setTimeout(finish, CLOSE_MS);
    });
    child.once("close", finish);
  });
}

/** Sends a signal to a child and to all of its group. */
function endGroup(child: ChildProcess, signal: "SIGTERM" | "SIGKILL"): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === "win32") child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch (error) {
    if (systemCode(error) !== "ESRCH" && systemCode(error) !== "EPERM") throw error;
  }
}

/** stdout, stderr, the channel, and the second pair. */
function pipesOf({ channel }: GroupOptions): number {
  if (channel === undefined) return 2;
  return channel.hasNextOutput ? 5 : 3;
}

function pipeOf(child: ChildProcess, descriptor: 3 | 4 | 5): Duplex | undefined {
  const streams: readonly unknown[] = child.stdio;
  const stream = streams[descriptor];
  return stream instanceof Duplex ? stream : undefined;
}

function listen(stream: Readable | null | undefined, tail: Tail, onText: (text: string) => void): void {
  const decoder = new TextDecoder();
  stream?.on("data", (piece: Buffer) => {
    tail.add(piece);
    onText(printable(decoder.decode(piece, { stream: true })));
  });
  stream?.on("error", () => undefined);
}

/** The end of what a program printed: that is where it says what went wrong. */
function textOf(tail: Tail): string {
  const text = printable(tail.bytes().toString("utf8"));
  return tail.isCut ? `[…]\n${text}` : text;
}

/** Without escape sequences and control characters, which a terminal would act on. */
function printable(text: string): string {
  return text
    .replaceAll(ESCAPE_SEQUENCE, "")
    .replaceAll("\r\n", "\n")
    .replaceAll(/[^\P{Cc}\n\t]/gu, "");
}

function cannotStart(program: string, cause: unknown): PinionError {
  return new PinionError(
    "build/failed",
    `Failed to run \`${program}\`: ${systemCode(cause) ?? "unknown reason"}`,
    {
      details: { program, systemCode: systemCode(cause) },
      cause,
    },
  );
}

function tooSlow(timeoutMs = 0): PinionError {
  return new PinionError("build/failed", `Timed out after ${timeoutMs / 1000} seconds`, {
    details: { timeoutMs },
  });
}

/** As ECMA-48 has them: CSI, OSC and the two-character forms. */
const ESCAPE_SEQUENCE = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-_])/g;
/** Between SIGTERM and SIGKILL, as process managers have it for interactive use. */
const GRACE_MS = 2000;
/** For what is still in the pipes of a program that has ended. */
const CLOSE_MS = 2000;
/** Long compiler output fits; a program that prints for ever does not fill the memory. */
const MAX_KEPT_BYTES = 1024 ** 2;
/** A list of requirements, or the name of a file. */
const MAX_CHANNEL_BYTES = 1024 ** 2;

const CANCELLED = "The build was cancelled";
