// One file from the cache to its place, in one of four ways.

import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  fchmodSync,
  fstatSync,
  linkSync,
  openSync,
  readSync,
  statSync,
  symlinkSync,
} from "node:fs";

import type { Pausing } from "../../base/work/turns.ts";
import { writeAllSync } from "../../base/files/write-all.ts";
import { systemCode } from "../../errors.ts";

import type { LinkMode } from "../installation.ts";

/** Makes a file where there is none; throws what the system refuses as it is. */
export function place(mode: LinkMode, source: string, destination: string): void {
  switch (mode) {
    case "clone":
      copyFileSync(source, destination, constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL);
      return allowWriting(destination);
    case "hardlink":
      return linkSync(source, destination);
    case "symlink":
      return symlinkSync(source, destination);
    case "copy":
      copyFileSync(source, destination, constants.COPYFILE_EXCL);
      return allowWriting(destination);
  }
}

/** Whether copying a file takes so long that others should have turns meanwhile. */
export function isLong(mode: LinkMode, source: string): boolean {
  return mode === "copy" && (statSync(source, { throwIfNoEntry: false })?.size ?? 0) > MAX_BYTES_AT_ONCE;
}

/** Copies a file to where there is none, piece by piece, unless the file system can share its blocks. */
export function* copyInPieces(source: string, destination: string): Pausing<void> {
  try {
    return place("clone", source, destination);
  } catch (error) {
    const code = systemCode(error);
    if (code === "EEXIST" || code === "ENOENT") throw error;
  }
  const from = openSync(source, "r");
  try {
    const to = openSync(destination, "wx", 0o600);
    try {
      const buffer = Buffer.allocUnsafe(PIECE_BYTES);
      for (;;) {
        const read = readSync(from, buffer, 0, buffer.length, null);
        if (read === 0) break;
        writeAllSync(to, buffer.subarray(0, read));
        yield;
      }
      if (process.platform !== "win32") fchmodSync(to, (fstatSync(from).mode & 0o777) | OWNER_WRITE);
    } finally {
      closeSync(to);
    }
  } finally {
    closeSync(from);
  }
}

/** Files of the cache are read-only because links share them. A copy is the environment's own, as uv and pip leave it. */
function allowWriting(path: string): void {
  if (process.platform !== "win32") chmodSync(path, (statSync(path).mode & 0o777) | OWNER_WRITE);
}

const OWNER_WRITE = 0o200;
/** A fraction of a second on any disk. */
const MAX_BYTES_AT_ONCE = 32 * 1024 ** 2;
const PIECE_BYTES = 1024 ** 2;
