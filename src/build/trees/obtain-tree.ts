// From a source to a folder that can be built: a private one for archives and repositories, the user's own for folders.

import { existsSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { isWithin } from "../../base/files/real-place.ts";
import { removeLargeTree } from "../../base/files/remove-tree.ts";
import { PinionError } from "../../errors.ts";
import { invalidProject } from "../../sources/projects/invalid-project.ts";
import { checkOut } from "../../git/check-out.ts";
import { fetchCommit, type GitOptions } from "../../git/repository.ts";
import { isUnverified, type Protection } from "../../net/protection.ts";
import { unsupportedFile } from "../../sources/parse-source.ts";
import type { BuildableSource, DirectorySource, GitSource, SdistSource } from "../../sources/source.ts";
import { bucketDirectory } from "../../store/cache/buckets.ts";
import { readSourceTree, type SourceTree } from "../backend/build-system.ts";
import type { BuildRequest } from "../request.ts";
import {
  readSources,
  withinRepository,
  type ProjectSources,
  type SourcesOptions,
} from "../../sources/projects/project-sources.ts";
import { readFolderState } from "./read-folder-state.ts";
import { statedName } from "./static-metadata.ts";
import { digestOfChoices, identityBefore, settingsOf } from "../kept-wheel.ts";
import { showSource } from "../../sources/show-source.ts";
import type { BuildTools, ProjectContext } from "../tools.ts";
import { unpackSdist } from "./unpack-sdist.ts";

export interface ObtainedTree {
  readonly tree: SourceTree;
  /** With what was found out: the hash of an archive, the commit of a repository. */
  readonly source: BuildableSource;
  /** Tells the contents; undefined for a folder that may have changed. */
  readonly identity: string | undefined;
  /** Which of its requirements the project takes from elsewhere; none for released sources, which stand by themselves. */
  readonly sources: ProjectSources;
  /** The URL by which others reach what a URL of these sources names. */
  readonly toUrl: (url: string) => string;
}

/** @throws build/invalid-project, wheel/not-found, git/…, archive/…, wheel/hash-mismatch, net/… */
export async function obtainTree(request: BuildRequest, context: ProjectContext): Promise<ObtainedTree> {
  const { source } = request;
  switch (source.kind) {
    case "sdist":
      return await unpack(source, request, context);
    case "git":
      return await checkOutSource(source, request, context);
    case "directory":
      return await openFolder(source, request, context);
  }
}

async function unpack(
  source: SdistSource,
  request: BuildRequest,
  { tools, newPath }: ProjectContext,
): Promise<ObtainedTree> {
  const { requestUrl, hashes = [], signal = tools.signal } = request;
  const directory = newPath(source.name ?? "source");
  const { filename } = source;
  const python = tools.python.executable;
  const env = await tools.env();
  try {
    const { top, sha256 } = await tools.withArchive(
      source,
      { requestUrl, hashes, signal },
      async (archive) => ({
        top: await unpackSdist(archive.bytes, directory, { filename, python, env, signal }),
        sha256: archive.sha256,
      }),
    );
    const folder = subfolder(top, source);
    return {
      tree: readSourceTree(folder, showSource(source)),
      source: { ...source, hashes: { ...source.hashes, sha256 } },
      identity: JSON.stringify(["sdist", sha256, source.subdirectory]),
      sources: new Map(),
      toUrl: (url) => url,
    };
  } catch (error) {
    await removeLargeTree(directory);
    throw error;
  }
}

async function checkOutSource(
  source: GitSource,
  request: BuildRequest,
  { tools, newPath, commits }: ProjectContext,
): Promise<ObtainedTree> {
  const { requestUrl, signal = tools.signal } = request;
  const { url, reference } = source;
  const named = JSON.stringify([url, reference]);
  const decided = source.commit ?? commits.get(named);
  const protection = tools.protectionOf(url);
  const options: GitOptions = {
    directory: bucketDirectory(tools.store.directory, "git"),
    env: await tools.env(),
    isOffline: tools.isOffline,
    protection,
    withholdsCredentials: withholdsCredentials(url, protection, tools),
    silenceMs: tools.silenceTimeoutMs,
    signal,
  };
  tools.onEvent({ kind: "git-started", url, reference: source.commit ?? reference });
  const wanted = decided === undefined ? { reference } : { commit: decided };
  const commit = await fetchCommit({ url, requestUrl, ...wanted }, options);
  if (source.commit === undefined) commits.set(named, commit);
  tools.onEvent({ kind: "git-finished", url, commit });
  const directory = newPath("checkout");
  await checkOut({ url, requestUrl }, { commit, directory }, options);
  const pinned = { ...source, commit };
  const tree = readSourceTree(subfolder(directory, source), showSource(pinned));
  return {
    tree,
    source: pinned,
    identity: JSON.stringify(["git", url, commit, source.subdirectory]),
    sources: await sourcesIn({ tree, subject: showSource(namedBy(tree, pinned)) }, tools, {
      workspace: { noHigherThan: directory },
      isFromNetwork: true,
    }),
    toUrl: (found) =>
      found.startsWith("file:")
        ? inRepository(found, {
            directory,
            source: source.commit === undefined ? source : { ...source, reference: commit },
          })
        : found,
  };
}

/** Over plain HTTP, git uses the user's logins as it does without Pinion, but not through the proxy of a project. */
function withholdsCredentials(
  url: string,
  protection: Protection,
  { allowsInsecureCredentials, isPlainHttpByProject }: BuildTools,
): boolean {
  if (allowsInsecureCredentials === true) return false;
  return url.startsWith("https:") ? isUnverified(protection) : isPlainHttpByProject === true;
}

async function openFolder(
  source: DirectorySource,
  { configSettings, signal }: BuildRequest,
  { tools }: ProjectContext,
): Promise<ObtainedTree> {
  const directory = fileURLToPath(source.url);
  if (!existsSync(directory)) {
    throw new PinionError("wheel/not-found", `Distribution not found at: ${source.url}`, {
      details: { path: directory },
    });
  }
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() === false)
    throw unsupportedFile(directory);
  const folder = subfolder(directory, source);
  const tree = readSourceTree(folder, folder);
  const named = namedBy(tree, source);
  const state = await readFolderState(tree, {
    isEditable: source.isEditable,
    settings: settingsOf(named, { configSettings, policy: tools.policy }),
    choices: digestOfChoices(named, tools.policy),
    env: await tools.env(),
    signal,
  });
  const known = state === undefined ? source : { ...source, state };
  return {
    tree,
    source: known,
    identity: identityBefore(known),
    sources: await sourcesIn({ tree, subject: showSource(named) }, tools, {
      workspace: "above",
      isFromNetwork: false,
    }),
    toUrl: (url) => url,
  };
}

function namedBy<Source extends BuildableSource>(tree: SourceTree, source: Source): Source {
  const name = source.name ?? statedName(tree);
  return name === undefined ? source : { ...source, name };
}

async function sourcesIn(
  { tree: { pyproject, directory }, subject }: { readonly tree: SourceTree; readonly subject: string },
  { policy }: BuildTools,
  reach: Pick<SourcesOptions, "workspace" | "isFromNetwork">,
): Promise<ProjectSources> {
  const { ignoresSources = [] } = policy;
  try {
    const file = join(directory, "pyproject.toml");
    return await readSources(pyproject, { file, folder: directory, ignored: ignoresSources, ...reach });
  } catch (error) {
    throw invalidProject(error, subject);
  }
}

/** What a project of a repository names by a path is a folder of that repository. */
function inRepository(
  url: string,
  { directory, source }: { readonly directory: string; readonly source: GitSource },
): string {
  // As it was requested: its other projects record the same revision, and come from the same commit of this run.
  const { reference } = source;
  const revision =
    reference === undefined ? "" : `@${reference.split("/").map(encodeURIComponent).join("/")}`;
  const repository = `git+${source.url}${revision}`;
  const found = withinRepository(url, { root: directory, repository });
  if (found !== undefined) return found;
  throw new PinionError(
    "build/invalid-project",
    `A source of \`${showSource(source)}\` in \`tool.uv.sources\` is outside of the repository`,
    { details: { url: source.url } },
  );
}

/** A project's folder in a tree: inside it, links followed. */
function subfolder(directory: string, source: BuildableSource): string {
  const { subdirectory } = source;
  if (subdirectory === undefined) return directory;
  const folder = join(directory, subdirectory);
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw noSubdirectory(source, "does not exist");
  if (!isWithin(realpathSync.native(folder), realpathSync.native(directory)))
    throw noSubdirectory(source, "is outside of it");
  return folder;
}

function noSubdirectory(source: BuildableSource, reason: string): PinionError {
  const { subdirectory = "" } = source;
  return new PinionError(
    "build/invalid-project",
    `The subdirectory \`${subdirectory}\` of \`${showSource(source)}\` ${reason}`,
    { details: { subdirectory, reason } },
  );
}
