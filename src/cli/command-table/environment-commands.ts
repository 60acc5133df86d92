// Commands that change an environment: install, sync, uninstall.

import type { SettingName } from "../../settings/table/table.ts";
import type { CommandDescription } from "../grammar/command.ts";
import { WITHOUT_EFFECT } from "./other-tools-options.ts";
import { BUILDS, ENVIRONMENT, GLOBAL, INDEXES, NETWORK, RESOLUTION, TARGET } from "./setting-groups.ts";
import { EDITABLE, REPORTING } from "./shared-options.ts";
import { INSTALLING, REMOVING } from "./summaries.ts";

/** What `install` and `sync` share. */
const CHANGE: readonly SettingName[] = [
  ...BUILDS,
  ...INDEXES,
  "reinstall",
  "reinstall-package",
  "link-mode",
  "compile-bytecode",
  ...ENVIRONMENT,
  "break-system-packages",
  ...TARGET,
  ...NETWORK,
  ...GLOBAL,
];

/** Sync installs what is listed and nothing that it needs. */
const NOT_FOR_SYNC: ReadonlySet<SettingName> = new Set([
  "override",
  "exclude",
  "no-deps",
  "only-deps",
  "upgrade",
  "upgrade-package",
  "upgrade-strategy",
  "prerelease",
  "prerelease-package",
  "pre",
  "all-releases",
  "only-final",
  "ignore-requires-python",
  "resolution",
  "no-build-isolation-package",
]);

export const PIP_INSTALL: CommandDescription = {
  summary: "Install packages into an environment or a folder",
  arguments: [
    {
      syntax: "[package...]",
      summary: "Requirements; URLs or paths of wheels, source distributions, Git repositories and projects",
    },
  ],
  settings: [...RESOLUTION, ...CHANGE, "root", "no-editable", "no-editable-package", "strict"],
  summaries: () => INSTALLING,
  options: [
    ...REPORTING,
    {
      flag: "--report <FILE>",
      summary: "Write pip's installation report (JSON, version 1) to this file, or `-` for stdout",
    },
    { flag: "--exact", summary: "Remove packages that are not required", counter: "--no-exact" },
    { flag: "--user", refused: "pip's `--user` is unsupported (use a virtual environment instead)" },
    { flag: "--disable-pip-version-check", ignored: "pip's `--disable-pip-version-check` has no effect" },
    EDITABLE,
    ...WITHOUT_EFFECT,
  ],
  examples: [
    "pinion pip install flask",
    "pinion pip install -r requirements.txt --index-url https://pypi.corp.example/simple",
    "pinion pip install numpy --target build/python --python-version 3.12 --python-platform linux",
  ],
  load: () => import("../commands/pip-install.ts"),
};

export const PIP_SYNC: CommandDescription = {
  summary: "Make an environment match requirements or lock files exactly",
  arguments: [
    {
      syntax: "[file...]",
      summary: "Requirements files with everything pinned, or a `pylock.toml`",
    },
  ],
  usage: "<file>...",
  settings: [
    ...RESOLUTION.filter((name) => !NOT_FOR_SYNC.has(name)),
    ...CHANGE.filter((name) => !NOT_FOR_SYNC.has(name)),
    "allow-empty-requirements",
    "strict",
  ],
  summaries: () => ({ ...INSTALLING, extra: "Include this extra of the project or of the lock file" }),
  options: [
    ...REPORTING,
    { flag: "--user", refused: "pip-sync's `--user` is unsupported (use a virtual environment instead)" },
    ...["-a, --ask", "--python-executable <PATH>", "--config <FILE>", "--pip-args <ARGUMENTS>"].map(
      (flag) => ({ flag, isHidden: true as const }),
    ),
    ...WITHOUT_EFFECT,
  ],
  examples: ["pinion pip sync requirements.txt", "pinion pip sync pylock.toml --extra web"],
  load: () => import("../commands/pip-sync.ts"),
};

export const PIP_UNINSTALL: CommandDescription = {
  summary: "Remove packages from an environment",
  arguments: [{ syntax: "[package...]", summary: "Package names" }],
  settings: ["requirement", ...ENVIRONMENT, "break-system-packages", ...GLOBAL],
  summaries: () => REMOVING,
  options: [
    { flag: "--dry-run", summary: "Show what would be removed without removing anything" },
    { flag: "-y, --yes", ignored: "`--yes` has no effect (Pinion never asks for confirmation)" },
  ],
  examples: ["pinion pip uninstall flask"],
  load: () => import("../commands/pip-uninstall.ts"),
};
