// One HTTP/1.1 connection: a strict, bounded reader of responses (RFC 9112).
// A response is complete or an error: a body that was cut is never handed out as a shorter one.

import type { IncomingHttpHeaders } from "node:http";
import type { Socket } from "node:net";

import { PinionError } from "../errors.ts";
import { ByteSource, type ByteSourceOptions } from "./byte-source.ts";
import { HeadBytes } from "./head-bytes.ts";
import { excerpt, formatHostPort, type Endpoint } from "./url.ts";

export interface Http1Request {
  readonly method: "GET" | "HEAD" | "CONNECT";
  /** As written in the request line: a path, a whole address for a proxy, `host:port` for CONNECT. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Http1Response {
  readonly status: number;
  readonly reason: string;
  readonly headers: IncomingHttpHeaders;
  /** Not decoded. Read it to its end, or close the connection. */
  readonly body: AsyncGenerator<Buffer, void, undefined>;
  /** All of the body, instead of {@link body}. */
  readonly pour: Pour;
}

/**
 * Hands over every piece of a body, in order, and resolves at its end. A piece is valid until the function returns; what it
 * throws ends the exchange.
 */
export type Pour = (take: (chunk: Buffer) => void) => Promise<void>;

/** Owns a socket and speaks HTTP/1.1 on it, one exchange after the other. */
export class Http1Connection {
  readonly endpoint: Endpoint;
  /** Told once when the exchange has ended: whether the connection may carry another. */
  onIdle: ((state: "reusable" | "closed") => void) | undefined;
  readonly #socket: Socket;
  readonly #source: ByteSource;
  #exchanges = 0;
  #hasHeard = false;
  #isClosed = false;

  constructor(socket: Socket, endpoint: Endpoint, options: ByteSourceOptions) {
    this.#socket = socket;
    this.endpoint = endpoint;
    this.#source = new ByteSource(socket, endpoint, options);
    socket.once("close", () => {
      this.#isClosed = true;
    });
  }

  /** Whether the connection is open and silent, so that a request may be sent. */
  get isUsable(): boolean {
    return !this.#isClosed && this.#socket.writable && this.#source.isQuiet;
  }

  /**
   * Whether the last exchange failed only because the other side gave up a connection that lay idle
   * (RFC 9112 section 9.3.1): it was used before, and not a byte of an answer came.
   */
  get wasStale(): boolean {
    return this.#exchanges > 1 && !this.#hasHeard;
  }

  /** Whether the other side has never said anything on this connection. */
  get isUnheard(): boolean {
    return this.#exchanges <= 1 && !this.#hasHeard;
  }

  /** Lets the process end while the connection lies idle, or keeps it alive. */
  hold(): void {
    this.#socket.ref();
  }

  release(): void {
    this.#socket.unref();
  }

  /** The socket, for what follows a successful CONNECT; the connection must not be used afterwards. */
  detach(): Socket {
    return this.#source.detach();
  }

  /** Ends the connection; an exchange that is under way fails with the reason. */
  close(reason?: Error): void {
    this.#isClosed = true;
    if (reason === undefined) this.#socket.destroy();
    else this.#source.fail(reason);
    this.#tellIdle("closed");
  }

  /**
   * Sends a request and reads the head of its answer.
   *
   * @throws `net/reset`, `net/timeout`, `net/malformed-response`
   */
  async exchange(request: Http1Request): Promise<Http1Response> {
    this.#exchanges++;
    this.#hasHeard = false;
    this.#source.restartWindow();
    try {
      this.#socket.write(formatRequest(request), "latin1");
      const head = await this.#readFinalHead();
      const framing = framingOf(head, request.method, this.#name);
      const keepAlive = keepsAlive(head) && framing.kind !== "until-close";
      const body = this.#readBody(framing, keepAlive);
      // An empty body is consumed here, so that the connection is freed at once.
      if (framing.kind === "none" && request.method !== "CONNECT") await body.next();
      return { ...head, body, pour: (take) => this.#pourBody(framing, keepAlive, take) };
    } catch (error) {
      this.close();
      throw error;
    }
  }

  async #readFinalHead(): Promise<ResponseHead> {
    for (let interim = 0; interim <= MAX_INTERIM_RESPONSES; interim++) {
      const head = parseHead(await this.#readHead(), this.#name);
      // 1xx answers come before the real one (RFC 9110 section 15.2); we never ask for 101.
      if (head.status >= 200) return head;
    }
    throw this.#malformed("too many interim responses");
  }

  async *#readBody(framing: Framing, keepAlive: boolean): AsyncGenerator<Buffer, void, undefined> {
    let isComplete = false;
    try {
      yield* this.#readFramed(framing);
      isComplete = true;
    } finally {
      this.#endBody(isComplete && keepAlive);
    }
  }

  /** As {@link #readBody}; a body of known length, as nearly all downloads have, without a generator for each of its pieces. */
  async #pourBody(framing: Framing, keepAlive: boolean, take: (chunk: Buffer) => void): Promise<void> {
    let isComplete = false;
    try {
      if (framing.kind === "length") await this.#pourExactly(framing.length, take);
      else for await (const chunk of this.#readFramed(framing)) take(chunk);
      isComplete = true;
    } finally {
      this.#endBody(isComplete && keepAlive);
    }
  }

  async *#readFramed(framing: Framing): AsyncGenerator<Buffer, void, undefined> {
    switch (framing.kind) {
      case "none":
        break;
      case "length":
        yield* this.#readExactly(framing.length);
        break;
      case "chunked":
        yield* this.#readChunks();
        break;
      case "until-close":
        yield* this.#readToEnd();
        break;
    }
  }

  #endBody(isReusable: boolean): void {
    if (isReusable && this.isUsable) this.#tellIdle("reusable");
    else this.close();
  }

  #tellIdle(state: "reusable" | "closed"): void {
    const tell = this.onIdle;
    this.onIdle = undefined;
    tell?.(state);
  }

  async *#readExactly(length: number): AsyncGenerator<Buffer, void, undefined> {
    for (let left = length; left > 0;) {
      const chunk = await this.#source.next();
      if (chunk === undefined) throw this.#cut(`after ${length - left} of ${length} bytes`);
      const taken = chunk.length <= left ? chunk : chunk.subarray(0, left);
      this.#source.unread(chunk.subarray(taken.length));
      left -= taken.length;
      yield taken;
    }
  }

  async #pourExactly(length: number, take: (chunk: Buffer) => void): Promise<void> {
    const missing = await this.#source.pour(length, take);
    if (missing > 0) throw this.#cut(`after ${length - missing} of ${length} bytes`);
  }

  async *#readToEnd(): AsyncGenerator<Buffer, void, undefined> {
    for (;;) {
      const chunk = await this.#source.next();
      if (chunk === undefined) return;
      yield chunk;
    }
  }

  /** RFC 9112 section 7.1. */
  async *#readChunks(): AsyncGenerator<Buffer, void, undefined> {
    for (;;) {
      const line = await this.#readLine();
      const size = parseChunkSize(line);
      if (size === undefined) throw this.#malformed(`a chunk begins with \`${excerpt(line)}\``);
      if (size === 0) break;
      yield* this.#readExactly(size);
      if ((await this.#readLine()) !== "") throw this.#malformed("a chunk is longer than it says");
    }
    for (let bytes = 0; bytes <= MAX_HEAD_BYTES;) {
      const trailer = await this.#readLine();
      if (trailer === "") return;
      bytes += trailer.length;
    }
    throw this.#malformed("its trailers are too long");
  }

  async #readLine(): Promise<string> {
    const pieces: Buffer[] = [];
    let length = 0;
    for (;;) {
      const chunk = await this.#source.next();
      if (chunk === undefined) throw this.#cut("between two chunks");
      const end = chunk.indexOf(LF);
      const piece = end === -1 ? chunk : chunk.subarray(0, end);
      pieces.push(piece);
      length += piece.length;
      if (length > MAX_LINE_BYTES) throw this.#malformed("a line of its chunked coding is too long");
      if (end === -1) continue;
      this.#source.unread(chunk.subarray(end + 1));
      return Buffer.concat(pieces).toString("latin1").replace(/\r$/, "");
    }
  }

  async #readHead(): Promise<string> {
    const head = new HeadBytes();
    for (;;) {
      const chunk = await this.#source.next();
      if (chunk === undefined) {
        throw new PinionError("net/reset", `\`${this.#name}\` closed the connection without an answer`, {
          details: { host: this.endpoint.host, port: this.endpoint.port },
        });
      }
      this.#hasHeard = true;
      const end = head.add(chunk);
      const { bytes } = head;
      if (end !== -1) {
        this.#source.unread(bytes.subarray(end));
        return bytes.toString("latin1", 0, end);
      }
      if (bytes.length > MAX_HEAD_BYTES) throw this.#malformed("its headers are too long");
      if (looksLikeTls(bytes)) throw speaksTls(this.#name);
      if (!looksLikeHttp(bytes))
        throw this.#malformed(`it begins with \`${excerpt(bytes.toString("latin1", 0, 80))}\``);
    }
  }

  #malformed(why: string): PinionError {
    return malformed(this.#name, why);
  }

  #cut(where: string): PinionError {
    return new PinionError(
      "net/malformed-response",
      `The answer of \`${this.#name}\` was truncated ${where}`,
      {
        details: { host: this.endpoint.host, port: this.endpoint.port, isTruncated: true },
      },
    );
  }

  get #name(): string {
    return formatHostPort(this.endpoint.host, this.endpoint.port);
  }
}

interface ResponseHead {
  readonly minorVersion: number;
  readonly status: number;
  readonly reason: string;
  readonly headers: IncomingHttpHeaders;
}

type Framing =
  | { readonly kind: "none" }
  | { readonly kind: "length"; readonly length: number }
  | { readonly kind: "chunked" }
  | { readonly kind: "until-close" };

function formatRequest(request: Http1Request): string {
  let text = `${request.method} ${request.target} HTTP/1.1\r\n`;
  for (const [name, value] of Object.entries(request.headers)) {
    // A line end in a value would let it write headers, or a whole request, of its own.
    if (INVALID_VALUE.test(value)) {
      throw new PinionError(
        "net/invalid-url",
        `The request header \`${excerpt(name)}\` contains characters that HTTP does not allow`,
      );
    }
    text += `${name}: ${value}\r\n`;
  }
  return `${text}\r\n`;
}

/** A TLS server answers what is not TLS with an alert (RFC 8446 section 5.1): content type 21, version 3.x. */
function looksLikeTls(bytes: Buffer): boolean {
  return bytes.length >= 2 && bytes[0] === 21 && bytes[1] === 3;
}

function speaksTls(name: string): PinionError {
  return new PinionError(
    "net/malformed-response",
    `\`${name}\` expects TLS, but the request was sent without it`,
    {
      details: { isTls: true },
      hints: ["write `https://` instead of `http://`"],
    },
  );
}

function looksLikeHttp(bytes: Buffer): boolean {
  const start = bytes.toString("latin1", 0, 5);
  return "HTTP/".startsWith(start);
}

function parseHead(text: string, name: string): ResponseHead {
  const lines = text.split(/\r?\n/);
  const status = STATUS_LINE.exec(lines[0] ?? "");
  if (status === null) throw malformed(name, `it begins with \`${excerpt(lines[0] ?? "")}\``);
  const headers: IncomingHttpHeaders = Object.create(null);
  let previous: string | undefined;
  for (const line of lines.slice(1, -2)) {
    previous = addField(headers, line, previous);
    if (previous === undefined) throw malformed(name, `its header \`${excerpt(line)}\` breaks the grammar`);
  }
  return { minorVersion: Number(status[1]), status: Number(status[2]), reason: status[3] ?? "", headers };
}

/** Adds one field line and returns its name; undefined where the line breaks RFC 9112 section 5. */
function addField(
  headers: IncomingHttpHeaders,
  line: string,
  previous: string | undefined,
): string | undefined {
  if (line.startsWith(" ") || line.startsWith("\t")) {
    // obs-fold continues the value before it (section 5.2).
    const value = previous === undefined ? undefined : headers[previous];
    if (previous === undefined || typeof value !== "string") return previous;
    headers[previous] = `${value} ${line.trim()}`;
    return previous;
  }
  const colon = line.indexOf(":");
  const name = line.slice(0, Math.max(colon, 0)).toLowerCase();
  const value = line.slice(colon + 1).trim();
  if (!TOKEN.test(name) || INVALID_VALUE.test(value)) return undefined;
  if (name === "set-cookie") {
    (headers["set-cookie"] ??= []).push(value);
  } else {
    const known = headers[name];
    headers[name] = known === undefined ? value : `${String(known)}, ${value}`;
  }
  return name;
}

/** RFC 9112 section 6.3. */
function framingOf(head: ResponseHead, method: string, name: string): Framing {
  const { status, headers } = head;
  const isTunnel = method === "CONNECT" && status >= 200 && status < 300;
  if (method === "HEAD" || isTunnel || status === 204 || status === 304) return { kind: "none" };
  const coding = headers["transfer-encoding"]?.toLowerCase();
  if (coding === "chunked") return { kind: "chunked" };
  if (coding !== undefined && coding !== "identity")
    throw malformed(name, `it has the transfer coding \`${excerpt(coding)}\``);
  const stated = headers["content-length"];
  if (stated === undefined) return { kind: "until-close" };
  const lengths = new Set(stated.split(",").map((length) => length.trim()));
  const [length] = lengths;
  if (lengths.size !== 1 || length === undefined || !/^\d{1,15}$/.test(length)) {
    throw malformed(name, `its length is \`${excerpt(stated)}\``);
  }
  return { kind: "length", length: Number(length) };
}

/** RFC 9112 section 9.3. */
function keepsAlive(head: ResponseHead): boolean {
  const connection = head.headers.connection?.toLowerCase() ?? "";
  // Two statements of the length are how answers are smuggled (section 6.1): the connection is not used again.
  if (head.headers["transfer-encoding"] !== undefined && head.headers["content-length"] !== undefined)
    return false;
  const options = new Set(connection.split(",").map((option) => option.trim()));
  if (head.minorVersion === 1) return !options.has("close");
  // Old proxies state it in a header of their own.
  const ofProxy: unknown = head.headers["proxy-connection"];
  return (
    options.has("keep-alive") ||
    (typeof ofProxy === "string" && ofProxy.trim().toLowerCase() === "keep-alive")
  );
}

function parseChunkSize(line: string): number | undefined {
  const semicolon = line.indexOf(";");
  const digits = (semicolon === -1 ? line : line.slice(0, semicolon)).trim();
  // 12 digits are 2^48 bytes, and still an exact number.
  return /^[0-9a-f]{1,12}$/i.test(digits) ? Number.parseInt(digits, 16) : undefined;
}

function malformed(name: string, why: string): PinionError {
  return new PinionError("net/malformed-response", `The answer of \`${name}\` is not HTTP: ${why}`);
}

const LF = 0x0a;
const STATUS_LINE = /^HTTP\/1\.([01]) +([1-9]\d\d)(?: (.*))?$/;
// RFC 9110 section 5.6.2.
const TOKEN = /^[!#$%&'*+.^_`|~0-9a-z-]+$/i;
const INVALID_VALUE = /[\0\r\n]|[^\0-\xff]/;

// Node's own bound is 16 KiB; some corporate gateways send longer policies.
const MAX_HEAD_BYTES = 64 * 1024;
const MAX_LINE_BYTES = 4096;
const MAX_INTERIM_RESPONSES = 8;
