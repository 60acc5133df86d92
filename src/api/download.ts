// Brings the files of a resolution into a folder, as they are: for machines that reach no index, which install from it
// by `--find-links`.

import { createHash, randomBytes } from "node:crypto";
import { createReadStream, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";

import { makeFolders } from "../base/files/make-folders.ts";
import { allSettled } from "../base/work/settled.ts";
import { piecesOfFile } from "../base/files/file-pieces.ts";
import { Turns } from "../base/work/turns.ts";
import { isPinionError, PinionError, systemCode } from "../errors.ts";
import { sha256Of } from "../pep/hashes.ts";
import type { Files } from "../registry/files.ts";
import { MAX_WHEEL_BYTES } from "../sources/fetching/local-file.ts";
import { notAnArchive } from "../sources/fetching/obtain.ts";
import type { Source } from "../sources/source.ts";
import { checkHashes, eachOf, requiredDigests, statedDigests } from "../sources/fetching/stated-hashes.ts";
import { Limit } from "../base/work/limit.ts";
import { explainingMismatch } from "../sources/fetching/fetch-failure.ts";
import { fetchedBy } from "./plan/apply.ts";
import type { PlannedInstall } from "./plan/value.ts";

/** One file of a download. */
export interface DownloadedFile {
  /** Normalised. */
  readonly name: string;
  readonly version: string;
  readonly filename: string;
  readonly path: string;
  /** Hexadecimal, lower case. */
  readonly sha256: string;
  /** False where the folder held it already. */
  readonly isNew: boolean;
}

/** @throws wheel/hash-mismatch, environment/unwritable, net/…, tls/…; what was complete before stays */
export async function downloadAll(
  wanted: readonly PlannedInstall[],
  options: {
    readonly folder: string;
    readonly files: Files;
    readonly concurrency: number | undefined;
    readonly signal: AbortSignal | undefined;
  },
): Promise<readonly DownloadedFile[]> {
  const { concurrency = DEFAULT_CONCURRENCY } = options;
  makeFolder(options.folder);
  const limit = new Limit(concurrency);
  return await allSettled(wanted.map((install) => limit.run(1, () => downloadOne(install, options))));
}

async function downloadOne(
  install: PlannedInstall,
  {
    folder,
    files,
    signal,
  }: { readonly folder: string; readonly files: Files; readonly signal: AbortSignal | undefined },
): Promise<DownloadedFile> {
  const { source, hashes } = install;
  const { filename, sha256: stated } = archiveOf(source);
  const path = join(folder, filename);
  const described = { name: install.name, version: install.version, filename, path };
  const present = await hashOf(path);
  if (present !== undefined && present === stated && (await isAllowed(path, install, signal)))
    return { ...described, sha256: present, isNew: false };
  const partial = join(folder, `.${filename}.${randomBytes(4).toString("hex")}.part`);
  try {
    await explainingMismatch(files.save(source, { path: partial, hashes, signal }), () => fetchedBy(install));
    const sha256 = (await hashOf(partial)) ?? "";
    renameSync(partial, path);
    return { ...described, sha256, isNew: true };
  } finally {
    rmSync(partial, { force: true });
  }
}

/** Whether a file with the SHA-256 of its source has all other hashes that are given too; another one is fetched, and refused. */
async function isAllowed(
  path: string,
  { source, hashes }: PlannedInstall,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const stated = "hashes" in source ? Object.entries(source.hashes) : [];
  const others = Object.fromEntries(stated.filter(([algorithm]) => algorithm !== "sha256"));
  const wanted = [...eachOf(statedDigests(others, source.url)), requiredDigests(hashes)];
  try {
    const { size } = statSync(path);
    await checkHashes(wanted, piecesOfFile(path, new Turns(signal)), { url: source.url, size });
    return true;
  } catch (error) {
    if (isPinionError(error, "wheel/hash-mismatch")) return false;
    throw error;
  }
}

function archiveOf(source: Source): { readonly filename: string; readonly sha256: string | undefined } {
  if (source.kind === "git" || source.kind === "directory") throw notAnArchive(source.url);
  return { filename: source.filename, sha256: sha256Of(source.hashes) };
}

/** Undefined where there is no such file. */
async function hashOf(path: string): Promise<string | undefined> {
  const status = statSync(path, { throwIfNoEntry: false });
  // What is not a file may have no end, and what is larger than archives are takes long; it is replaced.
  if (status !== undefined && (!status.isFile() || status.size > MAX_WHEEL_BYTES)) return undefined;
  const hash = createHash("sha256");
  try {
    // No more than it states: some of the system's own files (`/proc`) have no end.
    await pipeline(createReadStream(path, { end: Math.max((status?.size ?? 0) - 1, 0) }), hash);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw unwritable(path, error);
  }
  return hash.digest("hex");
}

function makeFolder(folder: string): void {
  try {
    makeFolders(folder);
  } catch (error) {
    throw unwritable(folder, error);
  }
}

function unwritable(path: string, cause: unknown): PinionError {
  return new PinionError("environment/unwritable", `Cannot download into: ${path}`, {
    details: { path, systemCode: systemCode(cause) },
    cause,
  });
}

// As for installations; uv's default.
const DEFAULT_CONCURRENCY = 50;
