// Making room in the cache: everything, one project, or what is of no use any more.

import { existsSync, lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { throwIfCancelled } from "../../base/work/cancelled.ts";
import { Turns } from "../../base/work/turns.ts";
import { systemCode } from "../../errors.ts";
import { tryParseWheelFilename } from "../../pep/files/filename.ts";
import { normalizeName } from "../../pep/name.ts";
import { BUCKET_VERSIONS, bucketDirectory, CACHE_TAG, IGNORE_FILE, type EntryBucket } from "./buckets.ts";
import { EXCLUSIVE, ownCache, USERS, type CacheLockOptions } from "./cache-lock.ts";
import { isTemporaryName } from "../../base/files/atomic-file.ts";
import { removeLargeAtomically } from "../../base/files/remove-tree.ts";
import { cacheFailure } from "./cache-failure.ts";
import { requireOwnWay } from "./cache-owner.ts";
import { isProjectFolder, projectFolder } from "./entries.ts";
import { readManifestSummary, type ManifestHead } from "../manifest.ts";
import { MANIFEST } from "../unpacked-wheels.ts";

/** What was removed, or what there is. */
export interface CacheAmount {
  readonly files: number;
  readonly folders: number;
  readonly bytes: number;
}

/** Counts what the cache holds. @throws cache/unusable, net/cancelled */
export async function measureCache(
  directory: string,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<CacheAmount> {
  try {
    return await amountOf(
      namesIn(directory).map((name) => join(directory, name)),
      signal,
    );
  } catch (error) {
    throw cacheFailure(directory, error);
  }
}

export interface ClearingOptions extends CacheLockOptions {
  /** Does not wait for those who use the cache. */
  readonly isForced?: boolean | undefined;
}

export interface CleanOptions extends ClearingOptions {
  /** Names of projects; by default everything goes. */
  readonly names?: readonly string[] | undefined;
}

/** Removes the whole cache, or what belongs to projects, once it is unused. @throws cache/locked, cache/unusable, net/cancelled */
export async function cleanCache(directory: string, options: CleanOptions = {}): Promise<CacheAmount> {
  const { names } = options;
  const list = (): readonly string[] =>
    names === undefined ? everything(directory) : ofProjects(directory, new Set(names.map(normalizeName)));
  return removeAlone(directory, options, list);
}

export interface PruneOptions extends ClearingOptions {
  /** For caches of continuous integration: wheels that can be downloaded again go too. */
  readonly isCi?: boolean | undefined;
}

/**
 * Removes buckets of other versions, what killed processes left behind, and damaged wheels, once the cache is unused.
 *
 * @throws cache/locked, cache/unusable, net/cancelled
 */
export async function pruneCache(directory: string, options: PruneOptions = {}): Promise<CacheAmount> {
  return removeAlone(directory, options, () => [
    ...outdatedBuckets(directory),
    ...remains(directory),
    ...uselessWheels(directory, options.isCi === true),
  ]);
}

/** All but the locks, which their holders remove. The marks go last: until then it stays a cache to backup tools. */
function everything(directory: string): readonly string[] {
  const isMark = (name: string): boolean => name === CACHE_TAG || name === IGNORE_FILE;
  const names = namesIn(directory).filter((name) => name !== EXCLUSIVE && name !== USERS);
  return [...names.filter((name) => !isMark(name)), ...names.filter(isMark)].map((name) =>
    join(directory, name),
  );
}

function ofProjects(directory: string, projects: ReadonlySet<string>): readonly string[] {
  const wheels = wheelsIn(directory).filter(({ head }) => {
    const parsed = head === undefined ? undefined : tryParseWheelFilename(head.filename);
    return parsed !== undefined && projects.has(parsed.name);
  });
  const entries = ENTRY_BUCKETS.flatMap((bucket) =>
    [...projects].map((project) => join(bucketDirectory(directory, bucket), projectFolder(project))),
  );
  return [...wheels.map(({ path }) => path), ...entries];
}

function outdatedBuckets(directory: string): readonly string[] {
  const current = new Set(currentBuckets());
  const isOutdated = (name: string): boolean => BUCKET_NAME.test(name) && !current.has(name);
  return namesIn(directory)
    .filter(isOutdated)
    .map((name) => join(directory, name));
}

function remains(directory: string): readonly string[] {
  const buckets = currentBuckets().map((name) => join(directory, name));
  const folders = [directory, ...buckets, ...buckets.flatMap(projectFoldersIn)];
  return folders.flatMap((folder) =>
    namesIn(folder)
      .filter(isTemporaryName)
      .map((name) => join(folder, name)),
  );
}

function uselessWheels(directory: string, isCi: boolean): readonly string[] {
  return wheelsIn(directory)
    .filter(({ head }) => head === undefined || (isCi && head.origin === "downloaded"))
    .map(({ path }) => path);
}

function wheelsIn(
  directory: string,
): readonly { readonly path: string; readonly head: ManifestHead | undefined }[] {
  const bucket = bucketDirectory(directory, "wheels");
  return namesIn(bucket)
    .filter((name) => !isTemporaryName(name))
    .map((name) => ({ path: join(bucket, name), head: headOf(join(bucket, name)) }));
}

function projectFoldersIn(bucket: string): readonly string[] {
  return namesIn(bucket)
    .filter(isProjectFolder)
    .map((name) => join(bucket, name));
}

function currentBuckets(): readonly string[] {
  return Object.entries(BUCKET_VERSIONS).map(([bucket, version]) => `${bucket}-v${version}`);
}

/**
 * A cache that does not exist is not made to be locked. In one that others can change, a link could lead to anything, and it could
 * come while this looks.
 */
async function removeAlone(
  directory: string,
  options: ClearingOptions,
  list: () => readonly string[],
): Promise<CacheAmount> {
  const { signal } = options;
  requireOwnWay(directory);
  if (options.isForced === true || !existsSync(directory)) return await removeAll(directory, list, signal);
  const lock = await ownCache(directory, options);
  try {
    return await removeAll(directory, list, signal);
  } finally {
    lock.release();
  }
}

function headOf(home: string): ManifestHead | undefined {
  try {
    return readManifestSummary(readFileSync(join(home, MANIFEST)));
  } catch {
    return undefined;
  }
}

async function removeAll(
  directory: string,
  list: () => readonly string[],
  signal: AbortSignal | undefined,
): Promise<CacheAmount> {
  try {
    const paths = list();
    const amount = await amountOf(paths, signal);
    for (const path of paths) {
      throwIfCancelled(signal);
      await removeLargeAtomically(path);
    }
    return amount;
  } catch (error) {
    throw cacheFailure(directory, error);
  }
}

async function amountOf(paths: readonly string[], signal: AbortSignal | undefined): Promise<CacheAmount> {
  const amount = { files: 0, folders: 0, bytes: 0 };
  const turns = new Turns(signal);
  const visit = async (path: string): Promise<void> => {
    if (turns.isDue) await turns.give();
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return;
    if (!stats.isDirectory()) {
      amount.files += 1;
      amount.bytes += stats.size;
      return;
    }
    amount.folders += 1;
    for (const name of namesIn(path)) await visit(join(path, name));
  };
  for (const path of paths) await visit(path);
  return amount;
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (systemCode(error) === "ENOENT" || systemCode(error) === "ENOTDIR") return [];
    throw error;
  }
}

const ENTRY_BUCKETS: readonly EntryBucket[] = [
  "pages",
  "metadata",
  "interpreters",
  "built",
  "archives",
  "packed",
];
const BUCKET_NAME = /^[a-z]+-v[0-9]+$/;
