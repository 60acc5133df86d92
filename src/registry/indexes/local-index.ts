// Indexes and folders on this machine: a folder of distributions (`--find-links`), and an index as static files.

import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { readFileWithin } from "../../base/files/small-file.ts";
import type { Turns } from "../../base/work/turns.ts";
import { systemReason } from "../../base/text/system-reasons.ts";
import { PinionError, systemCode } from "../../errors.ts";
import { isSafeFilename } from "../../pep/files/safe-filename.ts";
import { filePathOf } from "../../sources/file-url.ts";
import { projectUrl, type IndexLocation } from "./locations.ts";
import { parseSimplePage } from "../pages/simple.ts";
import type { DistributionFile } from "../pages/project-page.ts";

/**
 * The files of a folder, or of an HTML page, that `--find-links` names.
 *
 * @throws index/unreadable-directory, index/malformed-page
 */
export async function readFlatLocation(
  index: IndexLocation,
  turns: Turns,
): Promise<readonly DistributionFile[]> {
  const path = filePathOf(index.url);
  try {
    return statSync(path).isDirectory() ? listFolder(path) : await readPage(path, index.url, turns);
  } catch (cause) {
    throw unreadable(path, index, cause);
  }
}

/**
 * The files of a project in an index of static files: `<project>/index.html` as a web server would answer,
 * `<project>/index.json`, or the distributions in the folder itself.
 *
 * @returns undefined where the index has no such folder, or is not there itself
 * @throws index/unreadable-directory, index/malformed-page
 */
export async function readLocalProject(
  index: IndexLocation,
  name: string,
  turns: Turns,
): Promise<readonly DistributionFile[] | undefined> {
  const url = projectUrl(index, name);
  const folder = filePathOf(url);
  try {
    for (const page of PAGES) {
      const files = await readPageIfAny(join(folder, page), `${url}${page}`, turns);
      if (files !== undefined) return files;
    }
    return listFolder(folder);
  } catch (cause) {
    // uv: a folder that is not there is an index without projects.
    if (isMissing(cause)) return undefined;
    throw unreadable(filePathOf(index.url), index, cause);
  }
}

function listFolder(folder: string): readonly DistributionFile[] {
  return readdirSync(folder)
    .filter((filename) => DISTRIBUTION.test(filename) && isSafeFilename(filename))
    .toSorted()
    .map((filename) => ({
      filename,
      url: pathToFileURL(join(folder, filename)).href,
      hashes: {},
      yanked: false,
      metadata: false,
    }));
}

async function readPageIfAny(
  path: string,
  url: string,
  turns: Turns,
): Promise<readonly DistributionFile[] | undefined> {
  try {
    return await readPage(path, url, turns);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function readPage(path: string, url: string, turns: Turns): Promise<readonly DistributionFile[]> {
  const source = { contentType: undefined, url };
  const page = await parseSimplePage(readFileWithin(path, MAX_PAGE_BYTES), source, turns);
  return page.files;
}

function isMissing(error: unknown): boolean {
  const code = systemCode(error);
  return code === "ENOENT" || code === "ENOTDIR";
}

function unreadable(path: string, index: IndexLocation, cause: unknown): unknown {
  if (cause instanceof PinionError) return cause;
  const reason = systemCode(cause) ?? "unknown";
  const details = { path, origin: index.origin, reason };
  if (index.kind === "flat" && isMissing(cause))
    return new PinionError(
      "index/unreadable-directory",
      `Failed to read \`${index.origin}\` directory: ${path}`,
      { details, cause: new Error("No such file or directory (os error 2)") },
    );
  return new PinionError(
    "index/unreadable-directory",
    `Cannot read \`${path}\`, which \`${index.origin}\` names: ${systemReason(reason)}`,
    { details, cause },
  );
}

const PAGES: readonly string[] = ["index.html", "index.json"];
const DISTRIBUTION = /\.(whl|tar\.gz|zip)$/;

/** As large as a page from the network may be. */
const MAX_PAGE_BYTES = 128 * 1024 ** 2;
