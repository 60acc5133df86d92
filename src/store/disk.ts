// How the cache touches the disk: everything is written beside and renamed in, and what the system refuses becomes one
// kind of error that says what to do.

import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";

import { systemReason } from "../base/system-reasons.ts";
import { isPinionError, PinionError, systemCode } from "../errors.ts";

/**
 * A name for what is not finished; `prune` removes those that a killed process left behind. It need not be a secret, as
 * nothing is opened under it that is there already: a start is spared the 5 ms of `node:crypto`.
 */
export function temporaryName(hint = ""): string {
  const chance = Math.floor(Math.random() * 2 ** 48).toString(16);
  return `${TEMPORARY_PREFIX}${process.pid}-${chance}${hint}`;
}

/** Tells whether a name in the cache is that of something unfinished. */
export function isTemporaryName(name: string): boolean {
  return name.startsWith(TEMPORARY_PREFIX);
}

/** Writes a file so that readers see all of it or nothing; its folder is made where it is missing. */
export function writeFileAtomically(path: string, contents: string | Uint8Array): void {
  const temporary = join(dirname(path), temporaryName());
  try {
    writeWithFolder(temporary, contents);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** Removes a file or folder: renamed away first, so that no reader sees one that is half gone. */
export function removeAtomically(path: string): void {
  const doomed = renameAway(path);
  if (doomed !== undefined) rmSync(doomed, { recursive: true, force: true });
}

/** The same for what may be large: other work, and Ctrl-C, get their turn meanwhile. `prune` ends what is interrupted. */
export async function removeLargeAtomically(path: string): Promise<void> {
  const doomed = renameAway(path);
  if (doomed !== undefined) await rm(doomed, { recursive: true, force: true });
}

function renameAway(path: string): string | undefined {
  const doomed = join(dirname(path), temporaryName());
  try {
    renameSync(path, doomed);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw error;
  }
  return doomed;
}

/** Runs what reads or writes the cache; what the system refuses is explained. @throws cache/unusable */
export function explainingCacheFailure<T>(directory: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw cacheFailure(directory, error);
  }
}

/** The error for a cache that cannot be used; an explained error, and one without a system's code, stays what it is. */
export function cacheFailure(directory: string, error: unknown): unknown {
  const code = systemCode(error);
  if (isPinionError(error) || code === undefined || !/^E[A-Z0-9]+$/.test(code)) return error;
  const reason = systemReason(code);
  return new PinionError("cache/unusable", `The cache cannot be used, ${reason}: ${directory}`, {
    details: { directory, systemCode: code },
    hints: [{ kind: code === "ENOSPC" || code === "EDQUOT" ? "free-cache-space" : "move-cache" }],
    cause: error,
  });
}

function writeWithFolder(path: string, contents: string | Uint8Array): void {
  try {
    writeFileSync(path, contents, { flag: "wx" });
  } catch (error) {
    if (systemCode(error) !== "ENOENT") throw error;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, contents, { flag: "wx" });
  }
}

const TEMPORARY_PREFIX = ".tmp-";
