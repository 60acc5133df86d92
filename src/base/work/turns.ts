// Long work on the one thread that a program has: now and then signals and timers get their turn, so that Ctrl-C
// ends it.

import { setImmediate as nextTurn } from "node:timers/promises";

import { nowMs } from "./clock.ts";
import { throwIfCancelled } from "./cancelled.ts";

/** Gives turns away by the clock. */
export class Turns {
  readonly #signal: AbortSignal | undefined;
  readonly #message: string | undefined;
  #sliceEndMs: number = nowMs() + SLICE_MS;

  /** @param message of the error where the work was taken back */
  constructor(signal: AbortSignal | undefined, message?: string) {
    this.#signal = signal;
    this.#message = message;
  }

  /** Whether it is time for {@link give}, at once where the work was taken back: asking costs less than a promise. */
  get isDue(): boolean {
    return nowMs() >= this.#sliceEndMs || this.#signal?.aborted === true;
  }

  /** Lets everything else that waits go on. @throws net/cancelled */
  async give(): Promise<void> {
    await nextTurn();
    throwIfCancelled(this.#signal, this.#message);
    this.#sliceEndMs = nowMs() + SLICE_MS;
  }
}

/** Long work that yields wherever it may pause: the same code runs in turns and, for callers that cannot wait, at once. */
export type Pausing<T> = Generator<undefined, T, undefined>;

/** Of many small steps, such as a link each, how many may pass between two pauses: a pause costs as much as a short step. */
export const STEPS_PER_PAUSE = 16;

/** Does the work, with a turn for others now and then; what takes it back is thrown where it paused. @throws net/cancelled */
export async function inTurns<T>(work: Pausing<T>, turns: Turns): Promise<T> {
  let result = work.next();
  while (result.done !== true) {
    try {
      if (turns.isDue) await turns.give();
    } catch (error) {
      result = work.throw(error);
      continue;
    }
    result = work.next();
  }
  return result.value;
}

/** Does the work without a pause. */
export function atOnce<T>(work: Pausing<T>): T {
  for (;;) {
    const result = work.next();
    if (result.done === true) return result.value;
  }
}

/** A fraction of what a person notices. */
const SLICE_MS = 20;
