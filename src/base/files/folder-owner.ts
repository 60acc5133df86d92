// Whether other users of the machine can change what is in a folder: what they can change must not be trusted or linked.

import { chmodSync, readdirSync, statSync, type Stats } from "node:fs";

/** Why what a folder holds is not only this user's, as the end of a sentence; undefined where it is, or is not there. */
export function ownershipFault(directory: string): string | undefined {
  const self = process.geteuid?.();
  let status: Stats | undefined;
  try {
    status = self === undefined ? undefined : statSync(directory, { throwIfNoEntry: false });
  } catch {
    // Where it cannot be looked at, it cannot be used either.
  }
  if (status?.isDirectory() !== true) return undefined;
  if (status.uid !== self) return "belongs to another user";
  // Every user of the machine could put a file there: a mode that no umask leads to.
  return (status.mode & 0o002) !== 0 && !closed(directory, status.mode)
    ? "can be written by every user"
    : undefined;
}

/**
 * Closes an empty folder of ours to other users, such as a volume that a container runtime made for us; a sticky one, such as
 * /tmp, is meant to be open.
 */
function closed(directory: string, mode: number): boolean {
  try {
    if ((mode & 0o1000) !== 0 || readdirSync(directory).length > 0) return false;
    chmodSync(directory, mode & 0o7775);
    // Another user could have come first.
    if (readdirSync(directory).length === 0) return true;
    chmodSync(directory, mode & 0o7777);
    return false;
  } catch {
    return false;
  }
}
