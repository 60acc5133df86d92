// Files that come out of an archive.

import { openSync } from "node:fs";
import { basename } from "node:path";

import { malformed } from "../../archive/zip-directory.ts";
import { systemCode } from "../../errors.ts";

/**
 * Opens a file that must not exist yet, read-only from then on: environments share it with the cache by hard links, and a
 * program that writes to its own file would change all of them. Windows could not delete such files.
 *
 * @throws archive/invalid where the name is that of another member to this file system, such as `A` and `a`
 */
export function openNewFile(path: string, isExecutable: boolean): number {
  try {
    return openSync(path, "wx", isExecutable ? EXECUTABLE_MODE : MODE);
  } catch (cause) {
    if (systemCode(cause) !== "EEXIST") throw cause;
    throw malformed(`two of its names are one to this file system, such as \`${basename(path)}\``, cause);
  }
}

const IS_WINDOWS = process.platform === "win32";
const MODE = IS_WINDOWS ? 0o666 : 0o444;
const EXECUTABLE_MODE = IS_WINDOWS ? 0o777 : 0o555;
