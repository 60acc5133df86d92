// Work that its caller took back.

import { PinionError } from "../../errors.ts";

/** The error of cancelled work. */
export function cancelled(signal: AbortSignal | undefined, message = "Cancelled"): PinionError {
  return new PinionError("net/cancelled", message, { cause: signal?.reason });
}

/** @throws net/cancelled where the caller has taken the work back */
export function throwIfCancelled(signal: AbortSignal | undefined, message?: string): void {
  if (signal?.aborted === true) throw cancelled(signal, message);
}
