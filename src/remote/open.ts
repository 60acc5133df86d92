// Opens the shared store that a setting names, over the trust and the proxies of the run.

import type { Agent } from "node:http";

import type { OciCredentials } from "./oci-authorization.ts";
import { createExchanger } from "./exchange.ts";
import type { RemoteLocation } from "./location.ts";
import type { RemoteStore } from "./remote-store.ts";

export interface OpenRemoteOptions {
  /** Verifies as every other connection of the run (`adapters/agent.ts`). */
  readonly agent: Agent;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Looks up who we are to a registry whose URL does not say it. */
  readonly credentialsFor?: (registry: URL) => Promise<OciCredentials | undefined>;
}

/**
 * Opens a shared store. Only the protocol that it speaks is loaded.
 *
 * @throws `cache/remote` without credentials for S3, `settings/invalid`
 */
export async function openRemoteStore(
  location: RemoteLocation,
  { agent, env, credentialsFor }: OpenRemoteOptions,
): Promise<RemoteStore> {
  const exchanger = createExchanger(agent);
  switch (location.kind) {
    case "s3": {
      const { openS3Store } = await import("./s3-store.ts");
      return openS3Store(location, { env, exchanger });
    }
    case "oci": {
      const { openOciStore } = await import("./oci-store.ts");
      const { username, password, registry } = location;
      const given = username === undefined ? undefined : { username, password: password ?? "" };
      return openOciStore(location, { exchanger, credentials: given ?? (await credentialsFor?.(registry)) });
    }
  }
}
