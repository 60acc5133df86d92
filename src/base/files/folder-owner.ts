// Whether other users of the machine can change what is in a folder: what they can change must not be trusted or linked.

import { chmodSync, lstatSync, readdirSync, statSync, type Stats } from "node:fs";
import { dirname } from "node:path";

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
  if (isLinkOfOthers(directory)) return LINK_FAULT;
  // Every user of the machine could put a file there: a mode that no umask leads to.
  return (status.mode & 0o002) !== 0 && !closed(directory, status.mode)
    ? "can be written by every user"
    : undefined;
}

/** The same for a link anywhere on the way to a folder: what is removed there could be any other folder of this user. */
export function wayFault(directory: string): string | undefined {
  for (let folder = directory; dirname(folder) !== folder; folder = dirname(folder))
    if (isLinkOfOthers(folder)) return LINK_FAULT;
  return undefined;
}

/** Where a link leads is for its owner to say: to a folder of this user that is meant for something else, too. */
function isLinkOfOthers(path: string): boolean {
  const link = lstatSync(path, { throwIfNoEntry: false });
  return link?.isSymbolicLink() === true && link.uid !== process.geteuid?.() && link.uid !== ROOT;
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

const ROOT = 0;
const LINK_FAULT = "is reached by a link of another user";
