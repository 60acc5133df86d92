// Commands that answer questions about what is installed: show, tree, check.

import type { CommandDescription } from "../grammar/command.ts";
import { ENVIRONMENT, GLOBAL, INDEXES, NETWORK, OUTDATED, TARGET } from "./setting-groups.ts";
import { LOCK_CHOICES, LOOKING } from "./summaries.ts";

export const PIP_SHOW: CommandDescription = {
  summary: "Show information about installed packages",
  arguments: [{ syntax: "[package...]", summary: "Package names" }],
  settings: [...ENVIRONMENT, "strict", ...GLOBAL],
  summaries: () => LOOKING,
  options: [{ flag: "-f, --files", summary: "List their files too" }],
  load: () => import("../commands/pip-show.ts"),
};

export const PIP_TREE: CommandDescription = {
  summary: "Show installed packages as a dependency tree",
  settings: [...ENVIRONMENT, ...OUTDATED, ...INDEXES, ...NETWORK, "strict", ...GLOBAL],
  summaries: () => LOOKING,
  options: [
    { flag: "-d, --depth <DEPTH>", summary: "Maximum depth (default: 255)" },
    { flag: "--package <PACKAGE>", summary: "Start the tree at this package", isRepeatable: true },
    {
      flag: "--prune <PRUNE>",
      summary: "Leave out this package and everything below it",
      isRepeatable: true,
    },
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
      flag: "--lock <FILE>",
      summary: "Check this `pylock.toml` for the target instead of an environment",
    },
  ],
  examples: ["pinion pip check", "pinion pip check --lock pylock.toml --python-platform windows"],
  load: () => import("../commands/pip-check.ts"),
};
