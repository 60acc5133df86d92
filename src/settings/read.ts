// The order in which all that was said about a setting counts: a flag, then variables, then files, the nearer first.
// Each tool's files are first put in that tool's own order; docs/settings.md has the rules.

import { statSync } from "node:fs";
import { resolve } from "node:path";
import { readSmallFile } from "../base/files/small-file.ts";
import { PinionError, isPinionError, systemCode } from "../errors.ts";
import type { Sourced } from "./origin.ts";
import { readPinionFiles } from "./files/pinion-files.ts";
import { withoutUserOnly } from "./files/project-authority.ts";
import { readPipFiles } from "./files/pip-files.ts";
import { Settings, type SettingsLayer, type SettingStack } from "./settings.ts";
import { rankOfDistance } from "./files/distance.ts";
import { foundFileFault, type Ownership } from "../base/files/shared-folder.ts";
import type { FileWorld, ToolFiles } from "./files/sources.ts";
import { SETTINGS, SETTING_NAMES, type SettingName } from "./table/table.ts";
import { readUvFiles } from "./files/uv-files.ts";
import type { SettingValue } from "./table/setting.ts";
import { readVariables } from "./variables.ts";

export interface SettingsRequest extends Omit<FileWorld, "readText" | "readProjectText"> {
  readonly flags: SettingsLayer;
}

/** Reads files. */
export interface FileReader extends Pick<FileWorld, "readText"> {
  /** Whose a file is that `readText` has read; undefined where that is not known. */
  readonly ownerOf?: ((path: string) => Ownership | undefined) | undefined;
}

export interface SettingsReading {
  readonly settings: Settings;
  /** The working folder that `--directory` names, or the one that was given. */
  readonly cwd: string;
  readonly warnings: readonly string[];
  /** For `-v`: what was passed over in the files. */
  readonly notes: readonly string[];
}

/**
 * Reads all settings of a run.
 *
 * @throws settings/invalid, settings/unreadable
 */
export function readSettings(request: SettingsRequest): SettingsReading {
  return readFilesAndVariables({ ...request, ...cachedReader() });
}

/** As {@link readSettings}, of files that the caller reads. */
export function readFilesAndVariables(request: SettingsRequest & FileReader): SettingsReading {
  const variables = readVariables(request.env);
  const early = new Settings(stacksOf([request.flags, ...variables], []));
  const cwd = resolve(request.cwd, early.get("directory") ?? ".");
  const named = early.get("config-file");
  // A file that is named outright is read even where `--no-config` stands beside it, as uv does.
  const isWithoutFiles = early.get("no-config") && named === undefined;
  const ignored = new Set<string>();
  const readProjectText = (path: string): string | undefined => {
    // Whose it is decides before it is read, and again after that: the file may have been another one meanwhile.
    const before = foundFileFault(path, cwd);
    const text = before === undefined ? request.readText(path) : undefined;
    const read = { owner: request.ownerOf?.(path) };
    const fault = before ?? (text === undefined ? undefined : foundFileFault(path, cwd, read));
    if (fault !== undefined) ignored.add(`Ignored the settings of \`${path}\`: the file ${fault}`);
    return fault === undefined ? text : undefined;
  };
  const world = { ...request, cwd, readProjectText };
  const files = isWithoutFiles ? [] : readFiles(world, named && resolve(request.cwd, named));
  return {
    cwd,
    settings: new Settings(stacksOf([request.flags, ...variables], files), {
      indexTables: files
        .flatMap(({ indexTables }) => indexTables)
        .toSorted((a, b) => rankOfDistance(a.distance) - rankOfDistance(b.distance)),
      tlsExceptions: files.flatMap(({ tlsExceptions = [] }) => tlsExceptions),
    }),
    warnings: [...ignored, ...files.flatMap(({ warnings }) => warnings)],
    notes: files.flatMap(({ notes }) => notes),
  };
}

function readFiles(world: FileWorld, named: string | undefined): readonly ToolFiles[] {
  const isUvFile = named !== undefined && /(^|[\\/])uv\.toml$/.test(named);
  const tools = [
    ...(isUvFile ? [] : [readPinionFiles(world, named)]),
    ...(named === undefined || isUvFile ? [readUvFiles(world, named)] : []),
    readPipFiles(world),
  ];
  return withoutUserOnly(tools, world.cwd);
}

function stacksOf(
  layers: readonly SettingsLayer[],
  files: readonly ToolFiles[],
): ReadonlyMap<SettingName, SettingStack> {
  const stacks = new Map<SettingName, SettingStack>();
  for (const name of SETTING_NAMES) {
    const stack =
      SETTINGS[name].type === "list" ? listStack(name, layers, files) : singleStack(name, layers, files);
    if (stack.inForce.length > 0) stacks.set(name, stack);
  }
  return stacks;
}

function singleStack(
  name: SettingName,
  layers: readonly SettingsLayer[],
  files: readonly ToolFiles[],
): SettingStack {
  const byTool = files
    .map(({ values }) => values.get(name) ?? [])
    .filter((values) => values.length > 0)
    .toSorted((a, b) => rankOf(a) - rankOf(b));
  const all: readonly Sourced<SettingValue>[] = [...said(name, layers), ...byTool.flat()];
  return { inForce: all.slice(0, 1), shadowed: all.slice(1) };
}

/** A flag replaces the variables and adds to the files, as in uv; pip's own files and variables replace each other. */
function listStack(
  name: SettingName,
  layers: readonly SettingsLayer[],
  files: readonly ToolFiles[],
): SettingStack {
  const inForce: Sourced<SettingValue>[] = [];
  const shadowed: Sourced<SettingValue>[] = [];
  for (const value of said(name, layers)) {
    const isHidden = value.origin.kind === "variable" && inForce[0]?.origin.kind === "flag";
    (isHidden ? shadowed : inForce).push(value);
  }
  const hasPipVariable = [...inForce, ...shadowed].some(
    ({ origin }) => origin.kind === "variable" && origin.tool === "pip",
  );
  const sorted = files
    .flatMap(({ values, addsLists }, order) =>
      (values.get(name) ?? []).map((value, index) => ({
        value,
        order,
        index,
        isHidden: !addsLists && (index > 0 || (hasPipVariable && !PIP_ADDS.has(name))),
      })),
    )
    .toSorted(
      (a, b) =>
        rankOfDistance(a.value.distance) - rankOfDistance(b.value.distance) ||
        a.order - b.order ||
        a.index - b.index,
    );
  for (const { value, isHidden } of sorted) (isHidden ? shadowed : inForce).push(value);
  return { inForce, shadowed };
}

function said(name: SettingName, layers: readonly SettingsLayer[]): readonly Sourced<SettingValue>[] {
  return layers.flatMap(({ values }) => {
    const value = values.get(name);
    return value === undefined ? [] : [value];
  });
}

function rankOf(values: readonly { readonly distance: Parameters<typeof rankOfDistance>[0] }[]): number {
  const first = values[0];
  return first === undefined ? 0 : rankOfDistance(first.distance);
}

/** Reads each file once; a missing one is not an error, an unreadable one is. */
export function cachedReader(): FileReader {
  const files = new Map<string, ReadFile | undefined>();
  return {
    readText: (path) => {
      if (!files.has(path)) files.set(path, readFileIfThere(path));
      return files.get(path)?.text;
    },
    ownerOf: (path) => files.get(path)?.owner,
  };
}

interface ReadFile {
  readonly text: string;
  readonly owner: Ownership | undefined;
}

function readFileIfThere(path: string): ReadFile | undefined {
  try {
    // Most are not there, and asking costs less than an error each.
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== false) return undefined;
    const file = readSmallFile(path, MAX_SETTINGS_BYTES);
    if (file.kind === "read") return { text: file.bytes.toString("utf8"), owner: file.owner };
    const reason =
      file.kind === "too-large"
        ? `is larger than ${MAX_SETTINGS_BYTES / 1024 ** 2} MB`
        : "is not a regular file";
    throw new PinionError("settings/unreadable", `The settings file \`${path}\` ${reason}`, {
      details: { path },
    });
  } catch (error) {
    if (isPinionError(error)) throw error;
    if (MISSING.has(systemCode(error) ?? "")) return undefined;
    throw new PinionError("settings/unreadable", `Cannot read the settings file: ${path}`, {
      details: { path },
      cause: error,
    });
  }
}

// A folder of the name, or a path through something that is not a folder, is not a settings file.
const MISSING: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR", "EISDIR"]);

// No file of settings comes near: it is as long as the largest pyproject.toml that a build reads.
const MAX_SETTINGS_BYTES = 4 * 1024 ** 2;

// pip adds the variable of these two to what its files say.
const PIP_ADDS: ReadonlySet<SettingName> = new Set(["no-binary", "only-binary"]);
