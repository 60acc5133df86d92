// Collects the files that go with an installed distribution, none of them beyond the environment, whatever named them
// (GHSA-pjjw-68hj-v9mw), with the bytecode of modules among them.

import { existsSync, lstatSync, readdirSync } from "node:fs";
import { basename, dirname, join, normalize, relative, resolve, sep } from "node:path";

import { FirstFew } from "../base/text/first-few.ts";
import { isOwnFolder, namesIn, realPathOf } from "../base/files/folder.ts";
import { append } from "../base/values/group-by.ts";
import { madeOnce } from "../base/work/once.ts";
import { printable } from "../base/text/printable.ts";
import { tryStatusOf } from "../base/files/status-of.ts";
import type { Pausing } from "../base/work/turns.ts";
import { bytecodeByModule, SOURCE } from "./wheels/bytecode-names.ts";
import { slashed } from "./mirrors.ts";
import { hasReservedComponent, isOfRepository, isReservedName } from "./reserved-names.ts";
import { isActivationName, isInterpreterName } from "./wheels/scripts.ts";
import type { EnvironmentPlace } from "./journal/state-folder.ts";

/** What a distribution consists of: existing files and links, absolute, each once. */
export interface Removal {
  readonly files: readonly string[];
  /** Files that stay with other contents: the lists of paths that setuptools shares between projects. */
  readonly edits: readonly { readonly path: string; readonly contents: string }[];
  readonly warnings: readonly string[];
}

/** Collects files, and keeps out what is not inside the environment. */
export class FileList {
  readonly #roots: readonly string[];
  readonly #plainRoots: readonly string[];
  readonly #scripts: string;
  readonly #top: string;
  readonly #place: Pick<EnvironmentPlace, "isFolder">;
  readonly #owner: string;
  readonly #files = new Set<string>();
  readonly #edits: { path: string; contents: string }[] = [];
  readonly #warnings: FirstFew;
  readonly #realFolders = new Map<string, string>();
  readonly #sources = new Map<string, string[]>();

  constructor(place: Pick<EnvironmentPlace, "scheme" | "isFolder">, owner: string) {
    const { scheme } = place;
    const folders = [scheme.purelib, scheme.platlib, scheme.scripts, scheme.data, scheme.headers];
    this.#roots = folders.map(realOrPlain);
    this.#plainRoots = folders.map((folder) => resolve(folder));
    this.#scripts = realOrPlain(scheme.scripts);
    this.#top = realOrPlain(scheme.data);
    this.#place = place;
    this.#owner = owner;
    this.#warnings = new FirstFew((count) => `${count} more invalid RECORD entries in ${owner} are skipped`);
  }

  /** Adds a file as RECORD names it. */
  addRecorded(base: string, path: string): void {
    const absolute = normalize(resolve(base, path));
    const owner = this.#owner;
    const hasFolder = !path.includes("\0") && tryStatusOf(dirname(absolute), lstatSync) !== undefined;
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
    const stats = tryStatusOf(absolute, lstatSync);
    // A row for a folder is a mistake of the writer: what is in it may belong to another distribution.
    if (stats === undefined || stats.isDirectory() || this.#files.has(absolute)) return;
    this.#files.add(absolute);
    if (!absolute.endsWith(SOURCE)) return;
    const folder = dirname(absolute);
    append(this.#sources, folder, basename(absolute));
  }

  /** Adds a folder with everything in it. */
  *addTree(folder: string): Pausing<void> {
    for (const file of yield* treeOf(folder)) this.#files.add(file);
  }

  edit(path: string, contents: string): void {
    this.#edits.push({ path, contents });
  }

  warn(message: string): void {
    this.#warnings.add(() => message);
  }

  *finish(): Pausing<Removal> {
    for (const [folder, sources] of this.#sources) {
      yield;
      this.#addBytecode(folder, sources);
    }
    // By paths without links, so that they are known when they are met again.
    const files = new Set<string>();
    for (const path of this.#files) {
      yield;
      const file = join(this.#realFolderOf(path), basename(path));
      if (this.isInside(file) && !this.#isOfGit(file)) files.add(file);
    }
    return { files: [...files], edits: this.#edits, warnings: [...this.#warnings] };
  }

  #addBytecode(folder: string, sources: readonly string[]): void {
    const cacheFolder = join(folder, CACHE_FOLDER);
    // A link leads to bytecode that belongs to something else.
    if (!isOwnFolder(cacheFolder)) return;
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
    return madeOnce(
      this.#realFolders,
      folder,
      () =>
        realPathOf(folder) ??
        (folder === absolute ? folder : join(this.#realFolderOf(folder), basename(folder))),
    );
  }
}

/** Every file of a folder; links are files, and not followed. */
export function* treeOf(folder: string): Pausing<readonly string[]> {
  if (lstatSync(folder).isSymbolicLink()) return [folder];
  const files: string[] = [];
  const waiting = [folder];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    yield;
    for (const entry of readdirSync(next, { withFileTypes: true })) {
      const path = join(next, entry.name);
      if (entry.isDirectory()) waiting.push(path);
      else files.push(path);
    }
  }
  return files;
}

function realOrPlain(folder: string): string {
  return realPathOf(folder) ?? resolve(folder);
}

const CACHE_FOLDER = "__pycache__";

// What `venv`, virtualenv, uv and Pinion put beside `pyvenv.cfg`; on 64-bit systems `lib64` is a link.
const ENVIRONMENT_FILES: ReadonlySet<string> = new Set([".gitignore", "CACHEDIR.TAG", "lib64"]);
