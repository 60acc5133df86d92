// The files that an installation into an empty folder would write, without writing them: for archives, images and memory.
// The rules are those of `stage.ts`: what a wheel brings, launchers, scripts, RECORD and the installer's own metadata.

import { hash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { readFileSync } from "node:fs";

import { STEPS_PER_PAUSE, type Pausing } from "../base/work/turns.ts";
import { FirstFew } from "../base/text/first-few.ts";
import { PinionError, systemCode } from "../errors.ts";
import { formatDirectUrl } from "../pep/files/direct-url.ts";
import type { ManifestEntry } from "../store/manifest.ts";
import { staysUnchanged } from "../store/cache/verify.ts";
import type { UnpackedWheel } from "../store/unpacked-wheels.ts";
import { damaged } from "./linking/linker.ts";
import type { WantedDistribution } from "./plan.ts";
import { RecordWriter } from "./wheels/record.ts";
import { interpreterLine, launcherText, rewriteFirstLine } from "./wheels/scripts.ts";
import { INSTALLER } from "./stage.ts";
import { isWindowsTarget, type InstallTarget } from "./installation.ts";
import { layOutWheel } from "./wheels/wheel-layout.ts";
import { createWindowsLaunchers, type WindowsLaunchers } from "./wheels/windows-launchers.ts";

/** One file, whose contents are read when they are needed. */
export interface GatheredFile {
  /** Below the target's root, with `/`. */
  readonly path: string;
  readonly isExecutable: boolean;
  /** Bytes. */
  readonly size: number;
  /** Absent where the file is written by the installation itself. */
  readonly origin?: GatheredOrigin | undefined;
  /** Reads the contents, and checks them against the wheel's RECORD. @throws cache/damaged */
  read(): Promise<Uint8Array>;
}

/** The wheel that brings a file as it is. */
export interface GatheredOrigin {
  readonly wheel: UnpackedWheel;
  /** In the wheel. */
  readonly path: string;
}

export interface Gathered {
  /** Sorted by path (by code unit). */
  readonly files: readonly GatheredFile[];
  readonly warnings: readonly string[];
}

/**
 * Collects the files of wheels.
 *
 * @param isRead whether files of a wheel will be read from the cache, and so have to be what they were
 * @throws wheel/invalid, cache/damaged, environment/conflict
 */
export function* gatherFiles(
  wheels: readonly WantedDistribution[],
  target: InstallTarget,
  isRead: (wheel: WantedDistribution) => boolean = () => true,
): Pausing<Gathered> {
  const gathering = new Gathering(target);
  for (const wheel of wheels) {
    yield;
    if (isRead(wheel)) yield* checkUnchanged(wheel.wheel);
    yield* gathering.add(wheel);
  }
  yield;
  return gathering.finish();
}

class Gathering {
  readonly #target: InstallTarget;
  readonly #files = new Map<string, GatheredFile>();
  readonly #warnings: string[] = [];
  readonly #sharedFiles = new FirstFew((count) => `Two packages bring the same file ${count} more times`);
  #launchers: WindowsLaunchers | undefined;

  constructor(target: InstallTarget) {
    this.#target = target;
  }

  *add({ name, wheel, isRequested, directUrl }: WantedDistribution): Pausing<void> {
    const { site, files, scripts, commands, warnings } = layOutWheel(wheel, name, this.#target);
    for (const warning of warnings) this.#warnings.push(warning);
    const record = new RecordWriter(site);
    for (const [index, { entry, destination }] of files.entries()) {
      if (index % STEPS_PER_PAUSE === 0) yield;
      this.#place(destination, {
        isExecutable: entry.isExecutable,
        size: entry.size,
        origin: { wheel, path: entry.path },
        read: () => readMember(wheel, entry),
      });
      record.add(destination, entry.size, entry.sha256Base64Url);
    }
    const write = (destination: string, contents: string | Buffer, isExecutable: boolean): void => {
      this.#write(destination, contents, isExecutable ? "executable" : "plain");
      record.addWritten({ destination, contents });
    };
    for (const { entry, destination } of scripts) {
      yield;
      const contents = readScript(wheel, entry);
      write(destination, rewriteFirstLine(contents, this.#target) ?? contents, true);
    }
    for (const [command, entryPoint] of commands) {
      if (isWindowsTarget(this.#target)) {
        this.#launchers ??= createWindowsLaunchers(this.#target);
        for (const file of this.#launchers.files(command, entryPoint))
          write(`${this.#target.scheme.scripts}/${file.name}`, file.contents, true);
      } else {
        const text = launcherText(entryPoint, interpreterLine(this.#target));
        write(`${this.#target.scheme.scripts}/${command}`, text, true);
      }
    }
    const metadata = `${site}/${wheel.distInfo}`;
    write(`${metadata}/INSTALLER`, INSTALLER, false);
    if (isRequested) write(`${metadata}/REQUESTED`, "", false);
    if (directUrl !== undefined) write(`${metadata}/direct_url.json`, formatDirectUrl(directUrl), false);
    this.#write(`${metadata}/RECORD`, record.format(wheel.distInfo), "plain");
  }

  finish(): Gathered {
    for (const path of this.#files.keys()) {
      for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) {
        if (this.#files.has(path.slice(0, end))) throw conflict(path.slice(0, end));
      }
    }
    const files = [...this.#files.values()].toSorted((one, other) => (one.path < other.path ? -1 : 1));
    return { files, warnings: [...this.#warnings, ...this.#sharedFiles] };
  }

  #write(destination: string, contents: string | Buffer, kind: "plain" | "executable"): void {
    const bytes = typeof contents === "string" ? Buffer.from(contents) : contents;
    const read = (): Promise<Uint8Array> => Promise.resolve(bytes);
    this.#place(destination, { isExecutable: kind === "executable", size: bytes.length, read });
  }

  /** The last writer wins, as where files are installed. */
  #place(destination: string, file: Omit<GatheredFile, "path">): void {
    const path = destination.slice(this.#target.root.length + 1);
    if (this.#files.has(path)) this.#sharedFiles.add(() => `Two packages bring the same file: \`${path}\``);
    this.#files.set(path, { path, ...file });
  }
}

/** A program may have written to a file that its environment shares with the cache. */
function* checkUnchanged(wheel: UnpackedWheel): Pausing<void> {
  const paths = wheel.manifest.map(({ path }) => path);
  try {
    if (yield* staysUnchanged(wheel, paths)) return;
  } catch (error) {
    throw systemCode(error) === "ENOENT" ? damaged(wheel, error) : error;
  }
  throw damaged(wheel, undefined);
}

/** Small files are read at once: four trips to a thread take ten times as long as the file. */
async function readMember(wheel: UnpackedWheel, entry: ManifestEntry): Promise<Uint8Array> {
  const path = `${wheel.directory}/${entry.path}`;
  let bytes: Buffer;
  try {
    bytes = entry.size <= MAX_BYTES_AT_ONCE ? readFileSync(path) : await readFile(path);
  } catch (error) {
    throw systemCode(error) === "ENOENT" ? damaged(wheel, error) : error;
  }
  if (hash("sha256", bytes, "base64url") !== entry.sha256Base64Url) throw damaged(wheel, undefined);
  return bytes;
}

function readScript(wheel: UnpackedWheel, entry: ManifestEntry): Buffer {
  try {
    return readFileSync(`${wheel.directory}/${entry.path}`);
  } catch (error) {
    throw systemCode(error) === "ENOENT" ? damaged(wheel, error) : error;
  }
}

function conflict(path: string): PinionError {
  const reason = "a folder is where a file has to be";
  return new PinionError("environment/conflict", `The files cannot be prepared, ${reason}: ${path}`, {
    details: { path, reason },
  });
}

/** A few milliseconds of a disk. */
const MAX_BYTES_AT_ONCE = 1024 ** 2;
