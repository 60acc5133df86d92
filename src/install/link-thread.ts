// The second thread that makes links. It takes slices of one list as the first thread does, by a counter that both see.

import { existsSync } from "node:fs";
import { Worker } from "node:worker_threads";

import type { LinkMode } from "./target.ts";

/** What is posted to the thread. */
export interface LinkTask {
  readonly mode: LinkMode;
  /** Source and destination in turn, with zeros between, which no path has: one text crosses sooner than thousands. */
  readonly paths: string;
  /** The first link that nobody has taken yet. */
  readonly next: Int32Array;
}

/** What the thread answers: the links that it had taken and did not make. */
export type LinkAnswer = readonly number[];

export interface SharedLinks {
  /** Takes so many links; gives the index of the first. */
  readonly take: (count: number) => number;
  /** Lets nobody take more; gives the links that the thread had taken and did not make. */
  readonly finish: () => Promise<readonly number[]>;
}

export interface LinkThread {
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
    const worker = new Worker(path, { env: {}, execArgv: [], stderr: false, resourceLimits: LIMITS });
    worker.unref();
    return {
      start: (mode, links) => share(worker, mode, links),
      close: async () => void (await worker.terminate()),
    };
  } catch {
    return undefined;
  }
}

function share(
  worker: Worker,
  mode: LinkMode,
  links: readonly { readonly source: string; readonly destination: string }[],
): SharedLinks {
  const next = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const paths = links.map(({ source, destination }) => `${source}\0${destination}`).join("\0");
  const all = links.map((_, index) => index);
  const answer = new Promise<readonly number[]>((resolve) => {
    worker.once("message", (unmade: LinkAnswer) => resolve(unmade));
    // Nobody knows what a lost thread has made: everything is looked at again.
    worker.once("error", () => resolve(all));
    worker.once("exit", () => resolve(all));
  });
  worker.ref();
  worker.postMessage({ mode, paths, next } satisfies LinkTask, []);
  return {
    take: (count) => Atomics.add(next, 0, count),
    finish: () => {
      Atomics.store(next, 0, links.length);
      return answer;
    },
  };
}

/** It keeps nothing but the list. */
const LIMITS = { maxYoungGenerationSizeMb: 4 } as const;
