// Asks the `keyring` program for credentials: by pip's JSON protocol, then by the older one that uv speaks.
// What it prints stays between it and the caller.

import { spawn } from "node:child_process";
import { access, constants } from "node:fs/promises";
import { delimiter, join, resolve, sep } from "node:path";

export interface KeyringOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A program's path, or a name to be looked for; `keyring` where it is left out. */
  readonly command?: string;
  /** Runs the program; for tests. */
  readonly run?: RunProgram;
}

/** Runs a program without input; undefined where it cannot be started, takes too long or says too much. */
export type RunProgram = (
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
) => Promise<{ readonly exitCode: number; readonly stdout: string } | undefined>;

export interface KeyringAnswer {
  readonly username: string;
  readonly password: string;
}

/** Asks for a service (an index's URL, or a host), and for a user of it where one is known. */
export async function askKeyring(
  service: string,
  username: string | undefined,
  options: KeyringOptions,
): Promise<KeyringAnswer | undefined> {
  const { env, run = runProgram } = options;
  const program = await findProgram(options.command ?? "keyring", env);
  if (program === undefined) return undefined;
  const user = username === undefined ? [] : [username];
  const json = await run(program, ["--mode", "creds", "get", "--output=json", service, ...user], env);
  const answer = json?.exitCode === 0 ? parseJsonAnswer(json.stdout) : undefined;
  if (answer !== undefined) return answer;
  if (username === undefined) {
    const plain = await run(program, ["get", "--mode", "creds", service], env);
    const [name, password] = plain?.exitCode === 0 ? plain.stdout.split(/\r?\n/) : [];
    return name && password ? { username: name, password } : undefined;
  }
  const plain = await run(program, ["get", service, username], env);
  const [password] = plain?.exitCode === 0 ? plain.stdout.split(/\r?\n/) : [];
  return password ? { username, password } : undefined;
}

/**
 * Finds a program on `PATH`, but not in an active virtual environment: its `keyring` has other backends than the one
 * that the user set up (uv#12042).
 */
export async function findProgram(
  name: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  if (name.includes("/") || name.includes(sep)) return (await isExecutable(name)) ? name : undefined;
  const environment = env["VIRTUAL_ENV"];
  const folders = (env["PATH"] ?? env["Path"] ?? "").split(delimiter).filter((folder) => folder !== "");
  const extensions = process.platform === "win32" ? [".exe", ".cmd", ".bat"] : [""];
  for (const folder of folders) {
    if (environment !== undefined && environment !== "" && isInside(folder, environment)) continue;
    for (const extension of extensions) {
      const path = join(folder, name + extension);
      if (await isExecutable(path)) return path;
    }
  }
  return undefined;
}

function parseJsonAnswer(text: string): KeyringAnswer | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { username, password } = Object.fromEntries(Object.entries(value));
  return typeof username === "string" && typeof password === "string" ? { username, password } : undefined;
}

const runProgram: RunProgram = (program, args, env) =>
  new Promise((finish) => {
    const child = spawn(program, args, {
      env: { ...env, PYTHONIOENCODING: "utf-8" },
      stdio: ["ignore", "pipe", "ignore"],
      timeout: KEYRING_TIMEOUT_MS,
      windowsHide: true,
    });
    let stdout = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      stdout += chunk;
      if (stdout.length > MAX_OUTPUT_LENGTH) child.kill("SIGKILL");
    });
    child.once("error", () => finish(undefined));
    child.once("close", (exitCode) => {
      finish(exitCode === null ? undefined : { exitCode, stdout });
    });
  });

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function isInside(folder: string, root: string): boolean {
  const [inner, outer] = [resolve(folder), resolve(root)];
  return inner === outer || inner.startsWith(outer + sep);
}

// Long enough for a person to unlock the store.
const KEYRING_TIMEOUT_MS = 120_000;
const MAX_OUTPUT_LENGTH = 64 * 1024;
