// Files of this machine that a `file:` URL or a path names.

import { readFileWithin } from "../base/small-file.ts";
import { PinionError, systemCode } from "../errors.ts";

/** The bytes of a file. @throws wheel/not-found */
export function readLocalFile(path: string): Buffer {
  try {
    return readFileWithin(path, MAX_LOCAL_BYTES);
  } catch (cause) {
    throw unreadableFile(path, cause);
  }
}

/** The error for a file that cannot be read. */
export function unreadableFile(path: string, cause: unknown): PinionError {
  return new PinionError("wheel/not-found", `Cannot read the file \`${path}\``, {
    details: { path, systemCode: systemCode(cause) },
    cause,
  });
}

/** Held in memory; the largest source distributions of PyPI are near 300 MB. */
const MAX_LOCAL_BYTES = 512 * 1024 ** 2;
