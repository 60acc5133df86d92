// Chains of test data, served for real: a TLS server on loopback for each, and how Pinion's own client fares with it.

import { isIP } from "node:net";
import { checkServerIdentity as checkIdentity, connect, createServer } from "node:tls";
import type { PeerCertificate } from "node:tls";
import { isPinionError } from "../../src/errors.ts";
import { listen } from "../../src/lab/servers/listen.ts";
import type { RunningProxy } from "./loopback-proxies.ts";
import { openConnection } from "../../src/net/connections/connect.ts";
import type { Endpoint } from "../../src/net/url.ts";
import { loadTrust } from "../../src/trust/store.ts";
import { loopbackLookup } from "./test-client.ts";

/** A chain with the key of the server, as the matrix of clients and x509-limbo have them. */
export interface ChainCase {
  readonly trusted_certs: readonly string[];
  readonly untrusted_intermediates: readonly string[];
  readonly peer_certificate: string;
  /** DER in base64. */
  readonly peer_certificate_key_pkcs8?: string;
}

export interface ConnectionVerdict {
  /** `accept`, or the code of the refusal. */
  readonly outcome: string;
  /** The refusal with its causes, as a person reads it. */
  readonly said: string;
  /** How many intermediates Pinion had to hand to the engine. */
  readonly helpers: number;
}

/** What the runtime's engine says alone, as `node:https` would ask it: `accept`, or its code. */
export type EngineVerdict = string;

/** A server that shows the chain of a case. */
export interface ChainServer {
  /**
   * How Pinion's client fares with it, as `host`, trusting what the case trusts; a URL is asked through a proxy of
   * the laboratory, for which every host is this machine.
   */
  askPinion(host: string, proxy?: RunningProxy): Promise<ConnectionVerdict>;
  askEngine(host: string): Promise<EngineVerdict>;
  close(): Promise<void>;
}

/** Serves a chain on loopback; undefined where the runtime cannot, because key or certificate are of no use to it. */
export async function serveChain(served: ChainCase): Promise<ChainServer | undefined> {
  const server = tryCreateServer(served);
  if (server === undefined) return undefined;
  const { port, close } = await listen(server);
  return {
    askPinion: (host, proxy) => askPinion({ host, port, isTls: true }, served.trusted_certs, proxy),
    askEngine: (host) => askEngine({ host, port, isTls: true }, served.trusted_certs),
    close,
  };
}

/** Serves the chain and connects to it with Pinion's client. */
export async function connectTo(served: ChainCase, host: string): Promise<ConnectionVerdict> {
  const server = await serveChain(served);
  if (server === undefined) throw new TypeError("this chain cannot be served");
  try {
    return await server.askPinion(host);
  } finally {
    await server.close();
  }
}

function tryCreateServer(served: ChainCase): ReturnType<typeof createServer> | undefined {
  try {
    const server = createServer({
      cert: [served.peer_certificate, ...served.untrusted_intermediates].join("\n"),
      key: keyPem(served.peer_certificate_key_pkcs8 ?? ""),
      // The server takes whatever it is given; it is the client that is tested.
      ciphers: "DEFAULT:@SECLEVEL=0",
    });
    return server.on("tlsClientError", () => undefined);
  } catch {
    return undefined;
  }
}

async function askPinion(
  endpoint: Endpoint,
  anchors: readonly string[],
  proxy: RunningProxy | undefined,
): Promise<ConnectionVerdict> {
  try {
    const trust = loadTrust({
      env: {},
      home: "/nonexistent",
      trust: { value: "given", origin: "test" },
      anchors,
    });
    const connection = await openConnection(endpoint, {
      trust,
      timeoutMs: 60_000,
      lookup: loopbackLookup,
      ...(proxy !== undefined && {
        route: { kind: "proxy", url: new URL(proxy.url), rule: "test" },
      }),
    });
    connection.socket.destroy();
    return { outcome: "accept", said: "", helpers: connection.helpers.length };
  } catch (error) {
    if (!isPinionError(error)) throw error;
    const causes = error.cause instanceof Error ? `: ${error.cause.message}` : "";
    return { outcome: error.code, said: `${error.message}${causes}`, helpers: 0 };
  }
}

function askEngine({ host, port }: Endpoint, ca: readonly string[]): Promise<EngineVerdict> {
  return new Promise((resolve) => {
    const servername = isIP(host) === 0 ? { servername: host } : {};
    const checkServerIdentity = (_: string, certificate: PeerCertificate): Error | undefined =>
      checkIdentity(host, certificate);
    const options = { host: "127.0.0.1", port, ca: [...ca], ...servername, checkServerIdentity };
    const socket = connect(options, () => {
      resolve("accept");
      socket.destroy();
    });
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}

function keyPem(pkcs8: string): string {
  return `-----BEGIN PRIVATE KEY-----\n${pkcs8.replace(/.{1,64}/g, "$&\n")}-----END PRIVATE KEY-----\n`;
}
