// What a source distribution needs, as far as it says so without being built (PEP 643, PEP 625).

import { join } from "node:path";

import { makeFolders } from "../../base/files/make-folders.ts";
import { Turns } from "../../base/work/turns.ts";
import { removeLargeTree } from "../../base/files/remove-tree.ts";
import { readFileWithin } from "../../base/files/small-file.ts";
import { extractTar } from "../../archive/tar.ts";
import { readZipInTurns } from "../../archive/zip.ts";
import { PinionError, systemCode } from "../../errors.ts";
import { tryParseWheelFilename } from "../../pep/files/filename.ts";
import type { Metadata } from "../../pep/metadata/metadata.ts";
import { changeableFields, hasStaticRequirements } from "../../pep/metadata/static-requirements.ts";
import { MAX_METADATA_BYTES } from "../../store/unpacking/wheel-contents.ts";

/** Tells whether a file of an index is not a wheel. */
export function isSourceDistribution(filename: string): boolean {
  return tryParseWheelFilename(filename) === undefined;
}

/**
 * PKG-INFO at the top of a source distribution.
 *
 * @param workFolder a path at which nothing is; what is made there is removed again
 * @throws index/invalid-metadata where there is none; archive/invalid, archive/too-large, net/cancelled
 */
export async function readPackageInfo(
  archive: Buffer,
  {
    filename,
    workFolder,
    signal,
  }: { readonly filename: string; readonly workFolder: string; readonly signal: AbortSignal | undefined },
): Promise<string> {
  if (filename.endsWith(".zip")) {
    const zip = await readZipInTurns(archive, new Turns(signal));
    const entry = zip.entries.find(({ name }) => TOP_PACKAGE_INFO.test(name));
    if (entry === undefined) throw withoutMetadata(filename);
    if (entry.size > MAX_METADATA_BYTES) throw tooLarge(filename);
    return zip.read(entry).toString("utf8");
  }
  makeFolders(workFolder);
  try {
    const { files } = await extractTar(archive, workFolder, { signal });
    const path = files.find((name) => TOP_PACKAGE_INFO.test(name));
    if (path === undefined) throw withoutMetadata(filename);
    return readPart(join(workFolder, path), filename);
  } finally {
    await removeLargeTree(workFolder);
  }
}

/**
 * Metadata whose requirements every build keeps: since 2.2 a source distribution names the fields that a build may change.
 *
 * @throws build/unsupported
 */
export function requireStatic(metadata: Metadata, filename: string): Metadata {
  if (hasStaticRequirements(metadata)) return metadata;
  const { metadataVersion = "1.0" } = metadata;
  const { isUnstated: isOld, stated: changing } = changeableFields(metadata);
  const reason = isOld
    ? `its metadata is of version ${metadataVersion}, before 2.2`
    : `it calls ${changing.map((field) => `\`${field}\``).join(", ")} dynamic`;
  throw new PinionError(
    "build/unsupported",
    `The dependencies of \`${filename}\` are known only after building it: ${reason}`,
    {
      details: { filename, metadataVersion, dynamic: changing },
      hints: [{ kind: "skip-dependencies" }, { kind: "only-wheels", package: metadata.name }],
    },
  );
}

function readPart(path: string, filename: string): string {
  try {
    return readFileWithin(path, MAX_METADATA_BYTES).toString("utf8");
  } catch (error) {
    throw systemCode(error) === "EFBIG" ? tooLarge(filename) : error;
  }
}

function tooLarge(filename: string): PinionError {
  return new PinionError("index/invalid-metadata", `The PKG-INFO of \`${filename}\` is too large`, {
    details: { filename, maxBytes: MAX_METADATA_BYTES },
  });
}

function withoutMetadata(filename: string): PinionError {
  return new PinionError("index/invalid-metadata", `\`${filename}\` has no PKG-INFO at its top`, {
    details: { filename },
  });
}

const TOP_PACKAGE_INFO = /^[^/]+\/PKG-INFO$/;
