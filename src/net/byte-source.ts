// The bytes that come in on a socket, pulled one piece at a time: bounded in memory, and never waiting for ever.

import type { Socket } from "node:net";

import { PinionError, systemCode } from "../errors.ts";
import { formatSeconds } from "./deadline.ts";
import { socketFailure } from "./failures.ts";
import { HandshakeError } from "./tls.ts";
import { formatHostPort, type Endpoint } from "./url.ts";

/** Owns a socket's readable side. */
export class ByteSource {
  readonly #socket: Socket;
  readonly #endpoint: Endpoint;
  readonly #silenceTimeoutMs: number;
  #chunks: Buffer[] = [];
  #queuedBytes = 0;
  #hasReceived = false;
  #hasEnded = false;
  #failure: Error | undefined;
  #wake: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Time spent waiting for the other side since the window began, and what it sent in that time. */
  #window = { waitedMs: 0, bytes: 0 };

  constructor(socket: Socket, endpoint: Endpoint, silenceTimeoutMs: number) {
    this.#socket = socket;
    this.#endpoint = endpoint;
    this.#silenceTimeoutMs = silenceTimeoutMs;
    socket.on("data", this.#onData);
    socket.on("end", this.#onEnd);
    socket.on("close", this.#onEnd);
    socket.on("error", this.#onError);
  }

  /** Whether there is nothing to read now and nothing ended: the state of a connection that may be used again. */
  get isQuiet(): boolean {
    return this.#queuedBytes === 0 && !this.#hasEnded && this.#failure === undefined;
  }

  /** Begins the count again that finds a stalled answer. */
  restartWindow(): void {
    this.#window = { waitedMs: 0, bytes: 0 };
  }

  /**
   * The next bytes; undefined where the other side has ended.
   *
   * @throws `net/reset`, `net/timeout`, or what {@link fail} was given
   */
  async next(): Promise<Buffer | undefined> {
    if (this.#queuedBytes === 0 && !this.#hasEnded && this.#failure === undefined) await this.#wait();
    const chunk = this.#chunks.shift();
    if (chunk !== undefined) {
      this.#queuedBytes -= chunk.length;
      if (this.#queuedBytes < QUEUE_BYTES / 2 && this.#socket.isPaused()) this.#socket.resume();
      this.#checkRate(chunk.length);
      return chunk;
    }
    if (this.#failure !== undefined) throw this.#failure;
    return undefined;
  }

  /** Gives back what was read too far. */
  unread(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.#chunks.unshift(chunk);
    this.#queuedBytes += chunk.length;
    this.#window.bytes -= chunk.length;
  }

  /** Ends the source: a caller that waits now, or reads next, gets this error. */
  fail(error: Error): void {
    this.#failure ??= error;
    clearTimeout(this.#timer);
    this.#socket.destroy();
    this.#awake();
  }

  /** Lets go of the socket, paused, for what comes after HTTP on it. */
  detach(): Socket {
    clearTimeout(this.#timer);
    this.#socket.pause();
    this.#socket
      .off("data", this.#onData)
      .off("end", this.#onEnd)
      .off("close", this.#onEnd)
      .off("error", this.#onError);
    return this.#socket;
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#hasReceived = true;
    this.#chunks.push(chunk);
    this.#queuedBytes += chunk.length;
    if (this.#queuedBytes > QUEUE_BYTES) this.#socket.pause();
    this.#awake();
  };

  readonly #onEnd = (): void => {
    this.#hasEnded = true;
    clearTimeout(this.#timer);
    this.#awake();
  };

  readonly #onError = (error: Error): void => this.fail(this.#explain(error));

  #awake(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  async #wait(): Promise<void> {
    const started = performance.now();
    if (this.#timer === undefined) {
      this.#timer = setTimeout(() => this.#onSilence(), this.#silenceTimeoutMs).unref();
    } else {
      this.#timer.refresh();
    }
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#window.waitedMs += performance.now() - started;
  }

  #onSilence(): void {
    const waiting = this.#wake;
    if (waiting === undefined) return;
    // One more turn for what has arrived already: the program itself may have been busy while the time ran out.
    setImmediate(() => {
      if (this.#wake !== waiting) return;
      this.fail(this.#timeout(`timed out: it sent nothing for ${formatSeconds(this.#silenceTimeoutMs)}`));
    });
  }

  #checkRate(bytes: number): void {
    const window = this.#window;
    window.bytes += bytes;
    if (window.waitedMs < this.#silenceTimeoutMs) return;
    const rate = window.bytes / (window.waitedMs / 1000);
    this.restartWindow();
    if (rate >= MIN_BYTES_PER_SECOND) return;
    const error = this.#timeout(
      `timed out: it sent less than 1 KB/s for ${formatSeconds(this.#silenceTimeoutMs)}`,
    );
    this.fail(error);
    throw error;
  }

  #timeout(what: string): PinionError {
    return new PinionError("net/timeout", `\`${this.#name}\` ${what}`, {
      details: { host: this.#endpoint.host, port: this.#endpoint.port, timeoutMs: this.#silenceTimeoutMs },
    });
  }

  #explain(cause: Error): Error {
    // Under TLS 1.3 a server refuses a client certificate, or its absence, only after the handshake is done for us.
    const isAlert = !this.#hasReceived && systemCode(cause)?.startsWith("ERR_SSL") === true;
    if (isAlert) return new HandshakeError(this.#endpoint, cause);
    return socketFailure(`Lost the connection to \`${this.#name}\``, cause);
  }

  get #name(): string {
    return formatHostPort(this.#endpoint.host, this.#endpoint.port);
  }
}

// What may lie unread before the other side is asked to wait: a few TLS records of 16 KiB.
const QUEUE_BYTES = 256 * 1024;

// docs/network.md, "HTTP": a response slower than this counts as stalled.
const MIN_BYTES_PER_SECOND = 1024;
