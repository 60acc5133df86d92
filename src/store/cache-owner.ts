// Whether this user may trust and use a cache folder: what others can change must not be linked into an environment.

import { accessSync, chmodSync, constants, lstatSync, readdirSync, statSync } from "node:fs";
import { dirname } from "node:path";

/** Why a cache folder is not used, as the end of a sentence; undefined where it is used. */
export function cacheFault(directory: string): string | undefined {
  const self = process.geteuid?.();
  const status = statSync(directory, { throwIfNoEntry: false });
  if (status === undefined) return canWrite(existingAncestor(directory)) ? undefined : "cannot be created";
  if (!status.isDirectory()) return "is not a folder";
  if (self !== undefined && status.uid !== self) return "belongs to another user";
  // Every user of the machine could put a wheel there: a mode that no umask leads to.
  if (self !== undefined && (status.mode & 0o002) !== 0 && !closed(directory))
    return "can be written by every user";
  return canWrite(directory) ? undefined : "cannot be written";
}

/** Closes an empty folder of ours to other users, such as a volume that a container runtime made for us. */
function closed(directory: string): boolean {
  try {
    if (readdirSync(directory).length > 0) return false;
    chmodSync(directory, 0o755);
    return true;
  } catch {
    return false;
  }
}

function existingAncestor(path: string): string {
  const parent = dirname(path);
  if (parent === path || lstatSync(parent, { throwIfNoEntry: false }) !== undefined) return parent;
  return existingAncestor(parent);
}

function canWrite(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
