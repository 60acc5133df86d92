// An agent for `node:https` and for libraries that accept one: every connection is opened and verified as Pinion's own.

import { Agent as PlainHttpAgent } from "node:http";
import { Agent, type AgentOptions as HttpsAgentOptions } from "node:https";
import type { Duplex } from "node:stream";

import { bareHost } from "../net/url.ts";
import { asError, openVerifiedSocket, type AdapterOptions } from "./verified-socket.ts";

export interface AgentOptions extends AdapterOptions {
  /** Of the pool: `maxSockets`, `keepAlive`; options about TLS have no effect. */
  readonly pool?: Pick<HttpsAgentOptions, "keepAlive" | "keepAliveMsecs" | "maxSockets" | "maxFreeSockets">;
}

/**
 * Makes an agent whose refusals explain themselves: a request fails with the `PinionError` of the connection.
 *
 * @example
 * const agent = createAgent({ trust: loadTrust({ env: process.env, home: homedir() }) });
 * https.get("https://pypi.corp.example/simple/", { agent }, onResponse);
 */
export function createAgent(options: AgentOptions): Agent {
  return new VerifyingAgent(options);
}

/** For `node:http`: by the same proxies, in a tunnel through those that speak HTTP. */
export function createPlainAgent(options: AgentOptions): PlainHttpAgent {
  return new RoutedAgent(options);
}

type Made = (error: Error | null, socket?: Duplex) => void;

interface Target {
  readonly host?: string | null | undefined;
  readonly port?: number | string | null | undefined;
  /** An option of `createFetch` to its requests, because the runtime withholds their own signal: it ends a connection that is being made. */
  readonly connectSignal?: AbortSignal | undefined;
}

class VerifyingAgent extends Agent {
  readonly #options: AgentOptions;

  constructor(options: AgentOptions) {
    super({ keepAlive: true, ...options.pool });
    this.#options = options;
  }

  /** Called by the runtime; the promise's end reaches it through the callback. */
  override createConnection(target: Target, made: Made): undefined {
    connect(target, { ...this.#options, isTls: true }, made);
  }
}

class RoutedAgent extends PlainHttpAgent {
  readonly #options: AgentOptions;

  constructor(options: AgentOptions) {
    super({ keepAlive: true, ...options.pool });
    this.#options = options;
  }

  override createConnection(target: Target, made: Made): undefined {
    connect(target, { ...this.#options, isTls: false }, made);
  }
}

function connect(
  target: Target,
  { isTls, ...options }: AgentOptions & { readonly isTls: boolean },
  made: Made,
): void {
  const endpoint = {
    host: bareHost(target.host ?? "localhost"),
    port: Number(target.port ?? (isTls ? 443 : 80)),
    isTls,
  };
  openVerifiedSocket(endpoint, { ...options, signal: target.connectSignal }).then(
    (socket) => made(null, socket),
    (error: unknown) => made(asError(error)),
  );
}
