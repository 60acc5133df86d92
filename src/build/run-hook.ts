// Calls one hook of a build backend in a process of its own (PEP 517, 660) and reads its answer.

import { PinionError } from "../errors.ts";
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

/** One call: the first of the hooks that the backend has. */
export interface HookCall {
  readonly hooks: readonly HookName[];
  /** By hook, in the order of its parameters; values of JSON. */
  readonly arguments: Readonly<Partial<Record<HookName, readonly unknown[]>>>;
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
  readonly onOutput?: ((stream: "stdout" | "stderr", text: string) => void) | undefined;
}

/** What a hook answered; `missing` where the backend has none of the hooks. */
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
}

/** @throws build/failed with {@link HookFailureDetails}, net/cancelled */
export async function runHook(call: HookCall, process: HookProcess): Promise<HookAnswer> {
  const { python, tree, env, wrap = (command) => command, timeoutMs, signal, onOutput } = process;
  const request = {
    backend: tree.buildSystem.backend,
    backendPath: tree.buildSystem.backendPath,
    hooks: call.hooks,
    arguments: call.arguments,
  };
  const command = wrap({
    program: python,
    arguments: ["-c", HOOK_SCRIPT, JSON.stringify(request)],
    cwd: tree.directory,
    env,
  });
  const result = await runGroup(command, { timeoutMs, signal, onOutput, hasChannel: true });
  const answer = parseAnswer(result.channel);
  if (answer !== undefined && answer.kind !== "raised" && result.exitCode === 0) return answer;
  const name = `${tree.buildSystem.backend}.${call.hooks[0] ?? ""}`;
  throw hookFailed(name, result, answer?.kind === "raised" ? answer : undefined);
}

/** The error for an answer that breaks the hook's rules; `reason` ends a sentence. */
export function invalidAnswer(tree: SourceTree, hook: HookName, reason: string): PinionError {
  const call = `${tree.buildSystem.backend}.${hook}`;
  return new PinionError("build/failed", `Call to \`${call}\` returned an invalid answer: ${reason}`, {
    details: { call, reason },
  });
}

interface Raised {
  readonly kind: "raised";
  readonly type: string;
  readonly missing: string | undefined;
}

function parseAnswer(channel: string): HookAnswer | Raised | undefined {
  const line = channel.split("\n").findLast((text) => text !== "");
  let value: unknown;
  try {
    value = JSON.parse(line ?? "");
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null || !("kind" in value)) return undefined;
  if (value.kind === "missing") return { kind: "missing" };
  if (value.kind === "returned" && "hook" in value && "value" in value && isHookName(value.hook))
    return { kind: "returned", hook: value.hook, value: value.value };
  if (value.kind !== "raised") return undefined;
  const type = "type" in value && typeof value.type === "string" ? value.type : "";
  const missing = "missing" in value && typeof value.missing === "string" ? value.missing : undefined;
  return { kind: "raised", type, missing };
}

function isHookName(value: unknown): value is HookName {
  return typeof value === "string" && HOOK_NAMES.has(value);
}

function hookFailed(call: string, result: GroupResult, raised: Raised | undefined): PinionError {
  const { exitCode, exitSignal, stdout, stderr } = result;
  const end = exitCode === undefined ? `signal: ${exitSignal ?? "unknown"}` : `exit status: ${exitCode}`;
  const block = (title: string, text: string): string =>
    text.trim() === "" ? "" : `\n\n[${title}]\n${text.trimEnd()}`;
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
      } satisfies HookFailureDetails,
    },
  );
}

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
