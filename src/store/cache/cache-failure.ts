// The one kind of error for a cache that cannot be read or written.

import { systemReason } from "../../base/text/system-reasons.ts";
import { isPinionError, PinionError, systemCode } from "../../errors.ts";

/** Runs what reads or writes the cache; what the system refuses is explained. @throws cache/unusable */
export function explainingCacheFailure<T>(directory: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw cacheFailure(directory, error);
  }
}

/** The error for a cache that cannot be used; an explained error, and one without a system's code, stays what it is. */
export function cacheFailure(directory: string, error: unknown): unknown {
  const code = systemCode(error);
  if (isPinionError(error) || code === undefined || !/^E[A-Z0-9]+$/.test(code)) return error;
  const reason = systemReason(code);
  return new PinionError("cache/unusable", `The cache cannot be used, ${reason}: ${directory}`, {
    details: { directory, systemCode: code },
    hints: [{ kind: code === "ENOSPC" || code === "EDQUOT" ? "free-cache-space" : "move-cache" }],
    cause: error,
  });
}
