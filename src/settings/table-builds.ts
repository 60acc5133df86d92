// The settings that decide how sources are built.

import type { SettingDefinition } from "./definition.ts";

export type BuildSettingName =
  | "no-build-isolation"
  | "no-build-isolation-package"
  | "config-setting"
  | "config-settings-package"
  | "build-constraint"
  | "require-build-hashes"
  | "concurrent-builds";

export const BUILD_SETTINGS: Readonly<Record<BuildSettingName, SettingDefinition>> = {
  "no-build-isolation": {
    group: "resolver",
    type: "boolean",
    flag: "--no-build-isolation",
    counters: ["--build-isolation"],
    summary: "Build with what is installed in the environment, instead of an environment for each build",
    uvVariables: ["UV_NO_BUILD_ISOLATION"],
    uvKey: "no-build-isolation",
    uvPipKey: "no-build-isolation",
  },
  "no-build-isolation-package": {
    group: "resolver",
    type: "list",
    flag: "--no-build-isolation-package <name>",
    summary: "Build this package with what is installed in the environment",
    uvKey: "no-build-isolation-package",
    uvPipKey: "no-build-isolation-package",
  },
  "config-setting": {
    group: "resolver",
    type: "list",
    flag: "-C, --config-setting <key=value>",
    aliases: ["--config-settings"],
    summary: "Hand this setting to the build backends",
    pipNames: ["config-settings"],
  },
  "config-settings-package": {
    group: "resolver",
    type: "list",
    flag: "--config-settings-package <name:key=value>",
    aliases: ["--config-setting-package"],
    summary: "Hand this setting to the build backend of one package",
  },
  "build-constraint": {
    group: "resolver",
    type: "list",
    flag: "-b, --build-constraint <file>",
    aliases: ["--build-constraints"],
    summary: "Narrow the versions of what builds require by the requirements of this file",
    uvVariables: ["UV_BUILD_CONSTRAINT"],
    uvSeparator: " ",
    pipNames: ["build-constraint"],
  },
  "require-build-hashes": {
    group: "resolver",
    type: "boolean",
    flag: "--require-build-hashes",
    counters: ["--no-require-build-hashes"],
    summary: "Refuse what a build requires unless it is pinned with a hash",
    uvVariables: ["UV_REQUIRE_BUILD_HASHES"],
  },
  "concurrent-builds": {
    group: "resolver",
    type: "whole-number",
    summary: "Builds at a time; by default one for each processor",
    uvVariables: ["UV_CONCURRENT_BUILDS"],
    uvKey: "concurrent-builds",
  },
};
