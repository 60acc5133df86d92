// How a source tree says that it is built: the `[build-system]` table of `pyproject.toml` (PEP 517, 518), with the defaults
// of trees that have none.

import { isWithin } from "../../base/files/real-place.ts";
import { isTextList } from "../../base/values/record.ts";
import { isTomlTable, type TomlTable } from "../../base/formats/toml-table.ts";
import { realpathSync, type Stats } from "node:fs";
import { isAbsolute, join, resolve, sep } from "node:path";

import { statusOf } from "../../base/files/status-of.ts";
import { readSmallFile } from "../../base/files/small-file.ts";
import { isPinionError, PinionError, systemCode } from "../../errors.ts";
import { readToml } from "../../base/formats/toml.ts";
import { parseRequirement, type Requirement } from "../../pep/requirements/requirement.ts";
import { MAX_PYPROJECT_BYTES } from "../../sources/projects/workspace.ts";

/** What builds a source tree. */
export interface BuildSystem {
  /** The module, and the object in it: `setuptools.build_meta:__legacy__`. */
  readonly backend: string;
  readonly requires: readonly Requirement[];
  /** Folders below the tree that are put before everything else on the import path; as they are written. */
  readonly backendPath: readonly string[];
  /** Whether the tree itself named its backend. */
  readonly isDeclared: boolean;
}

/** A source tree with what its `pyproject.toml` says. */
export interface SourceTree {
  /** Absolute. */
  readonly directory: string;
  readonly buildSystem: BuildSystem;
  /** The parsed `pyproject.toml`; undefined where there is none. */
  readonly pyproject: TomlTable | undefined;
  readonly hasSetupPy: boolean;
}

/**
 * Reads a source tree's `pyproject.toml`.
 *
 * @param shown the tree as messages name it; its folder by default
 * @throws build/invalid-project where it is not a Python project, or its `pyproject.toml` breaks PEP 518
 */
export function readSourceTree(directory: string, shown: string = directory): SourceTree {
  const pyproject = pyprojectOf(directory, shown);
  const hasSetupPy = statusIn(directory, "setup.py", shown)?.isFile() === true;
  if (pyproject === undefined && !hasSetupPy) throw notAProject(directory, shown);
  return { directory, buildSystem: readBuildSystem(pyproject, directory, shown), pyproject, hasSetupPy };
}

/**
 * The parsed `pyproject.toml` of a folder; undefined where there is none.
 *
 * @throws build/invalid-project where it cannot be read
 */
export function pyprojectOf(directory: string, shown: string = directory): TomlTable | undefined {
  const path = join(directory, "pyproject.toml");
  let text: string;
  try {
    const file = readSmallFile(path, MAX_PYPROJECT_BYTES);
    if (file.kind !== "read")
      throw invalid(shown, file.kind === "too-large" ? "it is too large" : "it is not a regular file");
    text = file.bytes.toString("utf8");
  } catch (cause) {
    const code = systemCode(cause);
    if (code === "ENOENT" && statusIn(directory, "", shown)?.isDirectory() === true) return undefined;
    if (isPinionError(cause)) throw cause;
    throw new PinionError("build/invalid-project", `Failed to read \`${shown}\``, {
      details: { directory: shown, systemCode: code },
      cause,
    });
  }
  const found = readToml(text);
  if (found.kind === "read") return found.table;
  const { reason, line } = found;
  throw invalid(shown, line === undefined ? reason : `line ${line}: ${reason}`);
}

function readBuildSystem(pyproject: TomlTable | undefined, directory: string, shown: string): BuildSystem {
  const value = pyproject?.["build-system"];
  if (value === undefined) return LEGACY;
  if (!isTomlTable(value)) throw invalid(shown, "`build-system` is not a table");
  const requires = textList(value["requires"], "build-system.requires", shown);
  if (requires === undefined) throw invalid(shown, "`build-system.requires` is missing");
  const backend = value["build-backend"];
  if (backend !== undefined && (typeof backend !== "string" || !BACKEND.test(backend)))
    throw invalid(shown, "`build-system.build-backend` is not the name of an object");
  const backendPath = textList(value["backend-path"], "build-system.backend-path", shown) ?? [];
  if (backendPath.length > 0 && backend === undefined)
    throw invalid(shown, "`build-system.backend-path` needs a `build-backend`");
  for (const path of backendPath) checkBackendPath(path, directory, shown);
  return {
    backend: backend ?? LEGACY.backend,
    requires: requires.map((text) => readRequirement(text, shown)),
    backendPath,
    isDeclared: backend !== undefined,
  };
}

function readRequirement(text: string, shown: string): Requirement {
  try {
    return parseRequirement(text);
  } catch (cause) {
    throw invalid(shown, `\`build-system.requires\` has an invalid requirement: \`${text}\``, cause);
  }
}

/** PEP 517: "MUST be … relative to the project root, and MUST refer to a location within the source tree". */
function checkBackendPath(path: string, directory: string, shown: string): void {
  const outside = (): PinionError =>
    invalid(shown, `\`build-system.backend-path\` leads out of the source tree: \`${path}\``);
  if (isAbsolute(path) || !isWithin(resolve(directory, path), directory)) throw outside();
  try {
    // As the system goes there, which takes `..` after a link for the folder above the link's target.
    if (!isWithin(realpathSync.native(`${directory}${sep}${path}`), realpathSync.native(directory)))
      throw outside();
  } catch (error) {
    if (isPinionError(error) || systemCode(error) === undefined) throw error;
    throw invalid(shown, `\`build-system.backend-path\` does not exist: \`${path}\``, error);
  }
}

function textList(value: unknown, key: string, shown: string): readonly string[] | undefined {
  if (value === undefined) return undefined;
  if (isTextList(value)) return value;
  throw invalid(shown, `\`${key}\` is not a list of strings`);
}

function notAProject(directory: string, shown: string): PinionError {
  return new PinionError(
    "build/invalid-project",
    `\`${shown}\` does not appear to be a Python project, as neither \`pyproject.toml\` nor \`setup.py\` are present in the directory`,
    { details: { directory } },
  );
}

function invalid(shown: string, reason: string, cause?: unknown): PinionError {
  return new PinionError(
    "build/invalid-project",
    `The \`pyproject.toml\` of \`${shown}\` is invalid: ${reason}`,
    {
      details: { directory: shown, reason },
      cause,
    },
  );
}

function statusIn(directory: string, name: string, shown: string): Stats | undefined {
  return statusOf(
    join(directory, name),
    (reason, cause) =>
      new PinionError("build/invalid-project", `Failed to read \`${shown}\`: ${reason}`, {
        details: { directory: shown },
        cause,
      }),
  );
}

/** PEP 517: "If the pyproject.toml file is absent, or the build-backend key is missing". */
const LEGACY: BuildSystem = {
  backend: "setuptools.build_meta:__legacy__",
  requires: [parseRequirement("setuptools>=40.8.0")],
  backendPath: [],
  isDeclared: false,
};
/** `module.path:object.path` (PEP 517). */
const BACKEND = /^[\w.]+(:[\w.]+)?$/u;
