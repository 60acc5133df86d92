// A lock between processes as a file: Node has no `flock`. The file says who holds it, and its time is renewed while it is
// held, so that what a killed process left behind is distinguished from what is in use (docs/cache.md).

import { randomBytes } from "node:crypto";
import {
  linkSync,
  lstatSync,
  lutimesSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { isOwnFile, isOwnFolder } from "./folder.ts";
import { readSmallFile } from "./small-file.ts";
import { nowMs } from "../work/clock.ts";
import { PinionError, systemCode, type ErrorCode } from "../../errors.ts";

export interface LockOptions {
  /** The error when waiting takes too long. */
  readonly code: ErrorCode & ("environment/locked" | "cache/locked");
  /** What is locked, for messages: an environment's or a cache's folder. */
  readonly subject: string;
  /** By default five minutes, as in uv. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told once, before the first wait. */
  readonly onWait?: ((holder: LockHolder | undefined) => void) | undefined;
}

/** Who holds a lock. */
export interface LockHolder {
  readonly pid: number;
  /** The machine and, on Linux, the process namespace: process numbers mean nothing outside. */
  readonly host: string;
  /** When the process started, so that a number that was given out again is noticed; empty where that is unknown. */
  readonly started: string;
  readonly token: string;
}

export interface Lock {
  release(): void;
}

/** A lock by its mere presence, beside others of its kind: the cache is in use. */
export function announce(path: string): Lock {
  const self = thisHolder();
  writeFileSync(path, JSON.stringify(self), { flag: "wx" });
  return new HeldLock(path, self.token);
}

/**
 * Tells whether a lock file is there and its holder lives; one whose holder is gone is removed.
 *
 * @param watch of those who look again and again: a holder of which nothing else is known renews the time of its lock meanwhile
 */
export function isHeld(path: string, watch?: LockWatch): boolean {
  return ageOf(path) !== undefined && !breakIfStale(path, watch);
}

/**
 * Looks at lock files again and again. A lock came perhaps with a folder that was checked out or unpacked, from another
 * machine, with a time that its author chose: whether its holder lives shows in whether its time is renewed while one waits.
 */
export class LockWatch {
  readonly #now: () => number;
  readonly #seen = new Map<string, { readonly mtimeMs: number; readonly sinceMs: number }>();

  /** @param now Milliseconds, from any origin. */
  constructor(now: () => number = nowMs) {
    this.#now = now;
  }

  /** For how long the time of a file has been the same, as far as it was looked at. */
  silentMs(path: string): number {
    const mtimeMs = lstatSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    const seen = this.#seen.get(path);
    if (seen?.mtimeMs === mtimeMs) return this.#now() - seen.sinceMs;
    this.#seen.set(path, { mtimeMs, sinceMs: this.#now() });
    return 0;
  }
}

/**
 * Takes a lock, waiting for its holder. The folder must exist.
 *
 * @throws the code of the options, after the timeout; net/cancelled; what the system refuses as it is
 */
export async function acquireLock(path: string, options: LockOptions): Promise<Lock> {
  const self = thisHolder();
  const endMs = nowMs() + (options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  const watch = new LockWatch();
  let hasWaited = false;
  while (!tryTake(path, self)) {
    if (breakIfStale(path, watch)) continue;
    const holder = readHolder(path);
    if (!hasWaited) options.onWait?.(holder);
    hasWaited = true;
    if (nowMs() >= endMs) throw stillLocked(path, holder, options);
    await pauseBeforeRetry(options.signal);
  }
  removeRemains(path);
  return new HeldLock(path, self.token);
}

class HeldLock implements Lock {
  readonly #path: string;
  readonly #token: string;
  readonly #heartbeat: NodeJS.Timeout;
  #isHeld = true;

  constructor(path: string, token: string) {
    this.#path = path;
    this.#token = token;
    this.#heartbeat = setInterval(() => touch(path), HEARTBEAT_MS);
    this.#heartbeat.unref();
  }

  release(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    clearInterval(this.#heartbeat);
    if (readHolder(this.#path)?.token === this.#token) rmSync(this.#path, { force: true });
  }
}

/** A link appears with its contents at once, so a lock without a holder is never read. */
function tryTake(path: string, self: LockHolder): boolean {
  const own = `${path}.${self.pid}-${self.token}`;
  try {
    writeFileSync(own, JSON.stringify(self), { flag: "wx" });
    return tryLink(own, path) ?? tryTakeWithoutLinks(path, self);
  } finally {
    rmSync(own, { force: true });
  }
}

/** Undefined where the file system has no links. */
function tryLink(own: string, path: string): boolean | undefined {
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    const code = systemCode(error);
    // ENOENT: another process took our file for the remains of a dead process.
    if (code === "EEXIST" || code === "ENOENT") return false;
    if (code !== undefined && NO_LINKS.has(code)) return undefined;
    throw error;
  }
}

/** What processes left behind that were killed while they took the lock. */
function removeRemains(path: string): void {
  const prefix = `${basename(path)}.`;
  for (const name of readdirSync(dirname(path))) {
    if (!name.startsWith(prefix)) continue;
    const pid = /^([1-9][0-9]{0,9})-/.exec(name.slice(prefix.length))?.[1];
    const own = join(dirname(path), name);
    // A folder of the name came with the folder that it is in.
    if (pid !== undefined && !isAlive(Number(pid)) && !isOwnFolder(own)) rmSync(own, { force: true });
  }
}

function tryTakeWithoutLinks(path: string, self: LockHolder): boolean {
  try {
    writeFileSync(path, JSON.stringify(self), { flag: "wx" });
    return true;
  } catch (error) {
    if (systemCode(error) === "EEXIST") return false;
    throw error;
  }
}

/**
 * Removes a lock that is no longer held. Only one process at a time may judge and remove, or a slow one would remove
 * the lock that a fast one has just taken.
 */
function breakIfStale(path: string, watch: LockWatch | undefined): boolean {
  if (!isStale(path, watch)) return false;
  const breaking = `${path}.break`;
  try {
    writeFileSync(breaking, "", { flag: "wx" });
  } catch (error) {
    if (systemCode(error) !== "EEXIST") throw error;
    const silentMs = Math.max(ageOf(breaking) ?? 0, watch?.silentMs(breaking) ?? 0);
    if (silentMs > BREAKING_MS) rmSync(breaking, { force: true });
    return false;
  }
  try {
    if (!isStale(path, watch)) return false;
    unlinkSync(path);
    return true;
  } catch (error) {
    if (systemCode(error) === "ENOENT") return true;
    throw error;
  } finally {
    rmSync(breaking, { force: true });
  }
}

function isStale(path: string, watch: LockWatch | undefined): boolean {
  const ageMs = ageOf(path);
  if (ageMs === undefined) return false;
  // Ours are files: a link or a pipe is not ours, and could make a command wait without end.
  if (!isOwnFile(path)) return true;
  const holder = readHolder(path);
  // After the file was opened, which makes a network file system ask for its time.
  const watchedMs = watch?.silentMs(path) ?? 0;
  const isSilent = ageMs > SILENT_MS || watchedMs > WATCHED_MS;
  if (holder === undefined) return Math.max(ageMs, watchedMs) > UNREADABLE_MS;
  if (holder.host !== thisHost()) return isSilent;
  if (!isAlive(holder.pid)) return true;
  const started = startOf(holder.pid);
  if (started !== "" && holder.started !== "") return started !== holder.started;
  return isSilent;
}

function ageOf(path: string): number | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return stats === undefined ? undefined : Date.now() - stats.mtimeMs;
}

/** Who holds a lock; undefined where it is free, or the file says nothing. */
export function readHolder(path: string): LockHolder | undefined {
  try {
    const file = readSmallFile(path, MAX_LOCK_BYTES);
    const value: unknown = file.kind === "read" ? JSON.parse(file.bytes.toString()) : undefined;
    return isHolder(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isHolder(value: unknown): value is LockHolder {
  if (typeof value !== "object" || value === null) return false;
  if (!("pid" in value && "host" in value && "started" in value && "token" in value)) return false;
  const { pid, host, started, token } = value;
  const isPid = typeof pid === "number" && Number.isSafeInteger(pid) && pid > 0;
  return isPid && [host, started, token].every((text) => typeof text === "string");
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) === "EPERM";
  }
}

/** On Linux the 22nd field of `/proc/<pid>/stat`; the second one may hold spaces and parentheses. */
function startOf(pid: number): string {
  try {
    const status = readFileSync(`/proc/${pid}/stat`, "latin1");
    return status.slice(status.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch {
    return "";
  }
}

function thisHolder(): LockHolder {
  return {
    pid: process.pid,
    host: thisHost(),
    started: startOf(process.pid),
    token: randomBytes(8).toString("hex"),
  };
}

/** The machine, and the container: process ids hold within one. */
export function thisHost(): string {
  try {
    return `${hostname()} ${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return hostname();
  }
}

function touch(path: string): void {
  const now = new Date();
  try {
    lutimesSync(path, now, now);
  } catch {
    // A lock that was removed by force has nothing to renew.
  }
}

/** Waits a moment for the holder of a lock. @throws net/cancelled */
export async function pauseBeforeRetry(signal: AbortSignal | undefined): Promise<void> {
  try {
    await delay(POLL_MS, undefined, signal === undefined ? {} : { signal });
  } catch (cause) {
    throw new PinionError("net/cancelled", "Waiting for another process was cancelled", { cause });
  }
}

/** The error after waiting too long. */
export function stillLocked(
  path: string,
  holder: LockHolder | undefined,
  { code, subject }: LockOptions,
): PinionError {
  const who = holder === undefined ? "Another process" : `Process ${holder.pid}`;
  return new PinionError(code, `${who} still uses \`${subject}\``, {
    details: { path, pid: holder?.pid },
    hints: [`Wait until it has finished; if no such process exists, remove \`${path}\``],
  });
}

export const DEFAULT_TIMEOUT_MS = 300_000;
/** A lock names its holder in some hundred bytes. */
const MAX_LOCK_BYTES = 64 * 1024;
const POLL_MS = 50;
const HEARTBEAT_MS = 5_000;
/** A holder elsewhere, or one whose start is unknown, has missed 60 renewals: not even a long synchronous step does that. */
const SILENT_MS = 300_000;
/** While it was looked at twenty times a second, it has missed 12 renewals. */
const WATCHED_MS = 60_000;
/** A lock that says nothing may be one that is being written, where the file system has no links. */
const UNREADABLE_MS = 5_000;
/** Judging and removing takes microseconds. */
const BREAKING_MS = 10_000;
const NO_LINKS: ReadonlySet<string> = new Set([
  "EPERM",
  "ENOTSUP",
  "EOPNOTSUPP",
  "ENOSYS",
  "EMLINK",
  "UNKNOWN",
]);
