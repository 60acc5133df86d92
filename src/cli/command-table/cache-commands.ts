// Commands for the cache, and for the files of a lock in it, in the shared cache and in archives.

import type { SettingName } from "../../settings/table/table.ts";
import type { CommandOption, CommandDescription } from "../grammar/command.ts";
import { GLOBAL, INDEXES, NETWORK } from "./setting-groups.ts";
import { FROM_LOCK } from "./summaries.ts";

const FORCE: CommandOption = { flag: "--force", summary: "Do not wait for other runs that use the cache" };

/** What decides which files of a lock are moved, and how. */
const LOCK_FILES: readonly SettingName[] = [
  "extra",
  "group",
  "python",
  "system",
  "python-version",
  "python-platform",
  ...INDEXES,
  ...NETWORK,
  ...GLOBAL,
];

const LOCK_CHOICE: readonly CommandOption[] = [
  { flag: "--lock <FILE>", summary: "A `pylock.toml`: a path or a URL", isRequired: true },
  { flag: "--all-platforms", summary: "Every wheel of the lock file, not only those of one target" },
];

export const CACHE_DIR: CommandDescription = {
  summary: "Print the folder of the cache",
  settings: GLOBAL,
  options: [],
  load: () => import("../commands/cache.ts"),
};

export const CACHE_SIZE: CommandDescription = {
  summary: "Print how much the cache holds, in bytes",
  settings: GLOBAL,
  options: [
    { flag: "-H, --human", summary: "Print a human-readable size, such as `4.5MiB`" },
    { flag: "--output-format <OUTPUT_FORMAT>", summary: "How to print it", choices: ["text", "json"] },
  ],
  load: () => import("../commands/cache.ts"),
};

export const CACHE_CLEAN: CommandDescription = {
  aliases: ["clear"],
  summary: "Remove everything, or what belongs to a package, from the cache",
  arguments: [{ syntax: "[package...]", summary: "Package names" }],
  settings: GLOBAL,
  options: [FORCE],
  load: () => import("../commands/cache.ts"),
};

export const CACHE_PRUNE: CommandDescription = {
  summary: "Remove unused entries from the cache",
  settings: GLOBAL,
  options: [{ flag: "--ci", summary: "Also remove what can be downloaded again" }, FORCE],
  load: () => import("../commands/cache.ts"),
};

export const CACHE_VERIFY: CommandDescription = {
  summary: "Check that unpacked wheels are unchanged, and remove those that are not",
  settings: GLOBAL,
  options: [{ flag: "--full", summary: "Read every file instead of comparing sizes and times" }],
  load: () => import("../commands/cache.ts"),
};

export const CACHE_PUSH: CommandDescription = {
  summary: "Write the files that a lock needs to the shared cache",
  settings: LOCK_FILES,
  summaries: () => FROM_LOCK,
  options: LOCK_CHOICE,
  examples: ["pinion cache push --lock pylock.toml --shared-cache oci://registry.corp.example/tools/cache"],
  load: () => import("../commands/cache-files.ts"),
};

export const CACHE_PULL: CommandDescription = {
  summary: "Download the files that a lock needs into the cache, without installing anything",
  settings: LOCK_FILES,
  summaries: () => FROM_LOCK,
  options: LOCK_CHOICE,
  examples: ["pinion cache pull --lock pylock.toml"],
  load: () => import("../commands/cache-files.ts"),
};

export const CACHE_EXPORT: CommandDescription = {
  summary: "Write the files that a lock needs into one archive, for images and caches of CI",
  settings: LOCK_FILES,
  summaries: () => FROM_LOCK,
  options: [
    ...LOCK_CHOICE,
    {
      flag: "-o, --output-file <OUTPUT_FILE>",
      summary: "The archive to write: the same lock gives the same bytes",
      isRequired: true,
    },
  ],
  examples: ["pinion cache export --lock pylock.toml -o files.tar"],
  load: () => import("../commands/cache-files.ts"),
};

export const CACHE_IMPORT: CommandDescription = {
  summary: "Add the files of an exported archive to the cache, each verified by its hash",
  arguments: [{ syntax: "<archive>", summary: "An archive of `pinion cache export`" }],
  settings: GLOBAL,
  options: [],
  examples: ["pinion cache import files.tar"],
  load: () => import("../commands/cache-files.ts"),
};
