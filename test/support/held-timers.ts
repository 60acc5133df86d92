// Time-outs without waiting for them: the timers of this process run out when a test says so, however busy the machine is.
//
//   using timers = holdTimers();
//   const silent = createServer((socket) => void socket.once("data", () => timers.runOut()));

import { vi } from "vitest";

export interface HeldTimers extends Disposable {
  /** Lets every timer run out that is running now. */
  runOut(): void;
}

/** Holds `setTimeout` until disposed; sockets, processes and `setImmediate` go on. */
export function holdTimers(): HeldTimers {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  return {
    runOut: () => void vi.advanceTimersByTime(LONGEST_MS),
    [Symbol.dispose]: () => void vi.useRealTimers(),
  };
}

/** Longer than any time-out of a test. */
const LONGEST_MS = 3_600_000;
