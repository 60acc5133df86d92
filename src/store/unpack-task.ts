// What both threads that unpack an archive work on.

import type { ZipEntry } from "../archive/zip.ts";

/** The work on one archive; it can be sent to a worker. */
export interface UnpackTask {
  readonly directory: string;
  /** The archive itself, which is copied to the thread, or the path of its file. */
  readonly archive: Uint8Array | string;
  readonly files: readonly ZipEntry[];
  /** The index of the next member that has not been taken. */
  readonly next: Int32Array;
  /** 32 bytes of SHA-256 for each member. */
  readonly digests: Uint8Array;
}
