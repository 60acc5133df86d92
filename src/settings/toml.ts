// TOML with the place of a key: the library parses, a scan of the lines tells where a key stands.

import { parse, TomlError } from "smol-toml";
import { PinionError } from "../errors.ts";

export type TomlTable = Readonly<Record<string, unknown>>;

/**
 * Parses TOML.
 *
 * @throws settings/invalid with {path, line, column}
 */
export function parseToml(text: string, path: string): TomlTable {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const { line, column } = error;
    const why = error.message.split("\n")[0]?.replace("Invalid TOML document: ", "") ?? "it is no TOML";
    throw new PinionError("settings/invalid", `\`${path}\`:${line}: ${why}`, {
      details: { path, line, column },
      cause: undefined,
    });
  }
}

/** A table below a table, by its path; undefined where there is none. */
export function tomlTable(table: TomlTable, ...path: readonly string[]): TomlTable | undefined {
  let value: unknown = table;
  for (const key of path) {
    if (!isTomlTable(value)) return undefined;
    value = value[key];
  }
  return isTomlTable(value) ? value : undefined;
}

export function isTomlTable(value: unknown): value is TomlTable {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/**
 * The line, counted from 1, on which a key of a table stands; undefined where it is written in another form.
 *
 * @param header the table's header without brackets, "" for the top; the `occurrence`-th one for arrays of tables
 */
export function tomlLine(text: string, header: string, key: string, occurrence = 0): number | undefined {
  let current = "";
  let seen = -1;
  const lines = text.split("\n");
  for (const [index, line] of lines.entries()) {
    const found = /^\s*\[{1,2}\s*([^\]]+?)\s*\]{1,2}\s*(#.*)?$/.exec(line)?.[1];
    if (found !== undefined) {
      current = found.replaceAll(/\s*\.\s*/g, ".").replaceAll(/["']/g, "");
      if (current === header) seen += 1;
    } else if (current === header && (header === "" || seen === occurrence) && startsWithKey(line, key)) {
      return index + 1;
    }
  }
  return undefined;
}

function startsWithKey(line: string, key: string): boolean {
  const written = /^\s*["']?([\w-]+)["']?\s*[=.]/.exec(line)?.[1];
  return written === key;
}
