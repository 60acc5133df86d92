// Reads METADATA out of a wheel without unpacking it. The strict reader of `archive` decides what the archive holds.

import { MAX_METADATA_BYTES } from "../store/wheel-contents.ts";
import { unpackMember, type ZipSource } from "../archive/zip.ts";
import { checkLocalRecord, readZipDirectory, type ZipDirectoryEntry } from "../archive/zip-directory.ts";
import { PinionError } from "../errors.ts";

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
export function findMetadataMember(source: ZipSource, filename: string): MetadataMember {
  const directory = readZipDirectory(source);
  const found = directory.entries.filter((entry) => METADATA_PATH.test(entry.rawName.toString("latin1")));
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
  const following = directory.entries
    .map((other) => other.localOffset)
    .filter((offset) => offset > entry.localOffset);
  const end = following.reduce((first, offset) => Math.min(first, offset), directory.offset);
  return { name: entry.rawName.toString("latin1"), entry, end };
}

/** The text of METADATA; size and checksum are verified. @throws archive/invalid */
export function readMetadataMember(source: ZipSource, { name, entry, end }: MetadataMember): string {
  const offset = checkLocalRecord(source, entry, end);
  const member = { ...entry, name, isDirectory: false, isExecutable: false, offset };
  return unpackMember(member, source.read(offset, entry.compressedSize)).toString("utf8");
}

const METADATA_PATH = /^[^/]+\.dist-info\/METADATA$/;
