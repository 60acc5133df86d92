// The second thread that makes links. It takes parts of wheels as the first thread does, by a counter that both see.

import { startWorkerQueue, type WorkerQueue } from "../../base/work/worker-queue.ts";
import type { LinkMode } from "../installation.ts";
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

/** A part whose links were not all made. */
export interface TroubledSlice extends SliceOutcome {
  /** Into {@link SharedWork.slices}. */
  readonly index: number;
}

/** What the thread answers once no part is left: those that it took and could not finish. */
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
  const queue = startWorkerQueue<LinkTask, LinkAnswer>(path);
  return queue && { start: (work) => shareWork(work, queue), close: () => queue.close() };
}

function shareWork(work: SharedWork, queue: WorkerQueue<LinkTask, LinkAnswer>): SharedSlices {
  const next = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const answer = queue
    .ask({ ...work, next })
    .then((found) => (found.kind === "answered" ? found.answer : undefined));
  return {
    take: () => Atomics.add(next, 0, 1),
    finish: () => {
      Atomics.store(next, 0, work.slices.length);
      return answer;
    },
  };
}
