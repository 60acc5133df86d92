// The functions of `pinion/wheel` as other programs call them: each refuses malformed arguments before anything is done with them.

import { readZip as readZipUnchecked } from "../archive/zip.ts";
import {
  applyChanges as applyChangesUnchecked,
  lockEnvironment as lockEnvironmentUnchecked,
  recoverEnvironment as recoverEnvironmentUnchecked,
} from "../install/transaction.ts";
import { openStore as openStoreUnchecked } from "../store/store.ts";
import type { ZipArchive, ZipSource } from "../archive/zip.ts";
import type { InstallTarget } from "../install/installation.ts";
import { planChanges as planChangesUnchecked } from "../install/plan.ts";
import type { Installed, Plan, PlanOptions, Wanted } from "../install/plan.ts";
import type { EnvironmentPlace } from "../install/journal/state-folder.ts";
import type { Applied, ChangeOptions, Changes, EnvironmentLock, Recovery } from "../install/transaction.ts";
import type { StepObserver } from "../install/journal/journal.ts";
import type { Store, StoreOptions } from "../store/store.ts";
import { check } from "./check.ts";
import { callable, optional, path as pathShape } from "./shapes/shape.ts";
import {
  archive as archiveShape,
  changeOptions,
  changes as changesShape,
  installed as installedShape,
  installTarget,
  lockOptions,
  place as placeShape,
  planOptions,
  storeOptions,
  wanted as wantedShape,
} from "./shapes/wheel.ts";

/**
 * Opens an archive that is in memory or in a file, and checks its whole structure; contents are checked as they are read.
 *
 * @throws archive/invalid where it is malformed, ambiguous or would write outside its folder; archive/too-large
 *
 * @example
 * const archive = readZip(await readFile("flask-3.0.0-py3-none-any.whl"));
 * archive.entries.map((entry) => entry.name);
 */
export function readZip(archive: Buffer | ZipSource): ZipArchive {
  check("readZip", { archive: [archive, archiveShape] });
  return readZipUnchecked(archive);
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
  options?: ChangeOptions,
): Promise<Applied> {
  check("applyChanges", {
    changes: [changes, changesShape],
    target: [target, installTarget],
    options: [options, optional(changeOptions)],
  });
  return await applyChangesUnchecked(changes, target, options);
}

/**
 * Takes the lock of an environment and recovers it: hold it from looking at what is installed to the end of the change.
 *
 * @throws environment/locked, environment/unwritable, environment/damaged-journal, net/cancelled
 */
export async function lockEnvironment(
  place: EnvironmentPlace,
  options?: Pick<ChangeOptions, "signal" | "lockTimeoutMs" | "onEvent" | "onStep">,
): Promise<EnvironmentLock> {
  check("lockEnvironment", { place: [place, placeShape], options: [options, optional(lockOptions)] });
  return await lockEnvironmentUnchecked(place, options);
}

/**
 * Finishes or takes back a change that was interrupted; call it with the lock held, before anything else;
 * {@link lockEnvironment} does so.
 *
 * @returns undefined where nothing was interrupted
 * @throws environment/damaged-journal, environment/unwritable
 */
export function recoverEnvironment(place: EnvironmentPlace, onStep?: StepObserver): Recovery | undefined {
  check("recoverEnvironment", {
    place: [place, placeShape],
    onStep: [onStep, optional(callable<StepObserver>())],
  });
  return recoverEnvironmentUnchecked(place, onStep);
}

/**
 * Opens the cache in a folder, which is made at the first write.
 *
 * @example
 * const store = openStore("/home/me/.cache/pinion");
 * const wheel = await store.addWheel(bytes, { filename: "flask-3.0.0-py3-none-any.whl" });
 */
export function openStore(directory: string, options?: StoreOptions): Store {
  check("openStore", { directory: [directory, pathShape], options: [options, optional(storeOptions)] });
  return openStoreUnchecked(directory, options);
}

/** Compares what is wanted with what is installed; order is kept. Pure: nothing is read or downloaded. */
export function planChanges<W extends Wanted, I extends Installed>(
  wanted: readonly W[],
  installed: readonly I[],
  options?: PlanOptions,
): Plan<W, I> {
  const [one, other]: [readonly Wanted[], readonly Installed[]] = [wanted, installed];
  check("planChanges", {
    wanted: [one, wantedShape],
    installed: [other, installedShape],
    options: [options, optional(planOptions)],
  });
  return planChangesUnchecked(wanted, installed, options);
}
