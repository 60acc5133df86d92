// Brings the files of a resolution into a folder, as they are: for machines that reach no index, which install from it
// by `--find-links`.

import { createHash, randomBytes } from "node:crypto";
import { createReadStream, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";

import { PinionError, systemCode } from "../errors.ts";
import { Limit } from "../store/limit.ts";
import type { PlannedInstall } from "./plan.ts";

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

/** Saves the archive of a planned distribution into a new file. */
export type SavePlanned = (
  install: PlannedInstall,
  path: string,
  signal: AbortSignal | undefined,
) => Promise<void>;

/** @throws wheel/hash-mismatch, environment/unwritable, net/…, tls/…; what was complete before stays */
export async function downloadAll(
  wanted: readonly PlannedInstall[],
  options: {
    readonly folder: string;
    readonly save: SavePlanned;
    readonly concurrency: number | undefined;
    readonly signal: AbortSignal | undefined;
  },
): Promise<readonly DownloadedFile[]> {
  const { folder, save, concurrency = DEFAULT_CONCURRENCY, signal } = options;
  makeFolder(folder);
  const limit = new Limit(concurrency);
  // All are awaited even when one fails, so that nothing is still being written when the failure is told.
  const settled = await Promise.allSettled(
    wanted.map((install) => limit.run(1, () => downloadOne(install, { folder, save, signal }))),
  );
  const failed = settled.find((result) => result.status === "rejected");
  if (failed !== undefined) throw failed.reason;
  return settled.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
}

async function downloadOne(
  install: PlannedInstall,
  {
    folder,
    save,
    signal,
  }: { readonly folder: string; readonly save: SavePlanned; readonly signal: AbortSignal | undefined },
): Promise<DownloadedFile> {
  const { filename, sha256: stated } = archiveOf(install);
  const path = join(folder, filename);
  const told = { name: install.name, version: install.version.text, filename, path };
  const present = await digestOf(path);
  if (present !== undefined && present === stated) return { ...told, sha256: present, isNew: false };
  const partial = join(folder, `.${filename}.${randomBytes(4).toString("hex")}.part`);
  try {
    await save(install, partial, signal);
    const sha256 = (await digestOf(partial)) ?? "";
    renameSync(partial, path);
    return { ...told, sha256, isNew: true };
  } finally {
    rmSync(partial, { force: true });
  }
}

function archiveOf({ source }: PlannedInstall): {
  readonly filename: string;
  readonly sha256: string | undefined;
} {
  if (source.kind === "direct") return { filename: source.wheel.filename, sha256: source.wheel.sha256 };
  const { filename, hashes } = source.file();
  return { filename, sha256: hashes["sha256"] };
}

/** Undefined where there is no such file. */
async function digestOf(path: string): Promise<string | undefined> {
  const hash = createHash("sha256");
  try {
    await pipeline(createReadStream(path), hash);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw unwritable(path, error);
  }
  return hash.digest("hex");
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
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
