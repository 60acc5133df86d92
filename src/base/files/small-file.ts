// Reading a file that others may have put there: a regular one, of a bounded size. The open does not wait for the other
// end of a pipe, and a device without end is not read at all.

import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
  type Stats,
} from "node:fs";
import { devNull } from "node:os";

/**
 * Reads a whole file of at most `maxBytes`.
 *
 * @throws the system's error, such as ENOENT; EINVAL for what is not a file, and EFBIG for one that is larger
 */
export function readFileWithin(path: string, maxBytes: number): Buffer {
  const file = readSmallFile(path, maxBytes);
  if (file.kind === "read") return file.bytes;
  if (file.kind === "not-a-file") throw notAFile(path);
  const message = `Cannot read ${path}: it is larger than ${maxBytes} bytes`;
  throw Object.assign(new Error(message), { code: "EFBIG" });
}

/**
 * Opens a file to read it piece by piece; the caller closes the descriptor.
 *
 * @throws the system's error, such as ENOENT; EINVAL for what is not a regular file
 */
export function openRegularFile(path: string): number {
  const descriptor = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  if (fstatSync(descriptor).isFile()) return descriptor;
  closeSync(descriptor);
  throw notAFile(path);
}

function notAFile(path: string): Error {
  return Object.assign(new Error(`Cannot read ${path}: it is not a file`), { code: "EINVAL" });
}

export type SmallFile =
  | {
      readonly kind: "read";
      readonly bytes: Buffer;
      /** Whose the file is that was read, whatever is at its path by now; undefined for the null device. */
      readonly owner?: Pick<Stats, "uid" | "mode">;
    }
  | { readonly kind: "not-a-file" }
  | { readonly kind: "too-large"; readonly size: number };

/**
 * Reads a whole file of at most `maxBytes`; the null device counts as an empty one.
 *
 * @throws the system's error, such as ENOENT
 */
export function readSmallFile(path: string, maxBytes: number): SmallFile {
  if (path === devNull) return { kind: "read", bytes: Buffer.alloc(0) };
  const descriptor = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const status = fstatSync(descriptor);
    // As a link to it, or bound over a file, it masks what would be there.
    if (status.isCharacterDevice() && status.rdev === statSync(devNull).rdev)
      return { kind: "read", bytes: Buffer.alloc(0) };
    if (!status.isFile()) return { kind: "not-a-file" };
    if (status.size > maxBytes) return { kind: "too-large", size: status.size };
    // The system's own files (`/proc`) say nothing of their size, and some have no end.
    const bytes = status.size === 0 ? readUpTo(descriptor, maxBytes) : readFileSync(descriptor);
    if (bytes.length > maxBytes) return { kind: "too-large", size: bytes.length };
    return { kind: "read", bytes, owner: { uid: status.uid, mode: status.mode } };
  } finally {
    closeSync(descriptor);
  }
}

/** All of a file, or somewhat more than `maxBytes` of it. */
function readUpTo(descriptor: number, maxBytes: number): Buffer {
  const chunks: Buffer[] = [];
  for (let length = 0; length <= maxBytes;) {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    const read = readSync(descriptor, chunk, 0, chunk.length, null);
    if (read === 0) break;
    chunks.push(chunk.subarray(0, read));
    length += read;
  }
  return Buffer.concat(chunks);
}

const CHUNK_BYTES = 64 * 1024;
