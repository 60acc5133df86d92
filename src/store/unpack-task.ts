// What both threads that unpack an archive work on.

import type { ZipEntry } from "../archive/zip.ts";

/** What both threads work on; it can be sent to a worker without copying the archive. */
export interface UnpackTask {
  readonly directory: string;
  /** The archive itself in shared memory, or the path of its file. */
  readonly archive: SharedArrayBuffer | string;
  readonly files: readonly ZipEntry[];
  /** The index of the next member that nobody has taken. */
  readonly next: Int32Array;
  /** 32 bytes of SHA-256 for each member. */
  readonly digests: Uint8Array;
}
