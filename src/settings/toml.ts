// TOML of settings files. Where a key stands is found by `toml-lines.ts`.

import type { TomlTable } from "../base/toml-table.ts";
import { PinionError } from "../errors.ts";
import { readToml } from "../base/toml.ts";

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
  throw new PinionError("settings/invalid", `\`${path}\`:${line}: ${reason}`, {
    details: { path, line, column },
  });
}
