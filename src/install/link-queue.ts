// The links of a change: collected while everything else is prepared, then made at once, by two threads where there are
// many. Fifteen thousand links are half of the time that installing a hundred cached wheels takes.

import type { UnpackedWheel } from "../store/wheels.ts";
import type { StepObserver } from "./journal.ts";
import type { Linker } from "./link.ts";
import { startLinkThread, type LinkThread } from "./link-thread.ts";
import { LINKS_AT_ONCE } from "./place.ts";

export interface LinkQueueOptions {
  readonly linker: Linker;
  readonly observe: StepObserver;
  /** The compiled second thread; without one, this thread makes all links. */
  readonly workerPath: string | undefined;
}

/** Owns the links that are to be made, and the second thread that helps. */
export class LinkQueue {
  readonly #options: LinkQueueOptions;
  readonly #links = new Map<string, { readonly source: string; readonly wheel: UnpackedWheel }>();
  #thread: LinkThread | undefined;

  constructor(options: LinkQueueOptions) {
    this.#options = options;
  }

  /** Tells how many links to expect, so that the second thread can begin to start. */
  expect(count: number): void {
    const { workerPath } = this.#options;
    if (workerPath !== undefined && count >= LINKS_FOR_TWO) this.#thread ??= startLinkThread(workerPath);
  }

  /** Wants a link; tells whether another one was wanted there, which this one replaces. */
  add(destination: string, source: string, wheel: UnpackedWheel): boolean {
    const isReplaced = this.#links.has(destination);
    this.#links.set(destination, { source, wheel });
    return isReplaced;
  }

  /** Wants no link there any more; tells whether one was wanted. */
  cancel(destination: string): boolean {
    return this.#links.delete(destination);
  }

  /**
   * Makes all links.
   *
   * @param pause is waited for now and then, and may throw
   * @throws cache/damaged, and what the system refuses as it is
   */
  async run(pause: () => Promise<void>): Promise<void> {
    const { linker, observe } = this.#options;
    const links = Array.from(this.#links, ([destination, link]) => ({ ...link, destination }));
    const link = (index: number): void => {
      const wanted = links[index];
      if (wanted === undefined) return;
      observe("link", wanted.destination);
      linker.link(wanted.source, wanted.destination, wanted.wheel);
    };
    // The first one shows which way of linking the file system has.
    link(0);
    const shared = this.#thread?.start(linker.mode, links.slice(1));
    try {
      let own = 0;
      const take = shared?.take ?? ((count: number) => (own += count) - count);
      for (let start = take(LINKS_AT_ONCE); start < links.length; start = take(LINKS_AT_ONCE)) {
        for (let index = start; index < start + LINKS_AT_ONCE; index += 1) link(1 + index);
        await pause();
      }
      // What the other thread could not do is done, or explained, here.
      for (const index of (await shared?.finish()) ?? []) link(1 + index);
    } finally {
      // Nothing may appear in the tree any more once somebody else goes on with it.
      await shared?.finish();
    }
  }

  /** Ends the second thread. */
  async close(): Promise<void> {
    await this.#thread?.close();
  }
}

/** A thread costs 25 to 40 ms to start: fewer links are made sooner without. */
const LINKS_FOR_TWO = 4000;
