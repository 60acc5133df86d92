// uv's workspaces: projects in one tree that find each other, by `[tool.uv.workspace]` of a `pyproject.toml` at its root.

import { lstatSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { setImmediate } from "node:timers/promises";

import { findFiles } from "../../base/files/find-files.ts";
import { foldersUpwards } from "../../base/files/folders-upwards.ts";
import { readSmallFile } from "../../base/files/small-file.ts";
import { isTomlTable, tomlTable, type TomlTable } from "../../base/formats/toml-table.ts";
import { readToml } from "../../base/formats/toml.ts";
import { withoutTrailingSlashes } from "../../base/text/trailing-slashes.ts";
import { PinionError } from "../../errors.ts";
import { isValidName, normalizeName } from "../../pep/name.ts";

export interface Workspace {
  /** Of its root, absolute. */
  readonly folder: string;
  /** The root's `pyproject.toml`. */
  readonly document: TomlTable;
  /** The folders of its projects, the root included, by normalized name. */
  readonly members: ReadonlyMap<string, string>;
}

/**
 * The workspace to which a project belongs: its own, or the nearest one above that has it as a member.
 *
 * @throws build/invalid-project where its members take too long to find, or to read
 */
export async function findWorkspace(
  document: TomlTable,
  project: string,
  noHigherThan: string | undefined,
): Promise<Workspace | undefined> {
  // `#subdirectory=lib/` has a slash at its end.
  const folder = resolve(project);
  // What came over the network finds nothing of this machine.
  const projects = new ProjectReader(noHigherThan);
  if (tableOf(document) !== undefined) return await openWorkspace(document, folder, projects);
  const owner = statSync(folder, { throwIfNoEntry: false })?.uid;
  for (let above = folder; above !== noHigherThan && above !== dirname(above);) {
    above = dirname(above);
    const found = await projects.read(above);
    if (found === "too-much") throw tooLarge(above);
    if (found === undefined || tableOf(found.document) === undefined) continue;
    // A folder that everybody may write, such as /tmp, may hold the root of another user, or such a user's link to a file of this one's.
    if (found.owners.some((keeper) => keeper !== owner && keeper !== 0)) return undefined;
    const workspace = await openWorkspace(found.document, above, projects);
    return [...workspace.members.values()].includes(folder) ? workspace : undefined;
  }
  return undefined;
}

/**
 * The workspace of the nearest project at or above a folder; a project by itself is one with one member.
 *
 * @throws as {@link findWorkspace}
 */
export async function workspaceAround(start: string): Promise<Workspace | undefined> {
  const folder = resolve(start);
  const owner = statSync(folder, { throwIfNoEntry: false })?.uid;
  const projects = new ProjectReader(undefined);
  for (const place of foldersUpwards(folder)) {
    const found = await projects.read(place);
    if (found === "too-much") throw tooLarge(place);
    if (found?.owners.every((keeper) => keeper === owner || keeper === 0) === true) {
      const { document } = found;
      return (
        (await findWorkspace(document, place, undefined)) ?? (await openWorkspace(document, place, projects))
      );
    }
  }
  return undefined;
}

/** Whether a project is to be built, rather than only to hold requirements: uv's rule. */
export async function isPackage(folder: string): Promise<boolean> {
  const found = await new ProjectReader(undefined).read(folder);
  if (found === undefined || found === "too-much") return false;
  const stated = tomlTable(found.document, "tool", "uv")?.["package"];
  return typeof stated === "boolean" ? stated : tomlTable(found.document, "build-system") !== undefined;
}

async function openWorkspace(
  document: TomlTable,
  folder: string,
  projects: ProjectReader,
): Promise<Workspace> {
  const { members, exclude } = tableOf(document) ?? {};
  const named = new Map<string, string>();
  const add = (project: TomlTable | undefined, place: string): void => {
    const name = project === undefined ? undefined : tomlTable(project, "project")?.["name"];
    if (typeof name === "string" && isValidName(name) && !named.has(normalizeName(name)))
      named.set(normalizeName(name), place);
  };
  add(document, folder);
  const files = await findFiles(
    folder,
    [...stringsOf(members).map(fileOf), ...stringsOf(exclude).map((pattern) => `!${fileOf(pattern)}`)],
    { within: projects.within, skips: (name) => name === ".git" || name === "node_modules" },
  );
  if (files === undefined) throw tooLarge(folder);
  for (const file of files.toSorted()) {
    const member = dirname(file);
    if (member === folder) continue;
    const found = await projects.read(member);
    if (found === "too-much") throw tooLarge(folder);
    add(found?.document, member);
  }
  return { folder, document, members: named };
}

function fileOf(pattern: string): string {
  return `${withoutTrailingSlashes(pattern)}/${PYPROJECT}`;
}

function tooLarge(folder: string): PinionError {
  return new PinionError(
    "build/invalid-project",
    `The members of the workspace \`${folder}\` take too long to find`,
    { details: { directory: folder }, hints: [{ kind: "skip-project-sources" }] },
  );
}

function tableOf(document: TomlTable): TomlTable | undefined {
  return tomlTable(document, "tool", "uv", "workspace");
}

interface FoundProject {
  readonly document: TomlTable;
  /** Whose the file is that was read, and the link to it where it is one. */
  readonly owners: readonly (number | undefined)[];
}

/** Reads the `pyproject.toml` of one folder after the other: a repository may have any number, at no cost if they are all the same. */
class ProjectReader {
  /** The folder that is not left. */
  readonly within: string | undefined;
  #bytesLeft = MAX_WORKSPACE_BYTES;

  constructor(within: string | undefined) {
    this.within = within;
  }

  async read(folder: string): Promise<FoundProject | "too-much" | undefined> {
    const path = join(folder, PYPROJECT);
    const link = lstatSync(path, { throwIfNoEntry: false });
    if (link === undefined || statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return undefined;
    const file = readSmallFile(path, MAX_PYPROJECT_BYTES);
    if (file.kind !== "read") return undefined;
    this.#bytesLeft -= Math.max(file.bytes.length, MIN_BYTES);
    if (this.#bytesLeft < 0) return "too-much";
    // An interruption is heard in between.
    await setImmediate();
    const found = readToml(file.bytes.toString("utf8"));
    if (found.kind !== "read" || !isTomlTable(found.table)) return undefined;
    return { document: found.table, owners: [link.uid, file.owner?.uid] };
  }
}

function stringsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === "string") : [];
}

const PYPROJECT = "pyproject.toml";

/** The largest in use have some hundred kilobytes. */
export const MAX_PYPROJECT_BYTES: number = 4 * 1024 ** 2;

/** All files of a workspace: two seconds. The largest in use have some hundred members of some kilobytes. */
const MAX_WORKSPACE_BYTES = 8 * 1024 ** 2;
/** What a file of any length counts for: it has to be opened. */
const MIN_BYTES = 512;
