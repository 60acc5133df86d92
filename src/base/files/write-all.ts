// Writing to a descriptor, which may take several calls.

import { writeSync } from "node:fs";

/** Writes all bytes where the descriptor stands. */
export function writeAllSync(descriptor: number, bytes: Uint8Array): void {
  for (let position = 0; position < bytes.length;) position += writeSync(descriptor, bytes, position);
}
