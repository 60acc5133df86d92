// What both threads that unpack an archive work on.

import type { PackedMembers } from "./packed-members.ts";

/** The work on one archive; it can be sent to a worker. */
export interface UnpackTask {
  readonly directory: string;
  /** The archive itself, which is copied to the thread, or the path of its file. */
  readonly archive: Uint8Array | string;
  readonly members: PackedMembers;
  /** The index of the next member that has not been taken. */
  readonly next: Int32Array;
}

/** What a thread has unpacked. */
export interface UnpackedMembers {
  /** Their places in the task. */
  readonly taken: Int32Array;
  /** SHA-256 of their contents, in that order: URL-safe Base64 without padding, 43 characters each. */
  readonly digests: string;
}

/** The thread ended: what it had taken may be half written. */
export class UnpackThreadLost extends Error {
  override readonly name = "UnpackThreadLost";
}

/** Of SHA-256 in URL-safe Base64 without padding. */
export const DIGEST_CHARACTERS = 43;
