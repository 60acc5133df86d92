// The RECORD of an installed distribution: the files that it consists of, and their sizes (PEP 376, 627).

import { join } from "node:path";
import { readFileWithin } from "../../base/files/small-file.ts";
import { parseRecord, type RecordEntry } from "../../pep/files/record.ts";

/**
 * Reads the rows of RECORD.
 *
 * @throws the system's error where it is missing, too long or not a file; wheel/invalid
 */
export function readRecord(directory: string): readonly RecordEntry[] {
  return parseRecord(readRecordBytes(directory).toString(), MAX_RECORD_ROWS);
}

/** @throws the system's error where it is missing, too long or not a file */
export function readRecordBytes(directory: string): Buffer {
  return readFileWithin(join(directory, "RECORD"), MAX_RECORD_BYTES);
}

/** Some hundred thousand files. */
export const MAX_RECORD_BYTES: number = 128 * 1024 ** 2;
/** The files of the largest archive that is installed, each with bytecode of every level. */
export const MAX_RECORD_ROWS = 2_000_000;
