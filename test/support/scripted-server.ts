// Scripted servers: TCP or TLS servers that answer byte for byte what a test wants.

import { createServer as createTcpServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";

import { listen } from "../../src/lab/servers/listen.ts";
import type { IssuedCertificate } from "../../src/lab/certificates/mint.ts";

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
