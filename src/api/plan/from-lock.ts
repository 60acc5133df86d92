// A plan from a lock file: what it selects for a destination, held against what is installed. No index is asked and
// nothing is resolved.

import { dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";

import { isPinionError, PinionError } from "../../errors.ts";
import {
  selectPackages,
  type LockedChoice,
  type SelectedPackage,
  type SelectOptions,
} from "../../lock/select.ts";
import { planChanges } from "../../install/plan.ts";
import { redactUrl } from "../../net/url.ts";
import type { DirectUrl } from "../../pep/files/direct-url.ts";
import type { FolderState } from "../../pep/folder-state.ts";
import { parseSdistFilename, parseWheelFilename } from "../../pep/files/filename.ts";
import { normalizeName } from "../../pep/name.ts";
import type { LockedFile, Pylock } from "../../pep/files/pylock.ts";
import { lastSegment } from "../../pep/files/safe-filename.ts";
import { createTagRanking } from "../../pep/tags/tags.ts";
import { compareVersions, parseVersion, type Version } from "../../pep/versions/version.ts";
import type { InstalledDistribution } from "../../python/environments/environment.ts";
import { areWheelsLeftOut, isBuildForbidden } from "../../pep/name-set.ts";
import { parseRepository, type ParsedSource } from "../../sources/parse-source.ts";
import type { SourceMetadata } from "../../sources/source-builder.ts";
import { isOnNetwork } from "../../sources/reach.ts";
import {
  directUrlOf,
  isBuildable,
  unchangedState,
  type BuildableSource,
  type GitSource,
  type Source,
} from "../../sources/source.ts";
import type { PlannedBuilds } from "../builds/planned-builds.ts";
import { targetOf, sparedIn } from "../destination.ts";
import type { LockPlanRequest } from "../requests.ts";
import { requireHashOfSource } from "../inputs/hashes.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { markNamedByNetwork } from "./named-urls.ts";
import { PLAN_FORMAT, removalOf, type ChangePlan, type PlannedInstall } from "./value.ts";

/** A lock file that was read, with where it was. */
export interface LockFile {
  readonly lock: Pylock;
  /** As it is shown: a path or a URL without credentials. */
  readonly file: string;
  /** What its paths are relative to: an absolute path, or undefined for a lock file from the network. */
  readonly folder: string | undefined;
  /** The lines on which its packages begin, counted from 1; absent where they are unknown. */
  readonly lines?: readonly number[] | undefined;
}

export interface LockPlanContext {
  readonly installed: readonly InstalledDistribution[];
  readonly builds: PlannedBuilds;
  /** Finds out the version of a source tree or repository, and the state of a folder. */
  readonly describe: (source: BuildableSource) => Promise<SourceMetadata>;
  readonly onCredentials?: SourcePlacing["onCredentials"];
}

/** @throws lock/…, wheel/invalid-filename, build/… */
export async function planFromLock(
  { lock, file, folder, lines }: LockFile,
  request: LockPlanRequest,
  { installed, builds, describe, onCredentials }: LockPlanContext,
): Promise<ChangePlan> {
  const { into, reinstall = [], isExact } = request;
  const target = targetOf(into);
  const selected = withPlaces({ file, lines }, () =>
    selectPackages(lock, {
      environment: target.markers,
      tags: createTagRanking(target),
      ...selectOptions(request),
    }),
  );
  if (request.requiresHashes === true)
    // Before anything is built to learn its version.
    for (const found of selected) {
      const line = lines?.[found.position];
      const place = line === undefined ? undefined : { file, line };
      requireHashOfSource(sourceOf(found, { file, folder, lines }), { name: found.name, place });
    }
  const wanted = await Promise.all(
    selected.map((found) => toWanted(found, { file, folder, lines, describe, onCredentials })),
  );
  const { install, remove, keep } = planChanges(wanted, installed, {
    reinstall: reinstall === "all" ? "all" : new Set(reinstall.map(normalizeName)),
    isExact,
    spared: sparedIn(into),
  });
  return {
    kind: "changes",
    format: PLAN_FORMAT,
    destination: into,
    linkMode: request.linkMode ?? "clone",
    install: folder === undefined ? markNamedByNetwork(install.map(toPlanned), []) : install.map(toPlanned),
    remove: remove.map(removalOf),
    keep: keep.map(({ name, version }) => ({ name, version: version.text })),
    fingerprint: fingerprintOf(installed),
    indexes: [],
    refresh: reinstall === "all" ? "all" : reinstall.map(normalizeName),
    ...(install.some(({ source }) => isBuildable(source)) ? { builds } : {}),
    warnings: [],
  };
}

/** What a request says of the choice among a lock's packages and files. */
export function selectOptions({
  extras,
  excludedExtras,
  groups,
  noBinary,
  onlyBinary,
}: Pick<LockPlanRequest, "extras" | "excludedExtras" | "groups" | "noBinary" | "onlyBinary">): Omit<
  SelectOptions,
  "environment" | "tags"
> {
  return {
    ...(extras === undefined ? {} : { extras }),
    ...(excludedExtras === undefined ? {} : { excludedExtras }),
    ...(groups === undefined ? {} : { groups }),
    refusesWheels: (name) => areWheelsLeftOut({ noBinary, onlyBinary }, name),
    refusesBuilds: (name) => isBuildForbidden({ noBinary, onlyBinary }, name),
  };
}

/** Names the lines of the packages that a refusal is about. */
export function withPlaces<T>({ file, lines }: Pick<LockFile, "file" | "lines">, select: () => T): T {
  try {
    return select();
  } catch (error) {
    if (!isPinionError(error)) throw error;
    const { package: index, packages = index === undefined ? [] : [index] } = error.details;
    const places = (Array.isArray(packages) ? packages : []).flatMap((entry: unknown) => {
      const line = typeof entry === "number" ? lines?.[entry] : undefined;
      return line === undefined ? [] : [`${file}:${line}`];
    });
    const hints = places.length === 0 ? [] : [`See ${places.map((place) => `\`${place}\``).join(" and ")}`];
    throw new PinionError(error.code, error.message, {
      details: { ...error.details, file, places },
      hints: [...error.hints, ...hints],
      cause: error.cause,
    });
  }
}

interface WantedFromLock {
  readonly name: string;
  readonly version: Version;
  readonly source: Source;
  readonly directUrl: DirectUrl | undefined;
  readonly folderState: FolderState | undefined;
  readonly listedAt: string;
}

function toPlanned({ name, version, source, directUrl, listedAt }: WantedFromLock): PlannedInstall {
  return {
    name,
    version: version.text,
    isRequested: true,
    source,
    hashes: [],
    listedAt,
    ...(directUrl === undefined ? {} : { directUrl }),
  };
}

interface Placing extends SourcePlacing {
  readonly describe: LockPlanContext["describe"];
}

async function toWanted(found: SelectedPackage, placing: Placing): Promise<WantedFromLock> {
  const stated = sourceOf(found, placing);
  const written = ("version" in stated ? stated.version : undefined) ?? found.version;
  // Whether a folder has changed is known once it was looked at.
  const isLookedAt = isBuildable(stated) && (written === undefined || stated.kind === "directory");
  const described = isLookedAt ? await placing.describe(stated) : undefined;
  const version =
    written === undefined && described !== undefined
      ? described.metadata.version
      : parseVersion(written ?? "");
  const source = described?.source ?? stated;
  const line = placing.lines?.[found.position];
  const listedAt = line === undefined ? placing.file : `${placing.file}:${line}`;
  return {
    name: found.name,
    version,
    source,
    directUrl: directUrlOf(source),
    folderState: unchangedState(source),
    listedAt,
  };
}

/** What {@link sourceOf} needs to know of a lock file. */
export type SourcePlacing = Pick<LockFile, "file" | "folder" | "lines"> & {
  /** Is handed the URLs that have credentials, which sources never have. */
  readonly onCredentials?: ((url: string, requestUrl: string) => void) | undefined;
};

/** Where a selected package comes from. @throws lock/local-path, lock/invalid, requirement/unsupported */
export function sourceOf(selected: SelectedPackage, placing: SourcePlacing): Source {
  const source = readSource(selected, placing);
  // What lies on a server must not choose files of this machine.
  if (placing.folder === undefined && !isOnNetwork(source))
    throw localPath({ ...placing, name: selected.name }, source.url);
  return source;
}

/** Of two spellings of a version the file's: pex writes `2.5` for the wheel of 2.5.0. */
function asInFile(stated: string | undefined, inFile: Version): string {
  return stated === undefined || compareVersions(parseVersion(stated), inFile) === 0 ? inFile.text : stated;
}

function readSource(
  { name, version, index, choice, position }: SelectedPackage,
  placing: SourcePlacing,
): Source {
  switch (choice.kind) {
    case "wheel": {
      const url = urlOf(choice.file, { ...placing, name });
      const parsed = parseWheelFilename(choice.filename);
      const listed = listing(url, index);
      const common = fileFields(choice, url);
      return { kind: "index", name, version: asInFile(version, parsed.version), ...common, ...listed };
    }
    case "sdist": {
      const url = urlOf(choice.file, { ...placing, name });
      const parsed = parseSdistFilename(choice.filename);
      const common = fileFields(choice, url);
      return {
        kind: "sdist",
        name,
        version: asInFile(version, parsed.version),
        ...common,
        listing: listing(url, index),
      };
    }
    case "archive": {
      const url = urlOf(choice, { ...placing, name });
      const filename = URL.canParse(url) ? lastSegment(new URL(url).pathname) : undefined;
      if (filename === undefined)
        throw invalidEntry(placing, position, `the archive of \`${name}\` has no usable URL`);
      const { size, hashes, subdirectory } = choice;
      const common = {
        name,
        filename,
        url,
        hashes,
        ...(size === undefined ? {} : { size }),
        isLocked: true as const,
        ...(subdirectory === undefined ? {} : { subdirectory }),
      };
      if (!filename.endsWith(".whl"))
        return { kind: "sdist", ...common, ...(version === undefined ? {} : { version }) };
      const parsed = parseWheelFilename(filename);
      // The name and version of what is built are compared once they are known.
      if (parsed.name !== name)
        throw invalidEntry(placing, position, `\`${filename}\` is not a file of \`${name}\``);
      if (version !== undefined && compareVersions(parseVersion(version), parsed.version) !== 0)
        throw invalidEntry(placing, position, `\`${filename}\` is not a file of version ${version}`);
      return { kind: "direct", ...common, version: parsed.version.text };
    }
    case "directory": {
      const { subdirectory, isEditable = false } = choice;
      const url = fileUrl(choice.path, { ...placing, name });
      return {
        kind: "directory",
        name,
        url,
        isEditable,
        ...(subdirectory === undefined ? {} : { subdirectory }),
      };
    }
    case "vcs": {
      if (choice.type !== "git") throw unsupportedRepository(name, choice.type);
      const { requestedRevision, commitId, subdirectory } = choice;
      const { source, requestUrl } = repositoryOf(urlOf(choice, { ...placing, name }), placing, position);
      if (requestUrl !== undefined) placing.onCredentials?.(source.url, requestUrl);
      return {
        ...source,
        name,
        commit: commitId,
        // What a lock pins without a name is requested by its commit, as uv records it.
        reference: requestedRevision ?? commitId,
        ...(subdirectory === undefined ? {} : { subdirectory }),
      };
    }
  }
}

function fileFields(
  { file, filename }: Extract<LockedChoice, { readonly file: LockedFile }>,
  url: string,
): Pick<Extract<Source, { kind: "index" }>, "filename" | "url" | "hashes" | "size" | "isLocked"> {
  const { hashes, size } = file;
  return { filename, url, hashes, ...(size === undefined ? {} : { size }), isLocked: true };
}

/** Not every tool writes the index; then the folder of the file is used instead. */
function listing(
  url: string,
  index: string | undefined,
): Pick<Extract<Source, { kind: "index" }>, "index" | "metadata" | "yanked"> {
  const shown = index ?? url.slice(0, url.lastIndexOf("/"));
  return { index: { url: shown, kind: "simple" }, metadata: false, yanked: false };
}

interface Place {
  readonly url?: string | undefined;
  readonly path?: string | undefined;
}

type Located = SourcePlacing & { readonly name: string };

/** A path goes before a URL, as the specification allows and uv and pip do. */
function urlOf({ url, path }: Place, placing: Located): string {
  if (path !== undefined && (placing.folder !== undefined || url === undefined))
    return fileUrl(path, placing);
  if (url === undefined) return fileUrl(path ?? "", placing);
  return URL.canParse(url) ? new URL(url).href : url;
}

function repositoryOf(url: string, placing: SourcePlacing, position: number): ParsedSource<GitSource> {
  try {
    return parseRepository(url);
  } catch (error) {
    if (!isPinionError(error)) throw error;
    throw invalidEntry(placing, position, error.message, error);
  }
}

function invalidEntry(
  { file, lines }: SourcePlacing,
  position: number,
  reason: string,
  cause: unknown = new PinionError("lock/invalid", reason),
): PinionError {
  const line = lines?.[position];
  const where = line === undefined ? file : `${file}:${line}`;
  return new PinionError("lock/invalid", `Cannot read the lock file \`${where}\``, {
    details: { file, line, reason },
    cause,
  });
}

function fileUrl(path: string, placing: Located): string {
  if (placing.folder === undefined) throw localPath(placing, path);
  return pathToFileURL(resolve(placing.folder, path)).href;
}

function localPath({ name, file }: Located, path: string): PinionError {
  return new PinionError(
    "lock/local-path",
    `The lock file \`${file}\` names a local path for \`${name}\`: \`${redactUrl(path)}\``,
    {
      details: { file, name, path: redactUrl(path) },
      hints: ["Download the lock file and what it names, and install from there"],
    },
  );
}

function unsupportedRepository(name: string, type: string): PinionError {
  return new PinionError(
    "requirement/unsupported",
    `Package \`${name}\` is locked to a \`${type}\` repository: only \`git\` is supported`,
    { details: { name, type } },
  );
}

/** The folder that the paths of a local lock file are relative to. */
export function folderOfLock(path: string, directory: string): string {
  return dirname(resolve(directory, path));
}
