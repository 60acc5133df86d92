// Long work on the one thread that a program has: now and then signals and timers get their turn, so that Ctrl-C
// ends it.

import { setImmediate as nextTurn } from "node:timers/promises";

import { nowMs } from "./clock.ts";
import { throwIfCancelled } from "./cancelled.ts";

/** Gives turns away by the clock. */
export class Turns {
  readonly #signal: AbortSignal | undefined;
  #sliceEndMs: number = nowMs() + SLICE_MS;

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
  }

  /** Whether it is time for {@link give}: asking costs less than a promise. */
  get isDue(): boolean {
    return nowMs() >= this.#sliceEndMs;
  }

  /** Lets everything else that waits go on. @throws net/cancelled */
  async give(): Promise<void> {
    await nextTurn();
    throwIfCancelled(this.#signal);
    this.#sliceEndMs = nowMs() + SLICE_MS;
  }
}

/** A fraction of what a person notices. */
const SLICE_MS = 20;
