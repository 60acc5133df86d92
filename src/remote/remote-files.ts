// Files of a company's shared store, before they are requested from an index, and offered to it after an index gave them.
// A store may lie, stall, fail or be full: that costs one command at most two seconds, and never a wrong byte. Reads
// share one second of time without result, writes are awaited for one second at the end. docs/fleet.md

import { createHash } from "node:crypto";
import { linkSync, rmSync } from "node:fs";

import { Limit } from "../base/work/limit.ts";
import { isPinionError } from "../errors.ts";
import { FileSink, MemorySink, type Sink } from "../net/downloads/download-sink.ts";
import type { SharedFiles, SharedRequest } from "../sources/fetching/shared-files.ts";
import type { RemoteBody, RemoteKey, RemoteStore } from "./remote-store.ts";

export interface RemoteFilesOptions {
  readonly store: RemoteStore;
  /** Default: `read-write`. */
  readonly mode?: "read-write" | "read" | undefined;
  /** Told once when the store is given up, with the reason. */
  readonly onTrouble?: ((reason: string) => void) | undefined;
  /** Milliseconds, from any origin; for tests. */
  readonly now?: (() => number) | undefined;
}

/** Counts of one command; sizes in bytes. */
export interface RemoteCounts {
  readonly hits: number;
  readonly misses: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /** Offers that were not written, because the queue was full or the command ended. */
  readonly dropped: number;
}

/** The shared store of one command. */
export class RemoteFiles implements SharedFiles {
  readonly #store: RemoteStore;
  readonly #mode: "read-write" | "read";
  readonly #onTrouble: (reason: string) => void;
  readonly #now: () => number;
  readonly #reads = new AbortController();
  readonly #writes = new AbortController();
  readonly #reading = new Limit(MAX_READS);
  readonly #pending = new Set<Promise<void>>();
  readonly #queue: { readonly key: RemoteKey; readonly body: RemoteBody }[] = [];
  #queuedBytes = 0;
  /** Of all transfers, the unfinished ones included. */
  #received = 0;
  #lostMs = 0;
  #lostUntil = 0;
  #failures = 0;
  #counts = { hits: 0, misses: 0, bytesRead: 0, bytesWritten: 0, dropped: 0 };

  constructor({ store, mode = "read-write", onTrouble, now }: RemoteFilesOptions) {
    this.#store = store;
    this.#mode = mode;
    this.#onTrouble = onTrouble ?? (() => undefined);
    this.#now = now ?? (() => performance.now());
  }

  get counts(): RemoteCounts {
    return { ...this.#counts };
  }

  /** The bytes of an object, verified; undefined where the store cannot give them. @throws net/cancelled */
  async read(key: RemoteKey, request: SharedRequest): Promise<Buffer | undefined> {
    const sink = new MemorySink(request.allocate);
    const size = await this.#receive(key, request, sink);
    return size === undefined ? undefined : sink.bytes;
  }

  /** Writes an object into a new file, verified; its size in bytes, or undefined where the store cannot give it. */
  async readToFile(key: RemoteKey, path: string, request: SharedRequest): Promise<number | undefined> {
    const sink = new FileSink(path);
    let size: number | undefined;
    try {
      size = await this.#receive(key, request, sink);
    } finally {
      sink.close();
      if (size === undefined) rmSync(path, { force: true });
    }
    return size;
  }

  /** Takes note of an object that the store may lack; it is written while the command goes on. */
  offer(key: RemoteKey, body: Buffer | { readonly path: string; readonly size: number }): void {
    if (this.#mode === "read" || this.#writes.signal.aborted) return;
    const size = sizeOf(body);
    if (this.#queuedBytes + size > MAX_QUEUED_BYTES) {
      this.#counts.dropped++;
      return;
    }
    this.#queuedBytes += size;
    this.#queue.push({ key, body: Buffer.isBuffer(body) ? body : keepFile(body) });
    this.#startWriting();
  }

  /** Waits for what is being written, a second at most, and closes the store. */
  async settle(): Promise<void> {
    if (this.#pending.size > 0) {
      const timer = setTimeout(() => this.#writes.abort(), WRITE_PATIENCE_MS);
      while (this.#pending.size > 0) await Promise.allSettled(this.#pending);
      clearTimeout(timer);
    }
    this.#counts.dropped += this.#queue.length;
    for (const { body } of this.#queue.splice(0)) release(body);
    this.#reads.abort();
    this.#store.close();
  }

  #receive(key: RemoteKey, request: SharedRequest, sink: Sink): Promise<number | undefined> {
    return this.#reading.run(1, () => this.#receiveNow(key, request, sink));
  }

  async #receiveNow(
    key: RemoteKey,
    { size, maxBytes, signal }: SharedRequest,
    sink: Sink,
  ): Promise<number | undefined> {
    signal?.throwIfAborted();
    if (this.#reads.signal.aborted) return undefined;
    const started = this.#now();
    const pace = new Pace(Math.max(READ_PATIENCE_MS - this.#lostMs, 1), () => this.#received);
    try {
      const limit = Math.min(size ?? maxBytes, maxBytes);
      const signals = [this.#reads.signal, pace.signal, ...(signal === undefined ? [] : [signal])];
      const object = await this.#store.read(key, AbortSignal.any(signals));
      if (object === undefined) {
        this.#counts.misses++;
        this.#failures = 0;
        this.#lose(started);
        return undefined;
      }
      const expected = object.size;
      if (expected !== undefined && (expected > limit || (size !== undefined && expected !== size))) {
        void object.discard();
        throw new WrongBytes();
      }
      const hash = createHash("sha256");
      let received = 0;
      sink.restart(expected);
      await object.pour((chunk) => {
        received += chunk.length;
        this.#received += chunk.length;
        if (received > limit) throw new WrongBytes();
        hash.update(chunk);
        sink.write(chunk);
      });
      sink.finish();
      if (hash.digest("hex") !== key.sha256) throw new WrongBytes();
      this.#counts.hits++;
      this.#counts.bytesRead += received;
      this.#failures = 0;
      return received;
    } catch (error) {
      signal?.throwIfAborted();
      this.#lose(started);
      this.#failures++;
      if (error instanceof WrongBytes) this.#giveUp("it sent other bytes than the hash promises");
      else if (pace.signal.aborted) this.#giveUp("it is too slow (timed out)");
      else if (this.#failures >= MAX_FAILURES) this.#giveUp(reasonOf(error));
      return undefined;
    } finally {
      pace.stop();
    }
  }

  /** Adds the time since `started` that no other fruitless read has counted already. */
  #lose(started: number): void {
    const now = this.#now();
    this.#lostMs += now - Math.max(started, this.#lostUntil);
    this.#lostUntil = now;
    if (this.#lostMs >= READ_PATIENCE_MS) this.#giveUp("it is too slow (timed out)");
  }

  #giveUp(reason: string): void {
    if (this.#reads.signal.aborted) return;
    this.#reads.abort();
    this.#onTrouble(reason);
  }

  #startWriting(): void {
    while (this.#pending.size < MAX_WRITES && !this.#writes.signal.aborted) {
      const next = this.#queue.shift();
      if (next === undefined) return;
      const writing = this.#write(next.key, next.body).finally(() => {
        this.#pending.delete(writing);
        this.#startWriting();
      });
      this.#pending.add(writing);
    }
  }

  async #write(key: RemoteKey, body: RemoteBody): Promise<void> {
    const { signal } = this.#writes;
    try {
      if (await this.#store.has(key, signal)) return;
      await this.#store.write(key, body, signal);
      this.#counts.bytesWritten += sizeOf(body);
    } catch {
      // A store that is full or read-only says so at every write: the first one is enough.
      this.#counts.dropped++;
      this.#writes.abort();
    } finally {
      this.#queuedBytes -= sizeOf(body);
      release(body);
    }
  }
}

/** Bytes that do not have the hash under which the store keeps them. */
class WrongBytes extends Error {}

/**
 * Ends a transfer while the store as a whole brings too little: the average of one among fifty says nothing. A step in which this
 * process was busy with something else is not the store's: a loop that unpacks reads a few kilobytes a turn.
 */
class Pace {
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #received: () => number;
  #before: number;
  #isFirst = true;
  #loop = performance.eventLoopUtilization();

  /** @param received the bytes of all transfers so far */
  constructor(patienceMs: number, received: () => number) {
    this.#received = received;
    this.#before = received();
    this.#timer = setInterval(() => this.#check(), patienceMs);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #check(): void {
    const loop = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(loop, this.#loop);
    this.#loop = loop;
    if (utilization > MAX_UTILIZATION) return;
    const wanted = this.#isFirst ? 1 : MIN_BYTES_IN_STEP;
    this.#isFirst = false;
    const received = this.#received();
    if (received - this.#before < wanted) this.#controller.abort();
    this.#before = received;
  }
}

function sizeOf(body: RemoteBody): number {
  return Buffer.isBuffer(body) ? body.length : body.size;
}

/** The caller removes its file when the command has used it: a link keeps the bytes until they are written. */
function keepFile({ path, size }: { readonly path: string; readonly size: number }): RemoteBody {
  const kept = `${path}.shared`;
  linkSync(path, kept);
  return { path: kept, size };
}

function release(body: RemoteBody): void {
  if (!Buffer.isBuffer(body)) rmSync(body.path, { force: true });
}

function reasonOf(error: unknown): string {
  if (isPinionError(error, "cache/remote")) return error.message;
  return error instanceof Error ? error.message : "it failed";
}

/** Reads without result, together: with the second for writes this bounds what a store can cost a command. */
const READ_PATIENCE_MS = 1000;
const WRITE_PATIENCE_MS = 1000;

/** In a step of one second or less; an index on the same network gives a hundred times as much. */
const MIN_BYTES_IN_STEP = 1024 ** 2;

/** The part of a step that this process may have worked itself, so that what did not come meanwhile is the store's fault. */
const MAX_UTILIZATION = 0.5;

/** In a row. */
const MAX_FAILURES = 3;

/** At a time, each on a connection of its own: as many as to an index. */
const MAX_READS = 16;

/** Uploads at a time. */
const MAX_WRITES = 4;

/** What may wait to be written; larger offers are dropped. */
const MAX_QUEUED_BYTES = 64 * 1024 ** 2;
