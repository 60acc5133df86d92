// The one table of settings: for each its flag, its variables and its keys in the files of Pinion, uv and pip.
// The help, `pinion config` and docs/settings.md are made from it.

import type { SettingDefinition, SettingTable } from "./setting.ts";
import { BUILD_SETTINGS, type BuildSettings } from "./table-builds.ts";
import { COMPILE_SETTINGS, type CompileSettings } from "./table-compile.ts";
import { DESTINATION_SETTINGS, type DestinationSettings } from "./table-destinations.ts";
import { INDEX_SETTINGS, type IndexSettings } from "./table-indexes.ts";
import { MACHINE_SETTINGS, type MachineSettings } from "./table-machine.ts";
import { PACKAGE_SETTINGS, type PackageSettings } from "./table-packages.ts";

export { summaryOf, type SettingDefinition } from "./setting.ts";

/** Every setting by its name, and what it is read as. */
export interface SettingValues
  extends
    IndexSettings,
    PackageSettings,
    DestinationSettings,
    BuildSettings,
    CompileSettings,
    MachineSettings {}

export type SettingName = keyof SettingValues;

export const SETTINGS: SettingTable<SettingValues> = {
  ...INDEX_SETTINGS,
  ...PACKAGE_SETTINGS,
  ...DESTINATION_SETTINGS,
  ...BUILD_SETTINGS,
  ...COMPILE_SETTINGS,
  ...MACHINE_SETTINGS,
};

/** Every name of the table, in its order. */
export const SETTING_NAMES: readonly SettingName[] = Object.keys(SETTINGS).filter(isSettingName);

/** Whether a string is the name of a setting. */
export function isSettingName(text: string): text is SettingName {
  return Object.hasOwn(SETTINGS, text);
}

/** The variable of Pinion's own for a setting: `PINION_INDEX_URL`. */
export function pinionVariable(name: SettingName): string {
  return variableOf("PINION", name);
}

/** pip's variables for a setting: `PIP_INDEX_URL`. */
export function pipVariables({ pipNames = [] }: SettingDefinition): readonly string[] {
  return pipNames.map((name) => variableOf("PIP", name));
}

function variableOf(prefix: string, name: string): string {
  return `${prefix}_${name.replaceAll("-", "_").toUpperCase()}`;
}
