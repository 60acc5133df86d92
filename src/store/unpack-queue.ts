// The order in which archives are unpacked. Unpacking works in slices between which downloads get their turn: were all
// archives unpacked at once, every download would wait for a slice of each of them, and the network would stand still.

import { Limit } from "../base/limit.ts";
import { startUnpackThread, type UnpackThread } from "./unpack-helper.ts";

/** Owns the second thread, which is started once there is enough work for it, and ends with the queue. */
export class UnpackQueue {
  readonly #limit = new Limit(ARCHIVES_AT_ONCE);
  readonly #workerPath: string | undefined;
  #thread: UnpackThread | undefined;
  /** Of all archives so far. */
  #bytes = 0;
  /** Memory that both threads see, one piece for each archive at work. */
  readonly #freeMemory: SharedArrayBuffer[] = [];

  constructor(workerPath: string | undefined) {
    this.#workerPath = workerPath;
  }

  /** Does the work of one archive when it is its turn, with the second thread where that runs. */
  async run<T>(bytes: number, work: (thread: UnpackThread | undefined) => Promise<T>): Promise<T> {
    this.#bytes += bytes;
    return this.#limit.run(1, () => work(this.#helpFor(bytes)));
  }

  /**
   * Does work with an archive in memory that both threads see. That memory is used again: the runtime does not count it
   * when it decides whether to collect, so that what is thrown away of it would only grow.
   */
  async withShared<T>(archive: Buffer, work: (memory: SharedArrayBuffer) => Promise<T>): Promise<T> {
    if (archive.length > SHARED_BYTES) return work(copyTo(new SharedArrayBuffer(archive.length), archive));
    const memory = this.#freeMemory.pop() ?? new SharedArrayBuffer(SHARED_BYTES);
    try {
      return await work(copyTo(memory, archive));
    } finally {
      this.#freeMemory.push(memory);
    }
  }

  /** Ends the second thread and frees the memory of both; a later archive may start it again. */
  async rest(): Promise<void> {
    const thread = this.#thread;
    this.#thread = undefined;
    this.#freeMemory.length = 0;
    await thread?.close();
  }

  #helpFor(bytes: number): UnpackThread | undefined {
    if (this.#bytes > HELPED_BYTES) this.#thread ??= startUnpackThread(this.#workerPath);
    return bytes > SENT_BYTES ? this.#thread : undefined;
  }
}

function copyTo(memory: SharedArrayBuffer, archive: Buffer): SharedArrayBuffer {
  Buffer.from(memory).set(archive);
  return memory;
}

/** While the last members of one archive are written and checked, the second thread goes on with the next. */
const ARCHIVES_AT_ONCE = 2;
/**
 * A second thread costs about 24 ms to start (docs/performance.md), half of what one thread needs for this much: more is
 * likely to come.
 */
const HELPED_BYTES = 4 * 1024 ** 2;
/** What comes from an index and is larger comes as a file. */
export const SHARED_BYTES: number = 8 * 1024 ** 2;
/** A smaller archive is unpacked before the other thread has heard of it. */
const SENT_BYTES = 64 * 1024;
