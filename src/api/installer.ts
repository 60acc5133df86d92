// The library's installer: plan, apply, list, uninstall. The heavy rooms (client, solver, transaction) are loaded when a
// plan needs them, so that "nothing to do" is answered without them.

import { hasUnfinishedChange } from "../install/state-folder.ts";
import { normalizeName } from "../pep/name.ts";
import type { Target } from "../pep/tags.ts";
import { listInstalled, type InstalledDistribution } from "../python/environment.ts";
import { openStore, type Lock, type Store } from "../store/store.ts";
import { placeOf, sitePackagesOf, targetOf, type Destination } from "./destination.ts";
import type { DownloadedFile } from "./download.ts";
import type { OnEvent } from "./events.ts";
import type { Inputs } from "../sources/requested.ts";
import { readInputs } from "./read-inputs.ts";
import type { InstallerOptions } from "./options.ts";
import {
  changesOf,
  type Change,
  type ChangePlan,
  type FetchPlanned,
  type InstallationPlan,
  type PlanRequest,
  type ReadRequest,
} from "./plan.ts";
import { isSatisfied } from "../inspect/satisfied.ts";

export interface ApplyOptions {
  readonly signal?: AbortSignal;
}

export interface UninstallRequest {
  /** In any spelling. */
  readonly names: readonly string[];
  readonly from: Destination;
  /** Tells what would go, and removes nothing. */
  readonly isDryRun?: boolean;
  readonly signal?: AbortSignal;
}

export interface UninstallResult {
  readonly changes: readonly Change[];
  /** Names of which nothing is installed. */
  readonly missing: readonly string[];
}

export interface DownloadRequest extends Omit<
  PlanRequest,
  "into" | "linkMode" | "isExact" | "sourceDistributions"
> {
  /** Where the files go; made where it is not there. */
  readonly folder: string;
  /** The machine that they are for. */
  readonly target: Target;
}

export interface Installer {
  /**
   * Reads what is asked for, files of requirements included, so that a mistake in it is told before anything else is
   * looked at.
   *
   * @throws requirement/…, build/unsupported, wheel/invalid-filename, net/…, tls/…
   */
  read(request: ReadRequest): Promise<Inputs>;
  /**
   * Finds out what has to change so that an environment holds what is asked for.
   *
   * @throws resolve/no-solution, requirement/…, index/…, tls/…, net/…, wheel/…, environment/…
   */
  plan(request: PlanRequest): Promise<InstallationPlan>;
  /**
   * Downloads what a plan needs and changes the environment, as a whole or not at all.
   *
   * @throws wheel/hash-mismatch, wheel/invalid, environment/…, cache/…, net/…, tls/…
   */
  apply(plan: InstallationPlan, options?: ApplyOptions): Promise<readonly Change[]>;
  /**
   * Brings the wheels of what is asked for, and of what that needs, into a folder; nothing is installed.
   *
   * @throws as {@link plan} and {@link apply}
   */
  download(request: DownloadRequest): Promise<readonly DownloadedFile[]>;
  /**
   * Finishes or takes back a change of an environment that was interrupted; {@link plan} and {@link uninstall} do so first.
   *
   * @throws environment/damaged-journal, environment/locked, environment/unwritable
   */
  recover(destination: Destination, options?: ApplyOptions): Promise<void>;
  /** What an environment or a folder holds, sorted by name; call {@link recover} before to see a whole one. */
  list(from: Destination): readonly InstalledDistribution[];
  /** @throws environment/no-record, environment/locked, environment/unwritable */
  uninstall(request: UninstallRequest): Promise<UninstallResult>;
  close(): Promise<void>;
}

/**
 * Makes an installer. Nothing is read or opened before it is asked for something.
 *
 * @example
 * const installer = createInstaller({ cacheDirectory: "/tmp/cache", directory: "/srv/build" });
 * const into = { kind: "directory", path: "/srv/build/python", target: targetFor({ platform: "linux", pythonVersion: "3.12" }) };
 * const plan = await installer.plan({ requirements: [{ kind: "text", text: "flask" }], constraints: [], overrides: [], into });
 * await installer.apply(plan);
 */
export function createInstaller(options: InstallerOptions): Installer {
  return new OpenInstaller(options);
}

class OpenInstaller implements Installer {
  readonly #options: InstallerOptions;
  readonly #onEvent: OnEvent;
  readonly #store: Store;
  /** What ends with the installer: the client of the last plan, which may still hold connections for its downloads. */
  #planned:
    | { readonly plan: ChangePlan; readonly fetch: FetchPlanned; readonly close: () => void }
    | undefined;

  /** Held from the first plan that uses the cache to the end, so that nobody clears it meanwhile. */
  #cacheUse: Lock | undefined;

  constructor(options: InstallerOptions) {
    this.#options = options;
    this.#onEvent = options.onEvent ?? (() => undefined);
    this.#store = openStore(options.cacheDirectory, { workerPath: options.unpackWorker });
  }

  async read(request: ReadRequest): Promise<Inputs> {
    const { directory, env = {} } = this.#options;
    const inputs = await readInputs(request, {
      directory,
      env,
      readInput: request.readInput ?? (() => Promise.resolve("")),
      fetch: async (url) => {
        const { openClient } = await import("./session.ts");
        const client = openClient(this.#options);
        try {
          return await (
            await client.request(url, request.signal === undefined ? {} : { signal: request.signal })
          ).text();
        } finally {
          client.close();
        }
      },
    });
    for (const message of inputs.warnings) this.#onEvent({ kind: "warning", message });
    if (inputs.requiresHashes) {
      const { requireHashes } = await import("./hashes.ts");
      requireHashes(inputs);
    }
    return inputs;
  }

  async plan(request: PlanRequest): Promise<InstallationPlan> {
    const inputs = request.inputs ?? (await this.read(request));
    await this.#recover(request.into, request);
    const installed = this.list(request.into);
    if (
      mayBeSatisfied(request, inputs) &&
      isSatisfied(inputs, installed, {
        target: targetOf(request.into),
        followsDependencies: request.noDependencies === true ? "no" : "yes",
      })
    ) {
      return { kind: "satisfied", requirements: inputs.requirements.length, warnings: inputs.warnings };
    }
    await this.#announceCacheUse(request.signal);
    const { makePlan } = await import("./make-plan.ts");
    this.#closePlanned();
    const { plan, fetch, close } = await makePlan({
      request,
      inputs,
      installed,
      store: this.#store,
      options: this.#options,
    });
    this.#planned = { plan, fetch, close };
    return plan;
  }

  async apply(plan: InstallationPlan, { signal }: ApplyOptions = {}): Promise<readonly Change[]> {
    if (plan.kind === "satisfied") return [];
    if (this.#planned?.plan !== plan)
      throw new Error("a plan is applied by the installer that made it, before it makes another");
    const { applyPlan } = await import("./apply-plan.ts");
    const { linkWorker } = this.#options;
    const tools = {
      fetch: this.#planned.fetch,
      store: this.#store,
      onEvent: this.#onEvent,
      signal,
      linkWorker,
    };
    return changesOf(await applyPlan(plan, tools));
  }

  async download({ folder, target, ...rest }: DownloadRequest): Promise<readonly DownloadedFile[]> {
    const request: PlanRequest = {
      ...rest,
      into: { kind: "directory", path: folder, target },
      sourceDistributions: "take",
    };
    const inputs = request.inputs ?? (await this.read(request));
    const { makePlan } = await import("./make-plan.ts");
    const { downloadAll } = await import("./download.ts");
    const { plan, save, close } = await makePlan({
      request,
      inputs,
      installed: [],
      store: this.#store,
      options: this.#options,
    });
    try {
      for (const message of plan.warnings) this.#onEvent({ kind: "warning", message });
      const concurrency = this.#options.network?.concurrentDownloads;
      return await downloadAll(plan.wanted, { folder, save, concurrency, signal: request.signal });
    } finally {
      close();
    }
  }

  async recover(destination: Destination, { signal }: ApplyOptions = {}): Promise<void> {
    await this.#recover(destination, { signal });
  }

  list(from: Destination): readonly InstalledDistribution[] {
    return listInstalled(sitePackagesOf(from));
  }

  async uninstall({ names, from, isDryRun, signal }: UninstallRequest): Promise<UninstallResult> {
    await this.#recover(from, { signal, isDryRun });
    const installed = this.list(from);
    const wanted = new Set(names.map(normalizeName));
    const remove = installed.filter(({ name }) => wanted.has(name));
    const missing = [...wanted].filter((name) => !remove.some((distribution) => distribution.name === name));
    for (const name of missing)
      this.#onEvent({ kind: "warning", message: `Skipping ${name} as it is not installed` });
    if (remove.length > 0 && isDryRun !== true) {
      const { changeEnvironment } = await import("./apply-plan.ts");
      await changeEnvironment(
        { install: [], remove, into: from, linkMode: "hardlink" },
        { onEvent: this.#onEvent, signal },
      );
    }
    return { changes: changesOf({ install: [], remove }), missing };
  }

  async close(): Promise<void> {
    this.#closePlanned();
    await this.#store.rest();
    this.#cacheUse?.release();
    this.#cacheUse = undefined;
  }

  async #announceCacheUse(signal: AbortSignal | undefined): Promise<void> {
    this.#cacheUse ??= await this.#store.use({
      ...(signal === undefined ? {} : { signal }),
      onWait: () =>
        this.#onEvent({ kind: "waiting", message: "Waiting for the cache: another command is clearing it" }),
    });
  }

  #closePlanned(): void {
    this.#planned?.close();
    this.#planned = undefined;
  }

  /** A change that was interrupted is finished or taken back before anything else looks at the environment. */
  async #recover(
    destination: Destination,
    {
      signal,
      isDryRun,
    }: { readonly signal?: AbortSignal | undefined; readonly isDryRun?: boolean | undefined },
  ): Promise<void> {
    if (!hasUnfinishedChange(placeOf(destination))) return;
    if (isDryRun === true) return this.#onEvent({ kind: "warning", message: INTERRUPTED });
    const { recover } = await import("./apply-plan.ts");
    await recover(destination, { onEvent: this.#onEvent, signal });
  }
}

/** What asks for something newer or else cannot be answered from the environment alone. */
function mayBeSatisfied({ upgrade, reinstall, isExact }: PlanRequest, { requiresHashes }: Inputs): boolean {
  const asksForNewer = upgrade === "all" || (upgrade?.length ?? 0) > 0;
  const asksAgain = reinstall === "all" || (reinstall?.length ?? 0) > 0;
  return !asksForNewer && !asksAgain && isExact !== true && !requiresHashes;
}

const INTERRUPTED = "An interrupted change of the environment was found and left as it is";
