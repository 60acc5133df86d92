// An agent for `node:https` and for libraries that accept one: every connection is opened and verified as Pinion's own.

import { Agent as PlainHttpAgent, type ClientRequest } from "node:http";
import { Agent, type AgentOptions as HttpsAgentOptions } from "node:https";

import { bareHost } from "../net/url.ts";
import { createPooledSocket, type Made, type Target } from "./pool.ts";
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

class VerifyingAgent extends Agent {
  readonly #options: AgentOptions;

  constructor(options: AgentOptions) {
    super({ keepAlive: true, ...options.pool });
    this.#options = options;
  }

  /** Called by the runtime, as is the next one. */
  createSocket(request: ClientRequest, options: Target, made: Made): void {
    createPooledSocket(this, request, options, made);
  }

  /** The promise's end reaches it through the callback. */
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

  createSocket(request: ClientRequest, options: Target, made: Made): void {
    createPooledSocket(this, request, options, made);
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
