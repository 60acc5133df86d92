// Where the lock and the journal of an environment are: in its top folder, or in site-packages where the top folder cannot
// be written (containers whose user may only install). Both kinds of users keep out of each other's way.

import { existsSync } from "node:fs";
import { join } from "node:path";

import { makeFolders } from "../../base/files/make-folders.ts";
import { nowMs } from "../../base/work/clock.ts";
import { systemCode } from "../../errors.ts";
import {
  acquireLock,
  DEFAULT_TIMEOUT_MS,
  isHeld,
  LockWatch,
  pauseBeforeRetry,
  readHolder,
  stillLocked,
  type Lock,
  type LockHolder,
  type LockOptions,
} from "../../base/files/lock.ts";
import type { InstallTarget } from "../installation.ts";
import { exists } from "./journal.ts";
import { CHANGE_FOLDER, LOCK_FILE } from "../reserved-names.ts";
import { unwritable } from "../unwritable.ts";

/** What decides where an environment's lock and journal are. */
export type EnvironmentPlace = Pick<InstallTarget, "root" | "scheme" | "isInstallation" | "isFolder">;

/** A lock, and the folder that it and the journal are in. */
export interface HeldState {
  readonly lock: Lock;
  readonly folder: string;
}

export interface StateOptions {
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onWait: (holder: LockHolder | undefined) => void;
}

/** The folders that may hold the lock and the journal, the preferred one first. */
export function stateFolders({ root, scheme }: EnvironmentPlace): readonly string[] {
  return [...new Set([root, scheme.purelib])];
}

/** Whether a change of the environment is in progress or was interrupted. @throws environment/unwritable where nothing shows */
export function hasUnfinishedChange(place: EnvironmentPlace): boolean {
  try {
    return stateFolders(place).some((folder) => exists(join(folder, CHANGE_FOLDER)));
  } catch (error) {
    throw unwritable(place.root, error);
  }
}

/**
 * Takes the lock of an environment.
 *
 * @throws environment/locked, net/cancelled, and what the system refuses as it is
 */
export async function lockState(place: EnvironmentPlace, options: StateOptions): Promise<HeldState> {
  const lockOptions: LockOptions = { code: "environment/locked", subject: place.root, ...options };
  const [root = place.root, fallback] = stateFolders(place);
  try {
    makeFolders(root);
    const lock = await acquireLock(join(root, LOCK_FILE), lockOptions);
    if (fallback === undefined) return { lock, folder: root };
    try {
      await waitUntilFree(join(fallback, LOCK_FILE), lockOptions);
      return { lock, folder: root };
    } catch (error) {
      lock.release();
      throw error;
    }
  } catch (error) {
    const isRefused = REFUSED.has(systemCode(error) ?? "");
    if (!isRefused || fallback === undefined || !existsSync(fallback)) throw error;
    return { lock: await lockFallback(root, fallback, lockOptions), folder: fallback };
  }
}

/** The lock in site-packages counts only while that of the top folder is free; the holder of that one has precedence. */
async function lockFallback(root: string, fallback: string, options: LockOptions): Promise<Lock> {
  for (;;) {
    const lock = await acquireLock(join(fallback, LOCK_FILE), options);
    if (!isInUse(join(root, LOCK_FILE), undefined)) return lock;
    lock.release();
    await waitUntilFree(join(root, LOCK_FILE), options);
  }
}

async function waitUntilFree(path: string, options: LockOptions): Promise<void> {
  const endMs = nowMs() + (options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  const watch = new LockWatch();
  for (let hasWaited = false; isInUse(path, watch); hasWaited = true) {
    const holder = readHolder(path);
    if (!hasWaited) options.onWait?.(holder);
    if (nowMs() >= endMs) throw stillLocked(path, holder, options);
    await pauseBeforeRetry(options.signal);
  }
}

/** A stale lock that this user cannot remove is not in use. */
function isInUse(path: string, watch: LockWatch | undefined): boolean {
  try {
    return isHeld(path, watch);
  } catch (error) {
    if (REFUSED.has(systemCode(error) ?? "")) return false;
    throw error;
  }
}

const REFUSED: ReadonlySet<string> = new Set(["EACCES", "EPERM", "EROFS"]);
