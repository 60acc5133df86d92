// Files of this machine that a `file:` URL or a path names.

import { closeSync, fstatSync, openSync } from "node:fs";

import { Turns } from "../../base/work/turns.ts";
import { piecesOf } from "../../base/files/file-pieces.ts";
import { openRegularFile } from "../../base/files/small-file.ts";
import { writeAllSync } from "../../base/files/write-all.ts";
import { DigestCheck, digestMismatch, type StatedDigest } from "../../net/downloads/hash-check.ts";
import { isPinionError, PinionError, systemCode } from "../../errors.ts";
import { filePathOf } from "../file-url.ts";

/** The archive of a source distribution, all of whose digests must fit. @throws wheel/not-found, wheel/hash-mismatch, net/cancelled */
export async function readLocalArchive(
  url: string,
  digests: readonly StatedDigest[],
  signal?: AbortSignal,
): Promise<{ readonly bytes: Buffer; readonly sha256: string }> {
  const path = filePathOf(url);
  const check = new DigestCheck(digests);
  const bytes = await readWithin(path, { maxBytes: MAX_SOURCE_BYTES, check, signal });
  const { sha256, mismatches } = check.finish();
  const [mismatch] = mismatches;
  if (mismatch !== undefined) throw digestMismatch(mismatch, { url, size: bytes.length });
  return { bytes, sha256 };
}

async function readWithin(
  path: string,
  {
    maxBytes,
    check,
    signal,
  }: { readonly maxBytes: number; readonly check: DigestCheck; readonly signal: AbortSignal | undefined },
): Promise<Buffer> {
  try {
    const { descriptor, size } = openWithin(path, maxBytes);
    try {
      const bytes = Buffer.allocUnsafe(size);
      let length = 0;
      for await (const piece of piecesOf(descriptor, new Turns(signal))) {
        check.update(piece);
        length += piece.copy(bytes, length);
      }
      return bytes.subarray(0, length);
    } finally {
      closeSync(descriptor);
    }
  } catch (cause) {
    throw isPinionError(cause, "net/cancelled") ? cause : unreadableFile(path, cause);
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
 * @throws as {@link checkLocalWheel}; EEXIST, net/cancelled
 */
export async function copyLocalWheel(path: string, target: string, signal?: AbortSignal): Promise<void> {
  const { descriptor } = openLocalWheel(path);
  try {
    const copy = openSync(target, "wx");
    try {
      for await (const piece of piecesOf(descriptor, new Turns(signal))) writeAllSync(copy, piece);
    } finally {
      closeSync(copy);
    }
  } finally {
    closeSync(descriptor);
  }
}

interface OpenFile {
  readonly descriptor: number;
  readonly size: number;
}

function openLocalWheel(path: string): OpenFile {
  return openWithin(path, MAX_WHEEL_BYTES);
}

function openWithin(path: string, maxBytes: number): OpenFile {
  const descriptor = openRegularFile(path);
  const { size } = fstatSync(descriptor);
  if (size <= maxBytes) return { descriptor, size };
  closeSync(descriptor);
  const message = `Cannot read ${path}: it is larger than ${maxBytes} bytes`;
  throw Object.assign(new Error(message), { code: "EFBIG" });
}

/** The largest wheels of the machine-learning projects have about 3 GB. */
export const MAX_WHEEL_BYTES: number = 8 * 1024 ** 3;

/** Of a source distribution, which is held in memory; the largest of PyPI are near 300 MB. */
export const MAX_SOURCE_BYTES: number = 512 * 1024 ** 2;
