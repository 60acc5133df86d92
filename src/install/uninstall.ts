// Which files an installed distribution consists of. Its own RECORD decides, but never beyond the environment
// (GHSA-pjjw-68hj-v9mw); older forms are `.egg-info` and `.egg-link`. PEP 376, 627.

import { isUtf8 } from "node:buffer";
import { existsSync, lstatSync, readdirSync, statSync, type Stats } from "node:fs";
import { basename, dirname, join, normalize, relative, resolve, sep } from "node:path";

import { slashed } from "./mirrors.ts";
import { FirstFew } from "../base/first-few.ts";
import { namesIn, realPathOf } from "../base/folder.ts";
import { readFileWithin } from "../base/small-file.ts";
import { printable } from "../base/printable.ts";
import { isPinionError, PinionError, systemCode } from "../errors.ts";
import { parseRecord, type RecordEntry } from "../pep/files/record.ts";
import type { InstalledDistribution } from "../python/environment.ts";
import { MAX_RECORD_BYTES } from "../python/installed-record.ts";
import { hasReservedComponent, isOfRepository, isReservedName } from "./reserved-names.ts";
import { isActivationName, isInterpreterName } from "./scripts.ts";
import type { EnvironmentPlace } from "./state-folder.ts";

/** What has to be known about a distribution to remove it. */
export type Removable = Pick<InstalledDistribution, "name" | "kind" | "directory"> &
  Partial<Pick<InstalledDistribution, "eggLink">>;

/** What a distribution consists of: existing files and links, absolute, each once. */
export interface Removal {
  readonly files: readonly string[];
  /** Files that stay with other contents: the lists of paths that setuptools shares between projects. */
  readonly edits: readonly { readonly path: string; readonly contents: string }[];
  readonly warnings: readonly string[];
}

/**
 * Lists the files of a distribution, with the bytecode of its modules.
 *
 * @throws environment/no-record where nothing says what belongs to it; environment/conflict where it is outside of the environment
 */
export function listFiles(
  distribution: Removable,
  place: Pick<EnvironmentPlace, "scheme" | "isFolder">,
): Removal {
  const files = new FileList(place, distribution);
  if (!files.isInside(entryOf(distribution))) throw outside(distribution);
  switch (distribution.kind) {
    case "dist-info":
      addRecorded(files, distribution);
      break;
    case "egg-info":
      addEgg(files, distribution);
      break;
    case "egg-link":
      addEggLink(files, distribution);
      break;
  }
  return files.finish();
}

/** Lists only what says that a distribution is installed, for one whose files are unknown. */
export function listMetadata(distribution: Removable, place: Pick<EnvironmentPlace, "isFolder">): Removal {
  const entry = entryOf(distribution);
  const stats = lstatSync(entry, { throwIfNoEntry: false });
  if (stats === undefined) return { files: [], edits: [], warnings: [] };
  const files = stats.isDirectory() ? treeOf(entry) : [entry];
  // What was checked out may be a repository of its own.
  const own = files.filter((file) => !isOfRepository(slashed(relative(entry, file)), place));
  return { files: own, edits: [], warnings: [] };
}

/** What says in site-packages that a distribution is installed: of a develop install, the link to the project. */
function entryOf({ directory, eggLink }: Removable): string {
  return eggLink ?? directory;
}

/**
 * The bytecode files among the names in `__pycache__`, by the file of their module: `a.cpython-312.pyc` is of `a.py`,
 * `a.cpython-312.opt-1.pyc` too (PEP 3147, 488). The latter could also be of a module `a.cpython-312`.
 */
export function bytecodeByModule(cached: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const byModule = new Map<string, string[]>();
  for (const name of cached) {
    for (const stem of stemsOf(name)) {
      const known = byModule.get(stem + SOURCE);
      if (known === undefined) byModule.set(stem + SOURCE, [name]);
      else known.push(name);
    }
  }
  return byModule;
}

function stemsOf(name: string): readonly string[] {
  if (!name.endsWith(BYTECODE)) return [];
  const [stem, tag = ""] = parted(name.slice(0, -BYTECODE.length));
  if (stem === undefined || tag === "") return [];
  const [shorter, middle] = parted(stem);
  const isOptimised = tag.startsWith(OPTIMISED) && tag !== OPTIMISED;
  return isOptimised && shorter !== undefined && middle !== "" ? [shorter, stem] : [stem];
}

/** What is before and after the last dot; empty where there is none. */
function parted(text: string): readonly [string, string] | readonly [] {
  const dot = text.lastIndexOf(".");
  return dot === -1 ? [] : [text.slice(0, dot), text.slice(dot + 1)];
}

/** Collects files, and keeps out what is not inside the environment. */
class FileList {
  readonly #roots: readonly string[];
  readonly #plainRoots: readonly string[];
  readonly #scripts: string;
  readonly #top: string;
  readonly #place: Pick<EnvironmentPlace, "isFolder">;
  readonly #distribution: Removable;
  readonly #files = new Set<string>();
  readonly #edits: { path: string; contents: string }[] = [];
  readonly #warnings: FirstFew;
  readonly #realFolders = new Map<string, string>();
  readonly #sources = new Map<string, string[]>();

  constructor(place: Pick<EnvironmentPlace, "scheme" | "isFolder">, distribution: Removable) {
    const { scheme } = place;
    const folders = [scheme.purelib, scheme.platlib, scheme.scripts, scheme.data, scheme.headers];
    this.#roots = folders.map(realOrPlain);
    this.#plainRoots = folders.map((folder) => resolve(folder));
    this.#scripts = realOrPlain(scheme.scripts);
    this.#top = realOrPlain(scheme.data);
    this.#place = place;
    this.#distribution = distribution;
    this.#warnings = new FirstFew(
      (count) => `${count} more invalid RECORD entries in ${distribution.name} are skipped`,
    );
  }

  /** Adds a file as RECORD names it. */
  addRecorded(base: string, path: string): void {
    const absolute = normalize(resolve(base, path));
    const owner = this.#distribution.name;
    const hasFolder = !path.includes("\0") && statusOf(dirname(absolute)) !== undefined;
    const isLost = path.includes("\0") || !(hasFolder ? this.isInside(absolute) : this.#isNamed(absolute));
    if (isLost) {
      this.#warnings.add(
        () =>
          `Invalid RECORD entry in ${owner} that escapes the Python environment, skipping: ${printable(path)}`,
      );
    } else if (hasFolder && this.#isEnvironmentsOwn(absolute)) {
      this.#warnings.add(
        () =>
          `Invalid RECORD entry in ${owner} that names a file of the environment itself, skipping: ${printable(path)}`,
      );
    } else {
      this.add(absolute);
    }
  }

  add(absolute: string): void {
    const stats = statusOf(absolute);
    // A row for a folder is a mistake of the writer: what is in it may belong to another distribution.
    if (stats === undefined || stats.isDirectory()) return;
    this.#files.add(absolute);
    if (!absolute.endsWith(SOURCE)) return;
    const folder = dirname(absolute);
    const known = this.#sources.get(folder);
    if (known === undefined) this.#sources.set(folder, [basename(absolute)]);
    else known.push(basename(absolute));
  }

  /** Adds a folder with everything in it. */
  addTree(folder: string): void {
    for (const file of treeOf(folder)) this.#files.add(file);
  }

  edit(path: string, contents: string): void {
    this.#edits.push({ path, contents });
  }

  finish(): Removal {
    for (const [folder, sources] of this.#sources) this.#addBytecode(folder, sources);
    // By paths without links, so that they are known when they are met again.
    const files = [
      ...new Set([...this.#files].map((file) => join(this.#realFolderOf(file), basename(file)))),
    ].filter((file) => this.isInside(file) && !this.#isOfGit(file));
    return { files, edits: this.#edits, warnings: [...this.#warnings] };
  }

  #addBytecode(folder: string, sources: readonly string[]): void {
    const cacheFolder = join(folder, CACHE_FOLDER);
    // A link leads to bytecode that belongs to something else.
    if (lstatSync(cacheFolder, { throwIfNoEntry: false })?.isDirectory() !== true) return;
    const cached = namesIn(cacheFolder);
    if (cached.length === 0) return;
    // A folder that keeps nothing but bytecode keeps bytecode of modules that are gone.
    const isEmptied = namesIn(folder).every(
      (name) => name === CACHE_FOLDER || this.#files.has(join(folder, name)),
    );
    const byModule = bytecodeByModule(cached);
    const names = isEmptied ? cached : sources.flatMap((source) => byModule.get(source) ?? []);
    for (const name of names) this.add(join(cacheFolder, name));
  }

  /** Tells whether a path is inside the environment, by the folder that it really leads to. */
  isInside(absolute: string): boolean {
    const real = this.#realFolderOf(absolute);
    return this.#roots.some((root) => real === root || real.startsWith(root + sep));
  }

  /**
   * Tells whether a path, whose folder is not there, is one of the environment as it is written. Where its folders would be without links
   * takes a look at each of them, and a RECORD of a megabyte can name millions.
   */
  #isNamed(absolute: string): boolean {
    return [...this.#plainRoots, ...this.#roots].some((root) => absolute.startsWith(root + sep));
  }

  /** No RECORD may take away the interpreter, or what makes the folder an environment. */
  #isEnvironmentsOwn(absolute: string): boolean {
    const folder = this.#realFolderOf(absolute);
    const name = basename(absolute);
    if (hasReservedComponent(slashed(absolute)) || this.#isOfGit(join(folder, name))) return true;
    if (folder === this.#top && isReservedName(name)) return true;
    const isEnvironment = (): boolean => existsSync(join(this.#top, "pyvenv.cfg"));
    if (folder === this.#top && ENVIRONMENT_FILES.has(name)) return isEnvironment();
    if (folder !== this.#scripts) return false;
    return isInterpreterName(name) || (isActivationName(name) && isEnvironment());
  }

  /** Whether a file, by a path without links, is a repository's: no package brought it (`layOutWheel`). */
  #isOfGit(real: string): boolean {
    return isOfRepository(slashed(relative(this.#top, real)), this.#place);
  }

  /** Where the folder of a file is without links; of one that does not exist, where it would be. */
  #realFolderOf(absolute: string): string {
    const folder = dirname(absolute);
    let real = this.#realFolders.get(folder);
    if (real === undefined) {
      const isTop = folder === absolute;
      real = realPathOf(folder) ?? (isTop ? folder : join(this.#realFolderOf(folder), basename(folder)));
      this.#realFolders.set(folder, real);
    }
    return real;
  }
}

/** Also undefined for what cannot be a path: one that is too long, or leads through a file. */
function statusOf(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** Every file of a folder; links are files, and not followed. */
function treeOf(folder: string): readonly string[] {
  if (lstatSync(folder).isSymbolicLink()) return [folder];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? treeOf(path) : [path];
  });
}

function addRecorded(files: FileList, distribution: Removable): void {
  const base = dirname(distribution.directory);
  for (const { path } of readRecord(distribution)) files.addRecorded(base, path);
  // Files that other tools put beside RECORD belong to this distribution.
  files.addTree(distribution.directory);
}

function readRecord(distribution: Removable): readonly RecordEntry[] {
  const path = join(distribution.directory, "RECORD");
  let bytes: Buffer;
  try {
    bytes = readFileWithin(path, MAX_RECORD_BYTES);
  } catch (error) {
    throw NO_RECORD.has(systemCode(error) ?? "") ? noRecord(distribution, path, error) : error;
  }
  if (!isUtf8(bytes)) throw unreadableRecord(distribution, path, "it is not UTF-8");
  try {
    return parseRecord(bytes.toString(), MAX_RECORD_ROWS);
  } catch (cause) {
    if (!isPinionError(cause, "wheel/invalid")) throw cause;
    throw unreadableRecord(distribution, path, `row ${String(cause.details["row"])} is malformed`, cause);
  }
}

/** A develop install by setuptools: the link, its line in `easy-install.pth`, the project itself stays. */
function addEggLink(files: FileList, distribution: Removable): void {
  const link = entryOf(distribution);
  const project = linesOf(readOptional(link) ?? "")[0];
  files.add(link);
  const pathFile = join(dirname(link), "easy-install.pth");
  const paths = readOptional(pathFile);
  if (project === undefined || paths === undefined) return;
  const isOther = (line: string): boolean => line.trim() === "" || resolve(line.trim()) !== resolve(project);
  const contents = paths.split("\n").filter(isOther).join("\n");
  if (contents === paths) return;
  if (contents.trim() === "") files.add(pathFile);
  else files.edit(pathFile, contents);
}

/** An install without RECORD: `installed-files.txt` of pip, or else the modules of `top_level.txt`. */
function addEgg(files: FileList, distribution: Removable): void {
  const { directory } = distribution;
  if (!statSync(directory).isDirectory()) throw distutils(distribution);
  const base = dirname(directory);
  const installed = readOptional(join(directory, "installed-files.txt"));
  const topLevel = readOptional(join(directory, "top_level.txt"));
  if (installed !== undefined) {
    for (const line of linesOf(installed)) files.addRecorded(directory, line);
  } else if (topLevel !== undefined) {
    const shared = new Set(linesOf(readOptional(join(directory, "namespace_packages.txt")) ?? ""));
    for (const name of linesOf(topLevel)) {
      if (IDENTIFIER.test(name) && !shared.has(name)) addModule(files, base, name);
    }
  } else {
    throw distutils(distribution);
  }
  files.addTree(directory);
}

function addModule(files: FileList, base: string, name: string): void {
  const folder = join(base, name);
  if (lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) files.addTree(folder);
  for (const suffix of MODULE_SUFFIXES) files.add(`${folder}${suffix}`);
}

function linesOf(text: string): readonly string[] {
  return text
    .split(/\r\n|\r|\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

function readOptional(path: string): string | undefined {
  try {
    return readFileWithin(path, MAX_RECORD_BYTES).toString();
  } catch (error) {
    if (NO_RECORD.has(systemCode(error) ?? "")) return undefined;
    throw error;
  }
}

function realOrPlain(folder: string): string {
  return realPathOf(folder) ?? resolve(folder);
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
    `Cannot uninstall \`${name}\`: its \`RECORD\` cannot be read, ${reason}: ${path}`,
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

const SOURCE = ".py";
const CACHE_FOLDER = "__pycache__";
const BYTECODE = ".pyc";
const OPTIMISED = "opt-";
const MODULE_SUFFIXES = [".py", ".pyc", ".pyo"] as const;
const IDENTIFIER = /^[\p{L}_][\p{L}\p{N}_]*$/u;
/** The files of the largest archive that is installed, each with bytecode of every level. */
const MAX_RECORD_ROWS = 2_000_000;
/** Missing, or not a file of a reasonable size. */
const NO_RECORD: ReadonlySet<string> = new Set(["ENOENT", "EINVAL", "EFBIG"]);

// What `venv`, virtualenv, uv and Pinion put beside `pyvenv.cfg`; on 64-bit systems `lib64` is a link.
const ENVIRONMENT_FILES: ReadonlySet<string> = new Set([".gitignore", "CACHEDIR.TAG", "lib64"]);
