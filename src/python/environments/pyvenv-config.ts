// `pyvenv.cfg`: what makes a folder a virtual environment (PEP 405). Not an INI file: Python divides each line at
// its first `=` and knows neither sections nor escapes.

import { join } from "node:path";

import { readFileWithin } from "../../base/files/small-file.ts";

/** The lines of `pyvenv.cfg`, by key in lower case. */
export type PyvenvConfig = ReadonlyMap<string, string>;

/** Reads an environment's `pyvenv.cfg`; undefined where there is none. */
export function readPyvenvConfig(root: string): PyvenvConfig | undefined {
  try {
    return parsePyvenvConfig(readFileWithin(join(root, "pyvenv.cfg"), MAX_CONFIG_BYTES).toString());
  } catch {
    return undefined;
  }
}

export function parsePyvenvConfig(text: string): PyvenvConfig {
  const config = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const equals = line.indexOf("=");
    if (equals !== -1) config.set(line.slice(0, equals).trim().toLowerCase(), line.slice(equals + 1).trim());
  }
  return config;
}

/** Writes the lines in their order; a value cannot begin a line of its own. */
export function formatPyvenvConfig(config: PyvenvConfig): string {
  return [...config].map(([key, value]) => `${key} = ${value.replaceAll(/[\r\n]+/g, " ")}\n`).join("");
}

/** A few lines; those of virtualenv are the longest. */
const MAX_CONFIG_BYTES = 1024 ** 2;
