// Whose settings files and environments count on the way upwards from the working folder. Everybody may put a file into a folder such
// as /tmp, and what is there would count for every command that runs below it. The owner by itself says nothing: in a container that runs as
// root, a checkout that is mounted belongs to another user, and its settings are meant. So the owner counts only where others
// could have put the file there.

import { lstatSync, type Stats } from "node:fs";
import { dirname } from "node:path";

import { tryStatusOf } from "./status-of.ts";

/** Who owns something, and who may write to it. */
export type Ownership = Pick<Stats, "uid" | "mode">;

export interface FoundFile {
  readonly folder: Ownership;
  /** The file, and the link to it where it is one. */
  readonly files: readonly Ownership[];
  /** The folder is the one in which the command runs, and not above it. */
  readonly isWorkingFolder: boolean;
  /** The user's number. */
  readonly self: number;
}

/**
 * Why a settings file is not the user's to follow, as the end of a sentence; undefined where it counts.
 *
 * A folder to which every user may write and which is above the working folder, or sticky as /tmp is, has only files of the user and of
 * root, and in a sticky one only such as no other user may write to.
 */
export function sharedFolderFault({ folder, files, isWorkingFolder, self }: FoundFile): string | undefined {
  const isSticky = (folder.mode & STICKY) !== 0;
  if (!isShared(folder, isWorkingFolder)) return undefined;
  if (files.some(({ uid }) => uid !== 0 && uid !== self)) return "belongs to another user";
  const target = files.at(-1);
  return isSticky && target !== undefined && (target.mode & WRITABLE_BY_ALL) !== 0
    ? "can be written by every user"
    : undefined;
}

function isShared({ mode }: Ownership, isWorkingFolder: boolean): boolean {
  return (mode & WRITABLE_BY_ALL) !== 0 && (!isWorkingFolder || (mode & STICKY) !== 0);
}

/**
 * As {@link sharedFolderFault}, of a file or folder on this machine; undefined where the system has no owners, or the path does not exist.
 *
 * @param read given where its contents were read before, with the owner of the very file that was: what is at the path now may be
 *   another one, and what is gone was another user's for a moment
 */
export function foundFileFault(
  path: string,
  cwd: string,
  read?: { readonly owner: Ownership | undefined },
): string | undefined {
  const self = process.geteuid?.();
  const folder = self === undefined ? undefined : tryStatusOf(dirname(path));
  const [link, file] = folder === undefined ? [] : [tryStatusOf(path, lstatSync), tryStatusOf(path)];
  if (self === undefined || folder === undefined) return undefined;
  const isWorkingFolder = dirname(path) === cwd;
  if (link !== undefined && file !== undefined)
    return sharedFolderFault({
      folder,
      files: [link, file, ...(read?.owner === undefined ? [] : [read.owner])],
      isWorkingFolder,
      self,
    });
  return read !== undefined && isShared(folder, isWorkingFolder)
    ? "was removed while it was read"
    : undefined;
}

const STICKY = 0o1000;
const WRITABLE_BY_ALL = 0o002;
