// TOML of settings files. Where a key stands is found by `toml-lines.ts`.

import type { TomlTable } from "../base/toml-table.ts";
import { parse, TomlError } from "smol-toml";
import { PinionError } from "../errors.ts";
import { nestingFault } from "../pep/nesting.ts";

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
