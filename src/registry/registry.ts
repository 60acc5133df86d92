// The registry of one run: answers the resolver from indexes, folders and addresses, and brings chosen wheels into the
// store. Everything is asked once and remembered until the run ends.

import { PinionError, isPinionError } from "../errors.ts";
import type { Client } from "../net/client.ts";
import { redactUrl } from "../net/url.ts";
import type { Metadata } from "../pep/metadata.ts";
import { normalizeName } from "../pep/name.ts";
import type { Target } from "../pep/tags.ts";
import { parseVersion, type Version } from "../pep/version.ts";
import type { DependencyAnswer, PackageListing, Provider } from "../resolve/provider.ts";
import type { Store, UnpackedWheel } from "../store/store.ts";
import { parseSource } from "../sources/parse-source.ts";
import type { RefreshPolicy } from "../sources/refresh.ts";
import { saveWheel } from "../sources/save.ts";
import type { DirectSource } from "../sources/source.ts";
import { refusingBuilder } from "../sources/source-builder.ts";
import {
  createWheelFetcher,
  type FetchEvent,
  type FetchOptions,
  type LinkedWheel,
  type WheelFetcher,
} from "../sources/wheel-fetcher.ts";
import { createLister, type Lister, type Listed } from "./lister.ts";
import type { IndexLocation, IndexStrategy } from "./locations.ts";
import { createMetadataReader, readUnpackedMetadata, type MetadataReader } from "./metadata.ts";
import { createPages, type Pages } from "./pages.ts";
import { createSelector, findVersion, type ChosenFile, type SelectionPolicy } from "./select.ts";

export interface RegistryPolicy extends Omit<SelectionPolicy, "target"> {
  /** Default: `first-index`. */
  readonly strategy?: IndexStrategy;
  /** Projects that come from one named index and no other, by normalised name. */
  readonly sources?: ReadonlyMap<string, string>;
}

export interface RegistryOptions {
  readonly client: Client;
  readonly store: Store;
  /** In the order in which they are asked. */
  readonly locations: readonly IndexLocation[];
  readonly target: Target;
  readonly policy?: RegistryPolicy;
  /** Downloads at a time; 50. */
  readonly concurrency?: number;
  /** Serves from the cache alone, however old. */
  readonly isOffline?: boolean;
  readonly refresh?: RefreshPolicy;
  /** What relative paths of direct wheels are relative to. */
  readonly directory: string;
  /** The metadata of what is installed, which saves asking for it. */
  readonly installed?: (name: string, version: Version) => Metadata | undefined;
  readonly onEvent?: (event: FetchEvent) => void;
  readonly signal?: AbortSignal;
}

/** A wheel that an address or a path names, in the store. */
export interface DirectDistribution {
  /** Normalised. */
  readonly name: string;
  readonly version: Version;
  readonly wheel: UnpackedWheel;
  readonly metadata: Metadata;
}

export interface Registry extends Provider {
  direct(name: string, url: string): Promise<Version>;
  prefetchVersions(name: string, versions: readonly Version[]): void;
  /**
   * The file that stands for a version of a project whose listing was asked for.
   *
   * @throws index/not-found, where the version has no file for the target
   */
  distribution(name: string, version: Version): ChosenFile;
  /**
   * Brings a wheel into the store. Every digest that was stated is checked before anything is kept.
   *
   * @throws wheel/hash-mismatch, index/metadata-mismatch, net/offline, and what the client and the store throw
   */
  fetchWheel(file: ChosenFile | LinkedWheel, options?: FetchOptions): Promise<UnpackedWheel>;
  /**
   * Fetches the wheel of a URL or a path, and answers for its version from then on.
   *
   * @throws as {@link fetchWheel}
   */
  directWheel(
    source: DirectSource,
    options?: FetchOptions & { readonly requestUrl?: string | undefined },
  ): Promise<DirectDistribution>;
  /** Saves the archive of a file as it is, into a new file. @throws as {@link fetchWheel} */
  saveWheel(file: ChosenFile | LinkedWheel, options: FetchOptions & { readonly path: string }): Promise<void>;
  /** Later indexes that have a project too, although `first-index` did not look at them: asked now, for a hint. */
  findElsewhere(name: string): Promise<readonly IndexLocation[]>;
}

/**
 * Opens the registry of a run.
 *
 * @example
 * const registry = createRegistry({ client, store, locations, target, directory: "/home/ada" });
 * const listing = await registry.listing("flask");
 */
export function createRegistry(options: RegistryOptions): Registry {
  return new OpenRegistry(options);
}

class OpenRegistry implements Registry {
  readonly #options: RegistryOptions;
  readonly #pages: Pages;
  readonly #lister: Lister;
  readonly #wheels: WheelFetcher;
  readonly #metadata: MetadataReader;
  readonly #listed = new Map<string, Listed>();
  readonly #direct = new Map<string, DirectDistribution>();
  readonly #directTargets = new Map<string, Promise<DirectDistribution>>();

  constructor(options: RegistryOptions) {
    const { client, store, locations, target, policy = {}, isOffline = false } = options;
    this.#options = options;
    this.#wheels = createWheelFetcher(options);
    this.#metadata = createMetadataReader({
      client,
      store,
      isOffline,
      fetchWheel: (file, signal) =>
        this.#wheels.fetch(promisedBy(file), signal === undefined ? {} : { signal }),
    });
    this.#pages = createPages({ ...options, isOffline });
    this.#lister = createLister({
      locations,
      pages: this.#pages,
      selector: createSelector({ ...policy, target }),
      strategy: policy.strategy ?? "first-index",
      sources: policy.sources ?? new Map<string, string>(),
      isOffline,
    });
  }

  async listing(name: string): Promise<PackageListing> {
    const listed = await this.#lister.list(name);
    this.#listed.set(name, listed);
    return listed.listing;
  }

  async dependencies(name: string, version: Version): Promise<DependencyAnswer> {
    const direct = this.#direct.get(name);
    if (direct?.version.order === version.order) return known(direct.metadata);
    const installed = this.#options.installed?.(name, version);
    if (installed !== undefined) return known(installed);
    const listed = this.#listed.get(name) ?? (await this.#lister.list(name));
    const selected = findVersion(listed.versions, version);
    if (selected?.chosen === undefined)
      return { kind: "unusable", reason: selected?.unusable ?? { kind: "no-usable-wheels" } };
    try {
      const reading = this.#metadata.read(selected.chosen, this.#options.signal);
      return known(await this.#doubting(selected.chosen, reading));
    } catch (error) {
      return unusable(error);
    }
  }

  async direct(name: string, url: string): Promise<Version> {
    const { source, requestUrl } = parseSource(url, this.#options);
    if (source.kind !== "direct") {
      const { metadata } = await refusingBuilder.metadata(source, { requestUrl });
      return metadata.version;
    }
    const found = await this.directWheel(source, { requestUrl });
    if (found.name === normalizeName(name)) return found.version;
    throw new PinionError(
      "wheel/invalid",
      `The wheel \`${found.wheel.filename}\` is not one of \`${name}\``,
      {
        details: { name, filename: found.wheel.filename },
      },
    );
  }

  prefetchVersions(name: string, versions: readonly Version[]): void {
    const listed = this.#listed.get(name);
    if (listed === undefined || this.#options.isOffline === true) return;
    for (const version of versions) {
      const chosen = findVersion(listed.versions, version)?.chosen;
      if (chosen !== undefined) this.#metadata.prefetch(chosen, this.#options.signal);
    }
  }

  distribution(name: string, version: Version): ChosenFile {
    const chosen = findVersion(this.#listed.get(name)?.versions ?? [], version)?.chosen;
    if (chosen !== undefined) return chosen;
    throw new PinionError(
      "index/not-found",
      `No file of \`${name}==${version.text}\` can be installed here`,
      {
        details: { name, version: version.text },
      },
    );
  }

  async fetchWheel(file: ChosenFile | LinkedWheel, options: FetchOptions = {}): Promise<UnpackedWheel> {
    if (!("index" in file)) return this.#wheels.fetch(file, options);
    const wheel = await this.#doubting(file, this.#wheels.fetch(promisedBy(file), options));
    this.#metadata.check(file, wheel);
    return wheel;
  }

  async saveWheel(
    file: ChosenFile | LinkedWheel,
    { path, hashes = [], signal }: FetchOptions & { readonly path: string },
  ): Promise<void> {
    const { client, onEvent } = this.#options;
    const saving = saveWheel("index" in file ? promisedBy(file) : file, {
      client,
      path,
      hashes,
      ...(onEvent === undefined ? {} : { onEvent }),
      ...(signal === undefined ? {} : { signal }),
    });
    await ("index" in file ? this.#doubting(file, saving) : saving);
  }

  directWheel(
    source: DirectSource,
    options: FetchOptions & { readonly requestUrl?: string | undefined } = {},
  ): Promise<DirectDistribution> {
    const key = JSON.stringify([options.requestUrl ?? source.url, source.hashes, options.hashes]);
    const earlier = this.#directTargets.get(key);
    if (earlier !== undefined) return earlier;
    const fetching = this.#fetchDirect(source, options);
    this.#directTargets.set(key, fetching);
    fetching.catch(() => this.#directTargets.delete(key));
    return fetching;
  }

  async findElsewhere(name: string): Promise<readonly IndexLocation[]> {
    return this.#lister.findElsewhere(name);
  }

  /**
   * Where bytes are not what a page promises, either may be wrong: a line without TLS may have changed the page, and its
   * server would go on to say that nothing is new. So the page is had anew by whoever tries again.
   */
  async #doubting<T>(file: ChosenFile, reading: Promise<T>): Promise<T> {
    try {
      return await reading;
    } catch (error) {
      if (isPinionError(error, "wheel/hash-mismatch")) this.#pages.forget(file.index, file.name);
      throw error;
    }
  }

  async #fetchDirect(
    source: DirectSource,
    { requestUrl, ...options }: FetchOptions & { readonly requestUrl?: string | undefined },
  ): Promise<DirectDistribution> {
    const { url, filename, hashes } = source;
    const linked = { url, filename, hashes, ...(requestUrl === undefined ? {} : { requestUrl }) };
    const wheel = await this.#wheels.fetch({ ...linked, statedBy: "its URL" }, options);
    const metadata = readUnpackedMetadata(wheel);
    const found = { name: source.name, version: parseVersion(source.version), wheel, metadata };
    this.#direct.set(source.name, found);
    return found;
  }
}

/** The same file with the name of the one who states its digests. */
function promisedBy(file: ChosenFile): LinkedWheel {
  const { url, cacheControl } = file.index;
  return {
    ...file,
    statedBy: `the index \`${redactUrl(url)}\``,
    ...(cacheControl?.files === undefined ? {} : { cacheControl: cacheControl.files }),
  };
}

function known({ requiresDist, requiresPython, providesExtra }: Metadata): DependencyAnswer {
  return { kind: "known", requires: requiresDist, requiresPython, providesExtra };
}

// What is wrong with one version only makes that version unusable; everything else ends the run.
function unusable(error: unknown): DependencyAnswer {
  if (isPinionError(error, "net/offline")) return { kind: "unusable", reason: { kind: "offline" } };
  if (!(error instanceof PinionError) || !UNUSABLE_CODES.has(error.code)) throw error;
  return { kind: "unusable", reason: { kind: "invalid-metadata", message: error.message } };
}

const UNUSABLE_CODES: ReadonlySet<string> = new Set([
  "index/invalid-metadata",
  "archive/invalid",
  "archive/too-large",
  "wheel/invalid",
]);
