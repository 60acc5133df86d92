// Waiting with an end: one signal for "cancelled by the caller" and "took too long", and which of the two it was.

import { cancelled } from "../base/work/cancelled.ts";
import { PinionError } from "../errors.ts";

export interface Deadline {
  readonly signal: AbortSignal;
  /** The error that the abort means, as the failure of `what`. */
  failure(what: string): PinionError;
  /** Ends the timer. */
  dispose(): void;
}

/** Starts a deadline that also ends when the caller's own signal does. */
export function startDeadline(timeoutMs: number, outer?: AbortSignal): Deadline {
  const controller = new AbortController();
  // One more turn for what has arrived already: the program itself may have been busy while the time ran out.
  const timer = setTimeout(() => setImmediate(() => controller.abort()), timeoutMs);
  const onOuterAbort = (): void => controller.abort();
  if (outer?.aborted === true) controller.abort();
  outer?.addEventListener("abort", onOuterAbort, { once: true });
  return {
    signal: controller.signal,
    failure(what) {
      if (outer?.aborted === true) return cancelled(outer);
      return new PinionError(
        "net/timeout",
        `${what}: timed out, no answer within ${formatSeconds(timeoutMs)}`,
        {
          details: { timeoutMs },
        },
      );
    },
    dispose() {
      clearTimeout(timer);
      outer?.removeEventListener("abort", onOuterAbort);
    },
  };
}

/** Waits for a promise, but no longer than until the signal; the promise's later end is then ignored. */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal, failure: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(failure());
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

/** Sleeps; ends at once, with `net/cancelled`, when the signal does. */
export function sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(cancelled(signal));
    const onAbort = (): void => {
      clearTimeout(timer);
      if (signal !== undefined) reject(cancelled(signal));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, durationMs);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

/** `10 s`, `0.3 s`. */
export function formatSeconds(durationMs: number): string {
  return `${Number((durationMs / 1000).toFixed(1))} s`;
}
