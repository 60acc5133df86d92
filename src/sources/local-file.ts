// Files of this machine that a `file:` URL or a path names.

import { readFileSync } from "node:fs";

import { PinionError, systemCode } from "../errors.ts";

/** The bytes of a file. @throws wheel/not-found */
export function readLocalFile(path: string): Buffer {
  try {
    return readFileSync(path);
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
