// The second thread that makes links. It takes parts of wheels as the first thread does, by a counter that both see.

import { existsSync } from "node:fs";
import { Worker } from "node:worker_threads";

import type { LinkMode } from "./installation.ts";
import type { LinkPlace, Slice, SliceOutcome } from "./link-slice.ts";

/** A wheel, which the thread reads by itself: paths of thousands of files would take longer to cross. */
export interface SharedPlace extends LinkPlace {
  readonly preparedPath: string;
}

export interface SharedWork {
  readonly mode: LinkMode;
  readonly places: readonly SharedPlace[];
  readonly slices: readonly Slice[];
}

/** What is posted to the thread. */
export interface LinkTask extends SharedWork {
  /** The first part that neither thread has taken yet. */
  readonly next: Int32Array;
}

/** A part of which the thread did not make every link. */
export interface TroubledSlice extends SliceOutcome {
  /** Into {@link SharedWork.slices}. */
  readonly index: number;
}

/** What the thread answers once no part is left: those that it had taken and could not finish. */
export type LinkAnswer = readonly TroubledSlice[];

export interface SharedSlices {
  /** Takes the next part; gives its index, which is past the last where none is left. */
  readonly take: () => number;
  /** Lets neither thread take more, and waits for the other one; undefined where it was lost, and with it what it did. */
  readonly finish: () => Promise<LinkAnswer | undefined>;
}

export interface LinkThread {
  start(work: SharedWork): SharedSlices;
  close(): Promise<void>;
}

/** Starts the thread; undefined where that cannot be. */
export function startLinkThread(path: string): LinkThread | undefined {
  if (!existsSync(path)) return undefined;
  try {
    return new Thread(new Worker(path, { env: {}, execArgv: [], stderr: false, resourceLimits: LIMITS }));
  } catch {
    return undefined;
  }
}

class Thread implements LinkThread {
  readonly #worker: Worker;
  /** One for each piece of work that is not answered yet. */
  readonly #waiting: ((answer: LinkAnswer | undefined) => void)[] = [];
  #isLost = false;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.unref();
    worker.on("message", (answer: LinkAnswer) => this.#waiting.shift()?.(answer));
    worker.on("error", () => this.#lose());
    worker.on("exit", () => this.#lose());
  }

  start(work: SharedWork): SharedSlices {
    const next = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
    const answer = new Promise<LinkAnswer | undefined>((resolve) => {
      if (this.#isLost) resolve(undefined);
      else this.#waiting.push(resolve);
    });
    this.#worker.ref();
    this.#worker.postMessage({ ...work, next } satisfies LinkTask, []);
    return {
      take: () => Atomics.add(next, 0, 1),
      finish: () => {
        Atomics.store(next, 0, work.slices.length);
        return answer;
      },
    };
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #lose(): void {
    this.#isLost = true;
    for (const resolve of this.#waiting.splice(0)) resolve(undefined);
  }
}

/** It keeps little but the list of one wheel. */
const LIMITS = { maxYoungGenerationSizeMb: 4 } as const;
