// Removal from the cache by renaming, and the one kind of error for a cache that cannot be read or written.

import { renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";

import { temporaryName } from "../base/atomic-file.ts";
import { removeLargeTree } from "../base/remove-tree.ts";
import { systemReason } from "../base/system-reasons.ts";
import { isPinionError, PinionError, systemCode } from "../errors.ts";

/** Removes a file or folder: renamed away first, so that no reader sees one that is half gone. */
export function removeAtomically(path: string): void {
  const doomed = renameAway(path);
  if (doomed !== undefined) rmSync(doomed, { recursive: true, force: true });
}

/** The same for what may be large: other work, and Ctrl-C, get their turn meanwhile. `prune` ends what is interrupted. */
export async function removeLargeAtomically(path: string): Promise<void> {
  const doomed = renameAway(path);
  if (doomed !== undefined) await removeLargeTree(doomed);
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
