// The company's shared cache of a session, over the session's own trust, proxies and credentials. docs/fleet.md

import { createAgent } from "../adapters/agent.ts";
import { isPinionError } from "../errors.ts";
import type { CredentialSource } from "../net/auth.ts";
import type { ProxySettings } from "../net/proxy.ts";
import { redactUrl } from "../net/url.ts";
import { parseRemoteLocation } from "../remote/location.ts";
import { openRemoteStore } from "../remote/open.ts";
import { RemoteFiles } from "../remote/remote-files.ts";
import type { TrustStore } from "../trust/store.ts";
import type { InstallerOptions } from "./options.ts";

export interface SharedCacheContext {
  readonly trust: TrustStore;
  readonly proxy: ProxySettings;
  readonly credentials: CredentialSource;
}

/**
 * Opens the shared cache that the options name; undefined where they name none or it cannot be used, which is reported.
 *
 * @throws settings/invalid
 */
export async function openSharedCache(
  { sharedCache, env = {}, onEvent, network = {} }: InstallerOptions,
  { trust, proxy, credentials }: SharedCacheContext,
): Promise<RemoteFiles | undefined> {
  if (sharedCache === undefined || network.isOffline === true) return undefined;
  const location = parseRemoteLocation(sharedCache.url);
  const shown = redactUrl(sharedCache.url);
  const warn = (reason: string): void =>
    onEvent?.({ kind: "warning", message: `The shared cache \`${shown}\` is not used: ${reason}` });
  try {
    const store = await openRemoteStore(location, { agent: createAgent({ trust, proxy }), env, credentials });
    return new RemoteFiles({ store, mode: sharedCache.mode, onTrouble: warn });
  } catch (error) {
    if (!isPinionError(error, "cache/remote")) throw error;
    warn(error.message);
    return undefined;
  }
}
