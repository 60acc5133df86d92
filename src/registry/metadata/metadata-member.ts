// Reads METADATA out of a wheel without unpacking it. The strict reader of `archive` decides what the archive holds.

import { MAX_METADATA_BYTES } from "../../store/unpacking/wheel-contents.ts";
import { unpackMember, type ZipSource } from "../../archive/zip.ts";
import type { Pausing } from "../../base/work/turns.ts";
import {
  checkLocalRecord,
  MEMBERS_PER_PAUSE,
  zipDirectoryOf,
  type ZipDirectoryEntry,
} from "../../archive/zip-directory.ts";
import { PinionError } from "../../errors.ts";

/** Where METADATA is in an archive: its row of the directory, and where the record after it begins. */
export interface MetadataMember {
  readonly name: string;
  readonly entry: ZipDirectoryEntry;
  readonly end: number;
}

/**
 * Finds the one `*.dist-info/METADATA` of a wheel.
 *
 * @throws archive/invalid, archive/too-large, wheel/invalid
 */
export function* findMetadataMember(source: ZipSource, filename: string): Pausing<MetadataMember> {
  const directory = yield* zipDirectoryOf(source);
  const found: ZipDirectoryEntry[] = [];
  for (const [index, entry] of directory.entries.entries()) {
    if (index % MEMBERS_PER_PAUSE === 0) yield;
    if (METADATA_PATH.test(entry.rawName.toString("latin1"))) found.push(entry);
  }
  const [entry, another] = found;
  if (entry === undefined || another !== undefined) {
    const reason = entry === undefined ? "it has no METADATA" : "it has METADATA twice";
    throw new PinionError(
      "wheel/invalid",
      `The wheel \`${filename}\` violates the wheel specification: ${reason}`,
      {
        details: { filename, reason },
      },
    );
  }
  if (entry.size > MAX_METADATA_BYTES || entry.compressedSize > MAX_METADATA_BYTES) {
    throw new PinionError(
      "archive/too-large",
      `The metadata of \`${filename}\` is too large: ${entry.size} bytes`,
      {
        details: { filename, size: entry.size },
      },
    );
  }
  let end = directory.offset;
  for (const { localOffset } of directory.entries)
    if (localOffset > entry.localOffset) end = Math.min(end, localOffset);
  return { name: entry.rawName.toString("latin1"), entry, end };
}

/** The text of METADATA; size and checksum are verified. @throws archive/invalid */
export function readMetadataMember(source: ZipSource, { name, entry, end }: MetadataMember): string {
  const offset = checkLocalRecord(source, entry, end);
  const member = { ...entry, name, isDirectory: false, isExecutable: false, offset };
  return unpackMember(member, source.read(offset, entry.compressedSize)).toString("utf8");
}

const METADATA_PATH = /^[^/]+\.dist-info\/METADATA$/;
