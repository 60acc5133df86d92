// Carries out a plan: brings its wheels into the store, then changes the environment in one transaction.

import { nowMs } from "../../base/work/clock.ts";
import { allSettled } from "../../base/work/settled.ts";
import { isPinionError, PinionError } from "../../errors.ts";
import type { WantedDistribution } from "../../install/plan.ts";
import type { EnvironmentLock } from "../../install/transaction.ts";
import { parseVersion } from "../../pep/versions/version.ts";
import { listInstalled } from "../../python/environments/environment.ts";
import type { Files } from "../../registry/files.ts";
import type { MetadataReader } from "../../registry/metadata/metadata.ts";
import { requiredDigests } from "../../sources/fetching/stated-hashes.ts";
import { findStoredWheel } from "../../sources/fetching/stored-wheel.ts";
import type { Store, UnpackedWheel } from "../../store/store.ts";
import { changeEnvironment, lockDestination } from "../change-environment.ts";
import { rootOf, sitePackagesOf } from "../destination.ts";
import type { OnEvent } from "../events.ts";
import { explainingMismatch, type Fetched } from "../../sources/fetching/fetch-failure.ts";
import { fingerprintOf } from "./fingerprint.ts";
import type { ChangePlan, PlannedInstall } from "./value.ts";

export interface ApplyTools {
  /** Opens the network where that has not happened. */
  readonly files: () => Promise<Files>;
  /** Compares metadata that was read early, if any was, with the wheel itself. @throws index/metadata-mismatch */
  readonly checkMetadata: (...args: Parameters<MetadataReader["check"]>) => void;
  /** The wheel that was built of a source before, without opening the network. */
  readonly findBuilt?: ((planned: PlannedInstall) => UnpackedWheel | undefined) | undefined;
  readonly store: Store;
  readonly onEvent: OnEvent;
  readonly signal: AbortSignal | undefined;
  /** The compiled second thread for linking. */
  readonly linkWorker: string | undefined;
}

/**
 * @param prepared the wheels of the plan, where they were brought before
 * @throws environment/changed, wheel/hash-mismatch, wheel/invalid, net/…, tls/…, environment/…, cache/…
 */
export async function applyPlan(
  plan: ChangePlan,
  tools: ApplyTools,
  prepared?: readonly WantedDistribution[],
): Promise<void> {
  if (plan.install.length === 0 && plan.remove.length === 0) return;
  const wheels = prepared ?? (await prepareWheels(plan.install, tools));
  const lock = await lockDestination(plan.destination, tools);
  try {
    refuseOtherState(plan);
    await change(plan, { wheels, lock, tools });
  } catch (error) {
    if (!isPinionError(error, "cache/damaged")) throw error;
    // The environment is untouched and the damaged wheel is out of the cache: fetching it once more mends it.
    tools.onEvent({ kind: "detail", message: error.message });
    await change(plan, { wheels: await prepareWheels(plan.install, tools), lock, tools });
  } finally {
    lock.release();
  }
}

/** What was compared with another state says nothing about this one. */
function refuseOtherState({ destination, fingerprint }: ChangePlan): void {
  if (fingerprintOf(listInstalled(sitePackagesOf(destination))) === fingerprint) return;
  const root = rootOf(destination);
  throw new PinionError(
    "environment/changed",
    `The environment changed after the plan was made, so nothing was installed: \`${root}\``,
    { details: { root }, hints: ["Make the plan again"] },
  );
}

async function change(
  { remove, destination, linkMode }: ChangePlan,
  {
    wheels,
    lock,
    tools,
  }: {
    readonly wheels: readonly WantedDistribution[];
    readonly lock: EnvironmentLock;
    readonly tools: ApplyTools;
  },
): Promise<void> {
  await changeEnvironment({ install: wheels, remove, into: destination, linkMode }, { ...tools, lock });
}

/** Brings the wheels into the store, in the order of the plan. */
export async function prepareWheels(
  install: readonly PlannedInstall[],
  tools: Omit<ApplyTools, "linkWorker">,
): Promise<readonly WantedDistribution[]> {
  const { store, onEvent, signal } = tools;
  const started = nowMs();
  const stored = new Map(install.map((planned) => [planned, findStored(planned, tools)]));
  const absent = install.filter((planned) => stored.get(planned) === undefined);
  const missing = absent.length;
  if (missing > 0) onEvent({ kind: "preparing", count: missing, bytes: bytesOf(absent) });
  const wheels = await allSettled(
    install.map(async (planned): Promise<WantedDistribution> => {
      const { name, version, isRequested, directUrl, source, hashes, configSettings } = planned;
      const obtain = async (): Promise<UnpackedWheel> => {
        const files = await tools.files();
        const obtaining = files.obtain(source, { hashes, configSettings, signal });
        return await explainingMismatch(obtaining, () => fetchedBy(planned));
      };
      const wheel = stored.get(planned) ?? (await obtain());
      const folderState = source.kind === "directory" ? source.state : undefined;
      return { name, version: parseVersion(version), wheel, isRequested, directUrl, folderState };
    }),
  );
  // Linking needs the memory that unpacking has held.
  await store.rest();
  if (missing > 0) onEvent({ kind: "prepared", count: missing, milliseconds: nowMs() - started });
  return wheels;
}

/** Undefined where an index does not state the size of every file. */
function bytesOf(install: readonly PlannedInstall[]): number | undefined {
  let bytes = 0;
  for (const { source } of install) {
    const size = "size" in source ? source.size : undefined;
    if (size === undefined) return undefined;
    bytes += size;
  }
  return bytes;
}

/** An archive that a requirement named outright is read and verified again each time. */
function findStored(
  planned: PlannedInstall,
  { store, checkMetadata, findBuilt }: Pick<ApplyTools, "store" | "checkMetadata" | "findBuilt">,
): UnpackedWheel | undefined {
  const { source, hashes } = planned;
  if (source.kind === "git" || source.kind === "directory") return findBuilt?.(planned);
  if (source.kind === "sdist" && source.listing !== undefined) return findBuilt?.(planned);
  if (source.kind !== "index") return undefined;
  const wheel = findStoredWheel(source, requiredDigests(hashes), store);
  if (wheel !== undefined) checkMetadata(source, wheel);
  return wheel;
}

/** What is being fetched, as messages name it. */
export function fetchedBy({ name, version, source, listedAt }: PlannedInstall): Fetched {
  return { subject: `${name}==${version}`, isLocal: source.url.startsWith("file:"), listedAt };
}
