// One HTTP/1.1 connection: a strict, bounded reader of responses (RFC 9112).
// A response is complete or an error: a body that was cut is never handed out as a shorter one.

import type { IncomingHttpHeaders } from "node:http";
import type { Socket } from "node:net";

import { formatHostPort } from "../../base/text/host-port.ts";
import { PinionError } from "../../errors.ts";
import { ByteSource, type ByteSourceOptions } from "../connections/byte-source.ts";
import { ChunkedBody } from "./chunked-body.ts";
import { HeadBytes } from "./head-bytes.ts";
import {
  formatRequest,
  framingOf,
  keepsAlive,
  looksLikeHttp,
  looksLikeTls,
  malformed,
  parseHead,
  speaksTls,
  type Framing,
  type Http1Request,
  type ResponseHead,
} from "./http1-head.ts";
import { excerpt, type Endpoint } from "../url.ts";

export interface Http1Response {
  readonly status: number;
  readonly reason: string;
  readonly headers: IncomingHttpHeaders;
  /** Not decoded. Read it to its end, or close the connection. */
  readonly body: AsyncGenerator<Buffer, void, undefined>;
  /** All of the body, instead of {@link body}. */
  readonly pour: Pour;
  /** Of the body, where its head states it. */
  readonly length: number | undefined;
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

  /** Whether nothing was sent on it yet. */
  get isNew(): boolean {
    return this.#exchanges === 0;
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
      return {
        ...head,
        body,
        pour: (take) => this.#pourBody(framing, keepAlive, take),
        length: framing.kind === "length" ? framing.length : undefined,
      };
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

  async *#readChunks(): AsyncGenerator<Buffer, void, undefined> {
    const chunked = new ChunkedBody((why) => this.#malformed(why));
    while (!chunked.isComplete) {
      const piece = await this.#source.next();
      if (piece === undefined) throw this.#cut(chunked.place);
      const data = chunked.take(piece);
      this.#source.unread(chunked.rest);
      if (data.length > 0) yield data;
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

// Node's own bound is 16 KiB; some corporate gateways send longer policies.
const MAX_HEAD_BYTES = 64 * 1024;
const MAX_INTERIM_RESPONSES = 8;
