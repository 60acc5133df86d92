// Which files an installed distribution consists of. Its own RECORD decides, but never beyond the environment
// (GHSA-pjjw-68hj-v9mw); older forms are `.egg-info` and `.egg-link`. PEP 376, 627.

import { isUtf8 } from "node:buffer";
import { lstatSync, statSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";

import { isOwnFolder } from "../base/files/folder.ts";
import { readFileWithin } from "../base/files/small-file.ts";
import type { Pausing } from "../base/work/turns.ts";
import { isPinionError, PinionError, systemCode } from "../errors.ts";
import { recordRows } from "../pep/files/record-rows.ts";
import type { InstalledDistribution } from "../python/environments/environment.ts";
import { MAX_RECORD_BYTES, MAX_RECORD_ROWS } from "../python/environments/installed-record.ts";
import { FileList, treeOf, type Removal } from "./file-list.ts";
import { slashed } from "./mirrors.ts";
import { isOfRepository } from "./reserved-names.ts";
import type { EnvironmentPlace } from "./journal/state-folder.ts";

/** What has to be known about a distribution to remove it. */
export type Removable = Pick<InstalledDistribution, "name" | "kind" | "directory"> &
  Partial<Pick<InstalledDistribution, "eggLink">>;

/**
 * Lists the files of a distribution, with the bytecode of its modules.
 *
 * @throws environment/no-record where nothing says what belongs to it; environment/conflict where it is outside of the environment
 */
export function* listFiles(
  distribution: Removable,
  place: Pick<EnvironmentPlace, "scheme" | "isFolder">,
): Pausing<Removal> {
  const files = new FileList(place, distribution.name);
  if (!files.isInside(entryOf(distribution))) throw outside(distribution);
  switch (distribution.kind) {
    case "dist-info":
      yield* addRecorded(files, distribution);
      break;
    case "egg-info":
      yield* addEgg(files, distribution);
      break;
    case "egg-link":
      addEggLink(files, distribution);
      break;
  }
  return yield* files.finish();
}

/** Lists only what says that a distribution is installed, for one whose files are unknown. */
export function* listMetadata(
  distribution: Removable,
  place: Pick<EnvironmentPlace, "isFolder">,
): Pausing<Removal> {
  const entry = entryOf(distribution);
  const stats = lstatSync(entry, { throwIfNoEntry: false });
  if (stats === undefined) return { files: [], edits: [], warnings: [] };
  const files = stats.isDirectory() ? yield* treeOf(entry) : [entry];
  // What was checked out may be a repository of its own.
  const own = files.filter((file) => !isOfRepository(slashed(relative(entry, file)), place));
  return { files: own, edits: [], warnings: [] };
}

/** What says in site-packages that a distribution is installed: of a develop install, the link to the project. */
function entryOf({ directory, eggLink }: Removable): string {
  return eggLink ?? directory;
}

function* addRecorded(files: FileList, distribution: Removable): Pausing<void> {
  const base = dirname(distribution.directory);
  const path = join(distribution.directory, "RECORD");
  const text = readRecord(distribution, path);
  try {
    for (const row of recordRows(text, MAX_RECORD_ROWS)) {
      yield;
      files.addRecorded(base, row.path);
    }
  } catch (cause) {
    if (!isPinionError(cause, "wheel/invalid")) throw cause;
    throw unreadableRecord(distribution, path, `row ${String(cause.details["row"])} is malformed`, cause);
  }
  // Files that other tools put beside RECORD belong to this distribution.
  yield* files.addTree(distribution.directory);
}

function readRecord(distribution: Removable, path: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileWithin(path, MAX_RECORD_BYTES);
  } catch (error) {
    throw NO_RECORD.has(systemCode(error) ?? "") ? noRecord(distribution, path, error) : error;
  }
  if (!isUtf8(bytes)) throw unreadableRecord(distribution, path, "it is not UTF-8");
  return bytes.toString();
}

/** A develop install by setuptools: the link, its line in `easy-install.pth`, the project itself stays. */
function addEggLink(files: FileList, distribution: Removable): void {
  const link = entryOf(distribution);
  const project = linesOf(readOptional(distribution, link) ?? "")[0];
  files.add(link);
  const pathFile = join(dirname(link), "easy-install.pth");
  // What a link leads to is another file, which may be private: it is neither read nor replaced.
  if (lstatSync(pathFile, { throwIfNoEntry: false })?.isSymbolicLink() === true)
    return files.warn(`\`easy-install.pth\` is a link and is left as it is: ${pathFile}`);
  const paths = readOptional(distribution, pathFile);
  if (project === undefined || paths === undefined) return;
  const isOther = (line: string): boolean => line.trim() === "" || resolve(line.trim()) !== resolve(project);
  const contents = paths.split("\n").filter(isOther).join("\n");
  if (contents === paths) return;
  if (contents.trim() === "") files.add(pathFile);
  else files.edit(pathFile, contents);
}

/** An install without RECORD: `installed-files.txt` of pip, or else the modules of `top_level.txt`. */
function* addEgg(files: FileList, distribution: Removable): Pausing<void> {
  const { directory } = distribution;
  if (!statSync(directory).isDirectory()) throw distutils(distribution);
  const base = dirname(directory);
  const read = (name: string, maxBytes?: number): string | undefined =>
    readOptional(distribution, join(directory, name), maxBytes);
  const installed = read("installed-files.txt", MAX_INSTALLED_FILES_BYTES);
  const topLevel = read("top_level.txt");
  if (installed !== undefined) {
    for (const line of linesOf(installed)) {
      yield;
      files.addRecorded(directory, line);
    }
  } else if (topLevel !== undefined) {
    const shared = new Set(linesOf(read("namespace_packages.txt") ?? ""));
    for (const name of new Set(linesOf(topLevel))) {
      yield;
      if (IDENTIFIER.test(name) && !shared.has(name)) yield* addModule(files, base, name);
    }
  } else {
    throw distutils(distribution);
  }
  yield* files.addTree(directory);
}

function* addModule(files: FileList, base: string, name: string): Pausing<void> {
  const folder = join(base, name);
  if (isOwnFolder(folder)) yield* files.addTree(folder);
  for (const suffix of MODULE_SUFFIXES) files.add(`${folder}${suffix}`);
}

function linesOf(text: string): readonly string[] {
  return text
    .split(/\r\n|\r|\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

function readOptional(distribution: Removable, path: string, maxBytes = MAX_NAMES_BYTES): string | undefined {
  try {
    return readFileWithin(path, maxBytes).toString();
  } catch (error) {
    const code = systemCode(error) ?? "";
    if (code === "EFBIG")
      throw unreadableRecord(distribution, path, `it is larger than ${maxBytes} bytes`, error);
    if (NO_RECORD.has(code)) return undefined;
    throw error;
  }
}

function noRecord(distribution: Removable, path: string, cause?: unknown): PinionError {
  return new PinionError(
    "environment/no-record",
    `Cannot uninstall package; \`RECORD\` file not found at: ${path}`,
    {
      details: { name: distribution.name, path },
      cause,
    },
  );
}

function unreadableRecord({ name }: Removable, path: string, reason: string, cause?: unknown): PinionError {
  return new PinionError(
    "environment/no-record",
    `Cannot uninstall \`${name}\`: its \`${basename(path)}\` cannot be read, ${reason}: ${path}`,
    { details: { name, path, reason }, cause },
  );
}

function outside({ name, directory }: Removable): PinionError {
  return new PinionError(
    "environment/conflict",
    `\`${name}\` is not part of this environment: ${directory}`,
    {
      details: { name, path: directory },
    },
  );
}

function distutils(distribution: Removable): PinionError {
  return new PinionError(
    "environment/no-record",
    `Unable to uninstall \`${distribution.name}\`: distutils-installed distributions do not include the metadata required to uninstall safely`,
    { details: { name: distribution.name, path: distribution.directory } },
  );
}

const MODULE_SUFFIXES = [".py", ".pyc", ".pyo"] as const;
const IDENTIFIER = /^[\p{L}_][\p{L}\p{N}_]*$/u;
/** Names of modules, or paths of projects: each line is looked at in one piece. */
const MAX_NAMES_BYTES: number = 1024 ** 2;
/** Some hundred thousand files. */
const MAX_INSTALLED_FILES_BYTES: number = 16 * 1024 ** 2;
/** Missing, or not a file of a reasonable size. */
const NO_RECORD: ReadonlySet<string> = new Set(["ENOENT", "EINVAL", "EFBIG"]);
