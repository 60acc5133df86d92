// Asks the `keyring` program for credentials: by pip's JSON protocol, then by the older one that uv speaks. The answer stays
// between the program and the caller; what the program writes for the user (a login's URL and code) passes through.

import { findProgram } from "../../base/files/find-program.ts";
import { runKeyring, type ProgramEnd, type RunProgram } from "./keyring-process.ts";

export interface KeyringOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A program's path, or a name to look for; default: `keyring`. */
  readonly command?: string | undefined;
  /** Runs the program; for tests. */
  readonly run?: RunProgram | undefined;
  readonly onEvent?: ((event: KeyringEvent) => void) | undefined;
}

/** What happens while the program is asked. */
export type KeyringEvent =
  | { readonly kind: "asking"; readonly program: string; readonly service: string }
  /** A piece of what the program writes to stderr, as it comes: it is meant for the user. */
  | { readonly kind: "output"; readonly text: string }
  /** The program has not ended for a while. */
  | { readonly kind: "waiting"; readonly program: string; readonly service: string }
  | { readonly kind: "answered"; readonly outcome: KeyringOutcome; readonly milliseconds: number };

export interface KeyringAnswer {
  readonly username: string;
  readonly password: string;
}

/** How a question ended. Everything but `answer` may be printed. */
export type KeyringOutcome =
  | { readonly kind: "found"; readonly program: string; readonly answer: KeyringAnswer }
  | { readonly kind: "none"; readonly program: string; readonly service: string }
  | { readonly kind: "missing"; readonly program: string }
  | {
      readonly kind: "failed";
      readonly program: string;
      readonly service: string;
      /** How it ended: "it exited with status 2". */
      readonly reason: string;
      /** Whether it would only fail, or take as long, again. */
      readonly isFinal: boolean;
    };

/** Asks for a service (an index's URL, or a host), and for a user of it where one is known. */
export async function askKeyring(
  service: string,
  username: string | undefined,
  options: KeyringOptions,
): Promise<KeyringOutcome> {
  const { env, command = "keyring", onEvent } = options;
  // The `keyring` of an active environment has other backends than the one that the user set up (uv#12042).
  const program = await findProgram(command, env, { passesOver: env["VIRTUAL_ENV"] });
  if (program === undefined) return { kind: "missing", program: command };
  // A project's file or a requirements file may have chosen both: the program would take them for options of its own.
  if (service.startsWith("-") || username?.startsWith("-") === true)
    return { kind: "none", program, service };
  const started = performance.now();
  onEvent?.({ kind: "asking", program, service });
  const outcome = await ask({ program, service, username, options });
  onEvent?.({ kind: "answered", outcome, milliseconds: performance.now() - started });
  return outcome;
}

/** The outcome as a statement for a hint or a log, without a full stop; undefined where there is an answer. */
export function describeOutcome(outcome: KeyringOutcome): string | undefined {
  switch (outcome.kind) {
    case "found":
      return undefined;
    case "none":
      return `the keyring program \`${outcome.program}\` has no credentials for \`${outcome.service}\``;
    case "missing":
      return `the keyring program \`${outcome.program}\` was not found on PATH`;
    case "failed":
      return `the keyring program \`${outcome.program}\` failed for \`${outcome.service}\`: ${outcome.reason}`;
  }
}

interface Question {
  readonly program: string;
  readonly service: string;
  readonly username: string | undefined;
  readonly options: KeyringOptions;
}

async function ask(question: Question): Promise<KeyringOutcome> {
  const { program, service, username } = question;
  const user = username === undefined ? [] : [username];
  // A program that does not know this form answers with its usage, which would only confuse.
  const json = await run(["--mode", "creds", "get", "--output=json", service, ...user], "usage", question);
  const answer = json.kind === "exited" && json.exitCode === 0 ? parseJsonAnswer(json.stdout) : undefined;
  if (answer !== undefined) return { kind: "found", program, answer };
  const failure = failureOf(json, question);
  if (failure?.isFinal === true) return failure;
  const plain = await run(
    username === undefined ? ["get", "--mode", "creds", service] : ["get", service, username],
    "nothing",
    question,
  );
  const lines = plain.kind === "exited" && plain.exitCode === 0 ? plain.stdout.split(/\r?\n/) : [];
  const [name, password] = username === undefined ? lines : [username, lines[0]];
  if (name && password) return { kind: "found", program, answer: { username: name, password } };
  return failureOf(plain, question) ?? { kind: "none", program, service };
}

function run(args: readonly string[], hides: "usage" | "nothing", question: Question): Promise<ProgramEnd> {
  const { program, service, options } = question;
  const { env, run: runProgram = runKeyring, onEvent } = options;
  return runProgram(program, args, {
    env,
    hides,
    onOutput: (text) => onEvent?.({ kind: "output", text }),
    onWaiting: () => onEvent?.({ kind: "waiting", program, service }),
  });
}

/** Without credentials `keyring get` exits with 1 and writes nothing: that is an answer, everything else a failure. */
function failureOf(
  end: ProgramEnd,
  { program, service }: Question,
): Extract<KeyringOutcome, { kind: "failed" }> | undefined {
  const failed = (reason: string, isFinal: boolean): Extract<KeyringOutcome, { kind: "failed" }> => ({
    kind: "failed",
    program,
    service,
    reason,
    isFinal,
  });
  switch (end.kind) {
    case "exited":
      if (end.exitCode === 0 || (end.exitCode === 1 && !end.wroteErrors)) return undefined;
      return failed(`it exited with status ${end.exitCode}`, false);
    case "not-started":
      return failed(`it could not be started (${end.systemCode ?? "unknown error"})`, true);
    case "killed":
      return failed(`it was ended by ${end.signal}`, false);
    case "timed-out":
      return failed(`it timed out after ${Math.round(end.milliseconds / 1000)} s`, true);
    case "too-long":
      return failed("its answer is too long", true);
  }
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
