// Files of this machine that a `file:` URL or a path names.

import { closeSync, fstatSync } from "node:fs";

import { openRegularFile, readFileWithin } from "../base/small-file.ts";
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

/**
 * Makes sure that a wheel is a regular file of a size that wheels have: it may state any, and take no space itself (sparse files).
 *
 * @throws the system's error; EINVAL, EFBIG
 */
export function checkLocalWheel(path: string): void {
  const descriptor = openRegularFile(path);
  try {
    const { size } = fstatSync(descriptor);
    if (size <= MAX_WHEEL_BYTES) return;
    const message = `Cannot read ${path}: it is larger than ${MAX_WHEEL_BYTES} bytes`;
    throw Object.assign(new Error(message), { code: "EFBIG" });
  } finally {
    closeSync(descriptor);
  }
}

/** The largest wheels of the machine-learning projects have about 3 GB. */
export const MAX_WHEEL_BYTES: number = 8 * 1024 ** 3;

/** Held in memory; the largest source distributions of PyPI are near 300 MB. */
const MAX_LOCAL_BYTES = 512 * 1024 ** 2;
