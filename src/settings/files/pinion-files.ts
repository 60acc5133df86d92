// pinion.toml and `[tool.pinion]`: every setting under its own name. An unknown key is an error with the nearest name.

import { foldersUpwards } from "../../base/files/folders-upwards.ts";
import { append } from "../../base/values/group-by.ts";
import { tomlTable } from "../../base/formats/toml-table.ts";
import { join } from "node:path";
import { editDistance } from "../../base/text/edit-distance.ts";
import type { PinionError } from "../../errors.ts";
import { configFolder } from "./config-folder.ts";
import { invalidAt } from "./invalid-at.ts";
import { readIndexTables } from "./index-table-reader.ts";
import type { IndexTable } from "../values/index-table.ts";
import type { Origin } from "../origin.ts";
import type { Distance } from "./distance.ts";
import { relativeToFile } from "./relative-to-file.ts";
import { headerBelow, namedFile, wholeFile, type SettingsTable } from "./settings-table.ts";
import type { FileWorld, PlacedException, PlacedValues, ToolFiles } from "./sources.ts";
import { SETTINGS, SETTING_NAMES, isSettingName, type SettingName } from "../table/table.ts";
import { parseToml } from "./toml.ts";
import { TomlLines } from "./toml-lines.ts";
import { readTlsExceptions } from "./tls-exception-reader.ts";
import { tomlSetting } from "./toml-setting.ts";
import type { SettingValue } from "../table/setting.ts";

/**
 * Reads Pinion's own files: the project's, the user's, the system's.
 *
 * @throws settings/invalid for a file that cannot be parsed, an unknown key, a value of the wrong kind
 */
export function readPinionFiles(world: FileWorld, named: string | undefined): ToolFiles {
  const values: PlacedValues = new Map();
  const indexTables: IndexTable[] = [];
  const tlsExceptions: PlacedException[] = [];
  for (const { path, lines, table, header, distance } of pinionFiles(world, named)) {
    for (const [key, value] of Object.entries(table)) {
      if (key === "index" && Array.isArray(value) && value.every((entry) => typeof entry === "object")) {
        const place = { path, lines, header: headerBelow(header, key), tool: "pinion", distance } as const;
        for (const index of readIndexTables(value, { ...place, notes: [] })) indexTables.push(index);
        continue;
      }
      if (key === "tls-exception") {
        for (const exception of readTlsExceptions(value, { path, lines, header: headerBelow(header, key) }))
          tlsExceptions.push({ ...exception, distance });
        continue;
      }
      const line = lines.of(header, key);
      if (!isSettingName(key) || SETTINGS[key].isFileless === true) throw unknownKey(key, path, line);
      const origin: Origin = { kind: "file", path, line, key, tool: "pinion" };
      append(values, key, {
        value: absolutePaths(key, tomlSetting(key, { value, origin }), path),
        origin,
        distance,
      });
    }
  }
  return { values, addsLists: true, indexTables, tlsExceptions, notes: [], warnings: [] };
}

function pinionFiles(world: FileWorld, named: string | undefined): readonly SettingsTable[] {
  const { env, platform, cwd, readText, readProjectText } = world;
  const whole = (path: string, distance: Distance): readonly SettingsTable[] => {
    const text = distance === "project" ? readProjectText(path) : readText(path);
    return text === undefined ? [] : [wholeFile(path, text, distance)];
  };
  if (named !== undefined) return [namedFile(named, readText)];
  const system =
    platform === "win32" ? join(env["PROGRAMDATA"] ?? "C:\\ProgramData", "pinion") : "/etc/pinion";
  const project = [...foldersUpwards(cwd)]
    .map((folder) => [
      ...whole(join(folder, "pinion.toml"), "project"),
      ...projectTable(folder, readProjectText),
    ])
    .find((files) => files.length > 0);
  return [
    ...(project ?? []).slice(0, 1),
    ...whole(join(configFolder(world), "pinion", "pinion.toml"), "user"),
    ...whole(join(system, "pinion.toml"), "system"),
  ];
}

function projectTable(folder: string, readText: FileWorld["readText"]): readonly SettingsTable[] {
  const path = join(folder, "pyproject.toml");
  const text = readText(path);
  // Most projects have no such section: a look for the words spares the parsing.
  if (text === undefined || !text.includes("pinion")) return [];
  const table = tomlTable(parseToml(text, path), "tool", "pinion");
  return table === undefined
    ? []
    : [{ path, lines: new TomlLines(text), table, header: "tool.pinion", distance: "project" }];
}

/** Paths in a file are relative to that file. */
function absolutePaths(name: SettingName, value: SettingValue, path: string): SettingValue {
  const absolute = (text: string): string => relativeToFile(text, path);
  if (SETTINGS[name].type === "path" && typeof value === "string") return absolute(value);
  if (PATH_LISTS.has(name) && Array.isArray(value)) return (value as readonly string[]).map(absolute);
  return value;
}

function unknownKey(key: string, path: string, line: number | undefined): PinionError {
  const nearest = key.length > MAX_MISTYPED ? undefined : nearestName(key);
  const hints = nearest === undefined ? [] : [`The nearest name is \`${nearest}\``];
  return invalidAt({ path, line, key }, `there is no setting \`${key}\``, hints);
}

function nearestName(key: string): SettingName | undefined {
  const names = SETTING_NAMES.filter((name) => SETTINGS[name].isFileless !== true);
  const distances = new Map(names.map((name) => [name, editDistance(key, name)]));
  return names.toSorted((a, b) => (distances.get(a) ?? 0) - (distances.get(b) ?? 0))[0];
}

/** Far above the longest name: a longer key resembles none, and would take time to compare. */
const MAX_MISTYPED = 80;
const PATH_LISTS: ReadonlySet<SettingName> = new Set(["find-links", "requirement", "constraint", "override"]);
