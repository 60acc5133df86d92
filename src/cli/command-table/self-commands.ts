// Commands about Pinion itself: its settings, its checks, its manual page and completions, its demonstration.

import type { CommandDescription } from "../grammar/command.ts";
import { ENVIRONMENT, GLOBAL, INDEXES, NETWORK, OUTPUT, RESOLUTION } from "./setting-groups.ts";

export const CONFIG: CommandDescription = {
  summary: "Show every setting, where it comes from and what it overrides",
  settings: [...RESOLUTION, ...INDEXES, ...ENVIRONMENT, ...NETWORK, ...GLOBAL],
  pipSection: "install",
  options: [{ flag: "--all", summary: "Also show the settings that are not set" }],
  examples: ["pinion config", "pinion config --json"],
  load: () => import("../commands/config.ts"),
};

export const SELF_CHECK: CommandDescription = {
  summary: "Check that this machine has what Pinion needs",
  settings: [...INDEXES, ...NETWORK, "python", "system", ...GLOBAL],
  pipSection: "install",
  options: [],
  examples: ["pinion self check", "pinion self check --json"],
  load: () => import("../commands/self-check.ts"),
};

export const GENERATE_MAN_PAGE: CommandDescription = {
  summary: "Print the manual page, for `man`",
  settings: OUTPUT,
  options: [],
  examples: ["pinion generate-man-page > ~/.local/share/man/man1/pinion.1"],
  load: () => import("../commands/generate-man-page.ts"),
};

export const GENERATE_SHELL_COMPLETION: CommandDescription = {
  summary: "Print the completion script of a shell",
  arguments: [{ syntax: "<shell>", summary: "`bash`, `zsh` or `fish`" }],
  settings: OUTPUT,
  options: [],
  examples: ["pinion generate-shell-completion bash > ~/.local/share/bash-completion/completions/pinion"],
  load: () => import("../commands/generate-shell-completion.ts"),
};

export const DEMO: CommandDescription = {
  summary: "Install from a private index behind the certificate chain that broke uv",
  settings: OUTPUT,
  options: [],
  load: () => import("../commands/demo.ts"),
};
