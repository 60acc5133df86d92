// The registry of one plan: answers the resolver from indexes, folders and direct sources. Everything is asked once and
// remembered until the plan is made.

import { otherProject } from "../sources/other-project.ts";
import { PinionError, isPinionError } from "../errors.ts";
import type { Client } from "../net/client.ts";
import { redactUrl } from "../net/url.ts";
import type { Metadata } from "../pep/metadata/metadata.ts";
import { mayHold } from "../pep/markers/extras.ts";
import { normalizeName } from "../pep/name.ts";
import type { Requirement } from "../pep/requirements/requirement.ts";
import type { NamedIndex } from "../pep/requirements/requirement-entry.ts";
import type { Target } from "../pep/tags/tags.ts";
import type { Version } from "../pep/versions/version.ts";
import type { DependencyAnswer, PackageListing, Provider } from "../resolve/provider.ts";
import { explainingMismatch } from "../sources/fetching/fetch-failure.ts";
import { invalidProject } from "../sources/projects/invalid-project.ts";
import type { ObtainOptions } from "../sources/fetching/obtain.ts";
import { undeclaredIndex, type StatedIndex } from "../sources/projects/project-statements.ts";
import { parseSource, type NamedSource } from "../sources/parse-source.ts";
import { isOnNetwork, refuseLocalSource } from "../sources/reach.ts";
import type { RefreshPolicy } from "../sources/fetching/refresh.ts";
import { showSource } from "../sources/show-source.ts";
import {
  isBuildable,
  type BuildableSource,
  type DirectSource,
  type IndexSource,
  type SdistSource,
  type Source,
} from "../sources/source.ts";
import { refusingBuilder, type SourceBuilder, type SourceMetadata } from "../sources/source-builder.ts";
import { unhashedDependency } from "../sources/fetching/stated-hashes.ts";
import type { FetchEvent } from "../sources/fetching/linked-wheel.ts";
import type { Store, UnpackedWheel } from "../store/store.ts";
import { once } from "../base/work/once.ts";
import { createFiles, doubtingPage, type Files, type RequestUrls } from "./files.ts";
import { createLister, type Lister, type Listed } from "./indexes/lister.ts";
import type { IndexLocation, IndexStrategy } from "./indexes/locations.ts";
import { readUnpackedMetadata } from "./metadata/metadata.ts";
import { createPages } from "./pages/pages.ts";
import type { SelectionPolicy, UniversalTarget } from "./candidates/judge-file.ts";
import {
  createSelector,
  findVersion,
  sourceOf,
  type ChosenFile,
  type IndexedFile,
} from "./candidates/select.ts";
import { findStatedMetadata, type StatedMetadata } from "../pep/metadata/stated-metadata.ts";
import { createSharedReads, type SharedReads } from "./shared-reads.ts";
import type { Witness } from "./witness.ts";

export interface RegistryPolicy extends Omit<SelectionPolicy, "target"> {
  /** Default: `first-index`. */
  readonly strategy?: IndexStrategy | undefined;
  /** Requirements that count instead of a version's own metadata. */
  readonly dependencyMetadata?: readonly StatedMetadata[] | undefined;
  /** No code runs of what has no hash. */
  readonly requiresHashes?: boolean | undefined;
}

export interface RegistryOptions {
  readonly client: Client;
  readonly store: Store;
  /** In the order in which they are asked. */
  readonly locations: readonly IndexLocation[];
  readonly target: Target | UniversalTarget;
  readonly policy?: RegistryPolicy;
  /** Downloads at a time; 50. */
  readonly concurrency?: number | undefined;
  /** Serves only from the cache, however old. */
  readonly isOffline?: boolean | undefined;
  readonly refresh?: RefreshPolicy | undefined;
  /** What relative paths in the metadata of direct sources are relative to. */
  readonly directory: string;
  /** The index of a name that a project's file gives it; undefined where there is none. */
  readonly locateIndex?: ((index: NamedIndex) => IndexLocation | undefined) | undefined;
  /** The metadata of what is installed, which saves asking for it. */
  readonly installed?: ((name: string, version: Version) => Metadata | undefined) | undefined;
  /** What other registries of the session share; by default nothing. */
  readonly reads?: SharedReads | undefined;
  /** By default nothing is built. */
  readonly builder?: SourceBuilder | undefined;
  readonly requestUrls?: RequestUrls | undefined;
  /** Called with each URL that a requirement of something on this machine names. */
  readonly onLocallyNamed?: ((url: string) => void) | undefined;
  readonly onEvent?: ((event: FetchEvent) => void) | undefined;
  readonly onWarning?: ((message: string) => void) | undefined;
  /** Notes what the answers are derived from. */
  readonly witness?: Witness | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What a URL or a path names, once its metadata is known. */
export interface DirectDistribution {
  /** Normalised. */
  readonly name: string;
  readonly version: Version;
  readonly metadata: Metadata;
  /** With what was found out: the hash of an archive, the commit of a repository. */
  readonly source: NamedSource;
}

export interface DirectOptions extends ObtainOptions {
  /** The URL with the credentials that were given. */
  readonly requestUrl?: string | undefined;
}

export interface Registry extends Provider, Files {
  direct(name: string, url: string): Promise<Version>;
  /** How to describe what a URL of the user's leads to, should it be wanted: its place and its credentials are known there. */
  describeLater(url: string, describe: () => Promise<DirectDistribution>): void;
  prefetchVersions(name: string, versions: readonly Version[]): void;
  /**
   * The file that was chosen for a version of a project whose listing was requested.
   *
   * @throws index/not-found, where the version has no file for the target
   */
  source(name: string, version: Version): IndexSource | SdistSource;
  /** Every file of such a version, for any platform, but those that are too new. */
  files(name: string, version: Version): readonly IndexedFile[];
  /**
   * Finds out what a direct source holds, and answers for its version from then on. A wheel is fetched for that.
   *
   * @throws as `Files.obtain`
   */
  describe(source: NamedSource, options?: DirectOptions): Promise<DirectDistribution>;
  /** Takes a project from one index only. @throws requirement/unsupported */
  pin(requirement: Requirement, index: NamedIndex): void;
  /** Refuses indexes that settings do not know. @throws requirement/unsupported */
  declared(indexes: readonly StatedIndex[]): void;
  /** What a direct source holds that was described, or that a direct source's requirements name. */
  described(name: string): DirectDistribution | undefined;
  /** Whether a path that a project's own sources name is installed in place, by its URL; undefined where none names it. */
  sourcedPath(url: string): boolean | undefined;
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
  readonly #lister: Lister;
  readonly #reads: SharedReads;
  readonly #files: Files;
  readonly #listed = new Map<string, Listed>();
  readonly #direct = new Map<string, DirectDistribution>();
  readonly #described = new Map<string, Promise<DirectDistribution>>();
  /** By the URLs of the user's own words. */
  readonly #later = new Map<string, () => Promise<DirectDistribution>>();
  /** By the URLs of paths that a project's sources name: whether they are installed in place. */
  readonly #sourcedPaths = new Map<string, boolean>();

  constructor(options: RegistryOptions) {
    const { locations, target, policy = {}, isOffline = false } = options;
    this.#options = options;
    this.#reads = options.reads ?? createSharedReads(options);
    this.#files = createFiles({
      ...options,
      reads: this.#reads,
    });
    this.#lister = createLister({
      locations,
      pages: createPages({ ...options, isOffline }),
      selector: createSelector({ ...policy, target }),
      strategy: policy.strategy ?? "first-index",
      isOffline,
      signal: options.signal,
    });
  }

  async listing(name: string): Promise<PackageListing> {
    const listed = await this.#lister.list(name);
    this.#listed.set(name, listed);
    return listed.listing;
  }

  async dependencies(name: string, version: Version): Promise<DependencyAnswer> {
    const { witness, policy } = this.#options;
    const stated = findStatedMetadata(policy?.dependencyMetadata ?? [], name, version);
    if (stated !== undefined) return this.#known(stated);
    const direct = this.#direct.get(name);
    if (direct?.version.order === version.order) return this.#known(direct.metadata);
    const installed = this.#options.installed?.(name, version);
    if (installed !== undefined) {
      witness?.other();
      return this.#known(installed);
    }
    const listed = this.#listed.get(name) ?? (await this.#lister.list(name));
    const selected = findVersion(listed.versions, version);
    if (selected?.described === undefined)
      return { kind: "unusable", reason: selected?.unusable ?? { kind: "no-usable-wheels" } };
    try {
      const { metadata, record } = await this.#metadataOf(selected.described);
      if (record === undefined) witness?.metadata(this.#reads.metadata.originOf(selected.described));
      else witness?.record(record);
      return this.#known(metadata);
    } catch (error) {
      witness?.other();
      return unusable(error);
    }
  }

  async direct(name: string, url: string, requiredBy?: string): Promise<Version> {
    const { source, requestUrl } = parseSource(url, this.#options);
    if (requiredBy !== undefined) {
      // What is on this machine may require what is there too.
      if (isOnNetwork(parseSource(requiredBy, this.#options).source))
        refuseLocalSource(source, redactUrl(requiredBy));
      else this.#options.onLocallyNamed?.(source.url);
    }
    const isEditable = source.kind === "directory" && this.#sourcedPaths.get(url) === true;
    const isFile = source.kind !== "git" && source.kind !== "directory";
    this.#requireHash(name, isFile);
    const later = requiredBy === undefined ? this.#later.get(url) : undefined;
    if (later !== undefined) return (await later()).version;
    const found = await this.describe(isEditable ? { ...source, isEditable } : source, {
      requestUrl,
      ...(isFile ? { hashes: this.#hashesOf(name) } : {}),
    });
    if (found.name === normalizeName(name)) return found.version;
    throw otherProject(name, { found: found.name, url: source.url });
  }

  describeLater(url: string, describe: () => Promise<DirectDistribution>): void {
    this.#later.set(url, describe);
  }

  isFolder(name: string): boolean {
    return this.#direct.get(name)?.source.kind === "directory";
  }

  prefetchVersions(name: string, versions: readonly Version[]): void {
    const listed = this.#listed.get(name);
    if (listed === undefined || this.#options.isOffline === true) return;
    for (const version of versions) {
      const chosen = findVersion(listed.versions, version)?.described;
      if (chosen !== undefined) this.#reads.metadata.prefetch(chosen, this.#options.signal);
    }
  }

  files(name: string, version: Version): readonly IndexedFile[] {
    return findVersion(this.#listed.get(name)?.versions ?? [], version)?.files ?? [];
  }

  source(name: string, version: Version): IndexSource | SdistSource {
    const chosen = findVersion(this.#listed.get(name)?.versions ?? [], version)?.chosen;
    if (chosen !== undefined) return sourceOf(chosen);
    throw new PinionError(
      "index/not-found",
      `No file of \`${name}==${version.text}\` can be installed here`,
      {
        details: { name, version: version.text },
      },
    );
  }

  obtain(source: Source, options: ObtainOptions = {}): Promise<UnpackedWheel> {
    return this.#files.obtain(source, { signal: this.#options.signal, ...options });
  }

  save(source: Source, options: ObtainOptions & { readonly path: string }): Promise<void> {
    return this.#files.save(source, { signal: this.#options.signal, ...options });
  }

  describe(source: NamedSource, options: DirectOptions = {}): Promise<DirectDistribution> {
    const { requestUrl, hashes } = options;
    if (requestUrl !== undefined) this.#options.requestUrls?.set(source.url, requestUrl);
    return once(this.#described, JSON.stringify([source, hashes]), () => this.#describe(source, options));
  }

  pin({ name, marker }: Requirement, index: NamedIndex): void {
    const { locateIndex, target, witness } = this.#options;
    witness?.other();
    if (marker !== undefined) {
      if (!("markers" in target)) throw conditionalIndex(name, index);
      if (!mayHold(marker, target.markers)) return;
    }
    const location = locateIndex?.(index);
    if (location === undefined) throw undeclaredIndex(name, index);
    this.#lister.pin(name, location);
  }

  declared(indexes: readonly StatedIndex[]): void {
    for (const { index, refusal } of indexes)
      if (this.#options.locateIndex?.(index) === undefined) throw refusal;
  }

  sourcedPath(url: string): boolean | undefined {
    return this.#sourcedPaths.get(url);
  }

  described(name: string): DirectDistribution | undefined {
    return this.#direct.get(name);
  }

  #known({
    requiresDist,
    requiresPython,
    providesExtra,
  }: Pick<Metadata, "requiresDist" | "requiresPython" | "providesExtra">): DependencyAnswer {
    const isIgnored = this.#options.policy?.ignoresRequiresPython === true;
    return {
      kind: "known",
      requires: requiresDist,
      requiresPython: isIgnored ? undefined : requiresPython,
      providesExtra,
    };
  }

  async #metadataOf(file: ChosenFile): Promise<Pick<SourceMetadata, "metadata" | "record">> {
    const { builder, signal } = this.#options;
    const source = sourceOf(file);
    // Without a metadata file beside it, the whole archive is needed in any case.
    if (source.kind === "sdist" && builder !== undefined && file.metadata === false)
      return await doubtingPage(source, this.#built(source, file, builder), this.#options);
    try {
      const reading = this.#reads.metadata.read(file, signal);
      return { metadata: await doubtingPage(source, reading, this.#options) };
    } catch (error) {
      if (builder === undefined || source.kind !== "sdist" || !isPinionError(error, "build/unsupported"))
        throw error;
      // The file beside it was read as well.
      return { metadata: (await this.#built(source, file, builder)).metadata };
    }
  }

  /** A build runs the code of a file: not of one that is refused afterwards. */
  async #built(
    source: SdistSource,
    { name, version, url }: ChosenFile,
    builder: SourceBuilder,
  ): Promise<SourceMetadata> {
    const { refresh, signal } = this.#options;
    this.#requireHash(name, true);
    const building = builder.metadata(source, { refresh, signal, hashes: this.#hashesOf(name) });
    return await explainingMismatch(building, () => ({
      subject: `${name}==${version.text}`,
      isLocal: url.startsWith("file:"),
    }));
  }

  #requireHash(name: string, isFile: boolean): void {
    if (this.#options.policy?.requiresHashes !== true) return;
    if (!isFile || this.#hashesOf(name).length === 0) throw unhashedDependency(normalizeName(name));
  }

  #hashesOf(name: string): readonly string[] {
    return this.#options.policy?.hashes?.get(normalizeName(name)) ?? [];
  }

  async #describe(source: NamedSource, options: DirectOptions): Promise<DirectDistribution> {
    this.#options.witness?.other();
    const found = isBuildable(source)
      ? await (this.#options.builder ?? refusingBuilder).metadata(source, {
          refresh: this.#options.refresh,
          signal: this.#options.signal,
          ...options,
        })
      : await this.#readDirect(source, options);
    if (isBuildable(source) && "sourced" in found) this.#takeSources(source, found);
    const { name, version } = found.metadata;
    const described = { name, version, ...found };
    this.#direct.set(name, described);
    return described;
  }

  /** What the sources of a project say of its requirements. */
  #takeSources(
    source: BuildableSource,
    { metadata, sourced = [], statedIndexes = [] }: SourceMetadata,
  ): void {
    try {
      this.declared(statedIndexes);
      for (const { requirement, isEditable, index } of sourced) {
        if (isEditable !== undefined && requirement.url !== undefined) {
          const isInPlace = isEditable || this.#sourcedPaths.get(requirement.url) === true;
          this.#sourcedPaths.set(requirement.url, isInPlace);
        }
        if (index !== undefined) this.pin(requirement, index);
      }
    } catch (error) {
      throw invalidProject(error, showSource({ ...source, name: metadata.name }));
    }
  }

  async #readDirect(
    source: DirectSource,
    options: DirectOptions,
  ): Promise<{ readonly source: DirectSource; readonly metadata: Metadata }> {
    const wheel = await this.obtain(source, options);
    return {
      source: { ...source, hashes: { ...source.hashes, sha256: wheel.sha256 } },
      metadata: readUnpackedMetadata(wheel),
    };
  }
}

function conditionalIndex(name: string, { name: index, file }: NamedIndex): PinionError {
  return new PinionError(
    "requirement/unsupported",
    `The index \`${index}\` of \`${name}\` counts in some environments only, which cannot be resolved for all at once`,
    { details: { name, index, file }, hints: [{ kind: "skip-project-sources" }] },
  );
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
