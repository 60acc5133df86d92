// Where a path leads once every link on its way is followed, also where its last folders are not there yet.

import { lstatSync, realpathSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative, sep } from "node:path";

/**
 * The path without links: that of its nearest ancestor that exists, and what follows as it is written.
 *
 * @param path absolute
 * @throws the system's error, such as ENOENT for a link that leads nowhere
 */
export function realPlace(path: string): string {
  const missing: string[] = [];
  let ancestor = path;
  // A link is there even where it leads nowhere: what is written through it would be elsewhere.
  while (lstatSync(ancestor, { throwIfNoEntry: false }) === undefined && dirname(ancestor) !== ancestor) {
    missing.unshift(basename(ancestor));
    ancestor = dirname(ancestor);
  }
  return join(realpathSync.native(ancestor), ...missing);
}

/**
 * What follows a folder in a path that begins with it, `""` for the folder itself; undefined for any other path. Neither is
 * normalized: both have `/` between their components.
 */
export function restBelow(path: string, folder: string): string | undefined {
  return path === folder || path.startsWith(`${folder}/`) ? path.slice(folder.length) : undefined;
}

/** Whether a path is a folder, or is in it, by the text of both. */
export function isWithin(path: string, folder: string): boolean {
  const between = relative(folder, path);
  return between !== ".." && !between.startsWith(`..${sep}`) && !isAbsolute(between);
}
