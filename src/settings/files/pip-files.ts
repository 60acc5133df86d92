// pip.conf as pip reads it: sections rank before files, a nearer list replaces a farther one, keys in any spelling.
// https://pip.pypa.io/en/stable/topics/configuration/

import { join } from "node:path";
import { append } from "../../base/values/group-by.ts";
import { configFolder } from "./config-folder.ts";
import { parseIni, type IniSection } from "./ini.ts";
import { invalidAt } from "./invalid-at.ts";
import type { Origin } from "../origin.ts";
import type { Distance } from "./distance.ts";
import type { FileWorld, PlacedValues, ToolFiles } from "./sources.ts";
import { SETTINGS, SETTING_NAMES, type SettingName } from "../table/table.ts";
import { parseSetting } from "../values/value.ts";

/**
 * Reads every pip.conf that pip would read for a command.
 *
 * @throws settings/invalid where a file cannot be parsed, or says one key twice
 */
export function readPipFiles(world: FileWorld): ToolFiles {
  const values: PlacedValues = new Map();
  const notes: string[] = [];
  const files = pipFiles(world).flatMap(({ path, distance }) => {
    const text = world.readText(path);
    return text === undefined ? [] : [{ path, distance, sections: sectionsOf(parseIni(text, path), path) }];
  });
  // pip merges the files of a section first, the nearer over the farther, and then the sections.
  for (const section of [world.command, "global"]) {
    const said = new Set<string>();
    for (const { path, distance, sections } of files) {
      for (const [key, { value, line }] of sections.get(section) ?? []) {
        const name = PIP_KEYS.get(key);
        if (name === undefined) {
          if (!KNOWN_ELSEWHERE.has(key))
            notes.push(`${path}:${line}: Pinion does not use \`${key}\` of [${section}]`);
          continue;
        }
        if (said.has(key)) continue;
        said.add(key);
        // An empty value hides the farther files of its section, and then counts as not said.
        if (value === "") continue;
        const origin: Origin = { kind: "file", path, line, key, tool: "pip" };
        append(values, name, {
          value: parseSetting(name, SETTINGS[name], { text: value, origin }),
          origin,
          distance,
        });
      }
    }
  }
  return { values, addsLists: false, indexTables: [], notes, warnings: [] };
}

/** The files of pip, the nearest first. */
function pipFiles({
  env,
  home,
  platform,
  environmentPrefix,
  readText,
}: FileWorld): readonly { readonly path: string; readonly distance: Distance }[] {
  const named = env["PIP_CONFIG_FILE"];
  const nothing = platform === "win32" ? "nul" : "/dev/null";
  if (named !== undefined && named.toLowerCase() === nothing) return [];
  const hasNamed = named !== undefined && named !== "" && readText(named) !== undefined;
  const at = (
    distance: Distance,
    paths: readonly string[],
  ): readonly { path: string; distance: Distance }[] => paths.map((path) => ({ path, distance }));
  const fileName = platform === "win32" ? "pip.ini" : "pip.conf";
  return [
    ...(hasNamed ? at("named", [named]) : []),
    ...(environmentPrefix === undefined ? [] : at("environment", [join(environmentPrefix, fileName)])),
    ...(hasNamed ? [] : at("user", userFiles({ env, home, platform, readText }))),
    ...at("system", systemFiles({ env, platform })),
  ];
}

function userFiles({
  env,
  home,
  platform,
  readText,
}: Pick<FileWorld, "env" | "home" | "platform" | "readText">): readonly string[] {
  const folder = join(configFolder({ env, home, platform }), "pip");
  if (platform === "win32") return [join(folder, "pip.ini"), join(home, "pip", "pip.ini")];
  const legacy = join(home, ".pip", "pip.conf");
  const standard = join(folder, "pip.conf");
  if (platform !== "darwin") return [standard, legacy];
  const library = join(home, "Library", "Application Support", "pip", "pip.conf");
  return [readText(library) === undefined ? standard : library, legacy];
}

/** pip loads the folders of XDG_CONFIG_DIRS in their order and then /etc: the last one wins. */
function systemFiles({ env, platform }: Pick<FileWorld, "env" | "platform">): readonly string[] {
  if (platform === "win32") return [join(env["PROGRAMDATA"] ?? "C:\\ProgramData", "pip", "pip.ini")];
  if (platform === "darwin") return ["/Library/Application Support/pip/pip.conf"];
  const folders = (nonEmpty(env["XDG_CONFIG_DIRS"]) ?? "/etc/xdg")
    .split(":")
    .filter((folder) => folder !== "");
  return ["/etc/pip.conf", ...folders.toReversed().map((folder) => join(folder, "pip", "pip.conf"))];
}

/** Keys as pip compares them: without leading dashes, underscores as dashes. */
function sectionsOf(
  sections: readonly IniSection[],
  path: string,
): ReadonlyMap<string, ReadonlyMap<string, { value: string; line: number }>> {
  const found = new Map<string, Map<string, { value: string; line: number }>>();
  for (const { name, entries } of sections) {
    const keys = new Map<string, { value: string; line: number }>();
    for (const { key, value, line } of entries) {
      const normal = key.replace(/^--/, "").replaceAll("_", "-");
      if (keys.has(normal)) throw invalidAt({ path, line }, `\`${normal}\` occurs twice in \`[${name}]\``);
      keys.set(normal, { value, line });
    }
    found.set(name, keys);
  }
  return found;
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}

const PIP_KEYS: ReadonlyMap<string, SettingName> = new Map(
  SETTING_NAMES.flatMap((name) => {
    const { pipNames = [], pipKey } = SETTINGS[name];
    return [...pipNames, ...(pipKey === undefined ? [] : [pipKey])].map((key) => [key, name] as const);
  }),
);

// What Pinion decides for itself, without a word.
const KNOWN_ELSEWHERE: ReadonlySet<string> = new Set([
  "disable-pip-version-check",
  "no-input",
  "progress-bar",
  "no-color",
  "no-warn-script-location",
  "root-user-action",
]);
