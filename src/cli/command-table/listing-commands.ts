// Commands that list what is installed: list, freeze. They start often, and so apart from the longer descriptions.

import type { CommandDescription } from "../grammar/command.ts";
import { ENVIRONMENT, GLOBAL, INDEXES, NETWORK, OUTDATED } from "./setting-groups.ts";
import { LOOKING } from "./summaries.ts";

export const PIP_LIST: CommandDescription = {
  aliases: ["ls"],
  summary: "List what is installed, as a table",
  settings: [...ENVIRONMENT, ...OUTDATED, ...INDEXES, ...NETWORK, "strict", ...GLOBAL],
  summaries: () => LOOKING,
  options: [
    { flag: "-e, --editable", summary: "List only editable packages" },
    { flag: "--exclude-editable", summary: "Leave out editable packages" },
    { flag: "--include-editable", ignored: "" },
    { flag: "-l, --local", ignored: "" },
    // The newest version is looked up on the indexes each time, whatever files it has.
    { flag: "--prefer-binary", ignored: "" },
    { flag: "--refresh-package <REFRESH_PACKAGE>", ignored: "" },
    { flag: "--exclude <EXCLUDE>", summary: "Leave out this package", isRepeatable: true },
    { flag: "--format <FORMAT>", summary: "How to print it", choices: ["columns", "freeze", "json"] },
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
    { flag: "--path <PATHS>", summary: "List the packages in this folder", isRepeatable: true },
  ],
  examples: ["pinion pip list --format json"],
  load: () => import("../commands/pip-list.ts"),
};

export const PIP_FREEZE: CommandDescription = {
  summary: "List what is installed, as requirements",
  settings: [...ENVIRONMENT, "strict", ...GLOBAL],
  summaries: () => LOOKING,
  options: [
    { flag: "--exclude-editable", summary: "Leave out editable packages" },
    { flag: "--exclude <EXCLUDE>", summary: "Leave out this package", isRepeatable: true },
    { flag: "--path <PATHS>", summary: "List the packages in this folder", isRepeatable: true },
    { flag: "-l, --local", ignored: "" },
    { flag: "--all", ignored: "" },
  ],
  examples: ["pinion pip freeze > requirements.txt"],
  load: () => import("../commands/pip-freeze.ts"),
};
