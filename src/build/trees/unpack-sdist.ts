// Unpacks a source distribution into a private folder: by the strict readers, with every file of one time, so that `make`
// sees nothing as older than what it was made from.

import { chmodSync, lutimesSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

import { makeFolders } from "../../base/files/make-folders.ts";
import { Turns } from "../../base/work/turns.ts";
import { extractTar, unpackLimit } from "../../archive/tar.ts";
import { readZipInTurns } from "../../archive/zip.ts";
import { isPinionError, PinionError } from "../../errors.ts";
import { unpackArchive } from "../../store/unpacking/unpack.ts";
import { decompressed, type DecompressOptions } from "./decompress.ts";

export interface UnpackSdistOptions extends DecompressOptions {
  /** How many bytes a tar archive may have without its compression. Default: what its size allows. */
  readonly maxUnpackedBytes?: number | undefined;
}

/**
 * Unpacks a source distribution into a folder that is not there yet.
 *
 * @returns the one folder at its top
 * @throws archive/invalid, archive/too-large, net/cancelled; build/failed where Python cannot decompress it
 */
export async function unpackSdist(
  archive: Buffer,
  directory: string,
  options: UnpackSdistOptions,
): Promise<string> {
  const { filename, signal } = options;
  makeFolders(directory);
  try {
    if (/\.zip$/i.test(filename)) await unpackZip(archive, directory, signal);
    else {
      const maxUnpackedBytes = options.maxUnpackedBytes ?? unpackLimit(archive.length);
      await extractTar(tarOf(archive, options), directory, { maxUnpackedBytes, signal });
    }
  } catch (error) {
    throw namingArchive(error, filename);
  }
  const names = readdirSync(directory);
  const [top = ""] = names;
  if (names.length !== 1 || !statSync(join(directory, top)).isDirectory()) {
    throw new PinionError(
      "archive/invalid",
      `The source distribution \`${filename}\` must have one folder at its top, but has ${names.length}`,
      { details: { filename, names: names.slice(0, SHOWN_NAMES) } },
    );
  }
  await setTimes(directory, new Date(), new Turns(signal, CANCELLED));
  return join(directory, top);
}

async function unpackZip(archive: Buffer, directory: string, signal: AbortSignal | undefined): Promise<void> {
  const turns = new Turns(signal, CANCELLED);
  const files = await unpackArchive(await readZipInTurns(archive, turns), directory, { signal });
  for (const { entry } of files) {
    if (turns.isDue) await turns.give();
    if (entry.isExecutable) chmodSync(join(directory, entry.name), EXECUTABLE);
  }
}

function tarOf(archive: Buffer, options: DecompressOptions): Buffer | AsyncIterable<Buffer> {
  if (archive.subarray(0, 3).toString("latin1") === "BZh") return decompressed(archive, "bz2", options);
  if (archive.subarray(0, 6).equals(XZ_MAGIC)) return decompressed(archive, "lzma", options);
  return archive;
}

async function setTimes(directory: string, time: Date, turns: Turns): Promise<void> {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (turns.isDue) await turns.give();
    const path = join(directory, entry.name);
    if (entry.isDirectory()) await setTimes(path, time, turns);
    lutimesSync(path, time, time);
  }
}

/** What is wrong with an archive, as a sentence about the source distribution. */
function namingArchive(error: unknown, filename: string): unknown {
  if (!isPinionError(error, "archive/invalid") && !isPinionError(error, "archive/too-large")) return error;
  return new PinionError(error.code, `Failed to extract \`${filename}\``, {
    details: { ...error.details, filename },
    cause: error,
  });
}

const XZ_MAGIC = Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]);
const SHOWN_NAMES = 5;
const EXECUTABLE = 0o755;
const CANCELLED = "Extracting was cancelled";
