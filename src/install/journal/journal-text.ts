// The text of a journal: its steps with paths relative to the folders of an environment, and none that leads out of them.

import { nestingFault } from "../../base/formats/nesting.ts";
import { isRecord } from "../../base/values/record.ts";
import type { Pausing } from "../../base/work/turns.ts";
import { PinionError } from "../../errors.ts";
import {
  baseOf,
  decodeKept,
  decodePlace,
  encodeKept,
  encodePlace,
  isWithoutLinks,
  type JournalPlaces,
  type LinkRules,
} from "./journal-paths.ts";

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

export function encodeJournal({ steps, thinned }: Journal, places: JournalPlaces): object {
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

/** What the planner gives is inside the environment; anything else is a mistake in it, found before a step is taken. */
export function written(encoded: string | undefined, path: string): string {
  if (encoded === undefined) throw new Error(`a change reaches out of its environment: ${path}`);
  return encoded;
}

export function* parseJournal(text: string, places: JournalPlaces): Pausing<Journal> {
  const folder = mainFolder(places);
  if (nestingFault(text) !== undefined) throw damagedJournal(folder, MALFORMED);
  yield;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw damagedJournal(folder, MALFORMED, cause);
  }
  if (!isRecord(value) || value["format"] !== FORMAT) throw damagedJournal(folder, MALFORMED);
  if (!Array.isArray(value["steps"]) || !Array.isArray(value["thinned"]))
    throw damagedJournal(folder, MALFORMED);
  const steps: Step[] = [];
  for (const step of value["steps"] as readonly unknown[]) {
    yield;
    steps.push(readStep(step, places));
  }
  const thinned: string[] = [];
  for (const path of value["thinned"] as readonly unknown[]) {
    yield;
    thinned.push(readPlace(path, places));
  }
  // A link may have been placed where a folder was: it goes before the files of that folder come back.
  const placed = new Set(steps.flatMap(({ kind, path }) => (kind === "place" ? [path] : [])));
  const rules = { isMoved: (path: string): boolean => placed.has(path), known: new Set<string>() };
  for (const path of pathsIn({ steps, thinned })) {
    yield;
    if (!isInside(path, places, rules)) throw damagedJournal(folder, LEADS_OUT);
  }
  return { steps, thinned };
}

function* pathsIn({ steps, thinned }: Journal): Iterable<string> {
  for (const step of steps) yield* pathsOf(step);
  yield* thinned;
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

export function pathsOf(step: Step): readonly string[] {
  switch (step.kind) {
    case "set-aside":
      return [step.path, step.kept];
    case "remove-folder":
      return [step.path];
    case "place":
      return [step.path, step.staged];
  }
}

/** Whether a path of a journal is still inside the environment when links are followed. */
export function isInside(path: string, places: JournalPlaces, rules: LinkRules = {}): boolean {
  const changeFolder = places.changeFolders.find((folder) => path.startsWith(`${folder}/`));
  const base = changeFolder ?? baseOf(path, places);
  return base !== undefined && isWithoutLinks(path, base, rules);
}

export function mainFolder({ changeFolders: [folder = ""] }: JournalPlaces): string {
  return folder;
}

export function damagedJournal(folder: string, reason: string, cause?: unknown): PinionError {
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

/** What is to come, mirroring the environment. */
export const NEW = "new";
/** What went, numbered. */
export const OLD = "old";
/** 2: paths are relative to folders of the environment. */
const FORMAT = 2;
export const MALFORMED = "it is malformed";
export const LEADS_OUT = "it names a path outside of the environment";
