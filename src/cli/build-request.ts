// What the settings of a command say about builds.

import type { BuildChoices } from "../api/build-choices.ts";
import { mergeConfigSettings, parseConfigSettings, type ConfigSettings } from "../build/config-settings.ts";
import { PinionError } from "../errors.ts";
import { normalizeName } from "../pep/name.ts";
import type { Settings } from "../settings/settings.ts";

/** @throws usage/invalid-argument for a setting of another form */
export function buildChoices(settings: Settings): BuildChoices {
  const values = (name: "config-setting" | "no-build-isolation-package"): readonly string[] =>
    settings.list(name).map(({ value }) => value);
  return {
    withoutIsolation: settings.flag("no-build-isolation") ? "all" : values("no-build-isolation-package"),
    configSettings: parseConfigSettings(values("config-setting")),
    configSettingsPackages: packageSettings(
      settings.list("config-settings-package").map(({ value }) => value),
    ),
    constraints: settings.list("build-constraint").map(({ value }) => ({ kind: "file", path: value })),
    requiresHashes: settings.flag("require-build-hashes"),
  };
}

/** `numpy:setup-args=-Dallow-noblas=true` */
function packageSettings(values: readonly string[]): Readonly<Record<string, ConfigSettings>> {
  const settings = new Map<string, ConfigSettings>();
  for (const text of values) {
    const colon = text.indexOf(":");
    if (colon < 1) {
      throw new PinionError(
        "usage/invalid-argument",
        `Invalid config setting: \`${text}\` (expected \`PACKAGE:KEY=VALUE\`)`,
        { details: { value: text } },
      );
    }
    const name = normalizeName(text.slice(0, colon).trim());
    const setting = parseConfigSettings([text.slice(colon + 1)]);
    settings.set(name, mergeConfigSettings([settings.get(name) ?? {}, setting]));
  }
  return Object.fromEntries(settings);
}
