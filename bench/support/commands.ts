// The programs that are compared, run as a user runs them, in an environment without the machine's settings.

import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";

export interface Program {
  readonly name: string;
  readonly version: string;
  readonly words: readonly string[];
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** When it is stopped, and who is told so; absent means never. */
  readonly limit?: { readonly ms: number; readonly onStopped: () => void };
}

/** Runs a program to its end. What it prints is thrown away; a failure is not. */
export function runProgram(words: readonly string[], { env = {}, cwd, limit }: RunOptions = {}): void {
  const [file = "", ...rest] = words;
  const done = spawnSync(file, rest, {
    env: { ...CLEAN_ENV, ...env },
    stdio: ["ignore", "ignore", "pipe"],
    encoding: "utf8",
    maxBuffer: MAX_OUTPUT_BYTES,
    killSignal: "SIGKILL",
    ...(limit === undefined ? {} : { timeout: limit.ms }),
    ...(cwd === undefined ? {} : { cwd }),
  });
  if (limit !== undefined && done.signal === "SIGKILL") {
    limit.onStopped();
    return;
  }
  if (done.status !== 0) throw new Error(`${words.join(" ")}\n${done.error?.message ?? ""}${done.stderr}`);
}

/** What a program prints on stdout. */
export function readProgram(words: readonly string[], { env = {} }: RunOptions = {}): string {
  const [file = "", ...rest] = words;
  const done = spawnSync(file, rest, {
    env: { ...CLEAN_ENV, ...env },
    encoding: "utf8",
    maxBuffer: MAX_OUTPUT_BYTES,
  });
  if (done.status !== 0) throw new Error(`${words.join(" ")}\n${done.error?.message ?? ""}${done.stderr}`);
  return done.stdout.trim();
}

/** The processor time, user and system, of all programs that have run so far, in milliseconds; undefined but on Linux. */
export function childCpuMs(): number | undefined {
  try {
    // Fields 16 and 17, after the name in parentheses: ticks of a hundredth of a second (proc_pid_stat(5)).
    const fields = readFileSync("/proc/self/stat", "utf8").split(") ").at(-1)?.split(" ") ?? [];
    return (Number(fields[13]) + Number(fields[14])) * 10;
  } catch {
    return undefined;
  }
}

/**
 * The most memory that a program, its threads and its child processes held at one time, in bytes, from Linux's own books;
 * undefined elsewhere.
 */
export async function peakMemory(
  words: readonly string[],
  { env = {}, cwd }: RunOptions = {},
): Promise<number | undefined> {
  const [file = "", ...rest] = words;
  const child = spawn(file, rest, {
    env: { ...CLEAN_ENV, ...env },
    stdio: "ignore",
    ...(cwd === undefined ? {} : { cwd }),
  });
  const { pid } = child;
  let peak: number | undefined;
  const look = (): void => {
    if (pid === undefined) return;
    // The process's own highest mark misses nothing between two looks; of its children the present size counts.
    const own = statusBytes(pid, "VmHWM");
    if (own === undefined) return;
    const present = statusBytes(pid, "VmRSS") ?? 0;
    const children = descendantsOf(pid).reduce((sum, id) => sum + (statusBytes(id, "VmRSS") ?? 0), 0);
    peak = Math.max(peak ?? 0, own, present + children);
  };
  const timer = setInterval(look, 3);
  const code = await new Promise((resolve) => child.on("close", resolve));
  clearInterval(timer);
  if (code !== 0) throw new Error(`${words.join(" ")} ended with ${String(code)}`);
  return peak;
}

function statusBytes(pid: number, field: "VmHWM" | "VmRSS"): number | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    const kilobytes = new RegExp(`^${field}:\\s*(\\d+) kB$`, "m").exec(status)?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
  } catch {
    // It has ended, or this is not Linux.
    return undefined;
  }
}

function descendantsOf(pid: number): readonly number[] {
  try {
    const children = readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").split(" ").filter(Boolean).map(Number),
    );
    return children.flatMap((child) => [child, ...descendantsOf(child)]);
  } catch {
    return [];
  }
}

/** Pinion as built in this checkout, or where `PINION_BENCH_COMMAND` names its entry. */
export function pinion(): readonly string[] {
  const entry = process.env["PINION_BENCH_COMMAND"] ?? join(process.cwd(), "bin", "pinion.cjs");
  return [process.execPath, entry];
}

/** A Node that does nothing: the floor under everything that starts one. */
export const EMPTY_NODE: readonly string[] = [process.execPath, "-e", "0"];

/** uv, from `PINION_BENCH_UV` or the search path. */
export function findUv(): Program | undefined {
  const file = process.env["PINION_BENCH_UV"] ?? onSearchPath("uv");
  if (file === undefined) return undefined;
  return { name: "uv", version: versionOf([file, "--version"]), words: [file] };
}

/**
 * pip, from `PINION_BENCH_PIP` or the search path, as a file that the Python of an environment runs: what
 * `pip --python` does in the end, without starting pip twice.
 */
export function findPip(): Program | undefined {
  const file = process.env["PINION_BENCH_PIP"] ?? onSearchPath("pip");
  if (file === undefined) return undefined;
  const python = join(dirname(file), "python");
  const runner = readProgram([
    existsSync(python) ? python : "python3",
    "-c",
    "import os, pip; print(os.path.join(os.path.dirname(pip.__file__), '__pip-runner__.py'))",
  ]);
  return { name: "pip", version: versionOf([file, "--version"]), words: [runner] };
}

export function onSearchPath(name: string): string | undefined {
  return (process.env["PATH"] ?? "")
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path));
}

function versionOf(words: readonly string[]): string {
  return /\d[\w.]*/.exec(readProgram(words))?.[0] ?? "?";
}

const CLEAN_ENV: Readonly<Record<string, string>> = {
  PATH: process.env["PATH"] ?? "",
  HOME: join(process.env["PINION_BENCH_FOLDER"] ?? "/nonexistent", "home"),
  LANG: "C.UTF-8",
};

const MAX_OUTPUT_BYTES = 64 * 1024 ** 2;
