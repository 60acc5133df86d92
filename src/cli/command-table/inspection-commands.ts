// Commands that show what is installed: list, freeze, show, tree, check.

import type { CommandDescription } from "../command.ts";
import { ENVIRONMENT, GLOBAL, INDEXES, NETWORK, OUTDATED, TARGET } from "./setting-groups.ts";
import { STRICT } from "./shared-options.ts";
import { LOCK_CHOICES, LOOKING } from "./summaries.ts";

export const PIP_LIST: CommandDescription = {
  aliases: ["ls"],
  summary: "List what is installed, as a table",
  settings: [...ENVIRONMENT, ...OUTDATED, ...INDEXES, ...NETWORK, ...GLOBAL],
  summaries: () => LOOKING,
  options: [
    { flag: "-e, --editable", summary: "List only editable packages" },
    { flag: "--exclude-editable", summary: "Leave out editable packages" },
    { flag: "--include-editable", summary: "", ignored: "" },
    { flag: "-l, --local", summary: "", ignored: "" },
    { flag: "--exclude <package>", summary: "Leave out this package", isRepeatable: true },
    { flag: "--format <format>", summary: "How to print it", choices: ["columns", "freeze", "json"] },
    {
      flag: "-o, --outdated",
      summary: "List only outdated packages, with their latest version",
      counter: "--no-outdated",
    },
    {
      flag: "-u, --uptodate",
      summary: "List only packages whose version is the newest of the indexes",
      excludes: ["--outdated"],
    },
    { flag: "--not-required", summary: "List only packages that no installed package requires" },
    { flag: "--path <folder>", summary: "List the packages in this folder", isRepeatable: true },
    STRICT,
  ],
  examples: ["pinion pip list --format json"],
  load: () => import("../commands/pip-list.ts"),
};

export const PIP_FREEZE: CommandDescription = {
  summary: "List what is installed, as requirements",
  settings: [...ENVIRONMENT, ...GLOBAL],
  summaries: () => LOOKING,
  options: [
    { flag: "--exclude-editable", summary: "Leave out editable packages" },
    { flag: "--exclude <package>", summary: "Leave out this package", isRepeatable: true },
    { flag: "--path <folder>", summary: "List the packages in this folder", isRepeatable: true },
    { flag: "-l, --local", summary: "", ignored: "" },
    { flag: "--all", summary: "", ignored: "" },
    STRICT,
  ],
  examples: ["pinion pip freeze > requirements.txt"],
  load: () => import("../commands/pip-freeze.ts"),
};

export const PIP_SHOW: CommandDescription = {
  summary: "Show information about installed packages",
  arguments: [{ syntax: "[package...]", summary: "Package names" }],
  settings: [...ENVIRONMENT, ...GLOBAL],
  summaries: () => LOOKING,
  options: [{ flag: "-f, --files", summary: "List their files too" }, STRICT],
  load: () => import("../commands/pip-show.ts"),
};

export const PIP_TREE: CommandDescription = {
  summary: "Show installed packages as a dependency tree",
  settings: [...ENVIRONMENT, ...OUTDATED, ...INDEXES, ...NETWORK, ...GLOBAL],
  summaries: () => LOOKING,
  options: [
    { flag: "-d, --depth <number>", summary: "Maximum depth (default: 255)" },
    { flag: "--package <name>", summary: "Start the tree at this package", isRepeatable: true },
    { flag: "--prune <name>", summary: "Leave out this package and everything below it", isRepeatable: true },
    { flag: "--no-dedupe", summary: "Repeat packages that were already shown" },
    { flag: "--invert", summary: "Show the packages that require each package below it" },
    { flag: "--reverse", summary: "As `--invert`" },
    { flag: "--show-version-specifiers", summary: "Show the version specifier of each dependency" },
    {
      flag: "--outdated",
      summary: "Show the latest version of each outdated package",
      counter: "--no-outdated",
    },
    { flag: "--show-sizes", summary: "Show how much disk space the files of each package take" },
    STRICT,
  ],
  load: () => import("../commands/pip-tree.ts"),
};

export const PIP_CHECK: CommandDescription = {
  summary: "Check that installed packages, or those of a lock file, are compatible",
  settings: [
    ...ENVIRONMENT,
    ...TARGET,
    "extra",
    "group",
    "no-binary",
    "only-binary",
    "no-build",
    ...INDEXES,
    ...NETWORK,
    ...GLOBAL,
  ],
  summaries: () => ({ ...LOOKING, ...LOCK_CHOICES }),
  options: [
    {
      flag: "--lock <file>",
      summary: "Check this `pylock.toml` for the target instead of an environment",
    },
  ],
  examples: ["pinion pip check", "pinion pip check --lock pylock.toml --python-platform windows"],
  load: () => import("../commands/pip-check.ts"),
};
