// A temporary cache for one run, removed at its end: for `--no-cache`, and where the cache folder is not usable.

import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { removeLargeTree } from "../base/files/remove-tree.ts";
import type { Settings } from "../settings/settings.ts";
import { cacheFault } from "../store/cache/cache-owner.ts";
import type { CommandContext } from "./grammar/command.ts";
import { cacheDirectory } from "./requests/installer-options.ts";

/** Runs work with the context's cache, or with one that goes when the work is done. */
export async function withTemporaryCache<T>(
  context: CommandContext,
  work: (context: CommandContext) => Promise<T>,
): Promise<T> {
  if (!context.settings.get("no-cache")) {
    const directory = cacheDirectory(context);
    const fault = cacheFault(directory);
    if (fault === undefined) return await work(context);
    context.output.warn(`The cache folder \`${directory}\` ${fault}: a temporary cache is used for this run`);
  }
  const folder = mkdtempSync(join(tmpdir(), "pinion-cache-"));
  try {
    return await work({ ...context, settings: withCacheFolder(context.settings, folder) });
  } finally {
    await removeLargeTree(folder);
  }
}

function withCacheFolder(settings: Settings, folder: string): Settings {
  return settings.with("cache-dir", { value: folder, origin: { kind: "default" } });
}
