// The bytes that come in on a socket, pulled one piece at a time: bounded in memory, and never waiting for ever.

import type { Socket } from "node:net";

import { formatHostPort } from "../../base/text/host-port.ts";
import { PinionError, systemCode } from "../../errors.ts";
import { formatSeconds } from "../deadline.ts";
import { socketFailure } from "../failures.ts";
import type { Landing } from "./landing.ts";
import { HandshakeError } from "./tls.ts";
import { type Endpoint } from "../url.ts";

export interface ByteSourceOptions {
  readonly silenceTimeoutMs: number;
  /** Where the socket's bytes land; without it, it emits them. */
  readonly landing?: Landing | undefined;
}

/** Owns a socket's readable side. */
export class ByteSource {
  readonly #socket: Socket;
  readonly #endpoint: Endpoint;
  readonly #silenceTimeoutMs: number;
  #chunks: Buffer[] = [];
  /** Where the first of them is that is not read: moving the others up for each takes quadratic time for many small ones. */
  #first = 0;
  #queuedBytes = 0;
  /** How many pieces have come. */
  #pieces = 0;
  #hasEnded = false;
  #failure: Error | undefined;
  #wake: (() => void) | undefined;
  #pouring: Pouring | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Time spent waiting for the other side since the window began, and what it sent in that time. */
  #window = { waitedMs: 0, bytes: 0 };

  constructor(socket: Socket, endpoint: Endpoint, { silenceTimeoutMs, landing }: ByteSourceOptions) {
    this.#socket = socket;
    this.#endpoint = endpoint;
    this.#silenceTimeoutMs = silenceTimeoutMs;
    if (landing === undefined) socket.on("data", this.#onData);
    else landing.attach(this.#onLanded);
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
    const chunk = this.#shift();
    if (chunk !== undefined) return chunk;
    if (this.#failure !== undefined) throw this.#failure;
    return undefined;
  }

  /**
   * Hands over the next `length` bytes as they come, without a promise for each of many pieces.
   *
   * @returns how many are missing where the other side has ended
   * @throws as {@link next}, and what `take` throws
   */
  async pour(length: number, take: (chunk: Buffer) => void): Promise<number> {
    let left = length;
    for (let chunk = left > 0 ? this.#shift() : undefined; chunk !== undefined; chunk = this.#shift()) {
      const taken = chunk.length <= left ? chunk : chunk.subarray(0, left);
      this.unread(chunk.subarray(taken.length));
      left -= taken.length;
      take(taken);
      if (left === 0) return 0;
    }
    if (this.#failure !== undefined) throw this.#failure;
    if (left === 0 || this.#hasEnded) return left;
    this.#startTimer();
    return new Promise((resolve, reject) => {
      this.#pouring = { left, take, resolve, reject, sinceMs: performance.now() };
    });
  }

  #shift(): Buffer | undefined {
    const chunk = this.#chunks[this.#first];
    if (chunk === undefined) return undefined;
    this.#first += 1;
    if (this.#first * 2 >= this.#chunks.length) {
      this.#chunks.splice(0, this.#first);
      this.#first = 0;
    }
    this.#queuedBytes -= chunk.length;
    if (this.#queuedBytes < QUEUE_BYTES / 2 && this.#socket.isPaused()) this.#socket.resume();
    this.#checkRate(chunk.length);
    return chunk;
  }

  /** Gives back what was read too far. */
  unread(chunk: Buffer): void {
    if (chunk.length === 0) return;
    if (this.#first === 0) this.#chunks.unshift(chunk);
    else this.#chunks[--this.#first] = chunk;
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
    const rest = this.#receive(chunk);
    if (rest.length > 0) this.#queue(rest);
  };

  /** What is not wanted yet is copied: its memory is used again. */
  readonly #onLanded = (chunk: Buffer): void => {
    const rest = this.#receive(chunk);
    if (rest.length > 0) this.#queue(Buffer.from(rest));
  };

  #receive(chunk: Buffer): Buffer {
    this.#pieces += 1;
    return this.#pouring === undefined ? chunk : this.#pourInto(this.#pouring, chunk);
  }

  #queue(rest: Buffer): void {
    this.#chunks.push(rest);
    this.#queuedBytes += rest.length;
    if (this.#queuedBytes > QUEUE_BYTES) this.#socket.pause();
    this.#awake();
  }

  /** Hands over a piece as far as it is wanted, and gives what is left of it. */
  #pourInto(pouring: Pouring, chunk: Buffer): Buffer {
    const taken = chunk.length <= pouring.left ? chunk : chunk.subarray(0, pouring.left);
    pouring.left -= taken.length;
    this.#window.waitedMs += performance.now() - pouring.sinceMs;
    try {
      this.#checkRate(taken.length);
      pouring.take(taken);
    } catch (error) {
      this.#pouring = undefined;
      pouring.reject(error);
      return chunk.subarray(taken.length);
    }
    if (pouring.left === 0) {
      this.#pouring = undefined;
      pouring.resolve(0);
    } else {
      pouring.sinceMs = performance.now();
      this.#timer?.refresh();
    }
    return chunk.subarray(taken.length);
  }

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
    const pouring = this.#pouring;
    if (pouring === undefined || (this.#failure === undefined && !this.#hasEnded)) return;
    this.#pouring = undefined;
    if (this.#failure === undefined) pouring.resolve(pouring.left);
    else pouring.reject(this.#failure);
  }

  async #wait(): Promise<void> {
    const started = performance.now();
    this.#startTimer();
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#window.waitedMs += performance.now() - started;
  }

  #startTimer(): void {
    if (this.#timer === undefined) {
      this.#timer = setTimeout(() => this.#onSilence(), this.#silenceTimeoutMs).unref();
    } else {
      this.#timer.refresh();
    }
  }

  #onSilence(): void {
    const waiting = this.#wake ?? this.#pouring;
    const pieces = this.#pieces;
    if (waiting === undefined) return;
    // One more turn for what has arrived already: the program itself may have been busy while the time ran out.
    setImmediate(() => {
      if ((this.#wake ?? this.#pouring) !== waiting || this.#pieces !== pieces) return;
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
    const isAlert = this.#pieces === 0 && systemCode(cause)?.startsWith("ERR_SSL") === true;
    if (isAlert) return new HandshakeError(this.#endpoint, cause);
    return socketFailure(`Lost the connection to \`${this.#name}\``, cause);
  }

  get #name(): string {
    return formatHostPort(this.#endpoint.host, this.#endpoint.port);
  }
}

/** A body that is handed over as it comes. */
interface Pouring {
  left: number;
  readonly take: (chunk: Buffer) => void;
  /** Called with how many bytes are missing. */
  readonly resolve: (missing: number) => void;
  readonly reject: (error: unknown) => void;
  /** When waiting for the next piece began. */
  sinceMs: number;
}

// What may lie unread before the other side is asked to wait: a few TLS records of 16 KiB.
const QUEUE_BYTES = 256 * 1024;

// docs/network.md, "HTTP": a response slower than this counts as stalled.
const MIN_BYTES_PER_SECOND = 1024;
