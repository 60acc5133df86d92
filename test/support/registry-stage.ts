// Where registries are tried: a world with an index, and registries on it whose clients do not wait between retries.
//
//   await using stage = await registryStage({ packages: sampleWheels() });
//   const listing = await stage.open().listing("greeter");

import type { IndexOptions, RunningIndex } from "../../src/lab/index/index-server.ts";
import { createClient } from "../../src/net/client.ts";
import type { ClientSettings } from "../../src/net/client-settings.ts";
import { targetFor } from "../../src/pep/tags/target.ts";
import { parseVersion } from "../../src/pep/versions/version.ts";
import {
  locateIndexes,
  type IndexLocation,
  type LocationSettings,
} from "../../src/registry/indexes/locations.ts";
import {
  createRegistry,
  type DirectDistribution,
  type Registry,
  type RegistryOptions,
} from "../../src/registry/registry.ts";
import type { PackageListing } from "../../src/resolve/provider.ts";
import { parseSource } from "../../src/sources/parse-source.ts";
import type { Store } from "../../src/store/store.ts";
import { loadTrust } from "../../src/trust/store.ts";
import { World } from "./world.ts";

export interface RegistryStage extends AsyncDisposable {
  readonly world: World;
  readonly index: RunningIndex;
  readonly store: Store;
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
export async function registryStage(options: IndexOptions = {}): Promise<RegistryStage> {
  const world = await World.create();
  const { directory, store } = world;
  const index = await world.index({ host: "127.0.0.1", ...options });
  return {
    world,
    index,
    store,
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
      world.defer(() => client.close());
      return createRegistry({
        client,
        store,
        locations: locateFor(index, directory, locations),
        target: targetFor({ platform: "x86_64-manylinux_2_28", pythonVersion: "3.12" }),
        directory,
        ...changes,
      });
    },
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
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
