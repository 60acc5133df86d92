// Files that come out of an archive.

import { openSync } from "node:fs";
import { basename } from "node:path";

import { malformed } from "../archive/zip-directory.ts";
import { systemCode } from "../errors.ts";

/**
 * Opens a file that must not exist yet. The mode is what the user's mask leaves of all rights, as pip has it.
 *
 * @throws archive/invalid where the name is that of another member to this file system, such as `A` and `a`
 */
export function openNewFile(path: string, isExecutable: boolean): number {
  try {
    return openSync(path, "wx", isExecutable ? 0o777 : 0o666);
  } catch (cause) {
    if (systemCode(cause) !== "EEXIST") throw cause;
    throw malformed(`two of its names are one to this file system, such as \`${basename(path)}\``, cause);
  }
}
