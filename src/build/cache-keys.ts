// When a project's folder counts as changed: by the times of its project files, or by what `[tool.uv] cache-keys` names.

import { hash } from "node:crypto";
import { readdirSync, statSync } from "node:fs";
import { join, sep } from "node:path";

import { isTable, tableAt, type SourceTree } from "./build-system.ts";

export interface CacheKeyOptions {
  /** For the keys `{ env = "NAME" }`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The commit and the tags of the repository that holds the folder, for `{ git = … }`. */
  readonly gitState: (wanted: { readonly commit: boolean; readonly tags: boolean }) => Promise<string>;
}

/** A string that changes when the folder has to be built again. */
export async function readCacheKey(
  { directory, pyproject }: SourceTree,
  options: CacheKeyOptions,
): Promise<string> {
  const configured = tableAt(pyproject, "tool", "uv")?.["cache-keys"];
  const keys: readonly unknown[] = Array.isArray(configured) ? configured : DEFAULT_KEYS;
  const parts: string[] = [];
  for (const key of keys) parts.push(await readKey(key, directory, options));
  return hash("sha256", parts.join("\n"), "hex");
}

async function readKey(key: unknown, directory: string, options: CacheKeyOptions): Promise<string> {
  if (typeof key === "string") return filesKey(directory, key);
  if (!isTable(key)) return "";
  const { file, dir, env, git } = key;
  if (typeof file === "string") return filesKey(directory, file);
  if (typeof dir === "string")
    return `${dir} ${String(statSync(join(directory, dir), { throwIfNoEntry: false })?.ctimeMs)}`;
  if (typeof env === "string") return `${env}=${options.env[env] ?? ""}`;
  if (git === true) return await options.gitState({ commit: true, tags: false });
  if (isTable(git))
    return await options.gitState({ commit: git["commit"] === true, tags: git["tags"] === true });
  return "";
}

function filesKey(directory: string, pattern: string): string {
  const names = /[*?[{]/.test(pattern) ? filesMatching(directory, pattern) : [pattern];
  return names
    .map((name) => `${name} ${String(statSync(join(directory, name), { throwIfNoEntry: false })?.mtimeMs)}`)
    .join("\n");
}

function filesMatching(directory: string, pattern: string): readonly string[] {
  const matcher = globMatcher(pattern);
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .map((name) => name.replaceAll(sep, "/"))
    .filter((name) => matcher.test(name))
    .toSorted();
}

/** `*`, `**`, `?`, `[…]` and `{a,b}`, as shells have them. */
function globMatcher(pattern: string): RegExp {
  const source = pattern.replaceAll(/\*\*\/|\*\*|\*|\?|\[!?[^\]]+\]|\{[^{}]*\}|[.+^$()|\\{}[\]]/g, (part) => {
    if (part === "**/") return "(?:.*/)?";
    if (part === "**") return ".*";
    if (part === "*") return "[^/]*";
    if (part === "?") return "[^/]";
    if (part.length > 1 && part.startsWith("[")) return part.replace("[!", "[^").replaceAll("\\", "\\\\");
    if (part.length > 1 && part.startsWith("{"))
      return `(?:${part.slice(1, -1).split(",").map(escaped).join("|")})`;
    return `\\${part}`;
  });
  return new RegExp(`^${source}$`, "u");
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/** As uv has them. */
const DEFAULT_KEYS: readonly unknown[] = [
  { file: "pyproject.toml" },
  { file: "setup.py" },
  { file: "setup.cfg" },
  { dir: "src" },
];
