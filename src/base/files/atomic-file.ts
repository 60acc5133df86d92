// Files that are replaced as a whole: written beside their place and renamed in, so that a reader sees the old contents
// or the new ones.

import {
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  lstatSync,
  openSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  type Stats,
} from "node:fs";
import { dirname, join, resolve } from "node:path";

import { makeFolders } from "./make-folders.ts";
import { systemCode } from "../../errors.ts";

/**
 * A name for a file or folder that is not finished. It need not be a secret, as nothing is opened under it that exists
 * already: a start is spared the 5 ms of `node:crypto`.
 */
export function temporaryName(hint = ""): string {
  const chance = Math.floor(Math.random() * 2 ** 48).toString(16);
  return `${TEMPORARY_PREFIX}${process.pid}-${chance}${hint}`;
}

/** Whether {@link temporaryName} made this name. */
export function isTemporaryName(name: string): boolean {
  return name.startsWith(TEMPORARY_PREFIX);
}

/** Writes a file of the cache; its folder is made if it is missing. After a power cut the file may be damaged. */
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

/**
 * Replaces a file of the user's, and returns when the disk has it. A symbolic link stays a link, and an existing file
 * keeps its owner and, without `mode`, its permissions; a device, a pipe or what {@link isSystemPath} is written to as it is.
 *
 * @throws the system's error: ENXIO for a pipe that nothing reads
 */
export function replaceFile(path: string, contents: string, { mode }: { readonly mode?: number } = {}): void {
  const existing = statSync(path, { throwIfNoEntry: false });
  if (isSystemPath(path)) return writeFileSync(path, contents);
  if (existing?.isFile() === false) return writeIntoPlace(path, contents);
  const target = linkTarget(path);
  const temporary = join(dirname(target), temporaryName());
  try {
    const descriptor = openSync(temporary, "wx", mode);
    try {
      writeFileSync(descriptor, contents);
      const permissions = mode ?? (existing === undefined ? undefined : existing.mode & PERMISSIONS);
      if (existing !== undefined) keepOwner(descriptor, existing);
      if (permissions !== undefined) fchmodSync(descriptor, permissions);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, target);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/**
 * Writes to a pipe or a device by its own name. A pipe may have come with an unpacked folder: without a reader it is refused, since
 * an open that waits for one would hold the process, and a signal with it.
 */
function writeIntoPlace(path: string, contents: string): void {
  const probe = openSync(path, constants.O_WRONLY | (constants.O_NONBLOCK ?? 0));
  try {
    writeFileSync(path, contents);
  } finally {
    closeSync(probe);
  }
}

/** The file that a path leads to, also where its links dangle. @throws ELOOP */
export function linkTarget(path: string): string {
  let target = path;
  for (let links = 0; links < MAX_LINKS; links++) {
    const status = lstatSync(target, { throwIfNoEntry: false });
    if (status?.isSymbolicLink() !== true) return target;
    target = resolve(dirname(target), readlinkSync(target));
  }
  throw Object.assign(new Error("too many links"), { code: "ELOOP" });
}

/** Whether its links are the system's, like `/dev/stdout`. `/dev/shm` is for files of the users. */
export function isSystemPath(path: string): boolean {
  return /^\/(?:proc\/|dev\/(?!shm\/))/.test(path);
}

/** Only root may give files away; for everyone else the file becomes their own. */
function keepOwner(descriptor: number, { uid, gid }: Stats): void {
  try {
    fchownSync(descriptor, uid, gid);
  } catch (error) {
    if (systemCode(error) !== "EPERM") throw error;
  }
}

/** The folder is looked for first: each error of the system costs as much as several such looks. */
function writeWithFolder(path: string, contents: string | Uint8Array): void {
  const folder = dirname(path);
  if (!existsSync(folder)) makeFolders(folder);
  try {
    writeFileSync(path, contents, { flag: "wx" });
  } catch (error) {
    if (systemCode(error) !== "ENOENT") throw error;
    makeFolders(folder);
    writeFileSync(path, contents, { flag: "wx" });
  }
}

const TEMPORARY_PREFIX = ".tmp-";
const PERMISSIONS = 0o7777;

/** As Linux follows them. */
const MAX_LINKS = 40;
