// The order in which archives are unpacked. Unpacking works in slices between which downloads get their turn: were all
// archives unpacked at once, every download would wait for a slice of each of them, and the network would stand still.

import { createInflater, type Inflater, type InflateModule } from "../../archive/inflater.ts";
import { readInflateModule } from "./inflate-module.ts";
import { Limit } from "../../base/work/limit.ts";
import { startUnpackThread, type UnpackHelper, type UnpackThread } from "./unpack-helper.ts";

/** What unpacks one archive. */
export interface UnpackMeans {
  readonly helper: UnpackHelper | undefined;
  readonly inflater: Inflater | undefined;
}

/** Owns the second thread and the inflater of this one, which come once there is enough work for them. */
export class UnpackQueue {
  readonly #limit = new Limit(ARCHIVES_AT_ONCE);
  readonly #workerPath: string | undefined;
  #thread: UnpackThread | undefined;
  #inflater: Inflater | undefined;
  #module: InflateModule | undefined;
  /** Of all archives so far. */
  #bytes = 0;
  /** Archives that this thread unpacks by itself. */
  #own = 0;

  constructor(workerPath: string | undefined) {
    this.#workerPath = workerPath;
  }

  /**
   * Does the work of one archive when it is its turn: only by the second thread, by both, or by this one.
   *
   * @param archive its bytes, or the path of its file
   */
  async run<T>(
    { bytes, archive }: { readonly bytes: number; readonly archive: Uint8Array | string },
    work: (means: UnpackMeans) => Promise<T>,
  ): Promise<T> {
    this.#bytes += bytes;
    return this.#limit.run(1, async () => {
      const helper = this.#helpFor(bytes)?.help(archive);
      const isOwn = helper === undefined;
      if (isOwn) this.#own += 1;
      try {
        return await work({ helper, inflater: this.#inflater });
      } finally {
        if (isOwn) this.#own -= 1;
      }
    });
  }

  /** Ends the second thread and frees the memory of both; a later archive may start it again. */
  async rest(): Promise<void> {
    const thread = this.#thread;
    this.#thread = undefined;
    this.#inflater = undefined;
    await thread?.close();
  }

  #helpFor(bytes: number): UnpackThread | undefined {
    if (this.#bytes > HELPED_BYTES) {
      this.#module ??= readInflateModule();
      this.#thread ??= startUnpackThread(this.#workerPath, this.#module);
      this.#inflater ??= this.#module === undefined ? undefined : createInflater(this.#module);
    }
    if (this.#thread === undefined || bytes <= SENT_BYTES) return undefined;
    if (bytes > HELD_BYTES) return this.#thread;
    // It gets the next one before it has reported the last, so that it need not wait for this thread.
    const isFree = this.#thread.pending === 0 || (this.#thread.pending === 1 && this.#own > 0);
    return isFree ? this.#thread : undefined;
  }
}

/** Two for the second thread, and one for this. */
const ARCHIVES_AT_ONCE = 3;
/**
 * A second thread costs about 24 ms to start, and the code of the inflater 4 to 13 ms until it pays (docs/performance.md),
 * half of what one thread needs for this much: more is likely to come.
 */
const HELPED_BYTES = 4 * 1024 ** 2;
/** Larger archives stay in their file, which both threads read. */
export const HELD_BYTES: number = 8 * 1024 ** 2;
/** A smaller archive is unpacked before the other thread has heard of it. */
const SENT_BYTES = 64 * 1024;
