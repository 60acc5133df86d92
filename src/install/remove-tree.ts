// Removing what a change leaves behind. Node's own way tries every folder as a file first, and so costs an error for each.

import { lstatSync, readdirSync, rmSync, rmdirSync, unlinkSync } from "node:fs";

import type { Pausing } from "../base/turns.ts";
import { systemCode } from "../errors.ts";

/** Removes a file or a folder with everything in it; links are removed and not followed. Nothing there is no error. */
export function* removeTree(path: string): Pausing<void> {
  const waiting = [{ path, isRead: false }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    yield;
    if (next.isRead) removeOne(next.path, rmdirSync);
    else if (isFolder(next.path)) {
      waiting.push({ path: next.path, isRead: true });
      for (const folder of yield* removeFiles(next.path)) waiting.push({ path: folder, isRead: false });
    } else removeOne(next.path, unlinkSync);
  }
}

/** Removes what is not a folder; gives the folders. */
function* removeFiles(folder: string): Pausing<readonly string[]> {
  const folders: string[] = [];
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
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

function removeOne(path: string, remove: (path: string) => void): void {
  try {
    remove(path);
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    // Nothing there, write-protected files on Windows, and other processes at work in there: Node knows what to try.
    rmSync(path, { recursive: true, force: true });
  }
}

function isFolder(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
