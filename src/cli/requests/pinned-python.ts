// The Python that a project wants its environment to have: the version in `.python-version`, or the project's
// `requires-python`, as `uv venv` reads them. A folder may be the work of others, so only versions count: neither a path
// nor the name of a program.

import { join } from "node:path";

import { foldersUpwards } from "../../base/files/folders-upwards.ts";
import { foundFileFault } from "../../base/files/shared-folder.ts";
import { readSmallFile } from "../../base/files/small-file.ts";
import { tryParseSpecifierSet } from "../../pep/versions/specifier.ts";
import { parsePythonRequest } from "../../python/interpreters/python-request.ts";

/** What is looked at. */
export interface PinnedPythonOptions {
  /** Absolute. */
  readonly cwd: string;
  /** Whether `requires-python` of a project counts. */
  readonly readsProject: boolean;
}

/** The nearest version that a project asks for; undefined where none does. */
export async function pinnedPython({ cwd, readsProject }: PinnedPythonOptions): Promise<string | undefined> {
  for (const folder of foldersUpwards(cwd)) {
    const pinned = pinIn(join(folder, ".python-version"), cwd);
    if (pinned !== undefined) return pinned;
  }
  if (!readsProject) return undefined;
  for (const folder of foldersUpwards(cwd)) {
    const text = textOf(join(folder, "pyproject.toml"), cwd);
    if (text !== undefined) return await requiredBy(text);
  }
  return undefined;
}

/** The first line that is not a comment. */
function pinIn(file: string, cwd: string): string | undefined {
  const line = textOf(file, cwd)
    ?.split("\n")
    .map((text) => text.trim())
    .find((text) => text !== "" && !text.startsWith("#"));
  return line !== undefined && namesVersion(line) ? line : undefined;
}

function namesVersion(text: string): boolean {
  try {
    return parsePythonRequest(text).kind === "version";
  } catch {
    // uv passes over what it does not understand there.
    return false;
  }
}

async function requiredBy(text: string): Promise<string | undefined> {
  const { parse } = await import("smol-toml");
  const { isTomlTable } = await import("../../base/formats/toml-table.ts");
  try {
    const document: unknown = parse(text);
    const project = isTomlTable(document) ? document["project"] : undefined;
    const required = isTomlTable(project) ? project["requires-python"] : undefined;
    const isRange = typeof required === "string" && tryParseSpecifierSet(required)?.specifiers.length !== 0;
    return isRange && namesVersion(required) ? required : undefined;
  } catch {
    return undefined;
  }
}

/** Nothing of a file that another user may have put there. */
function textOf(file: string, cwd: string): string | undefined {
  try {
    const read = readSmallFile(file, MAX_BYTES);
    if (read.kind !== "read" || foundFileFault(file, cwd, { owner: read.owner }) !== undefined)
      return undefined;
    return read.bytes.toString();
  } catch {
    return undefined;
  }
}

/** Far above any project's own file. */
const MAX_BYTES = 1024 ** 2;
