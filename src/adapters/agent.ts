// An agent for `node:https` and for libraries that take one: every connection is opened and verified as Pinion's own.

import { Agent, type AgentOptions as HttpsAgentOptions } from "node:https";
import type { Duplex } from "node:stream";

import { openConnection, type ConnectOptions } from "../net/connect.ts";
import { chooseProxy, type ProxySettings } from "../net/proxy.ts";
import { formatHostPort } from "../net/url.ts";
import type { ClientIdentity, TrustStore } from "../trust/store.ts";

export interface AgentOptions {
  readonly trust: TrustStore;
  /** Default: no proxy. */
  readonly proxy?: ProxySettings;
  readonly clientCertificate?: ClientIdentity;
  /** For lookup, TCP, tunnel and TLS together. Default: 10 s. */
  readonly timeoutMs?: number;
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
    const { trust, proxy = {}, clientCertificate, timeoutMs = DEFAULT_TIMEOUT_MS } = this.#options;
    const host = target.host ?? "localhost";
    const port = Number(target.port ?? 443);
    const connect = async (): Promise<Duplex> => {
      const route = chooseProxy(new URL(`https://${formatHostPort(host, port)}/`), proxy);
      const connectOptions: ConnectOptions = {
        trust,
        route,
        timeoutMs,
        ...(clientCertificate === undefined ? {} : { clientCertificate }),
      };
      return (await openConnection({ host, port, isTls: true }, connectOptions)).socket;
    };
    connect().then(
      (socket) => made(null, socket),
      (error: unknown) => made(error instanceof Error ? error : new Error(String(error))),
    );
    return undefined;
  }
}

const DEFAULT_TIMEOUT_MS = 10_000;
