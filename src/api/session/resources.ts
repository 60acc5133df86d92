// What a session owns and opens once it is needed: the store with its lock, the network, the indexes of the options.

import type { ChangePlan } from "../plan/value.ts";
import type { MetadataTools } from "../planned-metadata.ts";
import type { FilesOptions } from "../../registry/files.ts";
import type { IndexLocation } from "../../registry/indexes/locations.ts";
import type { SourceBuilder } from "../../sources/source-builder.ts";
import { openStore, type Lock, type Store } from "../../store/store.ts";
import type { OnEvent } from "../events.ts";
import type { Connections, Network } from "../network.ts";
import type { InstallerOptions } from "../options.ts";
import type { Resolved } from "./interface.ts";

export class SessionResources {
  readonly options: InstallerOptions;
  readonly onEvent: OnEvent;
  readonly store: Store;
  #connections: Promise<Connections> | undefined;
  #network: Promise<Network> | undefined;
  /** Held from the first use of the cache to the end, so that it is not cleared meanwhile. */
  #cacheUse: Promise<Lock> | undefined;

  constructor(options: InstallerOptions) {
    this.options = options;
    this.onEvent = options.onEvent ?? (() => undefined);
    this.store = openStore(options.cacheDirectory, { workerPath: options.unpackWorker });
  }

  /** The network, where something has opened it already. */
  get openedNetwork(): Promise<Network> | undefined {
    return this.#network;
  }

  /** How everything in this session connects. */
  connections(): Promise<Connections> {
    this.#connections ??= import("../network.ts").then(({ openConnections }) =>
      openConnections(this.options),
    );
    return this.#connections;
  }

  /** See {@link Session.prepareConnections}. */
  async prepareConnections(): Promise<void> {
    if (this.options.network?.isOffline === true) return;
    try {
      const { settings, indexes } = await this.connections();
      const [first] = indexes;
      if (first === undefined) return;
      const { prepareConnection } = await import("../network.ts");
      prepareConnection(new URL(first.url), settings);
    } catch {
      // The work that needs a connection reports it.
    }
  }

  network(): Promise<Network> {
    this.#network ??= this.#openNetwork();
    return this.#network;
  }

  async #openNetwork(): Promise<Network> {
    const { openNetwork } = await import("../network.ts");
    return await openNetwork(this.options, { store: this.store, connections: await this.connections() });
  }

  async announceCacheUse(signal: AbortSignal | undefined): Promise<void> {
    this.#cacheUse ??= this.store.use({
      signal,
      onWait: () =>
        this.onEvent({ kind: "waiting", message: "Waiting for the cache: another command is clearing it" }),
    });
    try {
      await this.#cacheUse;
    } catch (error) {
      this.#cacheUse = undefined;
      throw error;
    }
  }

  /** The indexes of the options, which builds for a lock file ask. */
  async ownIndexes(): Promise<readonly IndexLocation[]> {
    return (await this.connections()).indexes;
  }

  async filesOptions({
    indexes,
    refresh,
    builder,
  }: Pick<Resolved, "indexes" | "refresh"> & {
    readonly builder?: SourceBuilder | undefined;
  }): Promise<FilesOptions> {
    const { fromFetchEvent, refreshPolicy } = await import("../network.ts");
    const { client, reads, requestUrls, admit } = await this.network();
    for (const { url, claim } of indexes) if (claim?.isFromNetwork !== true) admit(url);
    return {
      client,
      store: this.store,
      reads,
      locations: indexes,
      refresh: refreshPolicy(refresh),
      builder,
      requestUrls,
      onEvent: (event) => this.onEvent(fromFetchEvent(event)),
    };
  }

  /** What reads the metadata of the files of a plan. */
  async metadataTools(
    { install }: Pick<ChangePlan, "install">,
    {
      indexes,
      builder,
      signal,
    }: {
      readonly indexes: readonly IndexLocation[];
      readonly builder: SourceBuilder;
      readonly signal: AbortSignal | undefined;
    },
  ): Promise<MetadataTools> {
    const { createFiles } = await import("../../registry/files.ts");
    const { namedInPlan } = await import("../plan/named-urls.ts");
    const { reads, admit } = await this.network();
    for (const url of namedInPlan(install)) admit(url);
    const files = createFiles(await this.filesOptions({ indexes, refresh: [] }));
    return {
      metadata: reads.metadata,
      builder,
      obtain: (source, { hashes }) => files.obtain(source, { hashes, signal }),
      signal,
    };
  }

  async close(): Promise<void> {
    const [network, cacheUse] = [this.#network, this.#cacheUse];
    this.#connections = undefined;
    this.#network = undefined;
    this.#cacheUse = undefined;
    await (await network)?.close();
    await this.store.close();
    (await cacheUse)?.release();
  }
}
