// Removing folders that may hold very much. Node's own ways try every folder as a file first, and so cost an error for each;
// and neither lets others go on: one is a single call, the other begins with all files of a folder at once.

import { readdirSync, renameSync, rmSync, rmdirSync, unlinkSync, type Dirent } from "node:fs";
import { dirname, join } from "node:path";

import { systemCode } from "../../errors.ts";
import { temporaryName } from "./atomic-file.ts";
import { isOwnFolder } from "./folder.ts";
import { inTurns, Turns, type Pausing } from "../work/turns.ts";

/**
 * Removes a file or a folder with everything in it, while everything else goes on. A process that ends meanwhile leaves the rest
 * behind: the path has to be one that a later run knows for a remnant.
 */
export async function removeLargeTree(path: string): Promise<void> {
  await inTurns(removeTree(path), new Turns(undefined));
}

/** The same, renamed away first, so that no reader sees what is half gone. `cache prune` removes what an interruption leaves. */
export async function removeLargeAtomically(path: string): Promise<void> {
  const doomed = renameAway(path);
  if (doomed !== undefined) await removeLargeTree(doomed);
}

/** The same for callers that cannot wait. */
export function removeAtomically(path: string): void {
  const doomed = renameAway(path);
  if (doomed !== undefined) rmSync(doomed, { recursive: true, force: true });
}

/** Removes a file or a folder with everything in it; links are removed and not followed. A path with nothing there is accepted. */
export function* removeTree(path: string): Pausing<void> {
  const waiting = [{ path, isRead: false }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    yield;
    if (next.isRead) removeOne(next.path, rmdirSync);
    else if (isOwnFolder(next.path)) {
      waiting.push({ path: next.path, isRead: true });
      for (const folder of yield* removeFiles(next.path)) waiting.push({ path: folder, isRead: false });
    } else removeOne(next.path, unlinkSync);
  }
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

/** Removes what is not a folder; gives the folders. */
function* removeFiles(folder: string): Pausing<readonly string[]> {
  const folders: string[] = [];
  for (const entry of entriesOf(folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      folders.push(path);
      continue;
    }
    removeOne(path, unlinkSync);
    yield;
  }
  return folders;
}

/** Of a folder that another process may remove at the same time. */
function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (systemCode(error) === "ENOENT") return [];
    throw error;
  }
}

function removeOne(path: string, remove: (path: string) => void): void {
  try {
    remove(path);
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    // Nothing there, write-protected files on Windows, and other processes at work in there: Node knows what to try.
    rmSync(path, { recursive: true, force: true, maxRetries: 3 });
  }
}
