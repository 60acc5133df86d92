// What the settings of a command say about builds.

import type { BuildChoices } from "../../api/builds/build-choices.ts";
import type { Settings } from "../../settings/settings.ts";

/** @throws usage/invalid-argument for a setting of another form */
export function buildChoices(settings: Settings): BuildChoices {
  return {
    withoutIsolation: settings.get("no-build-isolation") ? "all" : settings.get("no-build-isolation-package"),
    configSettings: settings.get("config-setting"),
    configSettingsPackages: settings.get("config-settings-package"),
    constraints: settings.get("build-constraint").map((path) => ({ kind: "file", path })),
    requiresHashes: settings.get("require-build-hashes"),
  };
}
