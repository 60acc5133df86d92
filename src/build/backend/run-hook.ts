// Calls a hook of a build backend in a process of its own (PEP 517, 660) and reads its answer; two that follow each other may
// share the process.

import { constants } from "node:os";

import { PinionError } from "../../errors.ts";
import { runGroup, type GroupCommand, type GroupResult } from "./child-group.ts";
import { HOOK_SCRIPT } from "./hook-script.ts";
import type { SourceTree } from "./build-system.ts";

export type HookName =
  | "get_requires_for_build_wheel"
  | "get_requires_for_build_editable"
  | "get_requires_for_build_sdist"
  | "prepare_metadata_for_build_wheel"
  | "prepare_metadata_for_build_editable"
  | "build_wheel"
  | "build_editable"
  | "build_sdist";

/** One call. */
export interface HookCall {
  readonly hook: HookName;
  /** In the order of its parameters; values of JSON. */
  readonly arguments: readonly unknown[];
}

/** A hook that asks for requirements, and the one that follows where it asks for nothing new. */
export interface HookSequence {
  readonly first: HookCall;
  readonly next: HookCall;
  /** The requirements that are there. */
  readonly known: readonly string[];
}

/** The process in which a hook runs. */
export interface HookProcess {
  /** The Python that has the backend. */
  readonly python: string;
  readonly tree: SourceTree;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Changes the command that runs a hook: a sandbox, or a refusal. */
  readonly wrap?: ((command: GroupCommand) => GroupCommand) | undefined;
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Whether the caller shows what the hook prints as it comes: then the message of a failure does not repeat it. */
  readonly isOutputShown?: boolean | undefined;
  readonly onOutput?: ((stream: "stdout" | "stderr", text: string) => void) | undefined;
}

/** What a hook answered; `missing` where the backend does not have it. */
export type HookAnswer =
  | { readonly kind: "returned"; readonly hook: HookName; readonly value: unknown }
  | { readonly kind: "missing" };

/** Details of `build/failed` where a hook ended without an answer. */
export interface HookFailureDetails {
  /** `setuptools.build_meta.build_wheel` */
  readonly call: string;
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** The Python exception that ended it, where one did. */
  readonly exception: string | undefined;
  /** The module whose import failed, where that ended it. */
  readonly missingModule: string | undefined;
  /** The server whose certificate the hook refused, where that ended it. */
  readonly unverifiedServer?: ServerPlace | undefined;
}

export interface ServerPlace {
  readonly host: string;
  readonly port: number;
}

/** @throws build/failed with {@link HookFailureDetails}, net/cancelled */
export async function runHook(call: HookCall, process: HookProcess): Promise<HookAnswer> {
  const [answer] = await runCalls({ calls: [call], known: [] }, process);
  return answer;
}

/**
 * Calls a hook, and the next one where the answer requires nothing that is not there; Linux only.
 *
 * @param onNext called when the next one begins
 * @throws as {@link runHook}
 */
export async function runHooks(
  { first, next, known }: HookSequence,
  process: HookProcess,
  onNext: () => void,
): Promise<readonly [HookAnswer, HookAnswer?]> {
  return await runCalls({ calls: [first, next], known }, process, onNext);
}

async function runCalls(
  { calls, known }: { readonly calls: readonly [HookCall, HookCall?]; readonly known: readonly string[] },
  process: HookProcess,
  onNext?: () => void,
): Promise<readonly [HookAnswer, HookAnswer?]> {
  const { python, tree, env, wrap = (command) => command, timeoutMs, signal, onOutput } = process;
  const { backend, backendPath } = tree.buildSystem;
  const request = {
    backend,
    backendPath,
    calls: calls.flatMap((call) =>
      call === undefined ? [] : [{ hook: call.hook, arguments: call.arguments }],
    ),
    known,
  };
  const command = wrap({
    program: python,
    arguments: ["-c", HOOK_SCRIPT, JSON.stringify(request)],
    cwd: tree.directory,
    env,
  });
  let isNext = false;
  const result = await runGroup(command, {
    timeoutMs,
    signal,
    onOutput,
    channel: {
      hasNextOutput: calls.length > 1,
      onLine: (line) => {
        if (isNext || parseMessage(line)?.kind !== "next") return;
        isNext = true;
        onNext?.();
      },
    },
  });
  const told = result.channel.split("\n").flatMap((line) => parseMessage(line) ?? []);
  const border = told.findIndex(({ kind }) => kind === "next");
  const first = told.slice(0, border === -1 ? told.length : border).at(-1);
  const next = border === -1 ? undefined : told.at(-1);
  if (result.exitCode === 0 && isAnswer(first)) {
    if (next === undefined) return [first];
    if (isAnswer(next)) return [first, next];
  }
  const last = told.at(-1);
  throw hookFailed(
    `${backend}.${(border === -1 ? calls[0] : (calls[1] ?? calls[0])).hook}`,
    border === -1 ? result : { ...result, ...result.next },
    { raised: last?.kind === "raised" ? last : undefined, isOutputShown: process.isOutputShown === true },
  );
}

function isAnswer(message: HookMessage | undefined): message is HookAnswer {
  return message?.kind === "returned" || message?.kind === "missing";
}

/** An answer that breaks the hook's rules. */
export interface InvalidAnswer {
  /** The end of a sentence. */
  readonly reason: string;
  /** Whether it names a folder of metadata that is not there. */
  readonly isMetadataMissing?: boolean;
}

/** The error for such an answer. */
export function invalidAnswer(
  tree: SourceTree,
  hook: HookName,
  { reason, isMetadataMissing = false }: InvalidAnswer,
): PinionError {
  const call = `${tree.buildSystem.backend}.${hook}`;
  return new PinionError("build/failed", `Call to \`${call}\` returned an invalid answer: ${reason}`, {
    details: { call, reason, isMetadataMissing },
  });
}

interface Raised {
  readonly kind: "raised";
  readonly type: string;
  readonly missing: string | undefined;
  readonly unverified: ServerPlace | undefined;
}

/** `next`: the second hook begins. */
type HookMessage = HookAnswer | Raised | { readonly kind: "next" };

function parseMessage(line: string): HookMessage | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null || !("kind" in value)) return undefined;
  if (value.kind === "missing" || value.kind === "next") return { kind: value.kind };
  if (value.kind === "returned" && "hook" in value && "value" in value && isHookName(value.hook))
    return { kind: "returned", hook: value.hook, value: value.value };
  if (value.kind !== "raised") return undefined;
  const type = "type" in value && typeof value.type === "string" ? value.type : "";
  const missing = "missing" in value && typeof value.missing === "string" ? value.missing : undefined;
  const unverified = "unverified" in value ? readPlace(value.unverified) : undefined;
  return { kind: "raised", type, missing, unverified };
}

function readPlace(value: unknown): ServerPlace | undefined {
  if (typeof value !== "object" || value === null || !("host" in value && "port" in value)) return undefined;
  const { host, port } = value;
  if (typeof host !== "string" || typeof port !== "number") return undefined;
  return HOST_NAME.test(host) && Number.isInteger(port) && port > 0 && port < 65_536
    ? { host, port }
    : undefined;
}

function isHookName(value: unknown): value is HookName {
  return typeof value === "string" && HOOK_NAMES.has(value);
}

function hookFailed(
  call: string,
  result: GroupResult,
  { raised, isOutputShown }: { readonly raised: Raised | undefined; readonly isOutputShown: boolean },
): PinionError {
  const { exitCode, exitSignal, stdout, stderr } = result;
  const end = exitCode === undefined ? `signal: ${showSignal(exitSignal)}` : `exit status: ${exitCode}`;
  const block = (title: string, text: string): string =>
    isOutputShown || text.trim() === "" ? "" : `\n\n[${title}]\n${text.trimEnd()}`;
  return new PinionError(
    "build/failed",
    `Call to \`${call}\` failed (${end})${block("stdout", stdout)}${block("stderr", stderr)}`,
    {
      details: {
        call,
        exitCode,
        stdout,
        stderr,
        exception: raised?.type,
        missingModule: raised?.missing,
        unverifiedServer: raised?.unverified,
      } satisfies HookFailureDetails,
    },
  );
}

/** `9 (SIGKILL)` */
function showSignal(name: string | undefined): string {
  const known = Object.entries(constants.signals).find(([signal]) => signal === name);
  return known === undefined ? (name ?? "unknown") : `${known[1]} (${known[0]})`;
}

/** A name or an IP address, without brackets: what the answer says goes into a URL. */
const HOST_NAME = /^[\w.:-]{1,253}$/;
const HOOK_NAMES: ReadonlySet<string> = new Set<HookName>([
  "get_requires_for_build_wheel",
  "get_requires_for_build_editable",
  "get_requires_for_build_sdist",
  "prepare_metadata_for_build_wheel",
  "prepare_metadata_for_build_editable",
  "build_wheel",
  "build_editable",
  "build_sdist",
]);
