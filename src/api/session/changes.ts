// What a session does to an environment, and what it reads of one first: changes that were interrupted, the application of a
// plan, removals.

import { firstFew } from "../../base/text/first-few.ts";
import type { StreamedMember } from "../../archive/zip-stream.ts";
import { removeAbandonedWork } from "../../build/trees/work-folder.ts";
import type { WantedDistribution } from "../../install/plan.ts";
import { hasUnfinishedChange } from "../../install/journal/state-folder.ts";
import { normalizeName } from "../../pep/name.ts";
import { listInstalled, type InstalledDistribution } from "../../python/environments/environment.ts";
import type { Files } from "../../registry/files.ts";
import { placeOf, sitePackagesOf, type Destination } from "../destination.ts";
import { onlyNotices } from "../events.ts";
import type { ZipOptions } from "../pack.ts";
import type { ApplyTools } from "../plan/apply.ts";
import { changesOf, removalOf, type ChangePlan, type InstallationPlan } from "../plan/value.ts";
import type { PlanRequest, UninstallRequest } from "../requests.ts";
import type { ApplyContext, SessionBuilders } from "./builders.ts";
import type { UninstallResult } from "./interface.ts";
import type { SessionResources } from "./resources.ts";

export class SessionChanges {
  readonly #resources: SessionResources;
  readonly #builders: SessionBuilders;

  constructor(resources: SessionResources, builders: SessionBuilders) {
    this.#resources = resources;
    this.#builders = builders;
  }

  /** A change that was interrupted is finished or taken back before anything else looks at the environment. */
  async recover(
    destination: Destination,
    { signal, isDryRun }: Pick<PlanRequest, "signal" | "isDryRun">,
  ): Promise<void> {
    if (isDryRun !== true) await removeAbandonedWork(this.#resources.store.directory);
    if (!hasUnfinishedChange(placeOf(destination))) return;
    if (isDryRun === true) return this.#resources.onEvent({ kind: "warning", message: INTERRUPTED });
    const { lockDestination } = await import("../change-environment.ts");
    (await lockDestination(destination, { onEvent: this.#resources.onEvent, signal })).release();
  }

  list(from: Destination): readonly InstalledDistribution[] {
    return listInstalled(sitePackagesOf(from));
  }

  /** What a plan puts into an empty folder. */
  async members(plan: InstallationPlan, options: ZipOptions): Promise<readonly StreamedMember[]> {
    await this.#resources.announceCacheUse(options.signal);
    const { forEmptyFolder, packMembers } = await import("../pack.ts");
    const changes = forEmptyFolder(plan);
    return await packMembers(changes, options, await this.#tools(changes, options));
  }

  /** @param wheels of the plan, where they were prepared already */
  async apply(
    plan: ChangePlan,
    context: ApplyContext,
    wheels?: readonly WantedDistribution[],
  ): Promise<void> {
    const { applyPlan } = await import("../plan/apply.ts");
    await applyPlan(plan, await this.#tools(plan, context), wheels);
  }

  /** Brings the wheels of a plan into the cache. */
  async prepare(plan: ChangePlan, context: ApplyContext): Promise<readonly WantedDistribution[]> {
    const { prepareWheels } = await import("../plan/apply.ts");
    return await prepareWheels(plan.install, await this.#tools(plan, context));
  }

  async #tools(plan: ChangePlan, { signal, neededBy }: ApplyContext): Promise<ApplyTools> {
    const open = async (): Promise<Files> => {
      const { createFiles } = await import("../../registry/files.ts");
      const { namedInPlan } = await import("../plan/named-urls.ts");
      const { admit } = await this.#resources.network();
      for (const url of namedInPlan(plan.install)) admit(url);
      const builder =
        plan.builds === undefined
          ? undefined
          : await this.#builders.builderFor({ ...plan, builds: plan.builds, neededBy });
      return createFiles(await this.#resources.filesOptions({ ...plan, builder }));
    };
    let files: Promise<Files> | undefined;
    const { metadata: stated } = plan;
    const network =
      stated === undefined ? await this.#resources.openedNetwork : await this.#resources.network();
    for (const [url, text] of Object.entries(stated ?? {})) network?.reads.metadata.expect(url, text);
    return {
      findBuilt: await this.#builders.keptWheels(plan),
      files: () => (files ??= open()),
      checkMetadata: (file, wheel) => network?.reads.metadata.check(file, wheel),
      store: this.#resources.store,
      onEvent: neededBy === undefined ? this.#resources.onEvent : onlyNotices(this.#resources.onEvent),
      signal,
      linkWorker: this.#resources.options.linkWorker,
    };
  }

  async uninstall({ names, from, isDryRun, signal }: UninstallRequest): Promise<UninstallResult> {
    await this.recover(from, { signal, isDryRun });
    const installed = this.list(from);
    const wanted = new Set(names.map(normalizeName));
    const remove = installed.filter(({ name }) => wanted.has(name));
    const missing = [...wanted].filter((name) => !remove.some((distribution) => distribution.name === name));
    const skipped = firstFew(
      missing,
      (name) => `Skipping ${name} as it is not installed`,
      (count) => `Skipping ${count} more that are not installed`,
    );
    // A dry run says what would change and no more, as in uv.
    if (isDryRun !== true)
      for (const message of skipped) this.#resources.onEvent({ kind: "warning", message });
    const changes = changesOf({ install: [], remove: remove.map(removalOf) });
    if (remove.length > 0 && isDryRun !== true) {
      const { changeEnvironment } = await import("../change-environment.ts");
      await changeEnvironment(
        { install: [], remove, into: from, linkMode: "hardlink" },
        { onEvent: this.#resources.onEvent, signal },
      );
    }
    return { changes, missing };
  }
}

const INTERRUPTED = "An interrupted change of the environment was found and left as it is";
