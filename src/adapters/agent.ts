// An agent for `node:https` and for libraries that accept one: every connection is opened and verified as Pinion's own.

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

type Made = (error: Error | null, socket?: Duplex) => void;

class VerifyingAgent extends Agent {
  readonly #options: AgentOptions;

  constructor(options: AgentOptions) {
    super({ keepAlive: true, ...options.pool });
    this.#options = options;
  }

  /** Called by the runtime; the promise's end reaches it through the callback. */
  override createConnection(
    target: { readonly host?: string; readonly port?: number | string },
    made: Made,
  ): undefined {
    const host = bareHost(target.host ?? "localhost");
    const endpoint = { host, port: Number(target.port ?? 443), isTls: true };
    openVerifiedSocket(endpoint, this.#options).then(
      (socket) => made(null, socket),
      (error: unknown) => made(asError(error)),
    );
    return undefined;
  }
}
