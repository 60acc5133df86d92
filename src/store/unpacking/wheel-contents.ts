// What the archive of a wheel must hold: one dist-info folder, and a RECORD whose hashes fit what was unpacked.
// Binary distribution format, packaging.python.org; RECORD is healed as GHSA-pjjw-68hj-v9mw teaches.

import type { ZipEntry } from "../../archive/zip.ts";
import { inTurns, type Pausing, type Turns } from "../../base/work/turns.ts";
import { printable } from "../../base/text/printable.ts";
import { isPinionError, PinionError } from "../../errors.ts";
import { readHeaders } from "../../pep/metadata/core-metadata-fields.ts";
import { parseWheelFilename } from "../../pep/files/filename.ts";
import { normalizeName } from "../../pep/name.ts";
import { recordRows, type RecordEntry } from "../../pep/files/record-rows.ts";
import { compareVersions, publicVersion, tryParseVersion } from "../../pep/versions/version.ts";
import type { ManifestEntry } from "../manifest.ts";

/** Finds the one `*.dist-info` folder at the top. @throws wheel/invalid */
export function findDistInfo(entries: readonly ZipEntry[], filename: string): string {
  const found = new Set<string>();
  let last = "/";
  for (const { name } of entries) {
    // Members of one folder follow each other.
    if (name.startsWith(last)) continue;
    const top = name.slice(0, name.indexOf("/"));
    last = `${top}/`;
    if (top.toLowerCase().endsWith(DIST_INFO)) found.add(top);
  }
  const [first, second] = found;
  if (first === undefined) throw invalidWheel(filename, "it has no `.dist-info` folder");
  if (second !== undefined)
    throw invalidWheel(filename, `it has two \`.dist-info\` folders, \`${first}\` and \`${second}\``);
  return first;
}

/**
 * Holds the wheel's own word against its file name: METADATA must have the same name and version, and `.dist-info` the
 * same name. The version in METADATA may lack the local part, which repair tools add to the file name.
 *
 * @throws wheel/invalid, wheel/invalid-filename
 */
export function checkOwnMetadata(filename: string, distInfo: string, metadata: string): void {
  const expected = parseWheelFilename(filename);
  const { headers } = readHeaders(metadata);
  const field = (key: string): string =>
    headers.find(([name]) => name.toLowerCase() === key)?.[1].trim() ?? "";
  if (normalizeName(field("name")) !== expected.name) {
    throw invalidWheel(filename, `its METADATA is that of \`${printable(field("name"))}\``);
  }
  const version = tryParseVersion(field("version"));
  const isSame =
    version !== undefined &&
    (compareVersions(version, expected.version) === 0 ||
      compareVersions(version, publicVersion(expected.version)) === 0);
  if (!isSame)
    throw invalidWheel(filename, `its METADATA is that of version \`${printable(field("version"))}\``);
  const folderName = distInfo.slice(0, -DIST_INFO.length).replace(/-[^-]*$/, "");
  if (normalizeName(folderName) !== expected.name) {
    throw invalidWheel(filename, `its \`.dist-info\` folder is that of \`${folderName}\``);
  }
}

export interface RecordCheck {
  readonly filename: string;
  readonly distInfo: string;
  /** What RECORD says, as text. */
  readonly record: string;
  /** The digest of a file, for a row with another algorithm than SHA-256; in Base64 for URLs without padding. */
  digestOf(algorithm: string, path: string): Promise<string>;
  /** Given away between the rows: an archive may have half a million. */
  readonly turns: Turns;
  /** Holds the archive's own checksum against a file. @throws archive/invalid */
  checkChecksum(path: string): Promise<void>;
}

/**
 * Holds RECORD against the unpacked files. Rows without a file are dropped and missing rows are made up for: the manifest
 * lists what is there. A hash or size that does not fit is an error. A file that no row gives a SHA-256 for has nothing but
 * the archive's CRC-32, which is computed only for those.
 *
 * @throws wheel/invalid, archive/invalid
 */
export async function checkRecord(entries: readonly ManifestEntry[], check: RecordCheck): Promise<void> {
  const files = new Map(entries.map((entry) => [entry.path, entry]));
  const unchecked = new Set(files.keys());
  const self = `${check.distInfo}/RECORD`;
  // A row may be repeated ten thousand times, so that each digest is computed once.
  const digests = new Map<string, string>();
  const digestOf = async (algorithm: string, path: string): Promise<string> => {
    const key = `${algorithm} ${path}`;
    const digest = digests.get(key) ?? (await check.digestOf(algorithm, path));
    digests.set(key, digest);
    return digest;
  };
  const isPlain = await inTurns(isPlainRecord(files, unchecked, check), check.turns);
  for (const row of isPlain ? [] : rowsOf(check, entries.length)) {
    if (check.turns.isDue) await check.turns.give();
    const path = row.path.startsWith("./") ? row.path.replace(/^(\.\/)+/, "") : row.path;
    const file = files.get(path);
    if (file === undefined || (path.startsWith(self) && isSelf(path, check.distInfo))) continue;
    const isSameSize = row.size === undefined || row.size === file.size;
    if (isSameSize && row.hash === `sha256=${file.sha256Base64Url}`) {
      unchecked.delete(path);
      continue;
    }
    const isSame = isSameSize && (await hashFits(row.hash, file, { filename: check.filename, digestOf }));
    if (!isSame) {
      // An archive damaged in transit is distinguished from one that was made wrong.
      await check.checkChecksum(path);
      throw invalidWheel(check.filename, `\`${path}\` does not match its RECORD`);
    }
    if (isSha256(row.hash)) unchecked.delete(path);
  }
  for (const path of unchecked) await check.checkChecksum(path);
}

/**
 * Whether every row is character by character what its file would get, as nearly all builders write them: then there is
 * nothing to understand. Takes files with a row out of `unchecked`; what is left over of a RECORD with other rows does no harm,
 * since those files fit.
 */
function* isPlainRecord(
  files: ReadonlyMap<string, ManifestEntry>,
  unchecked: Set<string>,
  { record, distInfo }: RecordCheck,
): Pausing<boolean> {
  const self = `${distInfo}/RECORD`;
  let count = 0;
  for (let start = 0; start < record.length;) {
    const end = record.indexOf("\n", start);
    const comma = record.indexOf(",", start);
    const path = record.slice(start, comma);
    const file = files.get(path);
    count += 1;
    if (count % ROWS_PER_PAUSE === 0) yield;
    if (end === -1 || comma === -1 || file === undefined || count > files.size) return false;
    const isOwn = path === self;
    const promise = isOwn ? "," : `sha256=${file.sha256Base64Url},${file.size}`;
    if (comma + 1 + promise.length !== end || !record.startsWith(promise, comma + 1)) return false;
    if (!isOwn) unchecked.delete(path);
    start = end + 1;
  }
  return true;
}

function isSha256(hash: string | undefined): boolean {
  return hash?.toLowerCase().startsWith("sha256=") === true;
}

function* rowsOf({ filename, record }: RecordCheck, fileCount: number): Generator<RecordEntry, void, void> {
  try {
    yield* recordRows(record, fileCount + MAX_OTHER_ROWS);
  } catch (cause) {
    if (!isPinionError(cause, "wheel/invalid")) throw cause;
    const { row, reason } = cause.details;
    throw invalidWheel(filename, `its RECORD cannot be read, row ${String(row)}: ${String(reason)}`, cause);
  }
}

/** The error for a wheel that breaks its standard; `reason` ends a sentence. */
export function invalidWheel(filename: string, reason: string, cause?: unknown): PinionError {
  return new PinionError("wheel/invalid", `The wheel \`${filename}\` is not valid: ${reason}`, {
    details: { filename, reason },
    cause,
  });
}

interface Digests {
  readonly filename: string;
  readonly digestOf: RecordCheck["digestOf"];
}

async function hashFits(
  expected: string | undefined,
  file: ManifestEntry,
  { filename, digestOf }: Digests,
): Promise<boolean> {
  if (expected === undefined || expected === "") return true;
  const separator = expected.indexOf("=");
  const algorithm = expected.slice(0, separator).toLowerCase();
  const digest = withoutPadding(expected.slice(separator + 1));
  if (algorithm === "sha256") return digest === file.sha256Base64Url;
  if (!STRONGER_ALGORITHMS.has(algorithm)) {
    throw invalidWheel(
      filename,
      `its RECORD uses \`${algorithm}\`, which is not at least as strong as SHA-256`,
    );
  }
  return digest === (await digestOf(algorithm, file.path));
}

/** Without the `=` at the end of Base64. */
function withoutPadding(digest: string): string {
  let end = digest.length;
  while (digest[end - 1] === "=") end -= 1;
  return digest.slice(0, end);
}

/** RECORD cannot hold its own hash, nor that of its signatures (PEP 427). */
function isSelf(path: string, distInfo: string): boolean {
  return /^RECORD(\.jws|\.p7s)?$/.test(path.slice(distInfo.length + 1));
}

/** Headers and a README: what is larger is not meant to be read. */
export const MAX_METADATA_BYTES: number = 8 * 1024 ** 2;
/** RECORD of the most files that an archive may have, with paths of usual length. */
export const MAX_RECORD_BYTES: number = 64 * 1024 ** 2;
/** Rows that tools left for files they took out of a wheel: the rest are no more than its files. */
const MAX_OTHER_ROWS = 10_000;
/** Compared in a fraction of a millisecond. */
const ROWS_PER_PAUSE = 256;
const DIST_INFO = ".dist-info";
const STRONGER_ALGORITHMS: ReadonlySet<string> = new Set([
  "sha384",
  "sha512",
  "sha3-256",
  "sha3-384",
  "sha3-512",
]);
