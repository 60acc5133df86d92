// The links of a change. They are made at once; where there are very many, a second thread makes them while this one
// prepares the next wheels, and both make the rest.

import type { UnpackedWheel } from "../store/unpacked-wheels.ts";
import type { StepObserver } from "./journal.ts";
import type { Linker } from "./linker.ts";
import { startLinkThread, type LinkThread, type SharedLinks } from "./link-thread.ts";
import { LINKS_AT_ONCE } from "./copy-file.ts";

export interface LinkQueueOptions {
  readonly linker: Linker;
  readonly observe: StepObserver;
  /** The compiled second thread; without one, this thread makes all links. */
  readonly workerPath: string | undefined;
  /** From how many links on the second thread helps. */
  readonly linksForTwo?: number | undefined;
}

interface Link {
  readonly source: string;
  readonly destination: string;
  readonly wheel: UnpackedWheel;
  /** The second thread may have made it already. */
  isGiven: boolean;
  isCancelled: boolean;
}

/** Links that both threads take from. */
interface Batch {
  readonly links: readonly Link[];
  readonly shared: SharedLinks;
}

/** Owns the links that are to be made, and the second thread that helps. */
export class LinkQueue {
  readonly #options: LinkQueueOptions;
  readonly #byDestination = new Map<string, Link>();
  /** Not taken yet. */
  #waiting: Link[] = [];
  readonly #batches: Batch[] = [];
  /** These replace what the second thread may be making, so they come when it is done. */
  readonly #late: Link[] = [];
  #thread: LinkThread | undefined;

  constructor(options: LinkQueueOptions) {
    this.#options = options;
  }

  /** Tells how many links to expect, so that the second thread can begin to start. */
  expect(count: number): void {
    const { workerPath, linksForTwo = LINKS_FOR_TWO } = this.#options;
    if (workerPath !== undefined && count >= linksForTwo) this.#thread ??= startLinkThread(workerPath);
  }

  /**
   * Wants a link in a folder that exists; tells whether another one was wanted there, which this one replaces. Without a
   * second thread it is made at once, and the file system tells what was there.
   */
  add(destination: string, source: string, wheel: UnpackedWheel): boolean {
    if (this.#thread === undefined) {
      this.#options.observe("link", destination);
      return this.#options.linker.link(source, destination, wheel);
    }
    const replaced = this.#byDestination.get(destination);
    if (replaced !== undefined) replaced.isCancelled = true;
    const link = { source, destination, wheel, isGiven: false, isCancelled: false };
    this.#byDestination.set(destination, link);
    (replaced?.isGiven === true ? this.#late : this.#waiting).push(link);
    return replaced !== undefined;
  }

  /** Wants no link there any more, though one may be there for a moment. */
  cancel(destination: string): void {
    const cancelled = this.#byDestination.get(destination);
    if (cancelled !== undefined) cancelled.isCancelled = true;
    this.#byDestination.delete(destination);
  }

  /** Gives what has come together to the second thread, where it is worth a message. */
  flush(): void {
    if (this.#waiting.length >= LINKS_WORTH_SENDING) this.#give();
  }

  /**
   * Makes all links.
   *
   * @param pause is waited for now and then, and may throw
   * @throws cache/damaged, and what the system refuses as it is
   */
  async run(pause: () => Promise<void>): Promise<void> {
    if (this.#waiting.length >= LINKS_AT_ONCE) this.#give();
    try {
      // The second thread goes from the first batch on.
      for (const { links, shared } of this.#batches.toReversed()) {
        for (
          let start = shared.take(LINKS_AT_ONCE);
          start < links.length;
          start = shared.take(LINKS_AT_ONCE)
        ) {
          for (const link of links.slice(start, start + LINKS_AT_ONCE)) this.#make(link);
          await pause();
        }
      }
      // What the other thread could not do is done, or explained, here.
      for (const { links, shared } of this.#batches) {
        for (const index of await shared.finish()) this.#make(links[index]);
      }
      const rest = [...this.#waiting.splice(0), ...this.#late];
      for (let start = 0; start < rest.length; start += LINKS_AT_ONCE) {
        for (const link of rest.slice(start, start + LINKS_AT_ONCE)) this.#make(link);
        await pause();
      }
    } finally {
      // Nothing may appear in the tree any more once another process goes on with it.
      await Promise.all(this.#batches.map(({ shared }) => shared.finish()));
    }
  }

  /** Ends the second thread, and with it what it makes. */
  async close(): Promise<void> {
    await this.#thread?.close();
  }

  #give(): void {
    if (this.#thread === undefined) return;
    const links = this.#waiting.filter(({ isCancelled }) => !isCancelled);
    this.#waiting = [];
    // The first one shows which way of linking the file system has.
    if (this.#batches.length === 0) this.#make(links.shift());
    for (const link of links) link.isGiven = true;
    this.#batches.push({ links, shared: this.#thread.start(this.#options.linker.mode, links) });
  }

  #make(link: Link | undefined): void {
    if (link === undefined || link.isCancelled) return;
    const { linker, observe } = this.#options;
    observe("link", link.destination);
    linker.link(link.source, link.destination, link.wheel);
  }
}

/** A thread costs 25 to 40 ms to start, and the lists for it more: up to here one thread takes less (docs/performance.md). */
const LINKS_FOR_TWO = 30_000;
/** Some milliseconds of work. */
const LINKS_WORTH_SENDING = 256;
