// One file from the cache to its place, in one of four ways.

import { constants, copyFileSync, linkSync, symlinkSync } from "node:fs";

import type { LinkMode } from "./installation.ts";

/** Makes a file where there is none; throws what the system refuses as it is. */
export function place(mode: LinkMode, source: string, destination: string): void {
  switch (mode) {
    case "clone":
      return copyFileSync(source, destination, constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL);
    case "hardlink":
      return linkSync(source, destination);
    case "symlink":
      return symlinkSync(source, destination);
    case "copy":
      return copyFileSync(source, destination, constants.COPYFILE_EXCL);
  }
}
