// A private package index on loopback, over HTTP or any TLS: an honest Simple index (PEP 503, 691, 658, 700) that can
// be made to misbehave, and that remembers what it was asked.

import type { ServerTls } from "../servers/server-tls.ts";
import { hash } from "node:crypto";
import { createServer as createHttpServer } from "node:http";
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { Server as NetServer } from "node:net";
import { TLSSocket } from "node:tls";
import type { SecureVersion } from "node:tls";
import { normalizeName } from "../../pep/name.ts";
import { PAGE_TYPES, renderProjectList, renderProjectPage } from "./index-pages.ts";
import type { IndexFile, PageFormat } from "./index-pages.ts";
import { listen } from "../servers/listen.ts";
import { placeBefore, rejectClients } from "../servers/middlebox.ts";
import { applyOddity, applyPreconditions, deliver } from "./oddities.ts";
import type { Answer, Oddity } from "./oddities.ts";

export type { IndexFile, PageFormat } from "./index-pages.ts";
export type { Oddity } from "./oddities.ts";

export interface IndexOptions {
  readonly packages?: readonly IndexFile[];
  readonly tls?: ServerTls;
  /** Basic credentials that every request must carry. */
  readonly auth?: { readonly username: string; readonly password: string };
  /** Default: both; the client's `Accept` chooses, and the first where it does not mind. */
  readonly formats?: readonly PageFormat[];
  /** `Cache-Control` of pages. Default: `no-cache`, so that a package added later is seen. */
  readonly cacheControl?: string;
  readonly oddities?: readonly Oddity[];
  /** Address to listen on. Default: 127.0.0.1. */
  readonly address?: string;
  /** Default: any free one. */
  readonly port?: number;
  /** The name in the index's own URL. Default: `localhost`. */
  readonly host?: string;
  /** Origin of the links to files. Default: relative links. */
  readonly fileOrigin?: string;
}

export interface LoggedRequest {
  readonly method: string;
  /** As it was sent, query included. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly status: number;
  /** `TLSv1.3`; undefined over plain HTTP. */
  readonly protocol: string | undefined;
  readonly serverName: string | undefined;
  /** Common name of the client's certificate, where one was shown and verified. */
  readonly clientName: string | undefined;
}

export interface RunningIndex extends AsyncDisposable {
  /** Of the Simple index: `https://localhost:40123/simple/`. */
  readonly url: string;
  /** Of a page that links to every file, as `--find-links` takes it. */
  readonly flatUrl: string;
  readonly origin: string;
  readonly port: number;
  /** In the order of arrival. */
  readonly requests: readonly LoggedRequest[];
  /** Codes of the handshakes that failed. */
  readonly handshakeErrors: readonly string[];
  add(...files: readonly IndexFile[]): void;
  /** Replaces what is strange; without arguments the index is honest again. */
  misbehave(...oddities: readonly Oddity[]): void;
  close(): Promise<void>;
}

/**
 * Starts an index and resolves once it listens.
 *
 * @throws `lab/port-in-use` where the wanted port is taken
 */
export async function startIndex(options: IndexOptions = {}): Promise<RunningIndex> {
  const index = new IndexState(options);
  const server = createServer(options.tls, (request, response) => index.answer(request, response));
  server.on("tlsClientError", (error: NodeJS.ErrnoException) =>
    index.handshakeErrors.push(error.code ?? error.message),
  );
  // As most servers do, an index that is asked in TLS where it speaks plain HTTP answers in HTTP.
  server.on("clientError", (_error, socket) => {
    if (socket.writable) socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
    else socket.destroy();
  });
  const listener = await listen(frontOf(server, options.tls), options);
  const origin = `${options.tls === undefined ? "http" : "https"}://${options.host ?? "localhost"}:${listener.port}`;
  return {
    url: `${origin}/simple/`,
    flatUrl: `${origin}/flat/`,
    origin,
    port: listener.port,
    requests: index.requests,
    handshakeErrors: index.handshakeErrors,
    add: (...files) => void index.files.push(...files),
    misbehave: (...oddities) => index.misbehave(oddities),
    close: listener.close,
    [Symbol.asyncDispose]: listener.close,
  };
}

class IndexState {
  readonly files: IndexFile[];
  readonly requests: LoggedRequest[] = [];
  readonly handshakeErrors: string[] = [];
  readonly #options: IndexOptions;
  #oddities: { readonly oddity: Oddity; left: number }[] = [];

  constructor(options: IndexOptions) {
    this.#options = options;
    this.files = [...(options.packages ?? [])];
    this.misbehave(options.oddities ?? []);
  }

  misbehave(oddities: readonly Oddity[]): void {
    this.#oddities = oddities.map((oddity) => ({ oddity, left: oddity.times ?? Infinity }));
  }

  answer(request: IncomingMessage, response: ServerResponse): void {
    const path = decodePath(request.url ?? "/");
    const oddities = this.#takeOddities(path);
    let answer = this.#isAuthorized(request) ? this.#route(path, request) : UNAUTHORIZED;
    for (const oddity of oddities) answer = applyOddity(answer, oddity, request);
    answer = applyPreconditions(answer, request, oddities);
    this.requests.push(logged(request, answer.status));
    deliver(answer, request, response);
  }

  #takeOddities(path: string): readonly Oddity[] {
    const applicable = this.#oddities.filter(({ oddity, left }) => left > 0 && isInScope(oddity.on, path));
    for (const entry of applicable) entry.left -= 1;
    return applicable.map(({ oddity }) => oddity);
  }

  #isAuthorized(request: IncomingMessage): boolean {
    const { auth } = this.#options;
    if (auth === undefined) return true;
    const expected = Buffer.from(`${auth.username}:${auth.password}`).toString("base64");
    return request.headers.authorization === `Basic ${expected}`;
  }

  #route(path: string, request: IncomingMessage): Answer {
    const [, area = "", name = "", rest = ""] = /^\/(\w+)\/([^/]*)(.*)$/.exec(path) ?? [];
    switch (area) {
      case "simple":
        if (name === "") return this.#page(request, (format) => renderProjectList(this.#names(), format));
        if (rest !== "/" || name !== normalizeName(name)) return moved(`/simple/${normalizeName(name)}/`);
        return this.#filePage(name, { files: this.#filesOf(name), root: "../..", request });
      case "flat":
        return this.#filePage("everything", { files: this.files, root: "..", request });
      case "files":
        return this.#file(`${name}${rest}`);
      default:
        return notFound(path);
    }
  }

  #filePage(title: string, page: FilePage): Answer {
    if (page.files.length === 0) return notFound(title);
    const root = this.#options.fileOrigin ?? page.root;
    const fileUrl = (file: IndexFile) => `${root}/files/${file.name}/${encodeURIComponent(file.filename)}`;
    return this.#page(page.request, (format) => renderProjectPage(title, page.files, { format, fileUrl }));
  }

  #page(request: IncomingMessage, render: (format: PageFormat) => string): Answer {
    const format = negotiate(request.headers.accept, this.#options.formats ?? ["html", "json"]);
    return ok(Buffer.from(render(format)), {
      "content-type": PAGE_TYPES[format],
      "cache-control": this.#options.cacheControl ?? "no-cache",
      vary: "Accept",
    });
  }

  #file(path: string): Answer {
    const find = (wanted: string) => this.files.find((file) => `${file.name}/${file.filename}` === wanted);
    const file = find(path);
    if (file !== undefined)
      return ok(file.bytes, { "content-type": "application/octet-stream", ...FILE_HEADERS });
    const metadata = path.endsWith(METADATA_SUFFIX)
      ? find(path.slice(0, -METADATA_SUFFIX.length))?.metadata
      : undefined;
    if (metadata === undefined) return notFound(path);
    return ok(Buffer.from(metadata), { "content-type": "text/plain; charset=utf-8", ...FILE_HEADERS });
  }

  #filesOf(name: string): readonly IndexFile[] {
    return this.files.filter((file) => file.name === name);
  }

  #names(): readonly string[] {
    return [...new Set(this.files.map(({ name }) => name))].toSorted();
  }
}

/** The server that listens: the given one, or a box before it. */
function frontOf(server: Server, tls: ServerTls | undefined): NetServer {
  if (tls?.intolerance !== undefined) return placeBefore(server, tls.intolerance);
  if (tls?.clients?.alert !== undefined) return rejectClients(server, tls.clients.alert);
  return server;
}

interface FilePage {
  readonly files: readonly IndexFile[];
  /** Relative way from the page to the top of the server. */
  readonly root: string;
  readonly request: IncomingMessage;
}

function createServer(
  tls: ServerTls | undefined,
  handler: (request: IncomingMessage, response: ServerResponse) => void,
): Server {
  if (tls === undefined) return createHttpServer(handler);
  return createHttpsServer(secureServerOptions(tls), handler);
}

/** The options of `tls.createServer` for a server of the laboratory. */
export function secureServerOptions(tls: ServerTls): SecureServerOptions {
  return {
    cert: tls.chainPem,
    key: tls.keyPem,
    minVersion: tls.minVersion ?? "TLSv1.2",
    maxVersion: tls.maxVersion ?? "TLSv1.3",
    // Level 0, because a server with a weak key is one of the shapes; what the client takes is its own decision.
    ciphers: `${tls.ciphers ?? "DEFAULT"}:@SECLEVEL=0`,
    // Elliptic curves of every kind, so that a leaf with an odd one can be served.
    ecdhCurve: tls.groups ?? "auto",
    ...(tls.clients !== undefined && {
      requestCert: true,
      rejectUnauthorized: tls.clients.isRequired,
      ca: [...tls.clients.authorities],
    }),
  };
}

export interface SecureServerOptions {
  readonly cert: string;
  readonly key: string;
  readonly minVersion: SecureVersion;
  readonly maxVersion: SecureVersion;
  readonly ciphers: string;
  readonly ecdhCurve: string;
  readonly requestCert?: boolean;
  readonly rejectUnauthorized?: boolean;
  readonly ca?: string[];
}

function logged(request: IncomingMessage, status: number): LoggedRequest {
  const tls = request.socket instanceof TLSSocket ? request.socket : undefined;
  const clientName = tls?.authorized === true ? tls.getPeerX509Certificate()?.subject : undefined;
  return {
    method: request.method ?? "",
    path: request.url ?? "",
    headers: request.headers,
    status,
    protocol: tls?.getProtocol() ?? undefined,
    serverName: typeof tls?.servername === "string" ? tls.servername : undefined,
    clientName: /^CN=(.*)$/m.exec(clientName ?? "")?.[1],
  };
}

function isInScope(scope: Oddity["on"], path: string): boolean {
  switch (scope) {
    case undefined:
    case "everything":
      return true;
    case "pages":
      return !path.startsWith("/files/");
    case "files":
      return path.startsWith("/files/") && !path.endsWith(METADATA_SUFFIX);
    case "metadata":
      return path.startsWith("/files/") && path.endsWith(METADATA_SUFFIX);
    default:
      return path.includes(scope);
  }
}

/** The format with the highest `q` in Accept; of equals, the one that stands first among `formats`. */
function negotiate(accept: string | undefined, formats: readonly PageFormat[]): PageFormat {
  const first = formats[0] ?? "html";
  if (accept === undefined) return first;
  const ranges = accept.split(",").map((range) => {
    const [type = "", ...parameters] = range.split(";").map((part) => part.trim());
    const quality = parameters.find((parameter) => parameter.startsWith("q="));
    return { type: type.toLowerCase(), quality: quality === undefined ? 1 : Number(quality.slice(2)) };
  });
  const qualityOf = (format: PageFormat) =>
    Math.max(
      0,
      ...ranges.filter(({ type }) => ACCEPTED[format].includes(type)).map(({ quality }) => quality),
    );
  return formats.toSorted((one, other) => qualityOf(other) - qualityOf(one))[0] ?? first;
}

function ok(body: Buffer, headers: Readonly<Record<string, string>>): Answer {
  const digest = hash("sha256", body, "hex").slice(0, 32);
  return {
    status: 200,
    headers: { etag: `"${digest}"`, "last-modified": LAST_MODIFIED, ...headers },
    body,
    delivery: { kind: "whole" },
  };
}

function moved(location: string): Answer {
  return { status: 301, headers: { location }, body: Buffer.alloc(0), delivery: { kind: "whole" } };
}

function notFound(what: string): Answer {
  return {
    status: 404,
    headers: { "content-type": "text/plain; charset=utf-8" },
    body: Buffer.from(`Nothing here: ${what}\n`),
    delivery: { kind: "whole" },
  };
}

function decodePath(url: string): string {
  const path = url.split("?")[0] ?? "";
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

const UNAUTHORIZED: Answer = {
  status: 401,
  headers: { "www-authenticate": 'Basic realm="laboratory"', "content-type": "text/plain" },
  body: Buffer.from("The laboratory wants a user name and a password\n"),
  delivery: { kind: "whole" },
};

const METADATA_SUFFIX = ".metadata";
const LAST_MODIFIED = "Fri, 02 Jan 2026 03:04:05 GMT";
const FILE_HEADERS = { "accept-ranges": "bytes", "cache-control": "max-age=365000000, immutable" };

const ACCEPTED: Readonly<Record<PageFormat, readonly string[]>> = {
  json: [
    "application/vnd.pypi.simple.v1+json",
    "application/vnd.pypi.simple.latest+json",
    "application/json",
    "*/*",
  ],
  html: ["application/vnd.pypi.simple.v1+html", "text/html", "text/*", "*/*"],
};
