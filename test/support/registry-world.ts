// A registry over a real index on loopback, with a store in a fresh folder and a client that does not wait between retries.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { startIndex, type IndexOptions, type RunningIndex } from "../../src/lab/index-server.ts";
import { createClient, type Client } from "../../src/net/client.ts";
import type { ClientSettings } from "../../src/net/client-settings.ts";
import { targetFor } from "../../src/pep/target.ts";
import { parseVersion } from "../../src/pep/version.ts";
import { locateIndexes, type IndexLocation, type LocationSettings } from "../../src/registry/locations.ts";
import {
  createRegistry,
  type DirectDistribution,
  type Registry,
  type RegistryOptions,
} from "../../src/registry/registry.ts";
import type { PackageListing } from "../../src/resolve/provider.ts";
import { parseSource } from "../../src/sources/parse-source.ts";
import { openStore, type Store } from "../../src/store/store.ts";
import { loadTrust } from "../../src/trust/store.ts";

export interface RegistryWorld extends AsyncDisposable {
  readonly index: RunningIndex;
  readonly store: Store;
  /** A fresh folder beside the store. */
  readonly directory: string;
  /** A registry on this index, or on those that the settings name; each call is a run of its own. */
  open(options?: OpenOptions): Registry;
}

export interface OpenOptions extends Partial<Omit<RegistryOptions, "locations">> {
  readonly locations?: Partial<LocationSettings>;
  readonly network?: Partial<ClientSettings>;
}

/** Fetches the wheel that a string names outright. */
export function fetchDirect(
  registry: Registry,
  text: string,
  { directory = "/", hashes = [] }: { readonly directory?: string; readonly hashes?: readonly string[] } = {},
): Promise<DirectDistribution> {
  const { source, requestUrl } = parseSource(text, { directory });
  return registry.describe(source, { requestUrl, hashes });
}

/** Starts an index and gives registries on it. */
export async function openRegistryWorld(options: IndexOptions = {}): Promise<RegistryWorld> {
  const directory = mkdtempSync(join(tmpdir(), "pinion-registry-"));
  const index = await startIndex({ host: "127.0.0.1", ...options });
  const store = openStore(join(directory, "cache"));
  const clients: Client[] = [];
  const close = async (): Promise<void> => {
    for (const client of clients) client.close();
    await index.close();
    await store.rest();
    rmSync(directory, { recursive: true, force: true });
  };
  return {
    index,
    store,
    directory,
    open({ locations, network, ...changes } = {}) {
      const client = createClient({
        trust: loadTrust({ env: {}, home: directory }),
        proxy: {},
        userAgent: "pinion/test",
        isOffline: changes.isOffline === true,
        retries: 1,
        silenceTimeoutMs: 20_000,
        clock: { now: () => Date.now(), sleep: () => Promise.resolve(), random: () => 0 },
        ...network,
      });
      clients.push(client);
      return createRegistry({
        client,
        store,
        locations: locateFor(index, directory, locations),
        target: targetFor({ platform: "x86_64-manylinux_2_28", pythonVersion: "3.12" }),
        directory,
        ...changes,
      });
    },
    [Symbol.asyncDispose]: close,
  };
}

/** The versions of a listing with `!` behind those that cannot be used. */
export function shown(listing: PackageListing): readonly string[] | string {
  if (listing.kind !== "found") return listing.kind;
  return listing.versions.map(({ version, unusable }) =>
    unusable === undefined ? version.text : `${version.text}!`,
  );
}

/** Fetches the wheel of one version as an install would. */
export async function fetchVersion(
  registry: Registry,
  name: string,
  version: string,
): ReturnType<Registry["obtain"]> {
  await registry.listing(name);
  return registry.obtain(registry.source(name, parseVersion(version)));
}

function locateFor(
  index: RunningIndex,
  directory: string,
  locations: Partial<LocationSettings> = {},
): readonly IndexLocation[] {
  const defaultIndex = { value: index.url, origin: "--index-url" };
  return locateIndexes({ directory, defaultIndex, ...locations }).locations;
}
