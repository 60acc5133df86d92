// Where a user's settings of all programs are.

import { join } from "node:path";

import type { FileWorld } from "./sources.ts";

/** `%APPDATA%` on Windows; elsewhere `$XDG_CONFIG_HOME`, or `~/.config`. */
export function configFolder({ env, home, platform }: Pick<FileWorld, "env" | "home" | "platform">): string {
  if (platform === "win32") return env["APPDATA"] ?? join(home, "AppData", "Roaming");
  const named = env["XDG_CONFIG_HOME"];
  return named === undefined || named === "" ? join(home, ".config") : named;
}
