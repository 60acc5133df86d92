// Settings from environment variables: Pinion's own, then those that are common to many programs, then uv's, then pip's.

import type { Origin, Sourced, Tool } from "./origin.ts";
import type { SettingsLayer } from "./settings.ts";
import {
  SETTINGS,
  SETTING_NAMES,
  pinionVariable,
  pipVariables,
  type SettingDefinition,
  type SettingName,
} from "./table/table.ts";
import { UNUSED_VARIABLES } from "./table/unused-variables.ts";
import { parseSetting } from "./values/value.ts";
import { projectNames } from "./values/parsers.ts";
import { entriesOf, type SettingValue } from "./table/setting.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads each setting's variables, one layer a tool. An empty variable counts as unset.
 *
 * @throws settings/invalid where a variable holds something that its setting cannot, or that uv refuses
 */
export function readVariables(env: Environment): readonly SettingsLayer[] {
  const variablesOf = {
    pinion: (name: SettingName, definition: SettingDefinition) => [
      pinionVariable(name),
      ...(definition.commonVariables ?? []),
    ],
    uv: (_: SettingName, definition: SettingDefinition) => definition.uvVariables ?? [],
    pip: (_: SettingName, definition: SettingDefinition) => pipVariables(definition),
  } as const;
  for (const [variable, definition] of UNUSED_VARIABLES) {
    const text = env[variable];
    if (text === undefined || text === "") continue;
    // Of this one only uv takes the words in any case.
    const word = variable === "UV_PYTHON_DOWNLOADS" ? text.toLowerCase() : text;
    const origin: Origin = { kind: "variable", variable, tool: "uv" };
    const value = parseSetting(undefined, definition, { text: word, origin });
    if (definition.holdsNames === true) projectNames(entriesOf([{ value, origin }]));
  }
  const tools: readonly Tool[] = ["pinion", "uv", "pip"];
  return tools.map((tool) => {
    const values = new Map<SettingName, Sourced<SettingValue>>();
    for (const name of SETTING_NAMES) {
      const definition = SETTINGS[name];
      for (const variable of variablesOf[tool](name, definition)) {
        const text = env[variable];
        if (text === undefined || text === "") continue;
        const origin: Origin = { kind: "variable", variable, tool };
        values.set(name, { value: parseSetting(name, definition, { text, origin }), origin });
        break;
      }
    }
    return { values };
  });
}
