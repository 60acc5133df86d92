// The value of a TOML key as the value of a setting.

import { isTextList } from "../base/record.ts";
import { isTomlTable } from "../base/toml-table.ts";
import { PinionError } from "../errors.ts";
import { formatOrigin, type Origin } from "./origin.ts";
import { SETTINGS, type SettingName } from "./table.ts";
import { parseSetting, refusePem } from "./value.ts";
import type { SettingValue } from "./setting.ts";

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
  const refuse = (expected: string): never => {
    throw new PinionError("settings/invalid", `\`${formatOrigin(origin)}\` must be ${expected}`, {
      details: { setting: name, origin },
    });
  };
  switch (definition.type) {
    case "boolean":
      return typeof value === "boolean" ? value : refuse("`true` or `false`");
    case "count":
    case "whole-number":
    case "seconds":
      return typeof value === "number" || typeof value === "bigint"
        ? parseSetting(name, definition, { text: String(value), origin })
        : refuse("a number");
    case "list":
      if (definition.holdsTables === true)
        return Array.isArray(value) && value.every(isTomlTable)
          ? value.map((table) => JSON.stringify(table))
          : refuse("a list of tables");
      for (const entry of Array.isArray(value) ? value : [value])
        if (typeof entry === "string") refusePem(entry, formatOrigin(origin));
      if (typeof value === "string") return [value];
      if (definition.isTable === true && isTomlTable(value))
        return Object.entries(value).map(([key, entry]) =>
          typeof entry === "string" || entry === false
            ? `${key}=${String(entry)}`
            : refuse("a table of strings, or `false`"),
        );
      return isTextList(value) ? value : refuse("a list of strings");
    case "text":
    case "path":
    case "choice":
      return typeof value === "string"
        ? parseSetting(name, definition, { text: value, origin })
        : refuse("a string");
  }
}
