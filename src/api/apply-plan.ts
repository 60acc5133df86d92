// Carries out a plan: brings its wheels into the store, then changes the environment in one transaction.

import { isPinionError } from "../errors.ts";
import {
  applyChanges,
  lockEnvironment,
  type ChangeOptions,
  type EnvironmentLock,
} from "../install/transaction.ts";
import { planChanges, type WantedDistribution } from "../install/plan.ts";
import { listInstalled, type InstalledDistribution } from "../python/environment.ts";
import type { Store } from "../store/store.ts";
import type { LinkFallback } from "../install/linker.ts";
import type { LinkMode } from "../install/installation.ts";
import type { LockHolder } from "../store/lock.ts";
import { installTargetOf, placeOf, sitePackagesOf, type Destination } from "./destination.ts";
import type { OnEvent } from "./events.ts";
import type { ChangePlan, FetchPlanned, PlannedInstall } from "./plan.ts";

export interface ApplyTools {
  readonly fetch: FetchPlanned;
  readonly store: Store;
  readonly onEvent: OnEvent;
  readonly signal: AbortSignal | undefined;
  /** The compiled second thread for linking. */
  readonly linkWorker: string | undefined;
}

/** @throws wheel/hash-mismatch, wheel/invalid, net/…, tls/…, environment/…, cache/… */
export async function applyPlan(plan: ChangePlan, tools: ApplyTools): Promise<AppliedPlan> {
  if (plan.install.length === 0 && plan.remove.length === 0) return { install: [], remove: [] };
  const prepared = await prepare(plan.install, tools);
  const lock = await lockEnvironment(placeOf(plan.into), lockOptions(tools));
  try {
    return await changeTo(plan, { prepared, lock, tools });
  } catch (error) {
    if (!isPinionError(error, "cache/damaged")) throw error;
    // The environment is untouched and the damaged wheel is out of the cache: one more fetch mends it.
    tools.onEvent({ kind: "detail", message: error.message });
    return await changeTo(plan, { prepared: new Map(), lock, tools });
  } finally {
    lock.release();
  }
}

/** Somebody may have changed the environment since the plan was made: what is there now decides. */
async function changeTo(
  { wanted, into, planOptions, linkMode }: ChangePlan,
  given: {
    readonly prepared: ReadonlyMap<string, WantedDistribution>;
    readonly lock: EnvironmentLock;
    readonly tools: ApplyTools;
  },
): Promise<AppliedPlan> {
  const { prepared, lock, tools } = given;
  const { install, remove } = planChanges(wanted, listInstalled(sitePackagesOf(into)), planOptions);
  const late = await prepare(
    install.filter(({ name }) => !prepared.has(name)),
    tools,
  );
  const wheels = install.flatMap(({ name }) => prepared.get(name) ?? late.get(name) ?? []);
  await changeEnvironment({ install: wheels, remove, into, linkMode }, { ...tools, lock });
  return { install, remove };
}

export interface AppliedPlan {
  readonly install: readonly PlannedInstall[];
  readonly remove: readonly InstalledDistribution[];
}

export interface EnvironmentChange {
  readonly install: readonly WantedDistribution[];
  readonly remove: readonly InstalledDistribution[];
  readonly into: Destination;
  readonly linkMode: LinkMode;
}

/** Changes an environment as a whole or not at all. */
export async function changeEnvironment(
  { install, remove, into, linkMode }: EnvironmentChange,
  tools: Pick<ApplyTools, "onEvent" | "signal"> &
    Partial<Pick<ApplyTools, "linkWorker">> & { readonly lock?: EnvironmentLock },
): Promise<void> {
  if (install.length === 0 && remove.length === 0) return;
  const { onEvent, lock, linkWorker } = tools;
  const started = performance.now();
  await applyChanges({ install, remove }, installTargetOf(into, linkMode), {
    ...lockOptions(tools),
    lock,
    linkWorker,
  });
  const milliseconds = performance.now() - started;
  if (remove.length > 0) onEvent({ kind: "removed", count: remove.length, milliseconds });
  if (install.length > 0) onEvent({ kind: "installed", count: install.length, milliseconds });
}

/** Finishes or takes back a change that was interrupted. */
export async function recover(
  destination: Destination,
  tools: Pick<ApplyTools, "onEvent" | "signal">,
): Promise<void> {
  const lock = await lockEnvironment(placeOf(destination), lockOptions(tools));
  lock.release();
}

function lockOptions({ onEvent, signal }: Pick<ApplyTools, "onEvent" | "signal">): ChangeOptions {
  return {
    ...(signal === undefined ? {} : { signal }),
    onEvent: (event) => {
      switch (event.kind) {
        case "waiting":
          onEvent({
            kind: "waiting",
            message: `Waiting for the environment: ${describeHolder(event.holder)} is changing it`,
          });
          return;
        case "recovered":
          onEvent({
            kind: "warning",
            message: `An interrupted change of the environment was ${event.outcome === "finished" ? "finished" : "taken back"}`,
          });
          return;
        case "link-fallback":
          onEvent({ kind: "warning", message: describeFallback(event.fallback) });
          return;
        case "warning":
          onEvent({ kind: "warning", message: event.message });
          return;
        case "staged":
          return;
      }
    },
  };
}

/** Brings wheels into the store. What comes back is found by the project's name. */
async function prepare(
  install: readonly PlannedInstall[],
  { fetch, store, onEvent, signal }: ApplyTools,
): Promise<ReadonlyMap<string, WantedDistribution>> {
  const started = performance.now();
  const missing = install.filter((planned) => !isInStore(planned, store)).length;
  // All are awaited even when one fails, so that nothing is still being written when the failure is told.
  const settled = await Promise.allSettled(
    install.map(async (planned) => toWanted(planned, await fetch(planned, signal))),
  );
  // Linking needs the memory that unpacking has held.
  await store.rest();
  const failed = settled.find((result) => result.status === "rejected");
  if (failed !== undefined) throw failed.reason;
  if (missing > 0) onEvent({ kind: "prepared", count: missing, milliseconds: performance.now() - started });
  const wheels = settled.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  return new Map(wheels.map((wheel) => [wheel.name, wheel]));
}

function describeHolder(holder: LockHolder | undefined): string {
  return holder === undefined ? "another process" : `process ${holder.pid} on \`${holder.host}\``;
}

function describeFallback({ wanted, used, systemCode }: LinkFallback): string {
  return `Files cannot be brought into the environment by \`${wanted}\` (${systemCode}): \`${used}\` is used; \`--link-mode ${used}\` says so from the start`;
}

/** What an address or a path names is read and verified anew each time. */
function isInStore({ source }: PlannedInstall, store: Store): boolean {
  if (source.kind === "direct") return false;
  const sha256 = source.file().hashes["sha256"];
  return sha256 !== undefined && store.wheel(sha256) !== undefined;
}

function toWanted(
  { name, version, isRequested, directUrl }: PlannedInstall,
  wheel: WantedDistribution["wheel"],
): WantedDistribution {
  return { name, version, wheel, isRequested, directUrl };
}
