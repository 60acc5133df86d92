// Open connections of one run, kept for the next request, with a bound per destination.
// Ours, because Node does not enforce `maxSockets` while connections are still being made.

import { madeOnce } from "../../base/work/once.ts";
import { PinionError } from "../../errors.ts";
import { cancelled, throwIfCancelled } from "../../base/work/cancelled.ts";
import { untilAborted } from "../deadline.ts";
import type { Http1Connection } from "../http/http1.ts";

/** Opens one more connection for a destination. */
export type OpenConnection = (signal: AbortSignal) => Promise<Http1Connection>;

/** Owns connections. Two requests share one only under the same key. */
export class ConnectionPool {
  readonly #maxPerKey: number;
  readonly #destinations = new Map<string, Destination>();
  readonly #closing = new AbortController();

  constructor(maxPerKey: number) {
    this.#maxPerKey = maxPerKey;
  }

  /**
   * A connection that is this caller's until its exchange ends: an idle one, a new one, or the next that becomes free.
   *
   * @throws whatever `open` throws, `net/cancelled`
   */
  async acquire(
    key: string,
    open: OpenConnection,
    signal: AbortSignal | undefined,
  ): Promise<Http1Connection> {
    throwIfCancelled(signal);
    const destination = this.#destinationOf(key);
    for (;;) {
      const idle = takeUsable(destination);
      if (idle !== undefined) return this.#lend(destination, idle);
      if (destination.count < this.#maxPerKey) return this.#open(destination, open, signal);
      await this.#turn(destination, signal);
      if (this.#closing.signal.aborted) throw closed();
    }
  }

  /** Closes every connection; what is under way fails with `net/cancelled`. */
  close(): void {
    this.#closing.abort(closed());
    for (const destination of this.#destinations.values()) {
      for (const connection of destination.connections) connection.close(closed());
      for (const wake of destination.waiting.splice(0)) wake();
    }
    this.#destinations.clear();
  }

  async #open(
    destination: Destination,
    open: OpenConnection,
    signal: AbortSignal | undefined,
  ): Promise<Http1Connection> {
    destination.count++;
    try {
      const signals = signal === undefined ? [this.#closing.signal] : [this.#closing.signal, signal];
      const connection = await open(AbortSignal.any(signals));
      if (this.#closing.signal.aborted) {
        connection.close();
        throw closed();
      }
      destination.connections.add(connection);
      return this.#lend(destination, connection);
    } catch (error) {
      destination.count--;
      wakeNext(destination);
      throw error;
    }
  }

  #lend(destination: Destination, connection: Http1Connection): Http1Connection {
    connection.hold();
    connection.onIdle = (state) => {
      if (state === "reusable") {
        connection.release();
        destination.idle.push(connection);
      } else {
        destination.connections.delete(connection);
        destination.count--;
      }
      wakeNext(destination);
    };
    return connection;
  }

  async #turn(destination: Destination, signal: AbortSignal | undefined): Promise<void> {
    let wake: () => void = () => {};
    const turn = new Promise<void>((resolve) => {
      wake = resolve;
    });
    destination.waiting.push(wake);
    if (signal === undefined) return turn;
    return untilAborted(turn, signal, () => {
      // A caller that no longer waits must not be the one that is woken.
      const place = destination.waiting.indexOf(wake);
      if (place === -1) wakeNext(destination);
      else destination.waiting.splice(place, 1);
      return cancelled(signal);
    });
  }

  #destinationOf(key: string): Destination {
    return madeOnce(this.#destinations, key, () => ({
      count: 0,
      connections: new Set(),
      idle: [],
      waiting: [],
    }));
  }
}

interface Destination {
  /** Open connections and those being opened. */
  count: number;
  readonly connections: Set<Http1Connection>;
  /** Latest last: the one used last is the one most likely to be open still. */
  readonly idle: Http1Connection[];
  readonly waiting: (() => void)[];
}

function takeUsable(destination: Destination): Http1Connection | undefined {
  for (
    let connection = destination.idle.pop();
    connection !== undefined;
    connection = destination.idle.pop()
  ) {
    if (connection.isUsable) return connection;
    connection.close();
    destination.connections.delete(connection);
    destination.count--;
  }
  return undefined;
}

function wakeNext(destination: Destination): void {
  destination.waiting.shift()?.();
}

function closed(): PinionError {
  return new PinionError("net/cancelled", "The client was closed");
}
