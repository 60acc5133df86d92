// Whether work takes time in proportion to its input, by the time of the processor: it does not depend on what else the
// machine does.

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** The shortest times for inputs each of which is twice the one before; tried again while they do not look linear. */
export async function bestTimes<T>(
  inputs: readonly T[],
  run: (input: T) => unknown,
): Promise<readonly number[]> {
  const best = inputs.map(() => Infinity);
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    // A clean heap makes the times smaller and more alike, but costs more than most of what is measured.
    const measure = attempt === 0 ? timeOf : timeOfLarge;
    for (const [at, input] of inputs.entries())
      best[at] = Math.min(best[at] ?? Infinity, await measure(run, input));
    if (isLinear(best)) break;
  }
  return best;
}

/**
 * By the smaller ratio of two doublings: where the heap grows over a bound of the collector's, one of them costs more,
 * but what is not linear costs more each time. Below `MIN_MS` there is nothing to compare.
 */
export function isLinear([onceMs = 0, twiceMs = 0, fourfoldMs = 0]: readonly number[]): boolean {
  return fourfoldMs < MIN_MS || Math.min(twiceMs / onceMs, fourfoldMs / twiceMs) < MAX_RATIO;
}

/** The time of the processor for one call. */
export async function timeOf<T>(run: (input: T) => unknown, input: T): Promise<number> {
  const started = process.cpuUsage();
  try {
    await run(input);
  } catch {
    // Refused: that takes time as well.
  }
  const { user, system } = process.cpuUsage(started);
  return (user + system) / 1000;
}

/**
 * Whether a call takes the processor longer than that. To ask for its time costs as much as many a call; the time on the wall
 * is never shorter, and costs nothing.
 */
export async function takesLongerThan<T>(ms: number, run: (input: T) => unknown, input: T): Promise<boolean> {
  const started = performance.now();
  try {
    await run(input);
  } catch {
    // Refused: that takes time as well.
  }
  return performance.now() - started > ms && (await timeOf(run, input)) > ms;
}

/** The same for a large input, where the call begins with a clean heap. */
async function timeOfLarge<T>(run: (input: T) => unknown, input: T): Promise<number> {
  collectGarbage();
  return await timeOf(run, input);
}

/** V8's `gc`, which no flag of the command line has to bring. */
function collectGarbage(): void {
  gc ??= exposeCollector();
  gc();
}

function exposeCollector(): () => void {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
}

let gc: (() => void) | undefined;

/**
 * What is quadratic takes four times as long. Linear work that makes many values takes up to 2.8 times: the collector copies
 * more of them, and they leave the processor's caches.
 */
const MAX_RATIO = 3;
/**
 * What is not linear needs more for a large input by far. In less, the collector decides: its threads take time of the processor
 * while they wait for each other on a busy machine.
 */
const MIN_MS = 50;
const MAX_ATTEMPTS = 20;
