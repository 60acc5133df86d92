// One file from the cache to its place, in one of four ways.

import { chmodSync, constants, copyFileSync, linkSync, statSync, symlinkSync } from "node:fs";

import type { LinkMode } from "./installation.ts";

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

/** Files of the cache are read-only because links share them. A copy is the environment's own, as uv and pip leave it. */
function allowWriting(path: string): void {
  if (process.platform !== "win32") chmodSync(path, (statSync(path).mode & 0o777) | OWNER_WRITE);
}

const OWNER_WRITE = 0o200;
