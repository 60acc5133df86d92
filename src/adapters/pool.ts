// How the runtime's agents open a connection for a request, for connections that take a while: a request that is destroyed
// ends the one that is being made for it, and one that is being made counts in `maxSockets`. The runtime's own agents have
// a socket at once, which does both; with a callback, as here, they pass over what happens before it.
// https://github.com/nodejs/node/blob/v20.19.0/lib/_http_agent.js

import { Agent, type ClientRequest } from "node:http";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";

export type Made = (error: Error | null, socket?: Duplex) => void;

/** What a request asks for, as far as it matters here. */
export interface Target {
  readonly host?: string | null | undefined;
  readonly port?: number | string | null | undefined;
  /** Aborted when the request is destroyed. */
  readonly connectSignal?: AbortSignal | undefined;
}

/** Does what the method `createSocket` of an agent does. */
export function createPooledSocket(agent: Agent, request: ClientRequest, options: Target, made: Made): void {
  const pool = poolOf(agent);
  const name = pool.getName(options);
  const place = pool.maxSockets === Number.POSITIVE_INFINITY ? undefined : takePlace(pool, name);
  const asked = { ...options, connectSignal: whenDestroyed(request) };
  poolOf(Agent.prototype).createSocket.call(pool, request, asked, (error, socket) => {
    if (error === null) {
      if (place !== undefined) leavePlace(pool, name, place);
      made(null, socket);
      return;
    }
    // One that waited for a place stays in the queue until it has a socket, and would be tried again.
    const waiting = pool.requests[name] ?? [];
    const index = waiting.indexOf(request);
    if (index !== -1) waiting.splice(index, 1);
    if (waiting.length === 0) delete pool.requests[name];
    // Unlike the callback, this closes it in any case; one that was destroyed ends by the reason for that.
    Reflect.apply(request.onSocket.bind(request), undefined, [null, request.destroyed ? null : error]);
    // Opens a connection for the next one that waits.
    if (place !== undefined) pool.removeSocket(place, options);
  });
}

/** Members of the runtime's agents that their types do not have, or only to be read. */
interface Pool {
  readonly maxSockets: number;
  readonly sockets: Record<string, Duplex[] | undefined>;
  readonly requests: Record<string, ClientRequest[] | undefined>;
  totalSocketCount: number;
  getName(options: Target): string;
  createSocket(request: ClientRequest, options: Target, made: Made): void;
  removeSocket(socket: Duplex, options: Target): void;
}

function poolOf(agent: object): Pool {
  if (isPool(agent)) return agent;
  throw new TypeError("The agents of this runtime have no pool");
}

function isPool(agent: object): agent is Pool {
  return "createSocket" in agent && "removeSocket" in agent;
}

function takePlace(pool: Pool, name: string): Socket {
  const place = new Socket();
  (pool.sockets[name] ??= []).push(place);
  pool.totalSocketCount++;
  return place;
}

function leavePlace(pool: Pool, name: string, place: Socket): void {
  const sockets = pool.sockets[name] ?? [];
  const index = sockets.indexOf(place);
  if (index === -1) return;
  sockets.splice(index, 1);
  pool.totalSocketCount--;
}

/** No event says that a request without a socket was destroyed. */
function whenDestroyed(request: ClientRequest): AbortSignal {
  const controller = new AbortController();
  const destroy = request.destroy.bind(request);
  request.destroy = (error) => {
    controller.abort();
    return destroy(error);
  };
  if (request.destroyed) controller.abort();
  return controller.signal;
}
