// Opens the shared store that a setting names, over the trust and the proxies of the run.

import type { CredentialSource } from "../net/credentials/auth.ts";
import { createExchanger, type ExchangerOptions } from "./exchange.ts";
import type { RemoteLocation } from "./location.ts";
import type { RemoteStore } from "./remote-store.ts";

export interface OpenRemoteOptions extends ExchangerOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Finds credentials for a registry whose URL has none. */
  readonly credentials?: CredentialSource | undefined;
}

/**
 * Opens a shared store. Only the protocol that it speaks is loaded.
 *
 * @throws `cache/remote` without credentials for S3, `settings/invalid`
 */
export async function openRemoteStore(
  location: RemoteLocation,
  { settings, agent, env, credentials }: OpenRemoteOptions,
): Promise<RemoteStore> {
  const exchanger = createExchanger({ settings, agent });
  switch (location.kind) {
    case "s3": {
      const { openS3Store } = await import("./s3-store.ts");
      return openS3Store(location, { env, exchanger });
    }
    case "oci": {
      const { openOciStore } = await import("./oci-store.ts");
      const found = location.credentials ?? (await credentials?.challenged(location.registry, undefined));
      return openOciStore(location, { exchanger, basic: found && (() => found.authorization()) });
    }
  }
}
