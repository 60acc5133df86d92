// TOML of settings files. Where a key stands is found by `toml-lines.ts`.

import { parse, TomlError } from "smol-toml";
import { PinionError } from "../errors.ts";
import { nestingFault } from "../pep/nesting.ts";

export type TomlTable = Readonly<Record<string, unknown>>;

/**
 * Parses TOML.
 *
 * @throws settings/invalid with {path, line, column}
 */
export function parseToml(text: string, path: string): TomlTable {
  const tooMuch = nestingFault(text, "toml");
  if (tooMuch !== undefined)
    throw new PinionError("settings/invalid", `\`${path}\` is not read: ${tooMuch}`, { details: { path } });
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const { line, column } = error;
    const why = error.message.split("\n")[0]?.replace("Invalid TOML document: ", "") ?? "it is not TOML";
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
