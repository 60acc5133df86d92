// Makes a folder with those above it, one call of the system for each: the runtime's recursive call can hang (Node 20 to 26).

import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { systemCode } from "../../errors.ts";

export interface FolderOptions {
  /** Of each folder that is made. Default: what the umask leaves of 0o777. */
  readonly mode?: number;
  /** Makes one folder. Default: the system's. */
  readonly makeOne?: (path: string, mode: number | undefined) => void;
}

/**
 * Makes sure that a folder is there, each folder of its path asked for once at most on the way up and on the way down.
 *
 * @throws the system's error for the first folder that cannot be made
 */
export function makeFolders(path: string, options: FolderOptions = {}): void {
  const missing: string[] = [];
  let next = path;
  while (!madeOrThere(next, options)) {
    missing.push(next);
    next = dirname(next);
  }
  for (const folder of missing.toReversed()) makeThere(folder, options);
}

/** False where the folder above has to be made first; the root's own error is thrown. */
function madeOrThere(path: string, options: FolderOptions): boolean {
  try {
    makeThere(path, options);
    return true;
  } catch (error) {
    if (systemCode(error) !== "ENOENT" || dirname(path) === path) throw error;
    return false;
  }
}

function makeThere(path: string, { mode, makeOne = makeFolder }: FolderOptions): void {
  try {
    makeOne(path, mode);
  } catch (error) {
    // Another process may have made it; a drive and a folder of a read-only system answer with other codes.
    if (systemCode(error) === "ENOENT" || statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true)
      throw error;
  }
}

function makeFolder(path: string, mode: number | undefined): void {
  mkdirSync(path, mode);
}
