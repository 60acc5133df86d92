// Commands that write, compare and check lock files.

import type { SettingName } from "../../settings/table/table.ts";
import type { CommandDescription } from "../grammar/command.ts";
import { PIP_TOOLS, settingWithoutEffect, UPGRADE_GROUP, WITHOUT_EFFECT } from "./other-tools-options.ts";
import { BUILDS, GLOBAL, INDEXES, NETWORK, RESOLUTION } from "./setting-groups.ts";
import { LOCKING } from "./summaries.ts";

const COMPILE_TARGET: readonly SettingName[] = ["python", "system", "python-version", "python-platform"];

const NOT_FOR_COMPILE: ReadonlySet<SettingName> = new Set([
  "requirement",
  "require-hashes",
  "only-deps",
  "upgrade-strategy",
  "ignore-requires-python",
]);

const COMPILATION: readonly SettingName[] = [
  ...RESOLUTION.filter((name) => !NOT_FOR_COMPILE.has(name)),
  "output-file",
  "universal",
  "fork-strategy",
  "environments",
  "required-environments",
  "generate-hashes",
  "no-strip-extras",
  "no-strip-markers",
  "no-annotate",
  "annotation-style",
  "no-header",
  "custom-compile-command",
  "no-emit-package",
  "emit-index-url",
  "emit-find-links",
  "emit-build-options",
  "emit-marker-expression",
  "emit-index-annotation",
];

export const PIP_COMPILE: CommandDescription = {
  summary: "Resolve requirements and write a lock file",
  arguments: [
    {
      syntax: "[file...]",
      summary: "Requirements files, `pyproject.toml`, `setup.cfg`, scripts, or `-`",
    },
  ],
  usage: "<file|--group <GROUP>>",
  summaries: () => LOCKING,
  settings: [...COMPILATION, ...BUILDS, ...INDEXES, ...COMPILE_TARGET, ...NETWORK, ...GLOBAL],
  options: [
    {
      flag: "--format <FORMAT>",
      summary: "The format of the lock (default: by the name of the output file)",
      choices: ["requirements.txt", "pylock.toml"],
    },
    ...PIP_TOOLS,
    UPGRADE_GROUP,
    // How the environments of builds are made is Pinion's own business.
    settingWithoutEffect("link-mode"),
    // For locks this one has its effect.
    ...WITHOUT_EFFECT.filter(({ flag }) => !flag.startsWith("--fork-strategy ")),
  ],
  examples: [
    "pinion pip compile requirements.in -o requirements.txt",
    "pinion pip compile pyproject.toml --universal -o pylock.toml",
  ],
  load: () => import("../commands/pip-compile.ts"),
};

export const LOCK_DIFF: CommandDescription = {
  summary: "Show what changed between two `pylock.toml`: packages, versions, files, indexes",
  arguments: [
    { syntax: "<old>", summary: "The old `pylock.toml`: a path or a URL" },
    { syntax: "<new>", summary: "The new one" },
  ],
  settings: [...NETWORK, ...GLOBAL],
  options: [
    { flag: "--output-format <OUTPUT_FORMAT>", summary: "How to print it", choices: ["text", "json"] },
  ],
  examples: ["pinion lock diff pylock.old.toml pylock.toml"],
  load: () => import("../commands/lock-diff.ts"),
};

/** The lock file says which index each file comes from: there is nothing to choose, and no way without an index. */
const NOT_FOR_VERIFY: ReadonlySet<SettingName> = new Set(["find-links", "no-index", "index-strategy"]);

export const LOCK_VERIFY: CommandDescription = {
  summary: "Check that the indexes still have the files of a `pylock.toml`",
  arguments: [{ syntax: "<file>", summary: "A `pylock.toml`: a path or a URL" }],
  settings: [...INDEXES.filter((name) => !NOT_FOR_VERIFY.has(name)), ...NETWORK, ...GLOBAL],
  options: [
    { flag: "--output-format <OUTPUT_FORMAT>", summary: "How to print it", choices: ["text", "json"] },
  ],
  examples: ["pinion lock verify pylock.toml"],
  load: () => import("../commands/lock-verify.ts"),
};
