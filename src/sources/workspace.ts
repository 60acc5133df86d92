// uv's workspaces: projects in one tree that find each other, by `[tool.uv.workspace]` of a `pyproject.toml` at its root.

import { statSync } from "node:fs";
import { dirname, join } from "node:path";

import { findFiles } from "../base/find-files.ts";
import { readSmallFile } from "../base/small-file.ts";
import { isTomlTable, tomlTable, type TomlTable } from "../base/toml-table.ts";
import { readToml } from "../base/toml.ts";
import { withoutTrailingSlashes } from "../base/trailing-slashes.ts";
import { PinionError } from "../errors.ts";
import { isValidName, normalizeName } from "../pep/name.ts";

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
 * @throws build/invalid-project where its members take too long to find
 */
export async function findWorkspace(
  document: TomlTable,
  folder: string,
  noHigherThan: string | undefined,
): Promise<Workspace | undefined> {
  if (tableOf(document) !== undefined) return await openWorkspace(document, folder);
  const owner = ownerOf(folder);
  for (let above = folder; above !== noHigherThan && above !== dirname(above);) {
    above = dirname(above);
    const found = readProject(above);
    if (found === undefined || tableOf(found) === undefined) continue;
    // A folder that everybody may write, such as /tmp, may hold the root of another user.
    const keeper = ownerOf(join(above, PYPROJECT));
    if (keeper !== owner && keeper !== 0) return undefined;
    const workspace = await openWorkspace(found, above);
    return [...workspace.members.values()].includes(folder) ? workspace : undefined;
  }
  return undefined;
}

async function openWorkspace(document: TomlTable, folder: string): Promise<Workspace> {
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
    { skips: (name) => name === ".git" || name === "node_modules" },
  );
  if (files === undefined) throw tooLarge(folder);
  for (const file of files.toSorted()) {
    const member = dirname(file);
    if (member !== folder) add(readProject(member), member);
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

function readProject(folder: string): TomlTable | undefined {
  const path = join(folder, PYPROJECT);
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return undefined;
  const file = readSmallFile(path, MAX_PYPROJECT_BYTES);
  if (file.kind !== "read") return undefined;
  const found = readToml(file.bytes.toString("utf8"));
  return found.kind === "read" && isTomlTable(found.table) ? found.table : undefined;
}

function ownerOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.uid;
}

function stringsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === "string") : [];
}

const PYPROJECT = "pyproject.toml";

/** The largest in use have some hundred kilobytes. */
export const MAX_PYPROJECT_BYTES: number = 4 * 1024 ** 2;
