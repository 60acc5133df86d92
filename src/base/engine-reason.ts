// What the TLS engine reports, without its internals.

/** OpenSSL's messages carry addresses, source files and lines; its `reason` by itself says the same. Undefined for other errors. */
export function engineReason(error: unknown): string | undefined {
  return typeof error === "object" && error !== null && "reason" in error && typeof error.reason === "string"
    ? error.reason
    : undefined;
}
