// Opens a TCP connection to a host by any of its addresses (RFC 8305, "happy eyeballs").
// Node's own `autoSelectFamily` gives an attempt up after 250 ms, which fails on a slow line; here none is given up.

import { lookup as systemLookup } from "node:dns";
import { connect, isIP, type Socket } from "node:net";

import { untilAborted, type Deadline } from "../deadline.ts";
import { connectionTo, lookupFailure, socketFailure } from "../failures.ts";

export interface HostAddress {
  readonly address: string;
  readonly family: number;
}

/** Finds the addresses of a host, best first. Rejects with whatever the system says. */
export type Lookup = (host: string) => Promise<readonly HostAddress[]>;

/** Begins one attempt: a socket that says `connect` once TCP is there. It must not throw. */
export type OpenSocket = (place: { readonly host: string; readonly port: number }) => Socket;

export interface Dialed {
  readonly socket: Socket;
  readonly address: HostAddress;
  readonly lookupMs: number;
  readonly connectMs: number;
}

/**
 * Connects to the first address of `host` that answers.
 *
 * @throws `net/dns`, `net/refused`, `net/unreachable`, `net/timeout`, `net/cancelled`
 */
export async function dial(
  host: string,
  port: number,
  options: { lookup: Lookup; deadline: Deadline; open?: OpenSocket | undefined },
): Promise<Dialed> {
  const { lookup, deadline, open = connect } = options;
  const started = performance.now();
  const addresses = await findAddresses(host, lookup, deadline);
  const looked = performance.now();
  const { socket, address } = await connectToAny(addresses, { host, port, deadline, open });
  socket.setNoDelay(true);
  return { socket, address, lookupMs: looked - started, connectMs: performance.now() - looked };
}

/** Asks the operating system, as every other program on the machine does. */
export function lookupBySystem(host: string): Promise<readonly HostAddress[]> {
  return new Promise((resolve, reject) => {
    systemLookup(host, { all: true, verbatim: true }, (error, addresses) => {
      if (error === null) resolve(addresses);
      else reject(error);
    });
  });
}

/** A lookup that asks once per host: one run connects to the same few hosts again and again. */
export function rememberingLookup(lookup: Lookup = lookupBySystem): Lookup {
  const answers = new Map<string, Promise<readonly HostAddress[]>>();
  return (host) => {
    const known = answers.get(host);
    if (known !== undefined) return known;
    const answer = lookup(host);
    answers.set(host, answer);
    answer.catch(() => answers.delete(host));
    return answer;
  };
}

async function findAddresses(
  host: string,
  lookup: Lookup,
  deadline: Deadline,
): Promise<readonly HostAddress[]> {
  const family = isIP(host);
  if (family !== 0) return [{ address: host, family }];
  const answer = lookup(host).catch((cause: unknown) => {
    throw lookupFailure(host, cause);
  });
  const addresses = await untilAborted(answer, deadline.signal, () =>
    deadline.failure(`Cannot resolve \`${host}\``),
  );
  if (addresses.length === 0) throw lookupFailure(host, { code: "ENODATA" });
  return interleave(addresses);
}

/** Alternates the families and keeps the order within each (RFC 8305 section 4). */
function interleave(addresses: readonly HostAddress[]): readonly HostAddress[] {
  const firstFamily = addresses[0]?.family;
  const preferred = addresses.filter((address) => address.family === firstFamily);
  const others = addresses.filter((address) => address.family !== firstFamily);
  const longest = Math.max(preferred.length, others.length);
  return Array.from({ length: longest }, (_, index) => [preferred[index], others[index]])
    .flat()
    .filter((address) => address !== undefined)
    .slice(0, MAX_ADDRESSES);
}

function connectToAny(
  addresses: readonly HostAddress[],
  context: { host: string; port: number; deadline: Deadline; open: OpenSocket },
): Promise<{ socket: Socket; address: HostAddress }> {
  const { host, port, deadline, open } = context;
  return new Promise((resolve, reject) => {
    const attempts = new Set<Socket>();
    let next = 0;
    let firstFailure: unknown;
    let timer: NodeJS.Timeout | undefined;
    let isSettled = false;

    const settle = (winner: Socket | undefined): void => {
      isSettled = true;
      clearTimeout(timer);
      deadline.signal.removeEventListener("abort", onAbort);
      for (const socket of attempts) {
        if (socket !== winner) socket.destroy();
      }
    };
    const onAbort = (): void => {
      settle(undefined);
      reject(deadline.failure(connectionTo(host, port)));
    };
    const startNext = (): void => {
      clearTimeout(timer);
      const address = addresses[next++];
      if (address === undefined) return;
      const socket = open({ host: address.address, port });
      attempts.add(socket);
      socket.once("connect", () => {
        settle(socket);
        resolve({ socket, address });
      });
      // Stays for the socket's whole life: an error without a listener must not end the process.
      socket.on("error", (cause) => {
        firstFailure ??= cause;
        if (!attempts.delete(socket) || isSettled) return;
        if (next < addresses.length) return startNext();
        if (attempts.size > 0) return;
        settle(undefined);
        reject(socketFailure(connectionTo(host, port), firstFailure));
      });
      if (next < addresses.length) timer = setTimeout(startNext, ATTEMPT_DELAY_MS);
    };

    if (deadline.signal.aborted) return onAbort();
    deadline.signal.addEventListener("abort", onAbort, { once: true });
    startNext();
  });
}

// RFC 8305 section 8: the recommended Connection Attempt Delay.
const ATTEMPT_DELAY_MS = 250;

// A name server may send thousands of addresses; trying more than this many does not help.
const MAX_ADDRESSES = 16;
