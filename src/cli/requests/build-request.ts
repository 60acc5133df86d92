// What the settings of a command say about builds.

import type { BuildChoices } from "../../api/builds/build-choices.ts";
import type { CommandContext } from "../grammar/command.ts";
import { statedIn } from "./stated-requirements.ts";

/** @throws usage/invalid-argument, settings/invalid for a setting of another form */
export function buildChoices(context: CommandContext): BuildChoices {
  const { settings } = context;
  return {
    withoutIsolation: settings.get("no-build-isolation") ? "all" : settings.get("no-build-isolation-package"),
    configSettings: settings.get("config-setting"),
    configSettingsPackages: settings.get("config-settings-package"),
    constraints: [
      ...settings.get("build-constraint").map((path) => ({ kind: "file", path }) as const),
      ...statedIn(context, "build-constraint-dependencies"),
    ],
    extraRequirements: settings.get("extra-build-dependencies"),
    requiresHashes: settings.get("require-build-hashes"),
  };
}
