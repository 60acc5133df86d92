// The journal of a change: written before anything is touched, it can take every step back, however often it is tried.
// Renaming it is the moment at which the change has happened (docs/transaction.md).

import {
  closeSync,
  constants,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";

import type { Pausing } from "../../base/work/turns.ts";
import { writeAllSync } from "../../base/files/write-all.ts";
import { isRecord, isTextList } from "../../base/values/record.ts";
import { PinionError, systemCode } from "../../errors.ts";
import { checkTakenBack } from "./journal-bounds.ts";
import { decodePlace, encodePlace, isOwnFolder, type JournalPlaces } from "./journal-paths.ts";
import {
  damagedJournal,
  encodeJournal,
  isInside,
  LEADS_OUT,
  mainFolder,
  MALFORMED,
  NEW,
  OLD,
  parseJournal,
  pathsOf,
  written,
  type Journal,
  type Step,
} from "./journal-text.ts";
import { nestingFault } from "../../base/formats/nesting.ts";
import { removeTree } from "../../base/files/remove-tree.ts";
import { CHANGE_FOLDER } from "../reserved-names.ts";

/** Is called with every step before it is taken; throwing stops the change there. For tests, which also kill the process. */
export type StepObserver = (step: string, path: string) => void;

/** The name of the change folders on other file systems: the token ties them to the one that holds the journal. */
export function otherFolderName(token: string): string {
  return `${CHANGE_FOLDER}-${token}`;
}

/** Notes the change folders on other file systems, so that they are found even when the change is stopped early. */
export function noteOtherFolders(places: JournalPlaces): void {
  const [folder = "", ...others] = places.changeFolders;
  const first = others[0];
  if (first === undefined) return;
  const token = basename(first).slice(otherFolderName("").length);
  const folders = others.map((other) => written(encodePlace(dirname(other), places), other));
  writeFileSync(join(folder, OTHERS), JSON.stringify({ token, folders }));
}

/** Writes the journal so that it outlives a power cut: from now on a change that stops is taken back. */
export function beginJournal(places: JournalPlaces, journal: Journal, observe: StepObserver): void {
  const folder = mainFolder(places);
  const path = join(folder, UNDO);
  observe("write-journal", path);
  const descriptor = openSync(`${path}.new`, "wx");
  try {
    const bytes = Buffer.from(JSON.stringify(encodeJournal(journal, places)));
    writeAllSync(descriptor, bytes);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  observe("begin", path);
  renameSync(`${path}.new`, path);
  syncFolder(folder);
}

/** Takes all steps of a journal. */
export function* takeSteps(journal: Journal, observe: StepObserver): Pausing<void> {
  for (const step of journal.steps) {
    yield;
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

/**
 * Takes back every step that was taken, last first. Stopped and begun again, it comes to the same end.
 *
 * @throws environment/damaged-journal where a folder has become a link that leads out of the environment
 */
export function* takeBack(places: JournalPlaces, journal: Journal, observe: StepObserver): Pausing<void> {
  const folder = mainFolder(places);
  for (const step of journal.steps.toReversed()) {
    yield;
    observe(`undo-${step.kind}`, step.path);
    if (!isLeft(step)) continue;
    if (!pathsOf(step).every((path) => isInside(path, places))) throw damagedJournal(folder, LEADS_OUT);
    switch (step.kind) {
      case "set-aside":
        renameSync(step.kept, step.path);
        break;
      case "remove-folder":
        mkdirSync(step.path);
        break;
      case "place":
        renameSync(step.path, step.staged);
        break;
    }
  }
  // Without a journal the change folder is only to be deleted: taking back twice what is half deleted would lose files.
  observe("end-undo", folder);
  rmSync(join(folder, UNDO), { force: true });
}

/** Whether a step was taken, and not taken back yet. */
function isLeft(step: Step): boolean {
  switch (step.kind) {
    case "set-aside":
      return exists(step.kept);
    case "remove-folder":
      return !exists(step.path);
    case "place":
      return !exists(step.staged) && exists(step.path);
  }
}

/** Removes what a change leaves behind: empty folders, and the change folders with the old files. */
export function* cleanUp(
  places: JournalPlaces,
  thinned: readonly string[],
  observe: StepObserver,
): Pausing<void> {
  // What is removed here makes no link.
  const known = new Set<string>();
  for (const path of thinned) {
    yield;
    observe("prune", path);
    if (isInside(path, places, { known })) removeIfEmpty(path);
  }
  for (const folder of places.changeFolders.toReversed()) yield* removeChangeFolder(folder, observe);
}

export type JournalState =
  | { readonly kind: "none" }
  /** Nothing was touched yet: only the change folders are there. */
  | { readonly kind: "prepared"; readonly places: JournalPlaces }
  /** Some steps may have been taken. */
  | { readonly kind: "begun"; readonly places: JournalPlaces; readonly journal: Journal }
  /** The change has happened: only cleaning up is left. */
  | { readonly kind: "done"; readonly places: JournalPlaces; readonly journal: Journal };

/**
 * How far a change came. Nothing that it returns leads out of the environment, whatever the journal holds.
 *
 * @throws environment/damaged-journal
 */
export function* readJournal(
  folder: string,
  environment: Omit<JournalPlaces, "changeFolders">,
): Pausing<JournalState> {
  if (!exists(folder)) return { kind: "none" };
  if (!isOwnFolder(folder)) throw foreignFolder(folder);
  const others = readOtherFolders(folder, environment);
  const places: JournalPlaces = { ...environment, changeFolders: [folder, ...others] };
  const done = readIfThere(join(folder, DONE), folder);
  if (done !== undefined) return { kind: "done", places, journal: yield* parseJournal(done, places) };
  const begun = readIfThere(join(folder, UNDO), folder);
  if (begun !== undefined) {
    yield;
    const journal = yield* parseJournal(begun, places);
    yield* checkTakenBack(places, journal);
    return { kind: "begun", places, journal };
  }
  return { kind: "prepared", places };
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
function* removeChangeFolder(folder: string, observe: StepObserver): Pausing<void> {
  for (const part of [NEW, OLD]) {
    observe("delete", join(folder, part));
    yield* removeTree(join(folder, part));
  }
  observe("delete", folder);
  yield* removeTree(folder);
}

function readOtherFolders(
  folder: string,
  environment: Omit<JournalPlaces, "changeFolders">,
): readonly string[] {
  const text = readIfThere(join(folder, OTHERS), folder);
  if (text === undefined) return [];
  if (nestingFault(text) !== undefined) throw damagedJournal(folder, MALFORMED);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Stopped while it was written: the other folders were not made yet.
    return [];
  }
  const places: JournalPlaces = { ...environment, changeFolders: [folder] };
  if (!isRecord(value) || !isTextList(value["folders"])) throw damagedJournal(folder, MALFORMED);
  const { token, folders } = value;
  if (typeof token !== "string" || !TOKEN.test(token) || folders.length > MAX_OTHER_FOLDERS)
    throw damagedJournal(folder, MALFORMED);
  return folders.map((name) => {
    const parent = decodePlace(name, places);
    const path = `${parent}/${otherFolderName(token)}`;
    if (parent === undefined || !isInside(path, places)) throw damagedJournal(folder, LEADS_OUT);
    if (exists(path) && !isOwnFolder(path)) throw damagedJournal(folder, LEADS_OUT);
    return path;
  });
}

/** A file of the change folder, not through a link, and bounded. */
function readIfThere(path: string, folder: string): string | undefined {
  const status = lstatSync(path, { throwIfNoEntry: false });
  if (status === undefined) return undefined;
  if (!status.isFile() || status.size > MAX_JOURNAL_BYTES) throw damagedJournal(folder, MALFORMED);
  const descriptor = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  try {
    return readFileSync(descriptor, "utf8");
  } finally {
    closeSync(descriptor);
  }
}

/** Nothing in it is followed: the user who put it there could name the user's own files. */
function foreignFolder(folder: string): PinionError {
  const status = lstatSync(folder, { throwIfNoEntry: false });
  if (status?.isDirectory() !== true)
    return damagedJournal(folder, "it is not in a folder but in a link or file");
  const { uid } = status;
  const reason = `it belongs to the user with the number ${uid}`;
  return new PinionError(
    "environment/damaged-journal",
    `The journal of an interrupted change cannot be used, ${reason}: ${folder}`,
    {
      details: { folder, reason, uid },
      hints: [{ kind: "run-as-owner", uid }, { kind: "reinstall-all" }],
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

const OTHERS = "others";
const UNDO = "undo";
const DONE = "done";
const TOKEN = /^[0-9a-f]{16}$/;
/** The folders of an environment's scheme are five. */
const MAX_OTHER_FOLDERS = 10;
/** A line of 250 bytes for each of 500,000 files. */
const MAX_JOURNAL_BYTES = 128 * 1024 ** 2;
const NOT_EMPTY_OR_GONE: ReadonlySet<string> = new Set(["ENOTEMPTY", "EEXIST", "ENOENT", "ENOTDIR", "EBUSY"]);
