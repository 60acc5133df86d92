// What a command writes to a file that the user names, as a whole. A folder that was checked out or unpacked may have a link
// under that name, which leads to a file of the user's own.

import { realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";

import { isSystemPath, linkTarget, replaceFile } from "../../base/files/atomic-file.ts";
import { makeFolders } from "../../base/files/make-folders.ts";
import { isWithin } from "../../base/files/real-place.ts";
import { PinionError } from "../../errors.ts";

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
  if (isSystemPath(path)) return;
  const target = targetsOutside(path).find((outside) => !isExpected(outside));
  if (target === undefined) return;
  throw new PinionError(
    "usage/invalid-argument",
    `\`${shown}\` is a link that leads out of its folder, to \`${target}\`; name that file itself to write it`,
    { details: { path, target } },
  );
}

/**
 * Writes a file, and the folders that it is to be in, by the name that {@link refuseLinkOut} has judged.
 *
 * @param path absolute
 * @param mode of the file; by default what a file there has, or the umask leaves
 * @throws usage/invalid-argument where it cannot be written
 */
export function writeOutputFile(path: string, content: string, mode?: number): void {
  try {
    makeFolders(dirname(path));
    replaceFile(path, content, mode === undefined ? {} : { mode });
  } catch (cause) {
    throw new PinionError("usage/invalid-argument", `Cannot write \`${path}\``, { details: { path }, cause });
  }
}

/**
 * Where the links lead by their text, and where the system goes: after a folder that is a link, `..` is not the same for
 * both. The file at the first is replaced; the one at the second is read before, and written where it is a device or a pipe.
 */
function targetsOutside(path: string): readonly string[] {
  const byText = (): string => {
    const target = linkTarget(path);
    return join(realpathSync.native(dirname(target)), basename(target));
  };
  return [byText, () => realpathSync.native(path)].flatMap((find) => {
    try {
      const target = find();
      return isWithin(target, realpathSync.native(dirname(path))) ? [] : [target];
    } catch {
      // Nothing is there yet, or it cannot be written: that is explained there.
      return [];
    }
  });
}
