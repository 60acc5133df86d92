// `--no-cache`: a cache of this run alone, removed at its end.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Settings } from "../settings/settings.ts";
import type { CommandContext } from "./command.ts";

/** Runs work with the context's cache, or with one that goes when the work is done. */
export async function withTemporaryCache<T>(
  context: CommandContext,
  work: (context: CommandContext) => Promise<T>,
): Promise<T> {
  if (!context.settings.flag("no-cache")) return await work(context);
  const folder = mkdtempSync(join(tmpdir(), "pinion-cache-"));
  try {
    return await work({ ...context, settings: withCacheFolder(context.settings, folder) });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function withCacheFolder(settings: Settings, folder: string): Settings {
  return settings.with("cache-dir", { value: folder, origin: { kind: "default" } });
}
