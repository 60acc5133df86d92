// Who uses the cache: any number of commands at once, or one that clears it. Reading and writing need no lock to be right;
// this only keeps `cache clean` from taking away what a running command has just fetched.

import { readdirSync } from "node:fs";
import { join } from "node:path";

import { makeFolders } from "../../base/files/make-folders.ts";
import { temporaryName } from "../../base/files/atomic-file.ts";
import { nowMs } from "../../base/work/clock.ts";
import { cacheFailure } from "./cache-failure.ts";
import {
  acquireLock,
  announce,
  DEFAULT_TIMEOUT_MS,
  isHeld,
  pauseBeforeRetry,
  readHolder,
  stillLocked,
  type Lock,
  type LockOptions,
} from "../../base/files/lock.ts";

export type CacheLockOptions = Pick<LockOptions, "timeoutMs" | "signal" | "onWait">;

/** Announces that the cache is used, waiting for one that clears it. @throws cache/locked, cache/unusable, net/cancelled */
export async function useCache(directory: string, options: CacheLockOptions = {}): Promise<Lock> {
  const exclusive = join(directory, EXCLUSIVE);
  const waiting = new Waiting(exclusive, directory, options);
  try {
    makeFolders(join(directory, USERS));
    for (;;) {
      // First announce, then look: a process that clears looks for users after taking its lock.
      const lock = announce(join(directory, USERS, temporaryName()));
      if (!isHeld(exclusive)) return lock;
      lock.release();
      await waiting.pause();
    }
  } catch (error) {
    throw cacheFailure(directory, error);
  }
}

/** Takes the cache for oneself, waiting until it is unused. @throws cache/locked, cache/unusable, net/cancelled */
export async function ownCache(directory: string, options: CacheLockOptions = {}): Promise<Lock> {
  const exclusive = join(directory, EXCLUSIVE);
  try {
    const lock = await acquireLock(exclusive, { ...options, code: "cache/locked", subject: directory });
    try {
      await waitForUsers(directory, options);
      return lock;
    } catch (error) {
      lock.release();
      throw error;
    }
  } catch (error) {
    throw cacheFailure(directory, error);
  }
}

async function waitForUsers(directory: string, options: CacheLockOptions): Promise<void> {
  const folder = join(directory, USERS);
  makeFolders(folder);
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const waiting = new Waiting(path, directory, options);
    while (isHeld(path)) await waiting.pause();
  }
}

/** One wait for one lock file, with its end and its message. */
class Waiting {
  readonly #path: string;
  readonly #directory: string;
  readonly #options: CacheLockOptions;
  readonly #endMs: number;
  #isAnnounced = false;

  constructor(path: string, directory: string, options: CacheLockOptions) {
    this.#path = path;
    this.#directory = directory;
    this.#options = options;
    this.#endMs = nowMs() + (options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  }

  async pause(): Promise<void> {
    const holder = readHolder(this.#path);
    if (!this.#isAnnounced) this.#options.onWait?.(holder);
    this.#isAnnounced = true;
    if (nowMs() >= this.#endMs) {
      throw stillLocked(this.#path, holder, { code: "cache/locked", subject: this.#directory });
    }
    await pauseBeforeRetry(this.#options.signal);
  }
}

/** Held by who clears the cache. */
export const EXCLUSIVE = ".lock";
/** Holds a file for each process that uses the cache. */
export const USERS = ".users";
