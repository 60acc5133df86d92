// The versions of a project, as the indexes list them: what an updater or a picker shows before anything is planned.

import { PinionError } from "../errors.ts";
import { normalizeName } from "../pep/name.ts";
import { parseSpecifierSet } from "../pep/versions/specifier.ts";
import type { SpecifierSet } from "../pep/versions/specifier-set.ts";
import { isPrerelease } from "../pep/versions/version.ts";
import type { ListedVersion } from "../resolve/provider.ts";
import { redactUrl } from "../net/url.ts";
import type { Registry } from "../registry/registry.ts";
import type { IndexedFile } from "../registry/candidates/select.ts";
import { isSourceDistribution } from "../registry/metadata/source-metadata.ts";

/** A version of a project: a plain JSON value. */
export interface ProjectVersion {
  readonly version: string;
  readonly isPrerelease: boolean;
  /** PEP 592: false, or the reason, which may be empty. */
  readonly yanked: false | string;
  /** Whether a file of it can be installed, or built, for the target that was asked about; true without one. */
  readonly isUsable: boolean;
  readonly files: readonly ProjectFile[];
}

export interface ProjectFile {
  readonly filename: string;
  readonly kind: "wheel" | "sdist";
  /** Without credentials. */
  readonly url: string;
  /** Digests in lower-case hexadecimal by algorithm, as the index states them. */
  readonly hashes: Readonly<Record<string, string>>;
  /** Bytes. */
  readonly size?: number;
  /** As the index states it, such as `>=3.9`. */
  readonly requiresPython?: string;
  /** RFC 3339. */
  readonly uploadTime?: string;
  readonly yanked: false | string;
  /** The index that lists it, without credentials. */
  readonly index: string;
}

/** @throws index/not-found, and what the registry throws */
export async function listVersionsOf(
  name: string,
  registry: Pick<Registry, "listing" | "files">,
): Promise<readonly ProjectVersion[]> {
  const normalized = normalizeName(name);
  const listing = await registry.listing(normalized);
  if (listing.kind !== "found") {
    const place = listing.kind === "not-found" ? listing.place : "network";
    throw new PinionError("index/not-found", `\`${normalized}\` was not found in the package indexes`, {
      details: { name: normalized, place },
      hints: listing.kind === "not-found" ? (listing.hints ?? []) : [],
    });
  }
  return listing.versions.map((version) => describe(version, registry.files(normalized, version.version)));
}

/** Nothing that is said about Python rules a file out. */
export const EVERY_PYTHON: SpecifierSet = parseSpecifierSet("");

function describe(listed: ListedVersion, files: readonly IndexedFile[]): ProjectVersion {
  const { version } = listed;
  const isYanked = files.length > 0 && files.every(({ yanked }) => yanked !== false);
  return {
    version: version.text,
    isPrerelease: isPrerelease(version),
    yanked: isYanked ? (files[0]?.yanked ?? false) : false,
    isUsable: listed.unusable === undefined,
    files: files.map(describeFile),
  };
}

function describeFile(file: IndexedFile): ProjectFile {
  const { filename, url, hashes, size, requiresPython, uploadTime, yanked, index } = file;
  return {
    filename,
    kind: isSourceDistribution(filename) ? "sdist" : "wheel",
    url: redactUrl(url),
    hashes,
    ...(size === undefined ? {} : { size }),
    ...(requiresPython === undefined ? {} : { requiresPython }),
    ...(uploadTime === undefined ? {} : { uploadTime }),
    yanked,
    index: redactUrl(index.url),
  };
}
