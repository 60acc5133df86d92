// The company's shared cache of a session, over the session's own trust, proxies and credentials. docs/fleet.md

import { isPinionError, PinionError } from "../errors.ts";
import type { CredentialSource } from "../net/credentials/auth.ts";
import type { ProxySettings } from "../net/proxies/proxy.ts";
import { redactUrl } from "../net/url.ts";
import { parseRemoteLocation } from "../remote/location.ts";
import { openRemoteStore } from "../remote/open.ts";
import { RemoteFiles } from "../remote/remote-files.ts";
import type { RemoteStore } from "../remote/remote-store.ts";
import type { TrustStore } from "../trust/store.ts";
import { VERSION } from "../version.ts";
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
  options: InstallerOptions,
  context: SharedCacheContext,
): Promise<RemoteFiles | undefined> {
  const { sharedCache, onEvent, network = {} } = options;
  if (sharedCache === undefined || network.isOffline === true) return undefined;
  const shown = redactUrl(sharedCache.url);
  const warn = (reason: string): void =>
    onEvent?.({ kind: "warning", message: `The shared cache \`${shown}\` is not used: ${reason}` });
  try {
    const store = await openSharedStore(options, context);
    return new RemoteFiles({ store, mode: sharedCache.mode, onTrouble: warn });
  } catch (error) {
    if (!isPinionError(error, "cache/remote")) throw error;
    warn(error.message);
    return undefined;
  }
}

/**
 * Opens the store itself, for work that must not pass over its failures.
 *
 * @throws settings/invalid where the options name none, net/offline, cache/remote without credentials
 */
export async function openSharedStore(
  { sharedCache, env = {}, network = {} }: InstallerOptions,
  { trust, proxy, credentials }: SharedCacheContext,
): Promise<RemoteStore> {
  if (sharedCache === undefined) {
    throw new PinionError("settings/invalid", "No shared cache is configured: set `shared-cache`", {
      details: { setting: "shared-cache" },
    });
  }
  const location = parseRemoteLocation(sharedCache.url);
  if (network.isOffline === true) {
    const shown = redactUrl(sharedCache.url);
    throw new PinionError(
      "net/offline",
      `Cannot use the shared cache \`${shown}\`: the network is disabled`,
      {
        details: { url: shown },
      },
    );
  }
  const { createAgent } = await import("../adapters/agent.ts");
  return await openRemoteStore(location, {
    settings: { trust, proxy, userAgent: `pinion/${VERSION}` },
    agent: () => createAgent({ trust, proxy }),
    env,
    credentials,
  });
}
