// The journal of a change: written before anything is touched, it can take every step back, however often it is tried.
// Renaming it is the moment at which the change has happened (docs/transaction.md).

import {
  closeSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { basename, join } from "node:path";

import { PinionError, systemCode } from "../errors.ts";
import { removeTree } from "./remove-tree.ts";

/** One step of a change; each can be taken back without knowing whether it was done. */
export type Step =
  /** An old file moves into the change folder. */
  | { readonly kind: "set-aside"; readonly path: string; readonly kept: string }
  /** A folder whose files were all set aside goes. */
  | { readonly kind: "remove-folder"; readonly path: string }
  /** A file or a whole folder comes from the change folder to where nothing is. */
  | { readonly kind: "place"; readonly staged: string; readonly path: string };

export interface Journal {
  readonly steps: readonly Step[];
  /** Folders that lost files, deepest first: those that are empty go once the change has happened. */
  readonly thinned: readonly string[];
}

/** Is told of every step before it is taken; throwing stops the change there. For tests, which also kill the process. */
export type StepObserver = (step: string, path: string) => void;

/** Notes the change folders on other file systems, so that they are found even when the change is stopped early. */
export function noteOtherFolders(folder: string, others: readonly string[]): void {
  if (others.length > 0) writeFileSync(join(folder, OTHERS), JSON.stringify(others));
}

/** Writes the journal so that it outlives a power cut: from now on a change that stops is taken back. */
export function beginJournal(folder: string, journal: Journal, observe: StepObserver): void {
  const path = join(folder, UNDO);
  observe("write-journal", path);
  const descriptor = openSync(`${path}.new`, "wx");
  try {
    const bytes = Buffer.from(JSON.stringify({ format: FORMAT, ...journal }));
    for (let position = 0; position < bytes.length;) position += writeSync(descriptor, bytes, position);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  observe("begin", path);
  renameSync(`${path}.new`, path);
  syncFolder(folder);
}

/** Takes all steps of a journal. */
export function takeSteps(journal: Journal, observe: StepObserver): void {
  for (const step of journal.steps) {
    observe(step.kind, step.path);
    switch (step.kind) {
      case "set-aside":
        renameSync(step.path, step.kept);
        break;
      case "remove-folder":
        rmdirSync(step.path);
        break;
      case "place":
        renameSync(step.staged, step.path);
        break;
    }
  }
}

/** The one moment at which the change has happened. */
export function commitJournal(folder: string, journal: Journal, observe: StepObserver): void {
  observe("commit", join(folder, DONE));
  renameSync(join(folder, UNDO), join(folder, DONE));
  // The old files are deleted next: that must not reach the disk before the commit does.
  if (journal.steps.some((step) => step.kind === "set-aside")) syncFolder(folder);
}

/** Takes back every step that was taken, last first. Stopped and begun again, it comes to the same end. */
export function takeBack(folder: string, journal: Journal, observe: StepObserver): void {
  for (const step of journal.steps.toReversed()) {
    observe(`undo-${step.kind}`, step.path);
    switch (step.kind) {
      case "set-aside":
        if (exists(step.kept)) renameSync(step.kept, step.path);
        break;
      case "remove-folder":
        mkdirSync(step.path, { recursive: true });
        break;
      case "place":
        if (!exists(step.staged) && exists(step.path)) renameSync(step.path, step.staged);
        break;
    }
  }
  // Without a journal the change folder is only to be deleted: taking back twice what is half deleted would lose files.
  observe("end-undo", folder);
  rmSync(join(folder, UNDO), { force: true });
}

/** Removes what a change leaves behind: empty folders, and the change folders with the old files. */
export function cleanUp(folder: string, thinned: readonly string[], observe: StepObserver): void {
  for (const path of thinned) {
    observe("prune", path);
    removeIfEmpty(path);
  }
  for (const other of readOtherFolders(folder)) removeChangeFolder(other, observe);
  removeChangeFolder(folder, observe);
}

export type JournalState =
  | { readonly kind: "none" }
  /** Nothing was touched yet: only the change folder is there. */
  | { readonly kind: "prepared" }
  /** Some steps may have been taken. */
  | { readonly kind: "begun"; readonly journal: Journal }
  /** The change has happened: only cleaning up is left. */
  | { readonly kind: "done"; readonly journal: Journal };

/** How far a change came. @throws environment/damaged-journal */
export function readJournal(folder: string): JournalState {
  if (!exists(folder)) return { kind: "none" };
  const done = readIfThere(join(folder, DONE));
  if (done !== undefined) return { kind: "done", journal: parseJournal(done, folder) };
  const begun = readIfThere(join(folder, UNDO));
  if (begun !== undefined) return { kind: "begun", journal: parseJournal(begun, folder) };
  return { kind: "prepared" };
}

/** Tells whether there is anything at a path, a dangling link too. */
export function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function removeIfEmpty(path: string): void {
  try {
    rmdirSync(path);
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined || !NOT_EMPTY_OR_GONE.has(code)) throw error;
  }
}

/** The journal goes last: until then cleaning up can be begun again. */
function removeChangeFolder(folder: string, observe: StepObserver): void {
  for (const part of [NEW, OLD]) {
    observe("delete", join(folder, part));
    removeTree(join(folder, part));
  }
  observe("delete", folder);
  removeTree(folder);
}

function readOtherFolders(folder: string): readonly string[] {
  const text = readIfThere(join(folder, OTHERS));
  if (text === undefined) return [];
  try {
    const others: unknown = JSON.parse(text);
    return isTextArray(others) ? others.filter((other) => basename(other) === basename(folder)) : [];
  } catch {
    // Stopped while it was written: the other folders were not made yet.
    return [];
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

function parseJournal(text: string, folder: string): Journal {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw damagedJournal(folder, cause);
  }
  if (!isJournal(value)) throw damagedJournal(folder);
  return value;
}

function isJournal(value: unknown): value is Journal {
  return (
    isRecord(value) &&
    value["format"] === FORMAT &&
    Array.isArray(value["steps"]) &&
    value["steps"].every(isStep) &&
    isTextArray(value["thinned"])
  );
}

function isStep(value: unknown): value is Step {
  if (!isRecord(value) || typeof value["path"] !== "string") return false;
  const { kind, kept, staged } = value;
  if (kind === "set-aside") return typeof kept === "string";
  return kind === "place" ? typeof staged === "string" : kind === "remove-folder";
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function isTextArray(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function damagedJournal(folder: string, cause?: unknown): PinionError {
  return new PinionError(
    "environment/damaged-journal",
    `The journal of an interrupted change cannot be read: \`${folder}\``,
    {
      details: { folder },
      hints: [
        "Recreate the environment, or remove this folder and install everything anew with `--reinstall`",
      ],
      cause,
    },
  );
}

/** Makes renames inside a folder durable; Windows has no way to do so, and some network file systems neither. */
function syncFolder(folder: string): void {
  if (process.platform === "win32") return;
  const descriptor = openSync(folder, "r");
  try {
    fsyncSync(descriptor);
  } catch (error) {
    if (systemCode(error) !== "EINVAL" && systemCode(error) !== "ENOTSUP") throw error;
  } finally {
    closeSync(descriptor);
  }
}

/** What is to come, mirroring the environment. */
export const NEW = "new";
/** What went, numbered. */
export const OLD = "old";
const OTHERS = "others";
const UNDO = "undo";
const DONE = "done";
const FORMAT = 1;
const NOT_EMPTY_OR_GONE: ReadonlySet<string> = new Set(["ENOTEMPTY", "EEXIST", "ENOENT", "ENOTDIR", "EBUSY"]);
