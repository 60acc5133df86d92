// What an archive that uv's build backend makes has, and which files of the project its members come from (`build --list`).

import { existsSync } from "node:fs";
import { join, posix } from "node:path";

import { extractTar } from "../archive/tar.ts";
import { readZip } from "../archive/zip.ts";
import { readFileWithin } from "../base/files/small-file.ts";
import { tomlTable, type TomlTable } from "../base/formats/toml-table.ts";

export interface ListedMember {
  readonly name: string;
  /** The file of the project, as a relative POSIX path; undefined where the backend writes it. */
  readonly source: string | undefined;
}

/** A project that uv's build backend builds. */
export interface ListedProject {
  readonly directory: string;
  readonly pyproject: TomlTable;
}

/**
 * @param scratch a folder that is not there, which the caller removes
 * @throws archive/…
 */
export async function listSdist(
  path: string,
  { directory }: ListedProject,
  scratch: string,
): Promise<readonly ListedMember[]> {
  const { files } = await extractTar(readFileWithin(path, MAX_ARCHIVE_BYTES), scratch);
  const within = files.map((file) => file.slice(file.indexOf("/") + 1));
  const hasOriginal = within.includes(`${PYPROJECT}${ORIGINAL}`);
  const sourceOf = (file: string): string | undefined => {
    if (file === `${PYPROJECT}${ORIGINAL}`) return PYPROJECT;
    if (file === PYPROJECT && hasOriginal) return undefined;
    return existing(directory, file);
  };
  return files.map((name, at) => ({ name, source: sourceOf(within[at] ?? "") }));
}

/** @throws archive/… */
export function listWheel(path: string, { directory, pyproject }: ListedProject): readonly ListedMember[] {
  const backend = tomlTable(pyproject, "tool", "uv", "build-backend") ?? {};
  const stated = backend["module-root"];
  const root = typeof stated === "string" ? stated : DEFAULT_MODULE_ROOT;
  const data = tomlTable(backend, "data") ?? {};
  const sourceOf = (name: string): string | undefined => {
    const [top = "", kind = "", ...rest] = name.split("/");
    if (top.endsWith(".dist-info"))
      return kind === "licenses" ? existing(directory, rest.join("/")) : undefined;
    if (!top.endsWith(".data")) return existing(directory, posix.join(root, name));
    const folder = data[kind];
    return typeof folder === "string" ? existing(directory, posix.join(folder, ...rest)) : undefined;
  };
  return readZip(readFileWithin(path, MAX_ARCHIVE_BYTES))
    .entries.filter(({ name, isDirectory }) => !isDirectory && !name.endsWith(".dist-info/RECORD"))
    .map(({ name }) => ({ name, source: sourceOf(name) }));
}

function existing(directory: string, file: string): string | undefined {
  return existsSync(join(directory, file)) ? file : undefined;
}

const PYPROJECT = "pyproject.toml";
const ORIGINAL = ".orig";
/** Both formats allow more, and no project has as much. */
const MAX_ARCHIVE_BYTES = 1024 ** 3;
/** Of `tool.uv.build-backend`. */
const DEFAULT_MODULE_ROOT = "src";
