// What the TLS engine reports, without its internals.

import { systemCode } from "../../errors.ts";

/** OpenSSL's messages carry addresses, source files and lines; its `reason` by itself says the same. Undefined for other errors. */
export function engineReason(error: unknown): string | undefined {
  return typeof error === "object" && error !== null && "reason" in error && typeof error.reason === "string"
    ? error.reason
    : undefined;
}

/**
 * Whether an engine's error only says that what came is not TLS: it read other bytes as the head of a record (OpenSSL's
 * `WRONG_VERSION_NUMBER` and its like, include/openssl/sslerr.h), and a message that names what came says more.
 */
export function isNotTls(error: unknown): boolean {
  return NOT_TLS.has(systemCode(error) ?? "");
}

const NOT_TLS: ReadonlySet<string> = new Set([
  "ERR_SSL_WRONG_VERSION_NUMBER",
  "ERR_SSL_PACKET_LENGTH_TOO_LONG",
  "ERR_SSL_RECORD_LAYER_FAILURE",
  "ERR_SSL_HTTP_REQUEST",
  "ERR_SSL_UNKNOWN_PROTOCOL",
]);
