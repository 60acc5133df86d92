// Proxies on loopback: CONNECT (also over TLS), SOCKS 4, 4a and 5, and one that opens the
// TLS of its clients and re-signs it. Every name leads to loopback, so that nothing ever leaves the machine.

import { createServer as createHttpServer, request as httpRequest } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { TLSSocket, connect as connectTls, createSecureContext } from "node:tls";
import type { SecureContext } from "node:tls";
import { secureServerOptions } from "../../src/lab/index/index-server.ts";
import type { ServerTls } from "../../src/lab/servers/server-tls.ts";
import { listen } from "../../src/lab/servers/listen.ts";
import type { Authority } from "../../src/lab/certificates/mint.ts";
import { createSocksServer } from "./socks-server.ts";

export interface ProxyOptions {
  readonly auth?: { readonly username: string; readonly password: string };
  /** Default: any free one. */
  readonly port?: number;
}

export interface ConnectProxyOptions extends ProxyOptions {
  /** Speaks TLS to its own clients. */
  readonly tls?: ServerTls;
  /** Answers every CONNECT with this. */
  readonly refusal?: {
    readonly status: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
  };
  /** Ends the TLS of its clients with certificates of this authority, as inspecting proxies do. */
  readonly inspector?: Authority;
}

export interface RunningProxy extends AsyncDisposable {
  /** `http://127.0.0.1:40124`, without credentials. */
  readonly url: string;
  readonly port: number;
  /** `host:port` of every tunnel that was requested, in the order of arrival; of plain requests the whole address. */
  readonly targets: readonly string[];
  close(): Promise<void>;
}

/** Starts a proxy for CONNECT and for plain requests in absolute form (RFC 9110 9.3.6, 7.1). */
export async function startConnectProxy(options: ConnectProxyOptions = {}): Promise<RunningProxy> {
  const targets: string[] = [];
  const forward = (request: IncomingMessage, response: ServerResponse) => {
    targets.push(request.url ?? "");
    if (!isAuthorized(request, options)) response.writeHead(407, CHALLENGE).end();
    else forwardPlain(request, response);
  };
  const server =
    options.tls === undefined
      ? createHttpServer(forward)
      : createHttpsServer(secureServerOptions(options.tls), forward);
  const contexts = new Map<string, SecureContext>();
  server.on("connect", (request: IncomingMessage, socket: Duplex) => {
    // A client that hangs up is not a failure of the proxy.
    socket.on("error", () => socket.destroy());
    targets.push(request.url ?? "");
    const refusal = isAuthorized(request, options) ? options.refusal : { status: 407, headers: CHALLENGE };
    if (refusal !== undefined) {
      socket.end(responseText(refusal));
      return;
    }
    const { host, port } = splitTarget(request.url ?? "");
    if (options.inspector === undefined) {
      const upstream = connect({ host: LOOPBACK, port }, () => socket.write(ESTABLISHED));
      bridge(socket, upstream);
      return;
    }
    socket.write(ESTABLISHED);
    const context = contexts.get(host) ?? contextFor(options.inspector, host);
    contexts.set(host, context);
    inspect(socket, context, { host, port });
  });
  const listener = await listen(server, options);
  const scheme = options.tls === undefined ? "http" : "https";
  // The name that a certificate for the proxy itself can bear, without the name service.
  const host = options.tls === undefined ? LOOPBACK : "localhost";
  return running(`${scheme}://${host}:${listener.port}`, { ...listener, targets });
}

/** Starts a SOCKS proxy; the client chooses the version: 4, 4a or 5 (RFC 1928, 1929). */
export async function startSocksProxy(options: ProxyOptions = {}): Promise<RunningProxy> {
  const targets: string[] = [];
  const server = createSocksServer({
    ...options,
    open: (host, port) => {
      targets.push(`${host}:${port}`);
      return connect({ host: LOOPBACK, port });
    },
    join: bridge,
  });
  const listener = await listen(server, options);
  return running(`socks5h://${LOOPBACK}:${listener.port}`, { ...listener, targets });
}

/**
 * Starts a proxy that opens every TLS connection and re-signs it with the given authority.
 *
 * @example
 * const proxy = await startInspectingProxy(createAuthority("O=Zscaler Inc., CN=Zscaler Root CA"));
 */
export function startInspectingProxy(
  inspector: Authority,
  options: ProxyOptions = {},
): Promise<RunningProxy> {
  return startConnectProxy({ ...options, inspector });
}

function running(
  url: string,
  { port, close, targets }: { port: number; close: () => Promise<void>; targets: readonly string[] },
): RunningProxy {
  return { url, port, targets, close, [Symbol.asyncDispose]: close };
}

function contextFor(inspector: Authority, host: string): SecureContext {
  const leaf = inspector.issue(host);
  return createSecureContext({ cert: leaf.chainPem, key: leaf.keyPem });
}

function inspect(socket: Duplex, secureContext: SecureContext, target: { host: string; port: number }): void {
  const inner = new TLSSocket(socket, { isServer: true, secureContext });
  inner.on("error", () => socket.destroy());
  // The server behind is the laboratory's own, on loopback: what the client verifies is the proxy's certificate.
  const upstream = connectTls({
    host: LOOPBACK,
    port: target.port,
    ...(/[a-z]/i.test(target.host) && { servername: target.host }),
    rejectUnauthorized: false,
  });
  bridge(inner, upstream);
}

/** Joins two streams; the end or failure of one ends the other. */
function bridge(one: Duplex, other: Duplex): void {
  one.pipe(other).pipe(one);
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    from.on("error", () => to.destroy());
    from.on("close", () => to.destroy());
  }
}

function forwardPlain(request: IncomingMessage, response: ServerResponse): void {
  const url = URL.parse(request.url ?? "");
  if (url === null || url.protocol !== "http:") {
    response.writeHead(400).end();
    return;
  }
  const { method = "GET", headers } = request;
  const port = url.port === "" ? 80 : Number(url.port);
  const { "proxy-authorization": _, ...forwarded } = headers;
  const upstream = httpRequest(
    { host: LOOPBACK, port, method, path: `${url.pathname}${url.search}`, headers: forwarded },
    (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    },
  );
  upstream.on("error", () => response.writeHead(502).end());
  request.pipe(upstream);
}

function isAuthorized(request: IncomingMessage, { auth }: ProxyOptions): boolean {
  if (auth === undefined) return true;
  const expected = Buffer.from(`${auth.username}:${auth.password}`).toString("base64");
  return request.headers["proxy-authorization"] === `Basic ${expected}`;
}

function responseText({
  status,
  headers = {},
  body = "",
}: NonNullable<ConnectProxyOptions["refusal"]>): string {
  const lines = Object.entries({
    ...headers,
    "content-length": `${Buffer.byteLength(body)}`,
    connection: "close",
  });
  return `HTTP/1.1 ${status} No\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n${body}`;
}

/** `host:port`, an IPv6 address in brackets. */
function splitTarget(target: string): { readonly host: string; readonly port: number } {
  const at = target.lastIndexOf(":");
  return { host: target.slice(0, at).replace(/^\[|\]$/g, ""), port: Number(target.slice(at + 1)) };
}

const LOOPBACK = "127.0.0.1";
const ESTABLISHED = "HTTP/1.1 200 Connection established\r\n\r\n";
const CHALLENGE = { "proxy-authenticate": 'Basic realm="laboratory proxy"' };
