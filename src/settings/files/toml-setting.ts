// The value of a TOML key as the value of a setting.

import { isTextList } from "../../base/values/record.ts";
import { isTomlTable } from "../../base/formats/toml-table.ts";
import { PinionError } from "../../errors.ts";
import { formatOrigin, type Origin } from "../origin.ts";
import { SETTINGS, type SettingName } from "../table/table.ts";
import { parseSetting, refusePem } from "../values/value.ts";
import type { SettingValue, TableKind } from "../table/setting.ts";

/**
 * Takes a value out of TOML, where it has a type already.
 *
 * @throws settings/invalid where the type is another than the setting's
 */
export function tomlSetting(
  name: SettingName,
  { value, origin }: { readonly value: unknown; readonly origin: Origin },
): SettingValue {
  const definition = SETTINGS[name];
  const refuse = (expected: string): never => refuseValue(name, { origin, expected });
  switch (definition.type) {
    case "boolean":
      return tomlBoolean(name, { value, origin });
    case "count":
    case "whole-number":
    case "seconds":
      return typeof value === "number" || typeof value === "bigint"
        ? parseSetting(name, definition, { text: String(value), origin })
        : refuse("a number");
    case "list":
      for (const entry of Array.isArray(value) ? value : [value])
        if (typeof entry === "string") refusePem(entry, formatOrigin(origin));
      if (definition.holdsTables !== undefined)
        return textsWithTables(value, definition.holdsTables) ?? refuse(LIST_WORDS[definition.holdsTables]);
      if (definition.table !== undefined && (isTomlTable(value) || isUvs(origin)))
        return entriesOf(value, definition.table) ?? refuse(TABLE_WORDS[definition.table]);
      if (typeof value === "string" && (!isUvs(origin) || definition.isUvTextOrList === true)) return [value];
      return isTextList(value) ? value : refuse("a list of strings");
    case "text":
    case "path":
    case "choice":
      return typeof value === "string"
        ? parseSetting(name, definition, { text: value, origin })
        : refuse("a string");
  }
}

/**
 * Takes a yes or no out of TOML.
 *
 * @throws settings/invalid where it is something else
 */
export function tomlBoolean(
  name: SettingName,
  { value, origin }: { readonly value: unknown; readonly origin: Origin },
): boolean {
  return typeof value === "boolean" ? value : refuseValue(name, { origin, expected: "`true` or `false`" });
}

function refuseValue(
  name: SettingName,
  { origin, expected }: { readonly origin: Origin; readonly expected: string },
): never {
  throw new PinionError("settings/invalid", `\`${formatOrigin(origin)}\` must be ${expected}`, {
    details: { setting: name, origin },
  });
}

/** uv takes a list only where its documentation has one; Pinion's own files may hold one string instead. */
function isUvs(origin: Origin): boolean {
  return origin.kind === "file" && origin.tool === "uv";
}

/** The entries of a list, the tables among them as JSON; undefined where it holds something else. */
function textsWithTables(list: unknown, kind: "only" | "and-strings"): readonly string[] | undefined {
  if (!Array.isArray(list)) return undefined;
  const isEntry = (entry: unknown): boolean =>
    isTomlTable(entry) || (kind === "and-strings" && typeof entry === "string");
  return list.every(isEntry)
    ? list.map((entry: unknown) => (typeof entry === "string" ? entry : JSON.stringify(entry)))
    : undefined;
}

/** The entries of a table as a command line has them, or undefined where it holds something else. */
function entriesOf(table: unknown, kind: TableKind): readonly string[] | undefined {
  if (!isTomlTable(table)) return undefined;
  const entries: string[] = [];
  for (const [key, value] of Object.entries(table)) {
    const found = textsOf(value, kind);
    if (found === undefined) return undefined;
    for (const text of found) entries.push(`${key}${isOfPackages(kind) ? ":" : "="}${text}`);
  }
  return entries;
}

function isOfPackages(kind: TableKind): boolean {
  return kind === "package-settings" || kind === "package-requirements" || kind === "package-variables";
}

function textsOf(value: unknown, kind: TableKind): readonly string[] | undefined {
  if (kind === "package-settings") return entriesOf(value, "settings");
  if (kind === "package-variables") return entriesOf(value, "rules");
  if (kind === "package-requirements") return textsWithTables(value, "and-strings");
  if (typeof value === "string") return [value];
  if (kind === "settings") return isTextList(value) ? value : undefined;
  return kind === "dates" && value === false ? ["false"] : undefined;
}

const LIST_WORDS = {
  only: "a list of tables",
  "and-strings": "a list of strings and tables",
} as const;

const TABLE_WORDS: Readonly<Record<TableKind, string>> = {
  dates: "a table of strings, or `false`",
  rules: "a table of strings",
  settings: "a table of strings and lists of strings",
  "package-settings": "a table of packages, each with a table of strings and lists of strings",
  "package-requirements": "a table of packages, each with a list of strings and tables",
  "package-variables": "a table of packages, each with a table of strings",
};
