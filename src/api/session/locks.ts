// What a session does with lock files: reads them, plans from them, checks them and asks the indexes about them.

import type { Pylock } from "../../pep/files/pylock.ts";
import type { InstalledDistribution } from "../../python/environments/environment.ts";
import { planBuilds } from "../builds/planned-builds.ts";
import type { LockCheck } from "../locks/check-lock.ts";
import { targetOf } from "../destination.ts";
import type { LockFile } from "../plan/from-lock.ts";
import type { ChangePlan } from "../plan/value.ts";
import type { ApplyOptions, LockPlanRequest } from "../requests.ts";
import type { SessionBuilders } from "./builders.ts";
import type { SessionResources } from "./resources.ts";
import type { LockVerification } from "../locks/verify-lock.ts";

export class SessionLocks {
  readonly #resources: SessionResources;
  readonly #builders: SessionBuilders;

  constructor(resources: SessionResources, builders: SessionBuilders) {
    this.#resources = resources;
    this.#builders = builders;
  }

  async read(file: string, { signal }: ApplyOptions = {}): Promise<LockFile> {
    const { readLockFile } = await import("../locks/read-lock.ts");
    return await readLockFile(file, {
      directory: this.#resources.options.directory,
      fetch: async (url) => {
        const { client, admit } = await this.#resources.network();
        admit(url);
        return await client.request(url, signal === undefined ? {} : { signal });
      },
    });
  }

  async verify(lock: Pylock, { signal }: ApplyOptions = {}): Promise<LockVerification> {
    const { verifyLock } = await import("../locks/verify-lock.ts");
    const { client } = await this.#resources.network();
    return await verifyLock(lock, { client, indexes: await this.#resources.ownIndexes(), signal });
  }

  async check(request: LockPlanRequest): Promise<LockCheck> {
    const { into, signal } = request;
    await this.#resources.announceCacheUse(signal);
    const plan = await this.plan(request, []);
    const { checkLocked } = await import("../locks/check-lock.ts");
    const indexes = await this.#resources.ownIndexes();
    const builder = await this.#builders.builderForLock(request);
    const tools = await this.#resources.metadataTools(plan, { indexes, builder, signal });
    return await checkLocked(plan, { target: targetOf(into), ...tools });
  }

  async plan(request: LockPlanRequest, installed: readonly InstalledDistribution[]): Promise<ChangePlan> {
    const { signal } = request;
    const found = await this.read(request.file, { signal });
    const { planFromLock } = await import("../plan/from-lock.ts");
    const requestUrls = new Map<string, string>();
    const plan = await planFromLock(found, request, {
      installed,
      builds: planBuilds(request),
      onCredentials: (url, requestUrl) => void requestUrls.set(url, requestUrl),
      describe: async (source) => {
        const builder = await this.#builders.builderForLock(request);
        const requestUrl = requestUrls.get(source.url);
        return await builder.metadata(source, { requestUrl, isLocked: true, signal });
      },
    });
    if (requestUrls.size > 0) {
      const network = await this.#resources.network();
      for (const [url, requestUrl] of requestUrls) network.requestUrls.set(url, requestUrl);
    }
    // What a build requires is not in the lock file.
    return plan.builds === undefined ? plan : { ...plan, indexes: await this.#resources.ownIndexes() };
  }
}
