// Files of this machine that a `file:` URL or a path names.

import { closeSync, fstatSync, openSync, readSync } from "node:fs";

import { openRegularFile, readFileWithin } from "../base/small-file.ts";
import { writeAllSync } from "../base/write-all.ts";
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
  closeSync(openLocalWheel(path).descriptor);
}

/**
 * Copies a wheel, or what is at its path by then: it is the file that was looked at that is read, and no further than it went.
 *
 * @param target a new file
 * @throws as {@link checkLocalWheel}; EEXIST
 */
export function copyLocalWheel(path: string, target: string): void {
  const { descriptor, size } = openLocalWheel(path);
  try {
    const copy = openSync(target, "wx");
    try {
      const buffer = Buffer.allocUnsafe(COPY_BYTES);
      for (let left = size, read = 0; left > 0; left -= read) {
        read = readSync(descriptor, buffer, 0, Math.min(left, buffer.length), null);
        if (read === 0) break;
        writeAllSync(copy, buffer.subarray(0, read));
      }
    } finally {
      closeSync(copy);
    }
  } finally {
    closeSync(descriptor);
  }
}

function openLocalWheel(path: string): { readonly descriptor: number; readonly size: number } {
  const descriptor = openRegularFile(path);
  const { size } = fstatSync(descriptor);
  if (size <= MAX_WHEEL_BYTES) return { descriptor, size };
  closeSync(descriptor);
  const message = `Cannot read ${path}: it is larger than ${MAX_WHEEL_BYTES} bytes`;
  throw Object.assign(new Error(message), { code: "EFBIG" });
}

/** The largest wheels of the machine-learning projects have about 3 GB. */
export const MAX_WHEEL_BYTES: number = 8 * 1024 ** 3;

/** Held in memory; the largest source distributions of PyPI are near 300 MB. */
const MAX_LOCAL_BYTES = 512 * 1024 ** 2;

const COPY_BYTES = 1024 ** 2;
