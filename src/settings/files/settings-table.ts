// The tables of TOML files that hold settings: a file as a whole, or a section of a project's file.

import type { TomlTable } from "../../base/formats/toml-table.ts";
import { PinionError } from "../../errors.ts";
import type { Distance } from "./distance.ts";
import { parseToml } from "./toml.ts";
import { TomlLines } from "./toml-lines.ts";

export interface SettingsTable {
  readonly path: string;
  readonly lines: TomlLines;
  readonly table: TomlTable;
  /** Under which the table stands: `tool.uv`, or "" for a file as a whole. */
  readonly header: string;
  readonly distance: Distance;
}

/** @throws settings/invalid for what is not TOML */
export function wholeFile(path: string, text: string, distance: Distance): SettingsTable {
  return { path, lines: new TomlLines(text), table: parseToml(text, path), header: "", distance };
}

/** The file that a flag or variable names. @throws settings/unreadable, settings/invalid */
export function namedFile(path: string, readText: (path: string) => string | undefined): SettingsTable {
  const text = readText(path);
  if (text !== undefined) return wholeFile(path, text, "named");
  throw new PinionError("settings/unreadable", `Cannot read the settings file: ${path}`, {
    details: { path },
  });
}

/** The header of a table below a table. */
export function headerBelow(header: string, key: string): string {
  return header === "" ? key : `${header}.${key}`;
}
