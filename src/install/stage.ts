// Preparing a change: every file that is to come, in a tree beside the environment that mirrors it. Nothing that exists is
// touched.

import { closeSync, lstatSync, mkdirSync, openSync, readFileSync, rmSync } from "node:fs";

import { makeFolders } from "../base/files/make-folders.ts";
import { STEPS_PER_PAUSE, type Pausing } from "../base/work/turns.ts";
import { writeAllSync } from "../base/files/write-all.ts";
import { systemCode } from "../errors.ts";
import { formatDirectUrl } from "../pep/files/direct-url.ts";
import type { EntryPoint } from "../pep/files/entry-points.ts";
import type { PreparedWheel } from "../store/prepared-wheel.ts";
import type { UnpackedWheel } from "../store/unpacked-wheels.ts";
import { staysUnchanged } from "../store/cache/verify.ts";
import type { StepObserver } from "./journal/journal.ts";
import { damaged, type Linker } from "./linking/linker.ts";
import type { Mirror } from "./mirrors.ts";
import type { WantedDistribution } from "./plan.ts";
import { RecordWriter } from "./wheels/record.ts";
import { interpreterLine, launcherText, rewriteFirstLine } from "./wheels/scripts.ts";
import { isWindowsTarget, type InstallTarget } from "./installation.ts";
import {
  isSiteGuarded,
  layOutCommands,
  layOutWheel,
  reservedScripts,
  type PlacedFile,
  type WheelLayout,
} from "./wheels/wheel-layout.ts";
import { createWindowsLaunchers, type WindowsLaunchers } from "./wheels/windows-launchers.ts";

export interface StageOptions {
  readonly target: InstallTarget;
  readonly mirrors: readonly Mirror[];
  readonly linker: Linker;
  readonly observe: StepObserver;
  /** `omit` leaves out INSTALLER, REQUESTED and direct_url.json. */
  readonly installerMetadata: "write" | "omit";
  readonly onWarning: (message: string) => void;
  /** Whether the process may work in the folder of a wheel while that is prepared: shorter paths take the system less time. */
  readonly entersWheels?: boolean;
}

/** Makes a link in a folder that exists, from a file of a wheel; returns whether it replaces one of another wheel. */
export type MakeLink = (source: string, path: string, wheel: UnpackedWheel) => boolean | Pausing<boolean>;

/** Owns the tree of files to come. */
export class Stage {
  readonly #options: StageOptions;
  readonly #made = new Set<string>();
  /** Files of ours, which a later wheel may replace. */
  readonly #written = new Set<string>();
  #windowsLaunchers: WindowsLaunchers | undefined;
  /** Whether files of a folder of packages may have to go to several places, or to one where they are checked. */
  readonly isSpreadOut: boolean;

  constructor(options: StageOptions) {
    this.#options = options;
    this.isSpreadOut = isSpreadOut(options);
    for (const { staged } of options.mirrors) {
      makeFolders(staged);
      this.#made.add(staged);
    }
  }

  /** Prepares a wheel. @throws wheel/invalid, cache/damaged, and what the system refuses as it is */
  *add(wanted: WantedDistribution, link: MakeLink = this.#link): Pausing<void> {
    const { target, onWarning } = this.#options;
    const { wheel } = wanted;
    this.#options.observe("stage", wheel.filename);
    const prepared = this.isSpreadOut ? undefined : wheel.prepared;
    const folder = prepared === undefined ? undefined : this.#enter(wheel);
    if (wheel.isFresh !== true) yield* checkUnchanged(wheel, prepared?.files, folder);
    if (prepared !== undefined) return yield* this.#addPrepared(wanted, prepared, folder);
    const layout = layOutWheel(wheel, wanted.name, target);
    layout.warnings.forEach((warning) => onWarning(warning));
    const record = new RecordWriter(layout.site);
    yield* this.#linkFiles(layout.files, wanted, { record, link });
    for (const script of layout.scripts) this.#addScript(script, wanted, record);
    this.#write(wanted, { site: layout.site, commands: layout.commands, record });
  }

  /** Prepares what a wheel needs beside its own files. @throws wheel/invalid, and system errors as they are */
  finish(wanted: WantedDistribution, prepared: PreparedWheel): void {
    const { target } = this.#options;
    const { filename } = wanted.wheel;
    const site = prepared.isPurelib ? target.scheme.purelib : target.scheme.platlib;
    const { commands, reserved } = layOutCommands(prepared.entryPoints, filename, target);
    reservedScripts(reserved, filename).forEach((warning) => this.#options.onWarning(warning));
    this.#write(wanted, { site, commands, record: new RecordWriter(site, prepared) });
  }

  /** The folder in which the packages of a wheel are prepared, with a slash at the end; it is made. */
  insideOf(isPurelib: boolean): string {
    const { purelib, platlib } = this.#options.target.scheme;
    const inside = this.#stagedPath(`${isPurelib ? purelib : platlib}/`);
    this.#makeFolder(inside.slice(0, -1));
    return inside;
  }

  /** Makes the folder of a file that is to be prepared. */
  makeFolderOf(path: string): void {
    this.#makeFolder(path.slice(0, path.lastIndexOf("/")));
  }

  /** Where what is prepared under a path will be. */
  destinationOf(path: string): string {
    for (const { folder, staged } of this.#options.mirrors)
      if (path.startsWith(`${staged}/`)) return folder + path.slice(staged.length);
    throw new Error(`No mirror has ${path}`);
  }

  warnOfReplaced({ name }: WantedDistribution, replaced: readonly string[]): void {
    if (replaced.length === 0) return;
    this.#options.onWarning(
      `\`${name}\` replaces ${replaced.length} files of another package of this change, first: ${replaced[0]}`,
    );
  }

  /** All files go into one folder: what {@link add} would find out is known. */
  *#addPrepared(
    wanted: WantedDistribution,
    prepared: PreparedWheel,
    source: string = `${wanted.wheel.directory}/`,
  ): Pausing<void> {
    const { observe } = this.#options;
    const { wheel } = wanted;
    const inside = this.insideOf(prepared.isPurelib);
    for (const folder of prepared.folders) {
      const path = inside + folder;
      if (this.#made.has(path)) continue;
      observe("make-folder", path);
      mkdirSync(path);
      this.#made.add(path);
    }
    const replaced: string[] = [];
    let count = 0;
    for (const file of prepared.files) {
      if ((count += 1) % STEPS_PER_PAUSE === 0) yield;
      const made = this.#link(source + file, inside + file, wheel);
      if (typeof made === "boolean" ? made : yield* made) replaced.push(this.destinationOf(inside + file));
    }
    this.warnOfReplaced(wanted, replaced);
    this.finish(wanted, prepared);
  }

  /** Gives the beginning of the paths of a wheel's files, where its folder was entered: nothing. */
  #enter({ directory }: UnpackedWheel): string | undefined {
    // The text of a symbolic link is the whole path.
    if (this.#options.entersWheels !== true || this.#options.target.linkMode === "symlink") return undefined;
    try {
      process.chdir(directory);
      return "";
    } catch {
      // What is wrong with it is found by its whole path.
      return undefined;
    }
  }

  readonly #link: MakeLink = (source, path, wheel) => {
    this.#options.observe("link", path);
    return this.#options.linker.link(source, path, wheel);
  };

  #write(
    wanted: WantedDistribution,
    { site, commands, record }: Pick<WheelLayout, "site" | "commands"> & { readonly record: RecordWriter },
  ): void {
    for (const [name, entryPoint] of commands) this.#addCommand(name, entryPoint, record);
    this.#addMetadata(site, wanted, record);
  }

  /** Prepares a file of ours; its folder is made, what another wheel brought to the same place is replaced. */
  write(destination: string, contents: string | Buffer, mode = 0o666): void {
    const path = this.#stagedPath(destination);
    this.#makeFolder(path.slice(0, path.lastIndexOf("/")));
    this.#written.add(path);
    writeNew(path, typeof contents === "string" ? Buffer.from(contents) : contents, mode);
  }

  *#linkFiles(
    files: readonly PlacedFile[],
    wanted: WantedDistribution,
    { record, link }: { readonly record: RecordWriter; readonly link: MakeLink },
  ): Pausing<void> {
    const { wheel } = wanted;
    const replaced: string[] = [];
    let count = 0;
    for (const { entry, destination } of files) {
      if ((count += 1) % STEPS_PER_PAUSE === 0) yield;
      const path = this.#stagedPath(destination);
      this.#makeFolder(path.slice(0, path.lastIndexOf("/")));
      const isOverWritten = this.#written.delete(path);
      if (isOverWritten) rmSync(path);
      const made = link(`${wheel.directory}/${entry.path}`, path, wheel);
      if ((typeof made === "boolean" ? made : yield* made) || isOverWritten) replaced.push(destination);
      record.add(destination, entry.size, entry.sha256Base64Url);
    }
    this.warnOfReplaced(wanted, replaced);
  }

  /** Scripts are made executable, and a copy where their first line changes: the cache keeps what the wheel brought. */
  #addScript({ entry, destination }: PlacedFile, { wheel }: WantedDistribution, record: RecordWriter): void {
    let contents: Buffer;
    try {
      contents = readFileSync(`${wheel.directory}/${entry.path}`);
    } catch (error) {
      throw systemCode(error) === "ENOENT" ? damaged(wheel, error) : error;
    }
    this.#addWritten(destination, rewriteFirstLine(contents, this.#options.target) ?? contents, record);
  }

  #addCommand(name: string, entryPoint: EntryPoint, record: RecordWriter): void {
    const { target } = this.#options;
    if (!isWindowsTarget(target)) {
      const text = launcherText(entryPoint, interpreterLine(target));
      return this.#addWritten(`${target.scheme.scripts}/${name}`, Buffer.from(text), record);
    }
    this.#windowsLaunchers ??= createWindowsLaunchers(target);
    for (const file of this.#windowsLaunchers.files(name, entryPoint)) {
      this.#addWritten(`${target.scheme.scripts}/${file.name}`, file.contents, record);
    }
  }

  #addWritten(destination: string, contents: Buffer, record: RecordWriter): void {
    this.#options.observe("write", destination);
    this.write(destination, contents, 0o777);
    record.addWritten({ destination, contents });
  }

  #addMetadata(site: string, wanted: WantedDistribution, record: RecordWriter): void {
    const { distInfo } = wanted.wheel;
    const own = new Map<string, string>();
    if (this.#options.installerMetadata === "write") {
      own.set("INSTALLER", INSTALLER);
      if (wanted.isRequested) own.set("REQUESTED", "");
      if (wanted.directUrl !== undefined) own.set("direct_url.json", formatDirectUrl(wanted.directUrl));
      if (wanted.folderState !== undefined) own.set("uv_cache.json", wanted.folderState);
    }
    for (const [file, contents] of own) {
      const destination = `${site}/${distInfo}/${file}`;
      this.#options.observe("write", destination);
      this.write(destination, contents);
      record.addWritten({ destination, contents });
    }
    const destination = `${site}/${distInfo}/RECORD`;
    this.#options.observe("write", destination);
    this.write(destination, record.format(distInfo));
  }

  #stagedPath(destination: string): string {
    for (const { folder, staged } of this.#options.mirrors) {
      if (destination.startsWith(folder) && destination[folder.length] === "/") {
        return staged + destination.slice(folder.length);
      }
    }
    throw new Error(`No mirror for ${destination}`);
  }

  #makeFolder(folder: string): void {
    if (this.#made.has(folder)) return;
    this.#makeFolder(folder.slice(0, folder.lastIndexOf("/")));
    this.#options.observe("make-folder", folder);
    try {
      mkdirSync(folder);
    } catch (error) {
      // The second thread makes folders too.
      if (systemCode(error) !== "EEXIST" || !lstatSync(folder).isDirectory()) throw error;
    }
    this.#made.add(folder);
  }
}

function isSpreadOut({ target, mirrors }: StageOptions): boolean {
  const { purelib, platlib } = target.scheme;
  if (target.isFolder === true) return true;
  return [purelib, platlib].some(
    (site) => isSiteGuarded(site, target) || mirrors.some(({ folder }) => folder.startsWith(`${site}/`)),
  );
}

/** A program may have written to a file that its environment shares with the cache: then the wheel is fetched again. */
export function* checkUnchanged(
  wheel: UnpackedWheel,
  files: readonly string[] | undefined,
  folder?: string,
): Pausing<void> {
  const paths = files ?? wheel.manifest.map(({ path }) => path);
  let isKept: boolean;
  try {
    isKept = yield* staysUnchanged(wheel, paths, folder);
  } catch (error) {
    throw systemCode(error) === "ENOENT" ? damaged(wheel, error) : error;
  }
  if (!isKept) throw damaged(wheel, undefined);
}

function writeNew(path: string, contents: Buffer, mode: number): void {
  const descriptor = openNew(path, mode);
  try {
    writeAllSync(descriptor, contents);
  } finally {
    closeSync(descriptor);
  }
}

/** What is there may be a link into the cache: it is replaced, never written to. */
function openNew(path: string, mode: number): number {
  for (;;) {
    try {
      return openSync(path, "wx", mode);
    } catch (error) {
      if (systemCode(error) !== "EEXIST") throw error;
      rmSync(path, { force: true });
    }
  }
}

/** What the INSTALLER file says (PEP 376). */
export const INSTALLER = "pinion";
