// Servers and clients for tests of the network room: scripted TCP servers that say exactly what a test wants, TLS
// servers with minted certificates, and clients that never wait between attempts.

import { createServer as createTcpServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";

import { listen } from "../../src/lab/listen.ts";
import { createAuthority, type Authority, type IssuedCertificate } from "../../src/lab/mint.ts";
import { createClient, type Client } from "../../src/net/client.ts";
import type { ClientSettings, NetEvent } from "../../src/net/client-settings.ts";
import type { Lookup } from "../../src/net/dial.ts";
import { loadTrust, type TrustStore } from "../../src/trust/store.ts";

/** One HTTP request as it came over the wire. */
export interface SeenRequest {
  readonly line: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface ScriptedServer extends AsyncDisposable {
  readonly port: number;
  readonly origin: string;
  /** In the order of arrival, over all connections. */
  readonly requests: readonly SeenRequest[];
  /** How many connections were made. */
  readonly connections: number;
}

/** What a script may do with a request: answer bytes, bytes in pieces, or handle the socket itself. */
export type Script = (request: SeenRequest, socket: Socket, count: number) => string | Buffer | void;

export interface ScriptOptions {
  /** Speaks TLS with this certificate. */
  readonly tls?: TlsOptions;
  readonly host?: string;
}

/** Starts a server that parses requests by itself and answers what the script says, byte for byte. */
export async function startScript(script: Script, options: ScriptOptions = {}): Promise<ScriptedServer> {
  const requests: SeenRequest[] = [];
  let connections = 0;
  const serve = (socket: Socket): void => {
    connections++;
    let pending = "";
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk: Buffer) => {
      pending += chunk.toString("latin1");
      for (let end = pending.indexOf("\r\n\r\n"); end !== -1; end = pending.indexOf("\r\n\r\n")) {
        const request = parseRequest(pending.slice(0, end));
        pending = pending.slice(end + 4);
        requests.push(request);
        const bytes = script(request, socket, requests.length);
        if (bytes !== undefined && socket.writable) socket.write(bytes);
      }
    });
  };
  const server: Server =
    options.tls === undefined
      ? createTcpServer(serve)
      : createTlsServer(options.tls, serve).on("tlsClientError", () => {});
  const { port, close } = await listen(server);
  const scheme = options.tls === undefined ? "http" : "https";
  return {
    port,
    origin: `${scheme}://${options.host ?? "127.0.0.1"}:${port}`,
    requests,
    get connections() {
      return connections;
    },
    [Symbol.asyncDispose]: close,
  };
}

/** A whole answer with the right `Content-Length`. */
export function answer(body: string | Buffer, headers: readonly string[] = [], status = "200 OK"): Buffer {
  const bytes = Buffer.from(body);
  const head = [`HTTP/1.1 ${status}`, `Content-Length: ${bytes.length}`, ...headers].join("\r\n");
  return Buffer.concat([Buffer.from(`${head}\r\n\r\n`, "latin1"), bytes]);
}

export function redirect(location: string, status = "302 Found"): Buffer {
  return answer("", [`Location: ${location}`], status);
}

export interface TestClient extends Client, Disposable {
  readonly events: readonly NetEvent[];
  /** How long the client would have slept. */
  readonly delays: readonly number[];
}

/** A client that trusts the given authorities, knows every name as loopback, and sleeps without waiting. */
export function openClient(
  settings: Partial<ClientSettings> = {},
  authorities: readonly Authority[] = [],
): TestClient {
  const events: NetEvent[] = [];
  const delays: number[] = [];
  const client = createClient({
    trust: trusting(...authorities),
    proxy: {},
    userAgent: "pinion/test",
    connectTimeoutMs: 20_000,
    silenceTimeoutMs: 20_000,
    lookup: loopbackLookup,
    clock: {
      now: () => Date.UTC(2026, 10, 20),
      random: () => 0,
      sleep: (durationMs) => {
        delays.push(durationMs);
        return Promise.resolve();
      },
    },
    onEvent: (event) => events.push(event),
    ...settings,
  });
  return Object.assign(client, { events, delays, [Symbol.dispose]: () => client.close() });
}

/** Every name but those under `.invalid` leads to this machine. */
export const loopbackLookup: Lookup = (host) =>
  host.endsWith(".invalid")
    ? Promise.reject(Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: "ENOTFOUND" }))
    : Promise.resolve([{ address: "127.0.0.1", family: 4 }]);

/** A trust store that holds these roots and nothing else. */
export function trusting(...authorities: readonly Authority[]): TrustStore {
  const pems = authorities.length > 0 ? authorities : [createAuthority("Nobody")];
  return loadTrust({
    env: {},
    home: "/nonexistent",
    trust: { value: "given", origin: "test" },
    anchors: pems.map(({ root }) => root.pem),
  });
}

/** A server's options for `node:tls`. */
export function tlsOptions(issued: IssuedCertificate, options: TlsOptions = {}): TlsOptions {
  return { cert: issued.chainPem, key: issued.keyPem, ...options };
}

function parseRequest(text: string): SeenRequest {
  const [line = "", ...fields] = text.split("\r\n");
  const headers = fields.map((field) => {
    const colon = field.indexOf(":");
    return [field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim()] as const;
  });
  return { line, headers: Object.fromEntries(headers) };
}
