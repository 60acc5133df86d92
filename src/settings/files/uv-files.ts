// uv.toml and `[tool.uv]` as uv reads them: the project's file, the user's, the system's; `[pip]` before the top.
// https://docs.astral.sh/uv/concepts/configuration-files/

import { foldersUpwards } from "../../base/files/folders-upwards.ts";
import { showInvisible } from "../../base/text/printable.ts";
import { append } from "../../base/values/group-by.ts";
import { tomlTable, type TomlTable } from "../../base/formats/toml-table.ts";
import { join } from "node:path";
import { PinionError } from "../../errors.ts";
import { configFolder } from "./config-folder.ts";
import type { Origin } from "../origin.ts";
import { readIndexTables } from "./index-table-reader.ts";
import { matchesPathPattern } from "./path-pattern.ts";
import { relativeToFile } from "./relative-to-file.ts";
import { headerBelow, namedFile, wholeFile, type SettingsTable } from "./settings-table.ts";
import type { FileWorld, PlacedValues, ToolFiles } from "./sources.ts";
import { SETTINGS, SETTING_NAMES, type SettingName } from "../table/table.ts";
import { parseToml } from "./toml.ts";
import { TomlLines } from "./toml-lines.ts";
import { tomlBoolean, tomlSetting } from "./toml-setting.ts";

/**
 * Reads every file that uv would read.
 *
 * @param named `--config-file` or `UV_CONFIG_FILE`: read instead of the project's and the user's
 * @throws settings/invalid where uv.toml cannot be parsed or holds a value of the wrong kind
 */
export function readUvFiles(world: FileWorld, named: string | undefined): ToolFiles {
  const warnings: string[] = [];
  const notes: string[] = [];
  const files = uvFiles(world, named, warnings);
  const values: PlacedValues = new Map();
  for (const part of ["pip", "top"] as const) {
    for (const file of files) {
      const table = part === "pip" ? (tomlTable(file.table, "pip") ?? {}) : file.table;
      readKeys(table, part, { file, values, notes });
    }
  }
  readAllKeys(files, values);
  const indexTables = files.flatMap((file) =>
    readIndexTables(file.table["index"], {
      path: file.path,
      lines: file.lines,
      header: headerBelow(file.header, "index"),
      tool: "uv",
      distance: file.distance,
      notes,
    }),
  );
  return { values, addsLists: true, indexTables, notes, warnings };
}

function readKeys(
  table: TomlTable,
  part: "pip" | "top",
  {
    file,
    values,
    notes,
  }: { readonly file: SettingsTable; readonly values: PlacedValues; readonly notes: string[] },
): void {
  const keys = part === "pip" ? UV_PIP_KEYS : UV_KEYS;
  const header = part === "pip" ? headerBelow(file.header, "pip") : file.header;
  for (const [key, value] of Object.entries(table)) {
    const name = keys.get(key);
    const line = file.lines.of(header, key);
    if (name === undefined) {
      if (!TABLES_OF_UV.has(key) && (part === "pip" || !UV_ALL_KEYS.has(key)))
        notes.push(`${file.path}${line === undefined ? "" : `:${line}`}: Pinion does not use \`${key}\``);
      continue;
    }
    if (SETTINGS[name].isUvTomlOnly === true && file.header !== "") continue;
    const origin: Origin = {
      kind: "file",
      path: file.path,
      line,
      key: part === "pip" ? `pip.${key}` : key,
      tool: "uv",
    };
    const parsed = tomlSetting(name, { value, origin });
    append(values, name, {
      value: name === "find-links" ? absoluteLinks(parsed, file.path) : parsed,
      origin,
      distance: file.distance,
    });
  }
}

/** `no-binary = true`: the nearest file that says it decides, and what it says comes before the names of all files. */
function readAllKeys(files: readonly SettingsTable[], values: PlacedValues): void {
  for (const [key, name] of UV_ALL_KEYS) {
    const file = files.find(({ table }) => table[key] !== undefined);
    if (file === undefined) continue;
    const line = file.lines.of(file.header, key);
    const origin: Origin = { kind: "file", path: file.path, line, key, tool: "uv" };
    const isForAll = tomlBoolean(name, { value: file.table[key], origin });
    if (isForAll) append(values, name, { value: [":all:"], origin, distance: file.distance });
  }
}

/** find-links of a file are relative to that file; addresses stay as they are. */
function absoluteLinks(value: ReturnType<typeof tomlSetting>, path: string): ReturnType<typeof tomlSetting> {
  if (!Array.isArray(value)) return value;
  return (value as readonly string[]).map((entry) => relativeToFile(entry, path));
}

function uvFiles(world: FileWorld, named: string | undefined, warnings: string[]): readonly SettingsTable[] {
  const { readText } = world;
  // One option names the file of whichever tool it is written for; `[tool.…]` tables belong to project files.
  if (named !== undefined) return [namedFile(named, readText)];
  const files: SettingsTable[] = [];
  const project = projectFile(world, warnings);
  if (project !== undefined) files.push(project);
  for (const [path, distance] of [
    [join(configFolder(world), "uv", "uv.toml"), "user"],
    [systemFile(world), "system"],
  ] as const) {
    const text = readText(path);
    if (text !== undefined) files.push(wholeFile(path, text, distance));
  }
  return files;
}

/** The nearest uv.toml or `[tool.uv]` upwards from the working directory, from the workspace's root where there is one. */
function projectFile(world: FileWorld, warnings: string[]): SettingsTable | undefined {
  for (const folder of foldersUpwards(workspaceRoot(world) ?? world.cwd)) {
    const uvToml = join(folder, "uv.toml");
    const own = world.readProjectText(uvToml);
    const pyproject = join(folder, "pyproject.toml");
    const text = world.readProjectText(pyproject);
    const table = text === undefined ? undefined : tryTable(text, pyproject, warnings);
    if (table?.["dev-dependencies"] !== undefined)
      warnings.push(
        `The \`tool.uv.dev-dependencies\` field (used in \`${folder === world.cwd ? "pyproject.toml" : pyproject}\`) is deprecated and will be removed in a future release; use \`dependency-groups.dev\` instead`,
      );
    if (own !== undefined) {
      const masked = Object.keys(table ?? {}).filter((key) => !PROJECT_KEYS.has(key));
      if (masked.length > 0)
        warnings.push(
          [
            "Found both a `uv.toml` file and a `[tool.uv]` section in an adjacent `pyproject.toml`. The following fields from `[tool.uv]` will be ignored in favor of the `uv.toml` file:",
            ...masked.slice(0, MAX_SHOWN).map((key) => `- ${showInvisible(key)}`),
            ...(masked.length > MAX_SHOWN ? [`and ${masked.length - MAX_SHOWN} more`] : []),
          ].join("\n"),
        );
      return wholeFile(uvToml, own, "project");
    }
    if (text !== undefined && table !== undefined)
      return { path: pyproject, lines: new TomlLines(text), table, header: "tool.uv", distance: "project" };
  }
  return undefined;
}

/** uv leaves out the whole section of a pyproject.toml that it cannot parse, with a warning. */
function tryTable(text: string, path: string, warnings: string[]): TomlTable | undefined {
  try {
    return tomlTable(parseToml(text, path), "tool", "uv");
  } catch (error) {
    if (error instanceof PinionError)
      warnings.push(`Left out \`${path}\` while reading settings: ${error.message}`);
    return undefined;
  }
}

/** The folder whose `[tool.uv.workspace]` holds the nearest project as a member: its settings count, not the member's. */
function workspaceRoot({ cwd, readProjectText: readText }: FileWorld): string | undefined {
  const folders = [...foldersUpwards(cwd)];
  const member = folders.find((folder) => readText(join(folder, "pyproject.toml")) !== undefined);
  if (member === undefined) return undefined;
  return [...foldersUpwards(member)].find((folder) => {
    const text = readText(join(folder, "pyproject.toml"));
    const table = text === undefined ? undefined : tryTable(text, "pyproject.toml", []);
    const workspace = table === undefined ? undefined : tomlTable(table, "workspace");
    if (workspace === undefined) return false;
    const path = member === folder ? "" : member.slice(folder.length + 1).replaceAll("\\", "/");
    return path === "" || (matchesAny(workspace["members"], path) && !matchesAny(workspace["exclude"], path));
  });
}

function matchesAny(patterns: unknown, path: string): boolean {
  if (!Array.isArray(patterns)) return false;
  return patterns.some((pattern) => typeof pattern === "string" && matchesPathPattern(path, pattern));
}

/** uv looks at the first of XDG_CONFIG_DIRS only, and then at /etc. */
function systemFile({ env, platform, readText }: FileWorld): string {
  if (platform === "win32") return join(env["SYSTEMDRIVE"] ?? "C:", "ProgramData", "uv", "uv.toml");
  const first = (env["XDG_CONFIG_DIRS"] ?? "").split(":").find((folder) => folder !== "");
  const named = join(first ?? "/etc/xdg", "uv", "uv.toml");
  return readText(named) === undefined ? "/etc/uv/uv.toml" : named;
}

function keysOf(keyOf: (name: SettingName) => string | undefined): ReadonlyMap<string, SettingName> {
  return new Map(
    SETTING_NAMES.flatMap((name) =>
      [[keyOf(name), name] as const].filter((pair): pair is [string, SettingName] => pair[0] !== undefined),
    ),
  );
}

/** More than uv has settings. */
const MAX_SHOWN = 100;

/** What `[tool.uv]` says of the project, which counts beside a uv.toml too. */
const PROJECT_KEYS: ReadonlySet<string> = new Set([
  "build-backend",
  "conflicts",
  "default-groups",
  "dependency-groups",
  "dev-dependencies",
  "environments",
  "managed",
  "package",
  "required-environments",
  "sources",
  "workspace",
]);

const UV_KEYS = new Map([...keysOf((name) => SETTINGS[name].uvKey), ["native-tls", "system-certs"] as const]);
const UV_ALL_KEYS = keysOf((name) => SETTINGS[name].uvAllKey);
const UV_PIP_KEYS = keysOf((name) => SETTINGS[name].uvPipKey);

// Tables that are read elsewhere or describe a project, which an installer has no use for.
const TABLES_OF_UV: ReadonlySet<string> = new Set([
  "pip",
  "index",
  "workspace",
  "sources",
  "dev-dependencies",
  "managed",
  "package",
  "cache-dir",
]);
