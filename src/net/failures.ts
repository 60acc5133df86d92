// The operating system's words for a connection that fails, as errors that a person understands.

import { formatHostPort } from "../base/text/host-port.ts";
import { PinionError, systemCode, type ErrorCode } from "../errors.ts";

/**
 * Explains the failure of a socket.
 *
 * @param what the step that failed, as the beginning of a sentence: "Cannot connect to `host:443`"
 */
export function socketFailure(what: string, cause: unknown): PinionError {
  const code = systemCode(cause);
  const known = code === undefined ? undefined : SYSTEM_CODES.get(code);
  if (known !== undefined) {
    return new PinionError(known.code, `${what}: ${known.words}`, { details: { systemCode: code }, cause });
  }
  const words = cause instanceof Error ? cause.message : "the connection failed";
  return new PinionError("net/reset", `${what}: ${words}`, { details: { systemCode: code }, cause });
}

/** Explains why a host name has no address. */
export function lookupFailure(host: string, cause: unknown): PinionError {
  const code = systemCode(cause);
  const isTemporary = code !== "ENOTFOUND" && code !== "ENODATA" && code !== "EAI_NONAME";
  const words = isTemporary ? "the name server does not answer" : "no such host";
  return new PinionError("net/dns", `Cannot resolve \`${host}\`: ${words}`, {
    details: { host, systemCode: code, isTemporary },
    hints: [isTemporary ? "check whether this machine is online" : "check the spelling of the host name"],
    cause,
  });
}

/** Tells whether the same step may succeed when it is tried again: true for trouble on the way, never for a refusal by rule. */
export function isRetryable(error: unknown): error is PinionError {
  if (!(error instanceof PinionError)) return false;
  if (error.code === "net/dns") return error.details["isTemporary"] === true;
  // A proxy that was cut, or too busy for a tunnel.
  if (error.code === "net/proxy-refused") return error.details["isPassing"] === true;
  if (error.details["isTls"] === true) return false;
  return RETRYABLE.has(error.code);
}

export function connectionTo(host: string, port: number): string {
  return `Cannot connect to \`${formatHostPort(host, port)}\``;
}

const SYSTEM_CODES: ReadonlyMap<string, { readonly code: ErrorCode; readonly words: string }> = new Map([
  ["ECONNREFUSED", { code: "net/refused", words: "connection refused" }],
  ["EHOSTUNREACH", { code: "net/unreachable", words: "no route to the host" }],
  ["EHOSTDOWN", { code: "net/unreachable", words: "the host is down" }],
  ["ENETUNREACH", { code: "net/unreachable", words: "no route to its network" }],
  ["ENETDOWN", { code: "net/unreachable", words: "the network is down" }],
  ["EADDRNOTAVAIL", { code: "net/unreachable", words: "this machine has no address of that kind" }],
  ["EACCES", { code: "net/unreachable", words: "this machine's firewall or sandbox forbids it" }],
  ["EPERM", { code: "net/unreachable", words: "this machine's firewall or sandbox forbids it" }],
  ["ETIMEDOUT", { code: "net/timeout", words: "timed out" }],
  ["ECONNRESET", { code: "net/reset", words: "the connection was reset" }],
  ["ECONNABORTED", { code: "net/reset", words: "the connection was aborted" }],
  ["EPIPE", { code: "net/reset", words: "the connection was closed" }],
]);

const RETRYABLE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "net/refused",
  "net/unreachable",
  "net/timeout",
  "net/reset",
  "net/malformed-response",
  "net/proxy-unreachable",
  "tls/closed-during-handshake",
]);
