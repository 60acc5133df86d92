// The journal of a change: written before anything is touched, it can take every step back, however often it is tried.
// Renaming it is the moment at which the change has happened (docs/transaction.md).

import {
  closeSync,
  constants,
  fsyncSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";

import { makeFolders } from "../base/make-folders.ts";
import { writeAllSync } from "../base/write-all.ts";
import { isRecord, isTextList } from "../base/record.ts";
import { PinionError, systemCode } from "../errors.ts";
import {
  baseOf,
  decodeKept,
  decodePlace,
  encodeKept,
  encodePlace,
  isOwnFolder,
  isWithoutLinks,
  type JournalPlaces,
} from "./journal-paths.ts";
import { nestingFault } from "../base/nesting.ts";
import { removeTree } from "./remove-tree.ts";
import { CHANGE_FOLDER, isOfRepository } from "./reserved-names.ts";

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

/**
 * Takes back every step that was taken, last first. Stopped and begun again, it comes to the same end.
 *
 * @throws environment/damaged-journal where a folder has become a link that leads out of the environment
 */
export function takeBack(places: JournalPlaces, journal: Journal, observe: StepObserver): void {
  const folder = mainFolder(places);
  for (const step of journal.steps.toReversed()) {
    observe(`undo-${step.kind}`, step.path);
    if (!pathsOf(step).every((path) => isInside(path, places))) throw damagedJournal(folder, LEADS_OUT);
    switch (step.kind) {
      case "set-aside":
        if (exists(step.kept)) renameSync(step.kept, step.path);
        break;
      case "remove-folder":
        makeFolders(step.path);
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
export function cleanUp(places: JournalPlaces, thinned: readonly string[], observe: StepObserver): void {
  for (const path of thinned) {
    observe("prune", path);
    if (isInside(path, places)) removeIfEmpty(path);
  }
  for (const folder of places.changeFolders.toReversed()) removeChangeFolder(folder, observe);
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
export function readJournal(folder: string, environment: Omit<JournalPlaces, "changeFolders">): JournalState {
  if (!exists(folder)) return { kind: "none" };
  if (!isOwnFolder(folder)) throw foreignFolder(folder);
  const others = readOtherFolders(folder, environment);
  const places: JournalPlaces = { ...environment, changeFolders: [folder, ...others] };
  const done = readIfThere(join(folder, DONE), folder);
  if (done !== undefined) return { kind: "done", places, journal: parseJournal(done, places) };
  const begun = readIfThere(join(folder, UNDO), folder);
  if (begun !== undefined) {
    const journal = parseJournal(begun, places);
    // A folder moves with all that is in it.
    if (journal.steps.flatMap(pathsOf).some((path) => holdsRepository(path, places)))
      throw damagedJournal(folder, MOVES_REPOSITORY);
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
function removeChangeFolder(folder: string, observe: StepObserver): void {
  for (const part of [NEW, OLD]) {
    observe("delete", join(folder, part));
    removeTree(join(folder, part));
  }
  observe("delete", folder);
  removeTree(folder);
}

function readOtherFolders(
  folder: string,
  environment: Omit<JournalPlaces, "changeFolders">,
): readonly string[] {
  const text = readIfThere(join(folder, OTHERS), folder);
  if (text === undefined) return [];
  if (nestingFault(text, "json") !== undefined) throw damagedJournal(folder, MALFORMED);
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
  if (typeof token !== "string" || !TOKEN.test(token)) throw damagedJournal(folder, MALFORMED);
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

function encodeJournal({ steps, thinned }: Journal, places: JournalPlaces): object {
  const place = (path: string): string => written(encodePlace(path, places), path);
  const kept = (path: string): string => written(encodeKept(path, places), path);
  return {
    format: FORMAT,
    steps: steps.map((step) => {
      const path = place(step.path);
      switch (step.kind) {
        case "set-aside":
          return { kind: step.kind, path, kept: kept(step.kept) };
        case "remove-folder":
          return { kind: step.kind, path };
        case "place":
          return { kind: step.kind, path, staged: kept(step.staged) };
      }
    }),
    thinned: thinned.map(place),
  };
}

/** What the planner gives is inside of the environment; anything else is a mistake in it, found before a step is taken. */
function written(encoded: string | undefined, path: string): string {
  if (encoded === undefined) throw new Error(`a change reaches out of its environment: ${path}`);
  return encoded;
}

function parseJournal(text: string, places: JournalPlaces): Journal {
  const folder = mainFolder(places);
  if (nestingFault(text, "json") !== undefined) throw damagedJournal(folder, MALFORMED);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw damagedJournal(folder, MALFORMED, cause);
  }
  if (!isRecord(value) || value["format"] !== FORMAT) throw damagedJournal(folder, MALFORMED);
  const { steps, thinned } = value;
  if (!Array.isArray(steps) || !Array.isArray(thinned)) throw damagedJournal(folder, MALFORMED);
  const journal: Journal = {
    steps: steps.map((step: unknown) => readStep(step, places)),
    thinned: thinned.map((path: unknown) => readPlace(path, places)),
  };
  // A link may have been placed where a folder was: it goes before the files of that folder come back.
  const placed = new Set(journal.steps.flatMap(({ kind, path }) => (kind === "place" ? [path] : [])));
  const isPlaced = (path: string): boolean => placed.has(path);
  const paths = [...journal.steps.flatMap(pathsOf), ...journal.thinned];
  if (!paths.every((path) => isInside(path, places, isPlaced))) throw damagedJournal(folder, LEADS_OUT);
  return journal;
}

function readStep(step: unknown, places: JournalPlaces): Step {
  if (!isRecord(step)) throw damagedJournal(mainFolder(places), MALFORMED);
  const path = readPlace(step["path"], places);
  switch (step["kind"]) {
    case "set-aside":
      return { kind: "set-aside", path, kept: readKept(step["kept"], OLD, places) };
    case "remove-folder":
      return { kind: "remove-folder", path };
    case "place":
      return { kind: "place", path, staged: readKept(step["staged"], NEW, places) };
    default:
      throw damagedJournal(mainFolder(places), MALFORMED);
  }
}

function readPlace(value: unknown, places: JournalPlaces): string {
  const path = typeof value === "string" ? decodePlace(value, places) : undefined;
  if (path === undefined || path === baseOf(path, places))
    throw damagedJournal(mainFolder(places), LEADS_OUT);
  return path;
}

function readKept(value: unknown, part: string, places: JournalPlaces): string {
  const path = typeof value === "string" ? decodeKept(value, part, places) : undefined;
  if (path === undefined) throw damagedJournal(mainFolder(places), LEADS_OUT);
  return path;
}

function pathsOf(step: Step): readonly string[] {
  switch (step.kind) {
    case "set-aside":
      return [step.path, step.kept];
    case "remove-folder":
      return [step.path];
    case "place":
      return [step.path, step.staged];
  }
}

/** Whether a path of a journal is still inside of the environment when links are followed. */
function isInside(path: string, places: JournalPlaces, isMoved?: (folder: string) => boolean): boolean {
  const changeFolder = places.changeFolders.find((folder) => path.startsWith(`${folder}/`));
  const base = changeFolder ?? baseOf(path, places);
  return base !== undefined && isWithoutLinks(path, base, isMoved);
}

/** Whether a folder that a step would move has a repository in it, at any depth; links are not followed. */
function holdsRepository(path: string, places: JournalPlaces): boolean {
  if (places.isFolder !== true) return false;
  if (lstatSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return false;
  return readdirSync(path, { withFileTypes: true }).some(
    (entry) =>
      isOfRepository(entry.name, places) ||
      (entry.isDirectory() && holdsRepository(join(path, entry.name), places)),
  );
}

function mainFolder({ changeFolders: [folder = ""] }: JournalPlaces): string {
  return folder;
}

function damagedJournal(folder: string, reason: string, cause?: unknown): PinionError {
  return new PinionError(
    "environment/damaged-journal",
    `The journal of an interrupted change cannot be used, ${reason}: ${folder}`,
    {
      details: { folder, reason },
      hints: [{ kind: "reinstall-all" }],
      cause,
    },
  );
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

/** What is to come, mirroring the environment. */
export const NEW = "new";
/** What went, numbered. */
export const OLD = "old";
const OTHERS = "others";
const UNDO = "undo";
const DONE = "done";
/** 2: paths are relative to folders of the environment. */
const FORMAT = 2;
const TOKEN = /^[0-9a-f]{16}$/;
const MALFORMED = "it is malformed";
const MOVES_REPOSITORY = "it would move a Git repository";
const LEADS_OUT = "it names a path outside of the environment";
/** A line of 250 bytes for each of 500,000 files. */
const MAX_JOURNAL_BYTES = 128 * 1024 ** 2;
const NOT_EMPTY_OR_GONE: ReadonlySet<string> = new Set(["ENOTEMPTY", "EEXIST", "ENOENT", "ENOTDIR", "EBUSY"]);
