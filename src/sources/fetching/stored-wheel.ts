// Wheels that are in the store already, under the SHA-256 that is stated for them: no byte of them has to come again.

import { PinionError } from "../../errors.ts";
import type { StatedDigest } from "../../net/downloads/hash-check.ts";
import { redactUrl } from "../../net/url.ts";
import { parseWheelFilename } from "../../pep/files/filename.ts";
import { sha256Of } from "../../pep/hashes.ts";
import { normalizeName } from "../../pep/name.ts";
import { tryParseVersion } from "../../pep/versions/version.ts";
import type { Store, UnpackedWheel } from "../../store/store.ts";
import { hasDigests } from "./known-digests.ts";
import type { LinkedWheel } from "./linked-wheel.ts";

/**
 * The wheel with the stated SHA-256, where it is in the store and nothing that is stated has to be computed of its archive.
 *
 * @param alternatives of which one must fit, if there are any
 * @throws wheel/invalid
 */
export function findStoredWheel(
  wheel: LinkedWheel,
  alternatives: readonly StatedDigest[],
  store: Store,
): UnpackedWheel | undefined {
  const sha256 = sha256Of(wheel.hashes);
  if (sha256 === undefined) return undefined;
  const isAllowed = alternatives.some(({ algorithm, value }) => algorithm === "sha256" && value === sha256);
  if (alternatives.length > 0 && !isAllowed) return undefined;
  const found = hasDigests(sha256, wheel, store) ? store.wheel(sha256) : undefined;
  if (found === undefined || !isOfLockedSize(wheel, found.archiveSize)) return undefined;
  checkDistInfoFolder(found, wheel);
  return found;
}

/** Another size than the lock file's is found out by fetching, with and without a cache. */
function isOfLockedSize({ isLocked, size }: LinkedWheel, archiveSize: number | undefined): boolean {
  return isLocked !== true || size === undefined || archiveSize === undefined || archiveSize === size;
}

/** A wheel's `.dist-info` must be of the project and version that its file name says. @throws wheel/invalid */
export function checkDistInfoFolder(
  { distInfo }: UnpackedWheel,
  { filename, url }: Pick<LinkedWheel, "filename" | "url">,
): void {
  const { name, version } = parseWheelFilename(filename);
  const [, actualName = "", actualVersion = ""] = /^(.*)-([^-]*)\.dist-info$/.exec(distInfo) ?? [];
  const isSame =
    normalizeName(actualName) === name && tryParseVersion(actualVersion)?.order === version.order;
  if (isSame) return;
  throw new PinionError(
    "wheel/invalid",
    `The wheel \`${filename}\` contains a different distribution: \`${distInfo}\``,
    { details: { filename, url: redactUrl(url), distInfo } },
  );
}
