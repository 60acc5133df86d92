// What tells whether a project's folder has changed since it was built, by uv's rule: the files that declare the project, or
// what its `tool.uv.cache-keys` name. A project that is not installed in place has copies of its code in the environment, so
// without such keys all of its files count there, and one with dynamic metadata, whose version may come from anywhere, is
// always built.

import { hash } from "node:crypto";
import { statSync, type BigIntStats } from "node:fs";
import { join, relative } from "node:path";

import { findFiles } from "../../base/files/find-files.ts";
import { tomlTable } from "../../base/formats/toml-table.ts";
import { isRecord } from "../../base/values/record.ts";
import { PinionError } from "../../errors.ts";
import type { ConfigSettings } from "../../pep/config-settings.ts";
import { formatFolderState, type FolderState, type FolderTime } from "../../pep/folder-state.ts";
import type { GitEnvironment } from "../../git/git-command.ts";
import type { SourceTree } from "../backend/build-system.ts";
import { hasDynamicFields } from "./static-metadata.ts";

export interface FolderStateOptions {
  readonly isEditable: boolean;
  readonly settings: ConfigSettings;
  /** A digest of what else settings say of the build. */
  readonly choices?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal | undefined;
}

/**
 * Reads the state of a project's folder; undefined where only a build shows whether it has changed.
 *
 * @throws build/invalid-project where `tool.uv.cache-keys` makes no sense
 */
export async function readFolderState(
  { directory, pyproject }: SourceTree,
  { isEditable, settings, choices, env, signal }: FolderStateOptions,
): Promise<FolderState | undefined> {
  const stated = tomlTable(pyproject, "tool", "uv")?.["cache-keys"];
  const keys = stated === undefined ? DEFAULT_KEYS : readKeys(stated, directory);
  const isWholeTree = !isEditable && stated === undefined;
  if (isWholeTree && (tomlTable(pyproject, "project") === undefined || hasDynamicFields(pyproject)))
    return undefined;
  const found = isWholeTree
    ? await findFiles(directory, ["**"], { skips: isNoSource, signal })
    : await findFiles(directory, patternsOf(keys), { signal });
  if (found === undefined || found.length > MAX_FILES) return undefined;
  const matched = found.toSorted();
  const refs = await readGit(keys, directory, { env, signal });
  if (refs === undefined) return undefined;
  const { commit, tags } = refs;
  return formatFolderState({
    timestamp: newestChange([...namedFiles(directory, keys), ...(isWholeTree ? [] : matched)]),
    commit,
    tags,
    env: Object.fromEntries(keys.flatMap((key) => ("env" in key ? [[key.env, veiled(env[key.env])]] : []))),
    directories: Object.fromEntries(
      keys.flatMap((key) => ("dir" in key ? [[key.dir, birthOf(join(directory, key.dir))]] : [])),
    ),
    // The newest change does not show by itself that a file is gone.
    tree: isWholeTree || patternsOf(keys).length > 0 ? digestOf(matched, directory) : undefined,
    // Such as an index with a login, for what a backend installs.
    settings: Object.fromEntries(
      Object.entries(settings).map(([name, value]) => [name, veiled(JSON.stringify(value))]),
    ),
    choices,
  });
}

type CacheKey =
  | { readonly file: string }
  | { readonly dir: string }
  | { readonly env: string }
  | { readonly git: { readonly commit: boolean; readonly tags: boolean } };

/** uv's. */
const DEFAULT_KEYS: readonly CacheKey[] = [
  { file: "pyproject.toml" },
  { file: "setup.py" },
  { file: "setup.cfg" },
  { dir: "src" },
];

function readKeys(stated: unknown, directory: string): readonly CacheKey[] {
  if (Array.isArray(stated) && stated.length > MAX_KEYS)
    throw new PinionError(
      "build/invalid-project",
      `\`${directory}\` is not a valid Python project: \`tool.uv.cache-keys\` has more than ${MAX_KEYS} entries`,
      { details: { directory, key: "tool.uv.cache-keys", limit: MAX_KEYS } },
    );
  const keys = Array.isArray(stated) ? stated.map(readKey) : [undefined];
  return keys.map((key) => {
    if (key !== undefined) return key;
    throw new PinionError(
      "build/invalid-project",
      `\`${directory}\` is not a valid Python project: \`tool.uv.cache-keys\` is not a list of files and of tables with \`file\`, \`dir\`, \`git\` or \`env\``,
      { details: { directory, key: "tool.uv.cache-keys" } },
    );
  });
}

function readKey(value: unknown): CacheKey | undefined {
  if (typeof value === "string") return { file: value };
  if (!isRecord(value)) return undefined;
  const [[kind, key] = [], ...others] = Object.entries(value);
  if (others.length > 0) return undefined;
  if (kind === "git") return readGitKey(key);
  if (typeof key !== "string") return undefined;
  if (kind === "file") return { file: key };
  if (kind === "dir") return { dir: key };
  return kind === "env" ? { env: key } : undefined;
}

function readGitKey(value: unknown): CacheKey | undefined {
  if (typeof value === "boolean") return { git: { commit: value, tags: false } };
  if (!isRecord(value)) return undefined;
  const { commit = false, tags = false, ...others } = value;
  if (typeof commit !== "boolean" || typeof tags !== "boolean" || Object.keys(others).length > 0)
    return undefined;
  return { git: { commit, tags } };
}

function patternsOf(keys: readonly CacheKey[]): readonly string[] {
  return keys.flatMap((key) => ("file" in key && GLOB.test(key.file) ? [key.file] : []));
}

function namedFiles(directory: string, keys: readonly CacheKey[]): readonly string[] {
  return keys.flatMap((key) => ("file" in key && !GLOB.test(key.file) ? [join(directory, key.file)] : []));
}

function newestChange(paths: readonly string[]): FolderTime | undefined {
  let newest: bigint | undefined;
  for (const path of paths) {
    const status = statusOf(path);
    if (status?.isFile() !== true) continue;
    const changed = process.platform === "win32" ? status.mtimeNs : status.ctimeNs;
    if (newest === undefined || changed > newest) newest = changed;
  }
  return newest === undefined ? undefined : timeOf(newest);
}

/** Of names, sizes and times. */
function digestOf(paths: readonly string[], directory: string): string {
  const rows = paths.map((path) => {
    const { size = 0n, mtimeNs = 0n, ctimeNs = 0n } = statusOf(path) ?? {};
    return JSON.stringify([relative(directory, path), `${size}`, `${mtimeNs}`, `${ctimeNs}`]);
  });
  return hash("sha256", rows.join("\n"), "hex");
}

/**
 * Commit and tags, as far as a key asks for them; nothing outside of a repository, and undefined where git does not answer in time.
 * The repository may be a stranger's, and its settings name programs: nothing is fetched through them, and a folder that is
 * a part of a checkout is not taken for a repository.
 */
async function readGit(
  keys: readonly CacheKey[],
  directory: string,
  { env, signal }: Pick<FolderStateOptions, "env" | "signal">,
): Promise<
  | {
      readonly commit: string | undefined;
      readonly tags: Readonly<Record<string, string>> | undefined;
    }
  | undefined
> {
  const asked = keys.flatMap((key) => ("git" in key ? [key.git] : []));
  if (!asked.some(({ commit, tags }) => commit || tags)) return { commit: undefined, tags: undefined };
  const { git } = await import("../../git/git-command.ts");
  const late = AbortSignal.timeout(GIT_PATIENCE_MS);
  const context: GitEnvironment = {
    env: { ...env, GIT_ALLOW_PROTOCOL: "", GIT_NO_LAZY_FETCH: "1" },
    settings: [
      ["safe.bareRepository", "explicit"],
      ["core.fsmonitor", "false"],
    ],
    signal: signal === undefined ? late : AbortSignal.any([signal, late]),
  };
  const ask = async (...command: readonly string[]): Promise<string | undefined> => {
    try {
      return await git(command, directory, context);
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof PinionError) return undefined;
      throw error;
    }
  };
  const commit = asked.some((key) => key.commit) ? await ask("rev-parse", "HEAD") : undefined;
  const tags = asked.some((key) => key.tags)
    ? await ask("for-each-ref", "--format=%(objectname) %(refname:lstrip=2)", "refs/tags")
    : undefined;
  if (late.aborted) return undefined;
  const rows = tags?.split("\n").filter((line) => line !== "");
  return {
    commit: commit?.trim(),
    tags:
      rows &&
      Object.fromEntries(
        rows.map((row) => [row.slice(row.indexOf(" ") + 1), row.slice(0, row.indexOf(" "))]),
      ),
  };
}

/** The state is written into environments: what may be a secret, such as any variable that a project names, is a digest there. */
function veiled(value: string | undefined): string | null {
  return value === undefined ? null : `sha256:${hash("sha256", value, "hex").slice(0, 16)}`;
}

function birthOf(path: string): FolderTime | null {
  const status = statusOf(path);
  return status?.isDirectory() === true ? timeOf(status.birthtimeNs) : null;
}

function statusOf(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true, throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function timeOf(nanoseconds: bigint): FolderTime {
  return {
    secs_since_epoch: Number(nanoseconds / 1_000_000_000n),
    nanos_since_epoch: Number(nanoseconds % 1_000_000_000n),
  };
}

const GLOB = /[*?[\]{}!]/;

function isNoSource(name: string): boolean {
  return NOT_SOURCES.has(name) || name.endsWith(".egg-info");
}

/** What builds, tests and tools leave in a tree, and what a build does not read. */
const NOT_SOURCES: ReadonlySet<string> = new Set(
  [".git", ".hg", ".svn", "__pycache__", "node_modules", "build", "dist"].concat([
    ".venv",
    "venv",
    ".tox",
    ".nox",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    ".eggs",
  ]),
);

/** Each may be a file that is looked at: as many take some 100 ms. */
const MAX_KEYS = 10_000;
/** A tree of 20,000 files takes some 200 ms. */
const MAX_FILES = 20_000;
/** References are read in milliseconds; a pipe in the place of one is waited for. */
const GIT_PATIENCE_MS = 10_000;
