// The second thread that makes links. It takes slices of each list as the first thread does, by a counter that both see.

import { existsSync } from "node:fs";
import { Worker } from "node:worker_threads";

import type { LinkMode } from "./installation.ts";

/** What is posted to the thread. */
export interface LinkTask {
  readonly mode: LinkMode;
  /** Source and destination in turn, with zeros between, which no path has: one string crosses faster than thousands. */
  readonly paths: string;
  /** The first link that has not been taken yet. */
  readonly next: Int32Array;
}

/** What the thread answers to each list, in their order: the links that it had taken and did not make. */
export type LinkAnswer = readonly number[];

export interface SharedLinks {
  /** Takes so many links; gives the index of the first. */
  readonly take: (count: number) => number;
  /** Stops further taking; gives the links that the thread had taken and did not make. */
  readonly finish: () => Promise<readonly number[]>;
}

export interface LinkThread {
  /** Lets the thread begin with a list once it is done with those before. */
  start(
    mode: LinkMode,
    links: readonly { readonly source: string; readonly destination: string }[],
  ): SharedLinks;
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
  /** One for each list that is not answered yet; without an answer, what was made is unknown. */
  readonly #waiting: ((unmade: LinkAnswer | undefined) => void)[] = [];
  #isLost = false;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.unref();
    worker.on("message", (unmade: LinkAnswer) => this.#waiting.shift()?.(unmade));
    worker.on("error", () => this.#lose());
    worker.on("exit", () => this.#lose());
  }

  start(
    mode: LinkMode,
    links: readonly { readonly source: string; readonly destination: string }[],
  ): SharedLinks {
    const next = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
    const paths = links.map(({ source, destination }) => `${source}\0${destination}`).join("\0");
    const answer = new Promise<LinkAnswer | undefined>((resolve) => {
      if (this.#isLost) resolve(undefined);
      else this.#waiting.push(resolve);
    });
    this.#worker.ref();
    this.#worker.postMessage({ mode, paths, next } satisfies LinkTask, []);
    return {
      take: (count) => Atomics.add(next, 0, count),
      finish: async () => {
        Atomics.store(next, 0, links.length);
        return (await answer) ?? links.map((_, index) => index);
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

/** It keeps nothing but the list. */
const LIMITS = { maxYoungGenerationSizeMb: 4 } as const;
