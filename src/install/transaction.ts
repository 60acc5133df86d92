// A change of an environment, which happens as a whole or not at all: prepared beside it, made by renames that a journal
// can take back, and finished or taken back by the next command when it was killed (docs/transaction.md).

import { existsSync, readdirSync, rmdirSync } from "node:fs";
import { basename, join } from "node:path";

import { throwIfCancelled } from "../base/work/cancelled.ts";
import { atOnce, inTurns, Turns, type Pausing } from "../base/work/turns.ts";
import { isPinionError, systemCode } from "../errors.ts";
import { normalizeName } from "../pep/name.ts";
import type { Scheme } from "../python/interpreters/scheme.ts";
import { unwritable } from "./unwritable.ts";
import type { Lock, LockHolder } from "../base/files/lock.ts";
import {
  beginJournal,
  cleanUp,
  commitJournal,
  exists,
  readJournal,
  takeBack,
  takeSteps,
  type StepObserver,
} from "./journal/journal.ts";
import type { JournalPlaces } from "./journal/journal-paths.ts";
import type { Journal } from "./journal/journal-text.ts";
import { withEnvironmentFacts } from "./environment-facts.ts";
import { CHANGE_FOLDER } from "./reserved-names.ts";
import { lockState, stateFolders, type EnvironmentPlace } from "./journal/state-folder.ts";
import { createLinker, type LinkFallback } from "./linking/linker.ts";
import { startLinkThread, type LinkThread } from "./linking/link-thread.ts";
import {
  createMirrors,
  isUsed,
  keeper,
  lastingFolders,
  realFolder,
  slashed,
  withRealFolders,
  type Mirror,
} from "./mirrors.ts";
import { planPlacement } from "./placement-steps.ts";
import type { WantedDistribution } from "./plan.ts";
import { stageByTwo } from "./linking/stage-by-two.ts";
import { Stage } from "./stage.ts";
import type { InstallTarget } from "./installation.ts";
import type { Removal } from "./file-list.ts";
import { listFiles, listMetadata, type Removable } from "./uninstall.ts";

/** What happens meanwhile, for progress and warnings. */
export type ChangeEvent =
  | { readonly kind: "waiting"; readonly holder: LockHolder | undefined }
  | { readonly kind: "recovered"; readonly outcome: Recovery }
  | { readonly kind: "staged"; readonly name: string }
  | { readonly kind: "link-fallback"; readonly fallback: LinkFallback }
  | { readonly kind: "warning"; readonly message: string };

export interface ChangeOptions {
  readonly signal?: AbortSignal | undefined;
  /** From {@link lockEnvironment}, where the caller already holds it; otherwise it is taken only for the change. */
  readonly lock?: EnvironmentLock | undefined;
  readonly lockTimeoutMs?: number | undefined;
  /** `omit` leaves out INSTALLER, REQUESTED and direct_url.json. */
  readonly installerMetadata?: "write" | "omit" | undefined;
  readonly onEvent?: ((event: ChangeEvent) => void) | undefined;
  /** The compiled second thread for linking; without it everything stays on one. */
  readonly linkWorker?: string | undefined;
  /** For tests: from how many links on it helps. */
  readonly linksForTwo?: number | undefined;
  /** For tests: called before every step, and may throw. */
  readonly onStep?: StepObserver | undefined;
}

/** Of a process that does nothing else meanwhile. */
export interface OwnProcessOptions extends ChangeOptions {
  /** Whether the working folder may be another until the change has been prepared. */
  readonly ownsProcess?: boolean | undefined;
}

export interface Changes {
  readonly install: readonly WantedDistribution[];
  readonly remove: readonly Removable[];
}

export interface Applied {
  readonly installed: readonly WantedDistribution[];
  readonly removed: readonly Removable[];
}

/** How an interrupted change ended. */
export type Recovery = "finished" | "taken-back";

export interface EnvironmentLock {
  readonly root: string;
  /** The folder of the lock, in which the change is prepared too: the top folder, or site-packages. */
  readonly folder: string;
  release(): void;
}

/**
 * Takes the lock of an environment and recovers it: hold it from looking at what is installed to the end of the change.
 *
 * @throws environment/locked, environment/unwritable, environment/damaged-journal, net/cancelled
 */
export async function lockEnvironment(
  place: EnvironmentPlace,
  options: Pick<ChangeOptions, "signal" | "lockTimeoutMs" | "onEvent" | "onStep"> = {},
): Promise<EnvironmentLock> {
  const { root } = place;
  const isNew = !existsSync(root);
  const { lock, folder } = await explained(root, () =>
    lockState(place, {
      timeoutMs: options.lockTimeoutMs,
      signal: options.signal,
      onWait: (holder) => options.onEvent?.({ kind: "waiting", holder }),
    }),
  );
  try {
    const outcome = await inTurns(recovery(place, options.onStep), new Turns(options.signal));
    if (outcome !== undefined) options.onEvent?.({ kind: "recovered", outcome });
  } catch (error) {
    lock.release();
    throw error;
  }
  return { root, folder, release: () => releaseLock(lock, root, isNew) };
}

/**
 * Installs and removes distributions: all of it or nothing. Cancelling stops the preparation; once the renames have
 * begun they run to their end, which takes milliseconds.
 *
 * @throws wheel/invalid, cache/damaged, environment/conflict, environment/no-record, environment/unwritable,
 * environment/locked, net/cancelled; the environment is then as it was
 *
 * @example
 * await applyChanges({ install: [{ name: "flask", version, wheel, isRequested: true }], remove: [] }, target, { signal });
 */
export async function applyChanges(
  changes: Changes,
  target: InstallTarget,
  options: OwnProcessOptions = {},
): Promise<Applied> {
  const lock = options.lock ?? (await lockEnvironment(target, options));
  try {
    const realTarget = withEnvironmentFacts(withRealFolders(target));
    // Without the caller's lock another process may have installed the same names since the plan was made.
    const all = options.lock === undefined ? withNamesakes(changes, realTarget.scheme) : changes;
    return await explained(target.root, () => change(all, realTarget, { ...options, lock }));
  } finally {
    if (options.lock === undefined) lock.release();
  }
}

/**
 * Finishes or takes back a change that was interrupted; call it with the lock held, before anything else;
 * {@link lockEnvironment} does so.
 *
 * @returns undefined where nothing was interrupted
 * @throws environment/damaged-journal, environment/unwritable
 */
export function recoverEnvironment(place: EnvironmentPlace, onStep?: StepObserver): Recovery | undefined {
  return atOnce(recovery(place, onStep));
}

/** May be given up after any step: the next one goes on. */
function* recovery(place: EnvironmentPlace, onStep: StepObserver = () => {}): Pausing<Recovery | undefined> {
  let outcome: Recovery | undefined;
  for (const state of stateFolders(place)) {
    if (!exists(join(state, CHANGE_FOLDER))) continue;
    try {
      const { root, scheme, isFolder } = withRealFolders(place);
      const folder = `${realFolder(state)}/${CHANGE_FOLDER}`;
      outcome = (yield* recoverFolder(folder, { root, scheme, isFolder }, onStep)) ?? outcome;
    } catch (error) {
      throw unwritable(place.root, error);
    }
  }
  return outcome;
}

function* recoverFolder(
  folder: string,
  place: EnvironmentPlace,
  onStep: StepObserver,
): Pausing<Recovery | undefined> {
  const state = yield* readJournal(folder, place);
  if (state.kind === "none") return undefined;
  if (state.kind === "begun") yield* takeBack(state.places, state.journal, onStep);
  yield* cleanUp(state.places, state.kind === "done" ? state.journal.thinned : [], onStep);
  return state.kind === "done" ? "finished" : "taken-back";
}

interface LockedOptions extends OwnProcessOptions {
  readonly lock: EnvironmentLock;
}

async function change(changes: Changes, target: InstallTarget, options: LockedOptions): Promise<Applied> {
  const observe = options.onStep ?? (() => {});
  const folder = `${realFolder(options.lock.folder)}/${CHANGE_FOLDER}`;
  const applied: Applied = { installed: changes.install, removed: changes.remove };
  const removals = await listRemovals(changes, target, options);
  if (changes.install.length === 0 && removals.every(({ files }) => files.length === 0)) return applied;
  let journal: Journal;
  let places: JournalPlaces;
  try {
    const prepared = createMirrors(target, folder);
    const { mirrors } = prepared;
    places = prepared.places;
    const stage = await stageAll(changes, { target, mirrors, options });
    for (const { path, contents } of removals.flatMap(({ edits }) => edits))
      stage.write(slashed(path), contents);
    const placement = planPlacement({
      mirrors: mirrors.filter(isUsed),
      removed: removals.flatMap(({ files }) => files.map(slashed)),
      lasting: lastingFolders(target),
      keep: keeper(mirrors),
    });
    journal = await inTurns(placement, new Turns(options.signal, CANCELLED));
    throwIfCancelled(options.signal, CANCELLED);
    beginJournal(places, journal, observe);
    await inTurns(takeSteps(journal, observe), new Turns(undefined));
    commitJournal(folder, journal, observe);
  } catch (error) {
    // What the disk refuses now may be possible at the next command: the journal stays until then.
    const outcome = await inTurns(recovery(target, observe), new Turns(undefined));
    if (outcome === "finished") return applied;
    throw error;
  }
  await cleanUpOrWarn(places, journal, { observe, options });
  return applied;
}

/** Adds what is installed under the names that are to come: two versions of one project must not stay side by side. */
function withNamesakes(changes: Changes, { purelib, platlib }: Scheme): Changes {
  const names = new Set(changes.install.map(({ name }) => name));
  const known = new Set(changes.remove.map(({ directory }) => basename(directory)));
  const namesakes: Removable[] = [];
  for (const folder of new Set([purelib, platlib])) {
    for (const entry of existsSync(folder) ? readdirSync(folder) : []) {
      const name = DIST_INFO_NAME.exec(entry)?.[1];
      if (name === undefined || known.has(entry) || !names.has(normalizeName(name))) continue;
      namesakes.push({ name: normalizeName(name), kind: "dist-info", directory: `${folder}/${entry}` });
    }
  }
  return namesakes.length === 0 ? changes : { ...changes, remove: [...changes.remove, ...namesakes] };
}

interface Staging {
  readonly target: InstallTarget;
  readonly mirrors: readonly Mirror[];
  readonly options: OwnProcessOptions;
}

async function stageAll(changes: Changes, { target, mirrors, options }: Staging): Promise<Stage> {
  const onWarning = (message: string): void => options.onEvent?.({ kind: "warning", message });
  const observe = options.onStep ?? (() => {});
  const linker = createLinker(target.linkMode, (fallback) =>
    options.onEvent?.({ kind: "link-fallback", fallback }),
  );
  const folder = options.ownsProcess === true ? folderToReturnTo() : undefined;
  const stage = new Stage({
    target,
    mirrors,
    linker,
    observe,
    installerMetadata: options.installerMetadata ?? "write",
    onWarning,
    entersWheels: folder !== undefined,
  });
  const turns = new Turns(options.signal, CANCELLED);
  const onStaged = ({ name }: WantedDistribution): void => options.onEvent?.({ kind: "staged", name });
  const thread = stage.isSpreadOut ? undefined : secondThread(changes, options);
  if (thread !== undefined) {
    try {
      await stageByTwo(changes.install, { stage, linker, thread, turns, onStaged });
    } finally {
      await thread.close();
    }
    return stage;
  }
  try {
    for (const wanted of changes.install) {
      await inTurns(stage.add(wanted), turns);
      onStaged(wanted);
      if (turns.isDue) await turns.give();
    }
  } finally {
    if (folder !== undefined) process.chdir(folder);
  }
  return stage;
}

/** The working folder; undefined where it cannot be entered again. */
function folderToReturnTo(): string | undefined {
  try {
    const folder = process.cwd();
    process.chdir(folder);
    return folder;
  } catch {
    return undefined;
  }
}

/** Helps where there is enough to link. */
function secondThread(
  { install }: Changes,
  { linkWorker, linksForTwo = LINKS_FOR_TWO }: ChangeOptions,
): LinkThread | undefined {
  const links = install.reduce((sum, { wheel }) => sum + wheel.fileCount, 0);
  return linkWorker === undefined || links < linksForTwo ? undefined : startLinkThread(linkWorker);
}

/** The files that go. A distribution that cannot be removed properly is not a reason not to replace it. */
async function listRemovals(
  changes: Changes,
  place: EnvironmentPlace,
  { onEvent, signal }: ChangeOptions,
): Promise<readonly Removal[]> {
  const replaced = new Set(changes.install.map(({ name }) => name));
  const turns = new Turns(signal, CANCELLED);
  const removals: Removal[] = [];
  for (const distribution of changes.remove) {
    const isReplaced = replaced.has(distribution.name);
    const removal = await inTurns(listFilesOrWarn(distribution, place, { isReplaced, onEvent }), turns);
    for (const message of removal.warnings) onEvent?.({ kind: "warning", message });
    removals.push(removal);
  }
  return removals;
}

function* listFilesOrWarn(
  distribution: Removable,
  place: EnvironmentPlace,
  { isReplaced, onEvent }: { readonly isReplaced: boolean; readonly onEvent: ChangeOptions["onEvent"] },
): Pausing<Removal> {
  try {
    return yield* listFiles(distribution, place);
  } catch (error) {
    if (!isReplaced) throw error;
    // As pip does: the new one comes first on the path, and the other belongs to another installation.
    const isOutside = isPinionError(error, "environment/conflict");
    if (!isOutside && !isPinionError(error, "environment/no-record")) throw error;
    const message = isOutside
      ? `Not uninstalling \`${distribution.name}\`, which is outside of the environment: ${distribution.directory}`
      : `Failed to uninstall package at ${distribution.directory} due to missing \`RECORD\` file. Installation may result in an incomplete environment.`;
    onEvent?.({ kind: "warning", message });
    return isOutside ? { files: [], edits: [], warnings: [] } : yield* listMetadata(distribution, place);
  }
}

/** The change has happened: what cannot be deleted now is deleted by the next command. */
async function cleanUpOrWarn(
  places: JournalPlaces,
  journal: Journal,
  { observe, options }: { readonly observe: StepObserver; readonly options: ChangeOptions },
): Promise<void> {
  try {
    await inTurns(cleanUp(places, journal.thinned, observe), new Turns(undefined));
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    const message = `Old files could not be deleted and are left to the next command: ${places.changeFolders.join(", ")}`;
    options.onEvent?.({ kind: "warning", message });
  }
}

function releaseLock(lock: Lock, root: string, isNew: boolean): void {
  lock.release();
  if (!isNew) return;
  try {
    // A folder that was made for a change that failed goes again.
    rmdirSync(root);
  } catch {
    // It holds what was installed.
  }
}

async function explained<T>(root: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw unwritable(root, error);
  }
}

const DIST_INFO_NAME = /^([A-Za-z0-9._-]+?)-[^-]+\.dist-info$/;
/** Below, the thread costs more processor time than it saves of anything: docs/performance.md, "What was tried". */
const LINKS_FOR_TWO = 30_000;

const CANCELLED = "The change was cancelled before anything was touched";
