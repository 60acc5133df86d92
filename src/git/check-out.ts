// Checks a commit out for a build, with its submodules: each tree is counted before git writes it, since a few hundred bytes of
// trees that name one another can stand for any number of files.

import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

import { PinionError } from "../errors.ts";
import { git, matchingSettings, type GitEnvironment } from "./git-command.ts";
import { narrowed, online, withRepository, type GitOptions, type GitRequest } from "./repository.ts";
import { submoduleFolder } from "./submodule-folder.ts";
import { TreeCount, type Submodule } from "./tree-count.ts";

/**
 * Checks a commit out into a folder that is not there yet: with its history, tags and submodules.
 *
 * @throws git/failed, git/not-found, git/too-large, net/timeout, net/cancelled, cache/locked
 */
export async function checkOut(
  request: GitRequest,
  { commit, directory }: { readonly commit: string; readonly directory: string },
  options: GitOptions,
): Promise<void> {
  await withRepository(request, options, async (repository, environment) => {
    // Objects are linked, or copied where the file system has no links.
    await git(
      ["clone", "--quiet", "--local", "--no-checkout", "--", repository, directory],
      options.directory,
      { env: options.env, signal: options.signal },
    );
    // Submodules with relative URLs, and large files, are beside the repository and not beside its copy.
    await git(["remote", "set-url", "origin", request.url], directory, environment);
    const connected = await online(environment, directory, options);
    const count = new TreeCount(options.bounds);
    const submodules = await writeTree(directory, commit, { environment: connected, count });
    const isLocal = /^file:/i.test(request.url);
    const narrow = narrowed(connected, isLocal ? [] : LOCAL_TRANSPORTS);
    await addSubmodules(directory, submodules, { environment: narrow, count, depth: 0 });
  });
}

interface Checkout {
  readonly environment: GitEnvironment;
  /** Of the repository and all its submodules. */
  readonly count: TreeCount;
}

/** Writes the files of a commit, and gives back its submodules. */
async function writeTree(
  directory: string,
  commit: string,
  { environment, count }: Checkout,
): Promise<readonly Submodule[]> {
  const submodules: Submodule[] = [];
  await git(["ls-tree", "-r", "-t", "-l", "-z", commit], directory, environment, {
    take: (text) => {
      for (const submodule of count.add(text)) submodules.push(submodule);
    },
  });
  if (count.mayOutgrow(MAX_ENLARGEMENT)) await keepSizes(directory, environment);
  await git(["reset", "--quiet", "--hard", commit], directory, environment);
  return submodules;
}

/** Has git write the files of a repository as they are stored. These attributes come before those of its commits. */
async function keepSizes(directory: string, environment: GitEnvironment): Promise<void> {
  const printed = await git(["rev-parse", "--git-path", "info/attributes"], directory, environment);
  const file = resolve(directory, printed.replace(/\r?\n$/, ""));
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, "* -text -ident !working-tree-encoding\n");
}

/** One level at a time: git itself would write each as soon as it is there. */
async function addSubmodules(
  directory: string,
  submodules: readonly Submodule[],
  { environment, count, depth }: Checkout & { readonly depth: number },
): Promise<void> {
  if (!existsSync(join(directory, ".gitmodules"))) return;
  if (depth >= MAX_SUBMODULE_DEPTH) {
    throw new PinionError(
      "git/too-large",
      `Its submodules are nested more than ${MAX_SUBMODULE_DEPTH} times`,
    );
  }
  for (const { path } of submodules) submoduleFolder(directory, path);
  await git(["submodule", "--quiet", "init"], directory, environment);
  const update = await matchingSettings(String.raw`^submodule\..*\.(url|update)$`, directory, environment);
  const skipped = new Set(update.flatMap(([key, value]) => (value === "none" ? [nameOf(key)] : [])));
  const names = [...new Set(update.map(([key]) => nameOf(key)))].filter((name) => !skipped.has(name));
  // Instead of writing files, git runs a program that does nothing.
  const nothing = names.map((name) => [`submodule.${name}.update`, "!true"] as const);
  const quiet = { ...environment, settings: [...(environment.settings ?? []), ...nothing] };
  await git(["submodule", "update", "--progress"], directory, quiet, { silenceMs: SUBMODULES_SILENCE_MS });
  for (const { path, commit } of submodules) {
    const submodule = submoduleFolder(directory, path);
    // One that its repository switches off is not there.
    if (submodule === undefined || !existsSync(join(submodule, ".git"))) continue;
    const nested = await writeTree(submodule, commit, { environment, count });
    await addSubmodules(submodule, nested, { environment, count, depth: depth + 1 });
  }
}

/** Of a setting such as `submodule.NAME.url`. */
function nameOf(key: string): string {
  return key.slice(key.indexOf(".") + 1, key.lastIndexOf("."));
}

/** The submodules of a repository from the network are on the network, and git runs no program to reach them. */
const LOCAL_TRANSPORTS = ["file", "ext"];
const MAX_SUBMODULE_DEPTH = 20;
/** Several repositories come one after the other, and an SSH server may ask for patience. */
const SUBMODULES_SILENCE_MS = 300_000;
/**
 * What attributes make of a file at most: `$Id$` becomes the 71 characters with a hash of SHA-256, each of them four bytes in UTF-32.
 */
const MAX_ENLARGEMENT = 71;
