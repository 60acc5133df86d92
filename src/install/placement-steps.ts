// The steps from the prepared tree into the environment: whole folders where there is none yet, file by file where there
// is one. Only looks; the journal is written from what it finds.

import { readdirSync, type Dirent } from "node:fs";

import { madeOnce } from "../base/work/once.ts";
import type { Pausing } from "../base/work/turns.ts";
import { PinionError } from "../errors.ts";
import { bytecodeByModule } from "./wheels/bytecode-names.ts";
import { MAX_REMOVED_FOLDERS } from "./journal/journal-bounds.ts";
import type { Step } from "./journal/journal-text.ts";
import type { Mirror } from "./mirrors.ts";

export interface Placement {
  readonly steps: readonly Step[];
  /** Folders that lose files, deepest first. */
  readonly thinned: readonly string[];
}

export interface PlacementInput {
  readonly mirrors: readonly Mirror[];
  /** Absolute paths of the files that go. */
  readonly removed: readonly string[];
  /** Folders that stay even when they are empty. */
  readonly lasting: ReadonlySet<string>;
  /** Where an old file is kept until the change has happened. */
  readonly keep: (path: string) => string;
}

/**
 * Works out every step of a change.
 *
 * @throws environment/conflict where a file would have to replace a folder of another distribution, or a folder a file or link
 */
export function* planPlacement(input: PlacementInput): Pausing<Placement> {
  const planner = new Planner(input);
  for (const path of input.removed) {
    yield;
    planner.setAside(path);
  }
  for (const { folder, staged } of input.mirrors) yield* planner.merge(staged, folder);
  return planner.finish();
}

class Planner {
  readonly #input: PlacementInput;
  readonly #removed = new Set<string>();
  readonly #thinned = new Set<string>();
  readonly #setAside: Step[] = [];
  readonly #steps: Step[] = [];
  /** By the `__pycache__` folder. Each is read once: nothing changes while a change is planned. */
  readonly #bytecode = new Map<string, ReturnType<typeof bytecodeByModule>>();

  #removedFolders = 0;

  constructor(input: PlacementInput) {
    this.#input = input;
  }

  setAside(path: string): void {
    if (this.#removed.has(path)) return;
    this.#removed.add(path);
    this.#thin(parentOf(path));
    this.#setAside.push({ kind: "set-aside", path, kept: this.#input.keep(path) });
  }

  /** Brings the children of a prepared folder into a folder that exists. */
  *merge(staged: string, folder: string): Pausing<void> {
    const present = new Map(readdirSync(folder, { withFileTypes: true }).map((entry) => [entry.name, entry]));
    for (const entry of readdirSync(staged, { withFileTypes: true })) {
      yield;
      const from = `${staged}/${entry.name}`;
      const path = `${folder}/${entry.name}`;
      const there = present.get(entry.name);
      if (there === undefined || this.#removed.has(path)) this.#place(from, path);
      else if (entry.isDirectory() && there.isDirectory()) yield* this.merge(from, path);
      else if (entry.isDirectory()) throw conflict(path, "a file or link is where a folder has to be");
      else if (there.isDirectory()) yield* this.#replaceFolder(from, path);
      else this.#replaceFile(from, path, present);
    }
  }

  finish(): Placement {
    return {
      steps: [...this.#setAside, ...this.#steps],
      thinned: [...this.#thinned].sort((a, b) => b.length - a.length),
    };
  }

  /** A folder that loses its last file goes, and so may the one above it. */
  #thin(folder: string): void {
    if (folder === "" || this.#thinned.has(folder) || this.#input.lasting.has(folder)) return;
    this.#thinned.add(folder);
    this.#thin(parentOf(folder));
  }

  #place(staged: string, path: string): void {
    this.#steps.push({ kind: "place", staged, path });
  }

  /** The last writer wins, as in pip and uv; bytecode of the old file must not be taken for that of the new one. */
  #replaceFile(staged: string, path: string, present: ReadonlyMap<string, Dirent>): void {
    this.setAside(path);
    if (present.get(CACHE_FOLDER)?.isDirectory() === true) {
      const cacheFolder = `${parentOf(path)}/${CACHE_FOLDER}`;
      const byModule = this.#bytecodeIn(cacheFolder);
      for (const name of byModule.get(path.slice(path.lastIndexOf("/") + 1)) ?? []) {
        this.setAside(`${cacheFolder}/${name}`);
      }
    }
    this.#place(staged, path);
  }

  #bytecodeIn(cacheFolder: string): ReturnType<typeof bytecodeByModule> {
    return madeOnce(this.#bytecode, cacheFolder, () => bytecodeByModule(readdirSync(cacheFolder)));
  }

  /** A folder gives way to a file only when everything in it goes anyway. */
  *#replaceFolder(staged: string, path: string): Pausing<void> {
    const emptied: string[] = [];
    if (!(yield* this.#isEmptied(path, emptied))) throw conflict(path, "a folder is where a file has to be");
    this.#removedFolders += emptied.length;
    if (this.#removedFolders > MAX_REMOVED_FOLDERS)
      throw conflict(path, `more than ${MAX_REMOVED_FOLDERS} folders are where files have to be`);
    for (const folder of emptied) this.#steps.push({ kind: "remove-folder", path: folder });
    this.#place(staged, path);
  }

  *#isEmptied(folder: string, emptied: string[]): Pausing<boolean> {
    yield;
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = `${folder}/${entry.name}`;
      const isGone = entry.isDirectory() ? yield* this.#isEmptied(path, emptied) : this.#removed.has(path);
      if (!isGone) return false;
    }
    emptied.push(folder);
    return true;
  }
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}

function conflict(path: string, reason: string): PinionError {
  return new PinionError("environment/conflict", `The change cannot be made, ${reason}: ${path}`, {
    details: { path, reason },
    hints: ["Move it away, or uninstall the package that it belongs to"],
  });
}

const CACHE_FOLDER = "__pycache__";
