// The wheels and source distributions of a folder, as the laboratory's index offers them.

import { hash } from "node:crypto";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { PinionError } from "../../errors.ts";
import { tryParseSdistFilename, tryParseWheelFilename } from "../../pep/files/filename.ts";
import type { IndexFile } from "./index-pages.ts";

/**
 * Reads every distribution of a folder, not of those below it; `<file>.metadata` beside one is served with it.
 *
 * @throws `index/unreadable-directory`
 */
export function readPackageFolder(directory: string): readonly IndexFile[] {
  let names: readonly string[];
  try {
    names = readdirSync(directory).toSorted();
  } catch (cause) {
    throw new PinionError("index/unreadable-directory", `Cannot read the folder \`${directory}\``, { cause });
  }
  return names.flatMap((filename) => {
    const parsed = tryParseWheelFilename(filename) ?? tryParseSdistFilename(filename);
    if (parsed === undefined) return [];
    const path = join(directory, filename);
    const bytes = readFileSync(path);
    const metadata = existsSync(`${path}.metadata`) ? readFileSync(`${path}.metadata`, "utf8") : undefined;
    const sha256 = hash("sha256", bytes, "hex");
    return [{ filename, bytes, name: parsed.name, version: parsed.version.text, sha256, metadata }];
  });
}
