// How often work lets everything else go on. The clock of this process is hurried, so that every place where the work would give
// a turn away, had it taken long, gives one: the number depends on the work and not on the machine.

import { vi } from "vitest";

/** The turns that others had while the work was done, whether or not it succeeded. */
export async function turnsOf(work: () => Promise<unknown>): Promise<number> {
  let now = process.hrtime.bigint();
  const clock = vi.spyOn(process.hrtime, "bigint").mockImplementation(() => (now += SECOND));
  let turns = 0;
  let next = setImmediate(function take() {
    turns += 1;
    next = setImmediate(take);
  });
  try {
    await work();
  } catch {
    // Refused: that takes turns as well.
  } finally {
    clearImmediate(next);
    clock.mockRestore();
  }
  return turns;
}

const SECOND = 1_000_000_000n;
