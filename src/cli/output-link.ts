// What a command writes to a file that the user names: a folder that was checked out or unpacked may have a link under that
// name, which leads to a file of the user's own.

import { realpathSync } from "node:fs";
import { dirname, isAbsolute, relative, sep } from "node:path";

import { linkTarget } from "../base/atomic-file.ts";
import { PinionError } from "../errors.ts";

/**
 * @param path absolute
 * @param shown as the user gave it
 * @param isExpected whether a file outside is one that an earlier run wrote
 * @throws usage/invalid-argument where it is a link that leads out of its folder to anything else
 */
export function refuseLinkOut(
  path: string,
  shown: string,
  isExpected: (target: string) => boolean = () => false,
): void {
  if (SYSTEM_FOLDERS.test(path)) return;
  const target = targetOutside(path);
  if (target === undefined || isExpected(target)) return;
  throw new PinionError(
    "usage/invalid-argument",
    `\`${shown}\` is a link that leads out of its folder, to \`${target}\`; name that file itself to write it`,
    { details: { path, target } },
  );
}

function targetOutside(path: string): string | undefined {
  try {
    const target = linkTarget(path);
    if (target === path) return undefined;
    const between = relative(realpathSync(dirname(path)), realpathSync(dirname(target)));
    return between === ".." || between.startsWith(`..${sep}`) || isAbsolute(between) ? target : undefined;
  } catch {
    // Neither can it be written: that is explained there.
    return undefined;
  }
}

/** Their links are the system's, like `/dev/stdout`. */
const SYSTEM_FOLDERS = /^\/(?:dev|proc)\//;
