// The one table of settings: for each its flag, its variables and its keys in the files of Pinion, uv and pip.
// The help, `pinion config` and docs/settings.md are made from it.

import type { SettingDefinition } from "./definition.ts";
import { BUILD_SETTINGS, type BuildSettingName } from "./table-builds.ts";
import { COMPILE_SETTINGS, type CompileSettingName } from "./table-compile.ts";
import { MACHINE_SETTINGS, type MachineSettingName } from "./table-machine.ts";
import { PACKAGE_SETTINGS, type PackageSettingName } from "./table-packages.ts";

export type { SettingDefinition } from "./definition.ts";

export type SettingName = PackageSettingName | BuildSettingName | CompileSettingName | MachineSettingName;

export const SETTINGS: Readonly<Record<SettingName, SettingDefinition>> = {
  ...PACKAGE_SETTINGS,
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
