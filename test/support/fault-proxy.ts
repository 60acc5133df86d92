// A TCP relay that harms connections at given octets, as bad lines and boxes do: the bytes end, stall, change or vanish.

import { createServer, connect } from "node:net";
import type { Socket } from "node:net";
import { listen } from "../../src/lab/servers/listen.ts";

export type Fault = FaultPlace &
  /** Ends the connection in good order. */
  (
    | { readonly kind: "close" }
    | { readonly kind: "reset" }
    /** Lets nothing more through in this direction; the connection stays open. */
    | { readonly kind: "silence" }
    | { readonly kind: "delay"; readonly durationMs: number }
    /** Flips the bits of one octet that the mask names. */
    | { readonly kind: "corrupt"; readonly mask: number }
    /** Swallows octets and goes on after them. */
    | { readonly kind: "omit"; readonly octets: number }
    | { readonly kind: "insert"; readonly text: string }
    /** Lets this many octets through one by one. */
    | { readonly kind: "crumble"; readonly octets: number }
  );

export interface FaultPlace {
  /** Counted from 0 since the faults were set; or every one. */
  readonly connection: number | "every";
  /** `up` is what the client sends. */
  readonly direction: "up" | "down";
  /** How many octets of the direction pass before. */
  readonly after: number;
}

/** Octets that came in from either side. */
export interface Traffic {
  up: number;
  down: number;
}

export interface FaultProxy extends AsyncDisposable {
  readonly port: number;
  /** Of the connections since the faults were set, in the order of their opening. */
  readonly traffic: readonly Readonly<Traffic>[];
  /** Sets the faults of connections to come; those that are open go on as they began. */
  harm(faults: readonly Fault[]): void;
  close(): Promise<void>;
}

/** Starts a relay on loopback to a port of loopback. */
export async function startFaultProxy(upstreamPort: number): Promise<FaultProxy> {
  let faults: readonly Fault[] = [];
  let traffic: Traffic[] = [];
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const number = traffic.length;
    const counts = { up: 0, down: 0 };
    traffic.push(counts);
    const own = faults
      .filter(({ connection }) => connection === "every" || connection === number)
      .toSorted((one, other) => one.after - other.after);
    const upstream = connect({ host: LOOPBACK, port: upstreamPort, allowHalfOpen: true });
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      one.on("error", () => other.destroy());
      one.on("close", () => other.destroy());
    }
    for (const direction of ["up", "down"] as const) {
      const [from, to] = direction === "up" ? [client, upstream] : [upstream, client];
      const relay = new Relay(from, to, {
        faults: own.filter((fault) => fault.direction === direction),
        count: (octets) => (counts[direction] += octets),
      });
      // What ends a connection here is a fault, or one of the two sides.
      relay.run().catch(() => from.destroy());
    }
  });
  const { port, close } = await listen(server);
  return {
    port,
    get traffic() {
      return traffic;
    },
    harm(next) {
      faults = next;
      traffic = [];
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

interface RelayOptions {
  /** Of this connection and direction, in the order of their places. */
  readonly faults: readonly Fault[];
  readonly count: (octets: number) => void;
}

/** One direction of a connection. */
class Relay {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #count: (octets: number) => void;
  readonly #faults: Fault[];
  #passed = 0;
  /** Octets still to swallow, and to let through singly. */
  #omitted = 0;
  #crumbs = 0;

  constructor(from: Socket, to: Socket, { faults, count }: RelayOptions) {
    this.#from = from;
    this.#to = to;
    this.#faults = [...faults];
    this.#count = count;
  }

  async run(): Promise<void> {
    // An end of one direction is passed on, and leaves the other alone.
    const chunks: AsyncIterable<Buffer> = this.#from.iterator({ destroyOnReturn: false });
    for await (const chunk of chunks) {
      this.#count(chunk.length);
      await this.#take(chunk);
    }
    this.#to.end();
  }

  async #take(chunk: Buffer): Promise<void> {
    let rest = chunk;
    while (rest.length > 0) {
      const fault = this.#faults[0];
      const room = fault === undefined ? rest.length : fault.after - this.#passed;
      if (room > 0) {
        await this.#pass(rest.subarray(0, room));
        this.#passed += Math.min(room, rest.length);
        rest = rest.subarray(room);
      } else if (fault !== undefined) {
        this.#faults.shift();
        rest = await this.#strike(fault, rest);
      }
    }
  }

  async #pass(octets: Buffer): Promise<void> {
    const swallowed = Math.min(this.#omitted, octets.length);
    this.#omitted -= swallowed;
    let rest = octets.subarray(swallowed);
    for (; this.#crumbs > 0 && rest.length > 0; this.#crumbs -= 1) {
      this.#to.write(rest.subarray(0, 1));
      rest = rest.subarray(1);
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (rest.length > 0) this.#to.write(rest);
  }

  /** Does the harm, and gives back what is still to pass. */
  async #strike(fault: Fault, rest: Buffer): Promise<Buffer> {
    switch (fault.kind) {
      case "close":
        this.#to.end();
        this.#from.destroy();
        return NOTHING;
      case "reset":
        this.#to.resetAndDestroy();
        this.#from.destroy();
        return NOTHING;
      case "silence":
        await new Promise((resolve) => this.#from.once("close", resolve));
        return NOTHING;
      case "delay":
        await new Promise((resolve) => setTimeout(resolve, fault.durationMs));
        return rest;
      case "corrupt":
        return Buffer.concat([Buffer.from([(rest[0] ?? 0) ^ fault.mask]), rest.subarray(1)]);
      case "omit":
        this.#omitted += fault.octets;
        return rest;
      case "insert":
        this.#to.write(fault.text);
        return rest;
      case "crumble":
        this.#crumbs += fault.octets;
        return rest;
    }
  }
}

const LOOPBACK = "127.0.0.1";
const NOTHING = Buffer.alloc(0);
