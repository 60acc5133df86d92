// TOML of settings files. Where a key stands is found by `toml-lines.ts`.

import type { TomlTable } from "../../base/formats/toml-table.ts";
import { PinionError } from "../../errors.ts";
import { readToml } from "../../base/formats/toml.ts";
import { invalidAt } from "./invalid-at.ts";

/**
 * Parses TOML.
 *
 * @throws settings/invalid with {path, line, column}
 */
export function parseToml(text: string, path: string): TomlTable {
  const found = readToml(text);
  if (found.kind === "read") return found.table;
  const { reason, line, column } = found;
  if (line === undefined)
    throw new PinionError("settings/invalid", `Cannot read \`${path}\`: ${reason}`, { details: { path } });
  throw invalidAt({ path, line, column }, reason);
}
