// Tables of settings files as one string each: where a setting is a list, they become JSON.

import { isTomlTable, type TomlTable } from "../../base/formats/toml-table.ts";

/** The table that a string holds; undefined where it is something else, as a variable may have it. */
export function readJsonTable(text: string): TomlTable | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isTomlTable(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
