// How much memory the pages of a run may have. They stay until its end, since the solver comes back to any of them, and
// each by itself is bounded by what an answer may have.

import { BufferPool } from "../../base/streams/buffer-pool.ts";
import { Limit } from "../../base/work/limit.ts";
import { PinionError } from "../../errors.ts";
import { LARGE_BODY_BYTES, type BodyMemory, type LargeBodyTurn } from "../../net/http/exchange.ts";
import { redactUrl } from "../../net/url.ts";

/** Counts what pages hold; they are read a few at a time, and large ones one after the other. */
export class PageRoom {
  readonly #reading = new Limit(MAX_READ_AT_ONCE);
  readonly #large = new Limit(1);
  readonly #bodies = new Limit(MAX_BODIES);
  readonly #memory = new BufferPool();
  #held = 0;

  /**
   * Receives a page and reads it: of several that are large, one after the other, since those that wait for {@link read} are held
   * as a whole. The others share memory in which there is room for some of them.
   */
  async receive<T>(work: (largeBody: LargeBodyTurn, memory: BodyMemory) => Promise<T>): Promise<T> {
    const turn = new Turn(this.#large);
    const body = new Turn(this.#bodies);
    const pool = this.#memory;
    const memory: BodyMemory = {
      async take(bytes) {
        // A request that is sent again has no body any more.
        body.leave();
        await body.enter(bytes);
        return pool.take(bytes);
      },
      give: (bytes) => pool.give(bytes),
    };
    try {
      return await work(turn, memory);
    } finally {
      turn.leave();
      body.leave();
    }
  }

  /** Reads a page of so many bytes, which are held until it is read. @throws net/too-large */
  async read<T>(bytes: number, url: string, work: () => Promise<T>): Promise<T> {
    this.keep(bytes, url);
    try {
      return await this.#reading.run(bytes, work);
    } finally {
      this.#held -= bytes;
    }
  }

  /** Counts what stays of a page. @throws net/too-large */
  keep(bytes: number, url: string): void {
    if (this.#held + bytes > MAX_HELD) throw tooLarge(url);
    this.#held += bytes;
  }
}

/** One turn under a limit, which may be taken and given back any number of times. */
class Turn implements LargeBodyTurn {
  readonly #limit: Limit;
  #end: (() => void) | undefined;

  constructor(limit: Limit) {
    this.#limit = limit;
  }

  async enter(units = 1): Promise<void> {
    if (this.#end !== undefined) return;
    await new Promise<void>((entered) => {
      void this.#limit.run(units, () => {
        const left = new Promise<void>((resolve) => (this.#end = resolve));
        entered();
        return left;
      });
    });
  }

  leave(): void {
    this.#end?.();
    this.#end = undefined;
  }
}

function tooLarge(url: string): PinionError {
  const shown = redactUrl(url);
  const gibibytes = MAX_HELD / 1024 ** 3;
  return new PinionError(
    "net/too-large",
    `The pages of the indexes hold more than ${gibibytes} GiB together with \`${shown}\``,
    { details: { url: shown, maxBytes: MAX_HELD } },
  );
}

/** While it is read, a page takes several times its bytes: one of the largest, or many of the usual ones. */
const MAX_READ_AT_ONCE = 128 * 1024 ** 2;

/**
 * Of bodies that came in one piece of known length, at once: as much as the largest of them, or the usual ones of all connections.
 */
const MAX_BODIES: number = LARGE_BODY_BYTES;

/** 361 pages of PyPI hold 61 MB, so this is six times what 1,000 of them do. */
const MAX_HELD = 1024 ** 3;
