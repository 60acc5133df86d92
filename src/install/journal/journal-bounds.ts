// What a journal may have taken back, beyond where its paths lead: no more than a real change can have done. A journal is
// read from a folder that others may have written to (docs/transaction.md, "What a journal may name").

import { readdirSync } from "node:fs";
import { dirname } from "node:path";

import { isOwnFolder } from "../../base/files/folder.ts";
import type { Pausing } from "../../base/work/turns.ts";
import { MAX_UNPACKED_FOLDERS } from "../../base/files/unpack-bounds.ts";
import type { JournalPlaces } from "./journal-paths.ts";
import { damagedJournal, mainFolder, pathsOf, type Journal } from "./journal-text.ts";
import { isOfRepository } from "../reserved-names.ts";

/**
 * Refuses a journal that would move a repository, or make folders that no change can have removed.
 *
 * @throws environment/damaged-journal
 */
export function* checkTakenBack(places: JournalPlaces, journal: Journal): Pausing<void> {
  const folder = mainFolder(places);
  if (yield* makesOtherFolders(journal)) throw damagedJournal(folder, MAKES_FOLDERS);
  // A folder moves with all that is in it.
  if (places.isFolder !== true) return;
  const found = yield* findRepository(journal.steps.flatMap(pathsOf), places);
  if (found !== undefined) throw damagedJournal(folder, found);
}

/** A change removes a folder after those that are in it, and never the one above the first that it removes. */
function* makesOtherFolders({ steps }: Journal): Pausing<boolean> {
  const removals = steps.filter(({ kind }) => kind === "remove-folder");
  if (removals.length > MAX_REMOVED_FOLDERS) return true;
  const back = new Set<string>();
  for (const { path } of removals.toReversed()) {
    yield;
    const above = dirname(path);
    if (back.has(path) || (!back.has(above) && !isOwnFolder(above))) return true;
    back.add(path);
  }
  return false;
}

/** Why one of these paths must not move, each folder below them read once; links are not followed. */
function* findRepository(paths: readonly string[], places: JournalPlaces): Pausing<string | undefined> {
  const seen = new Set<string>();
  for (const path of paths) {
    yield;
    if (!isOwnFolder(path)) continue;
    const waiting = [path];
    for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
      yield;
      if (seen.has(folder)) continue;
      seen.add(folder);
      // Where names differ by case only, a journal has many names for one folder.
      if (seen.size > MAX_MOVED_FOLDERS) return MOVES_FOLDERS;
      for (const entry of readdirSync(folder, { withFileTypes: true })) {
        if (isOfRepository(entry.name, places)) return MOVES_REPOSITORY;
        if (entry.isDirectory()) waiting.push(`${folder}/${entry.name}`);
      }
    }
  }
  return undefined;
}

const MOVES_REPOSITORY = "it would move a Git repository";
const MAKES_FOLDERS = "it would make folders that no change has removed";
const MOVES_FOLDERS = "it would move more folders than a change does";
/** Folders that one change replaces by files: those of one distribution. */
export const MAX_REMOVED_FOLDERS: number = MAX_UNPACKED_FOLDERS;
/** Folders that one change puts into place: those of ten distributions that are as large as they may be. */
const MAX_MOVED_FOLDERS = 10 * MAX_UNPACKED_FOLDERS;
