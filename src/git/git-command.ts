// Runs the system's `git`: without prompts, without the variables of a repository that Pinion happens to run in, and with
// credentials and trust only in its environment (never in its arguments, nor in a file).

import { cancelled } from "../base/work/cancelled.ts";
import { isPinionError, PinionError, systemCode } from "../errors.ts";
import { formatSeconds } from "../net/deadline.ts";
import { skipSmudge } from "./large-files.ts";

export interface GitEnvironment {
  /** What git inherits: PATH, HOME, proxies, trust. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Settings of git for this command, over those of its files: `["http.sslVerify", "true"]`. */
  readonly settings?: readonly GitSetting[] | undefined;
  /** For one server, where its URL was given with some. */
  readonly credentials?: GitCredentials | undefined;
  readonly signal?: AbortSignal | undefined;
}

export type GitSetting = readonly [key: string, value: string];

export interface GitCredentials {
  /** `https://host:port` */
  readonly origin: string;
  readonly username: string;
  readonly password: string;
}

/** What is done while a command runs. */
export interface GitWatch {
  /** Gets what git prints, instead of it being collected; what it throws ends the command. */
  readonly take?: ((text: string) => void) | undefined;
  /** How long git may print nothing, neither results nor progress, before it is ended; without it, any time. */
  readonly silenceMs?: number | undefined;
}

/** Details of `git/failed`. */
export interface GitFailureDetails {
  /** The command line, as a person would write it. */
  readonly command: string;
  readonly exitCode: number | undefined;
  readonly stderr: string;
}

/**
 * Runs git and gives back what it prints.
 *
 * @throws git/not-found, git/failed with {@link GitFailureDetails}, git/too-large, net/timeout, net/cancelled, what the watch throws
 */
export async function git(
  arguments_: readonly string[],
  directory: string,
  { env, settings = [], credentials, signal }: GitEnvironment,
  { take, silenceMs }: GitWatch = {},
): Promise<string> {
  const { spawn } = await import("node:child_process");
  const program = await findGit(env);
  if (signal?.aborted === true) throw cancelled(signal, CANCELLED);
  const child = spawn(program, arguments_, {
    cwd: directory,
    env: { ...gitEnvironment(env, settings, credentials) },
    // Its own session has no terminal on which ssh could ask.
    detached: process.platform !== "win32",
    stdio: ["ignore", "pipe", "pipe"],
    windowsHide: true,
  });
  return await new Promise<string>((resolve, reject) => {
    const output = { stdout: "", stderr: "" };
    let stopped: { readonly reason: unknown } | undefined;
    const kill = (): void => {
      if (child.pid === undefined) return;
      try {
        if (process.platform === "win32") child.kill("SIGKILL");
        else process.kill(-child.pid, "SIGKILL");
      } catch (error) {
        if (systemCode(error) !== "ESRCH") throw error;
      }
    };
    const stop = (reason: unknown): void => {
      stopped ??= { reason };
      kill();
    };
    const silence =
      silenceMs === undefined ? undefined : setTimeout(() => stop(silent(silenceMs)), silenceMs);
    signal?.addEventListener("abort", kill, { once: true });
    process.once("exit", kill);
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      silence?.refresh();
      if (stopped !== undefined) return;
      if (take === undefined) {
        output.stdout += text;
        if (output.stdout.length > MAX_OUTPUT_LENGTH) stop(tooMuch());
        return;
      }
      try {
        take(text);
      } catch (error) {
        stop(error);
      }
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      silence?.refresh();
      output.stderr = (output.stderr + text).slice(-MAX_ERROR_LENGTH);
    });
    const finish = (settle: () => void): void => {
      clearTimeout(silence);
      signal?.removeEventListener("abort", kill);
      process.removeListener("exit", kill);
      settle();
    };
    child.once("error", (cause) => {
      finish(() => reject(cannotStart(cause)));
    });
    child.once("close", (code) => {
      finish(() => {
        if (signal?.aborted === true) reject(cancelled(signal, CANCELLED));
        else if (stopped !== undefined) reject(stopped.reason);
        else if (code === 0) resolve(output.stdout);
        else reject(failed(arguments_, code ?? undefined, output.stderr));
      });
    });
  });
}

/**
 * Git's settings that match a pattern, from its files and its environment.
 *
 * @param pattern a regular expression of git for names whose first and last part are in lower case
 * @throws git/not-found, git/failed, net/cancelled
 */
export async function matchingSettings(
  pattern: string,
  directory: string,
  environment: GitEnvironment,
): Promise<readonly GitSetting[]> {
  try {
    const listing = await git(["config", "-z", "--get-regexp", pattern], directory, environment);
    return listing
      .split("\0")
      .filter((entry) => entry !== "")
      .map((entry) => {
        const [name = "", ...value] = entry.split("\n");
        return [name, value.join("\n")];
      });
  } catch (error) {
    const isNone = isPinionError(error, "git/failed") && error.details["exitCode"] === NO_SETTING;
    if (isNone) return [];
    throw error;
  }
}

/** Not left to the system, which may look in the working folder first: that may be a checkout. @throws git/not-found */
async function findGit(env: GitEnvironment["env"]): Promise<string> {
  // Without a search path there are only the system's own folders.
  if ((env["PATH"] ?? env["Path"]) === undefined) return "git";
  const { findProgram } = await import("../base/files/find-program.ts");
  return (await findProgram("git", env)) ?? Promise.reject(notFound(undefined));
}

function gitEnvironment(
  env: GitEnvironment["env"],
  settings: readonly GitSetting[],
  credentials: GitCredentials | undefined,
): Readonly<Record<string, string | undefined>> {
  const inherited = Object.fromEntries(
    Object.entries(env).filter(([name]) => !OF_A_REPOSITORY.has(name) && name !== "GIT_SSL_NO_VERIFY"),
  );
  return {
    ...inherited,
    GIT_TERMINAL_PROMPT: "0",
    GIT_ASKPASS: "",
    SSH_ASKPASS: "",
    SSH_ASKPASS_REQUIRE: "never",
    // Hooks of a template folder must not run in what is cloned here.
    GIT_TEMPLATE_DIR: "",
    GIT_LFS_SKIP_SMUDGE: skipSmudge(env),
    LC_ALL: "C",
    ...settingsEnvironment(env, [...settings, ...credentialSettings(credentials)]),
    ...(credentials === undefined
      ? {}
      : { PINION_GIT_USERNAME: credentials.username, PINION_GIT_PASSWORD: credentials.password }),
  };
}

/** Git asks a helper of its configuration, which it takes from variables, for one server only: no redirect leads it on. */
function credentialSettings(credentials: GitCredentials | undefined): readonly GitSetting[] {
  if (credentials === undefined) return [];
  const key = `credential.${credentials.origin}.helper`;
  return [
    [key, ""],
    [key, HELPER],
  ];
}

/** As `git -c` hands settings on: they come after all others, and so over them. */
function settingsEnvironment(
  env: GitEnvironment["env"],
  settings: readonly GitSetting[],
): Readonly<Record<string, string>> {
  const inherited = env["GIT_CONFIG_PARAMETERS"] ?? "";
  const own = settings.map(([key, value]) =>
    // The older form, which every version knows, cannot tell where such a key ends.
    key.includes("=") ? `${quoted(key)}=${quoted(value)}` : quoted(`${key}=${value}`),
  );
  return { GIT_CONFIG_PARAMETERS: [inherited, ...own].filter((part) => part !== "").join(" ") };
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function silent(silenceMs: number): PinionError {
  return new PinionError("net/timeout", `timed out: git said nothing for ${formatSeconds(silenceMs)}`, {
    details: { timeoutMs: silenceMs },
  });
}

function tooMuch(): PinionError {
  const reason = `has more than ${MAX_OUTPUT_LENGTH} characters of names`;
  return new PinionError("git/too-large", `The repository ${reason}`, { details: { reason } });
}

function failed(arguments_: readonly string[], exitCode: number | undefined, stderr: string): PinionError {
  const command = ["git", ...arguments_].join(" ");
  // What is written over on a terminal is progress.
  const lines = stderr.replaceAll("\r\n", "\n").split("\n");
  const said = lines
    .map((line) => line.slice(line.lastIndexOf("\r") + 1))
    .join("\n")
    .replaceAll(/[^\P{Cc}\n\t]/gu, "")
    .trim();
  return new PinionError(
    "git/failed",
    `Process didn't exit successfully: \`${command}\` (exit status: ${exitCode ?? "of a signal"})${said === "" ? "" : `\n--- stderr\n${said}`}`,
    { details: { command, exitCode, stderr: said } satisfies GitFailureDetails },
  );
}

function notFound(cause: unknown): PinionError {
  return new PinionError(
    "git/not-found",
    "Git executable not found. Ensure that Git is installed and available",
    { cause },
  );
}

function cannotStart(cause: unknown): PinionError {
  if (systemCode(cause) === "ENOENT") return notFound(cause);
  return new PinionError("git/failed", `Git cannot be started: ${systemCode(cause) ?? "unknown reason"}`, {
    cause,
  });
}

/** For `get` only: git also offers to store and to erase. */
const HELPER = `!f() { test "$1" = get && printf 'username=%s\\npassword=%s\\n' "$PINION_GIT_USERNAME" "$PINION_GIT_PASSWORD"; }; f`;
/** `git rev-parse --local-env-vars`, but for configuration, which is the user's. */
const OF_A_REPOSITORY: ReadonlySet<string> = new Set([
  "GIT_ALTERNATE_OBJECT_DIRECTORIES",
  "GIT_OBJECT_DIRECTORY",
  "GIT_DIR",
  "GIT_WORK_TREE",
  "GIT_IMPLICIT_WORK_TREE",
  "GIT_GRAFT_FILE",
  "GIT_INDEX_FILE",
  "GIT_NO_REPLACE_OBJECTS",
  "GIT_REPLACE_REF_BASE",
  "GIT_PREFIX",
  "GIT_SHALLOW_FILE",
  "GIT_COMMON_DIR",
  "GIT_NAMESPACE",
]);
/** The exit status of `git config` where nothing matches. */
const NO_SETTING = 1;
/** The references of the largest repositories. */
const MAX_OUTPUT_LENGTH = 64 * 1024 ** 2;
const MAX_ERROR_LENGTH = 64 * 1024;

const CANCELLED = "The work was cancelled";
