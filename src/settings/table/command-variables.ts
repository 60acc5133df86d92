// uv's variables for options that only one command has. uv reads them with that command only.

import type { Origin } from "../origin.ts";
import { projectNames } from "../values/parsers.ts";
import { entriesOf, type SettingDefinition, type SettingValue } from "./setting.ts";
import { parseSetting } from "../values/value.ts";
import type { Environment } from "../variables.ts";

/** Whether a variable says yes; an empty one says nothing. @throws settings/invalid where it says neither yes nor no */
export function flagOf(
  variable: "UV_NO_BINARY" | "UV_NO_BUILD" | "UV_NO_PROJECT",
  env: Environment,
): boolean {
  return valueOf(variable, { type: "boolean" }, env)?.value === true;
}

/** The normalized names of projects in a variable, which blanks separate. @throws settings/invalid where one is not a name */
export function namesOf(
  variable: "UV_NO_BINARY_PACKAGE" | "UV_NO_BUILD_PACKAGE",
  env: Environment,
): readonly string[] {
  const said = valueOf(variable, { type: "list" }, env);
  return said === undefined ? [] : projectNames(entriesOf([said]));
}

function valueOf(
  variable: string,
  definition: Pick<SettingDefinition, "type">,
  env: Environment,
): { readonly value: SettingValue; readonly origin: Origin } | undefined {
  const text = env[variable];
  if (text === undefined || text === "") return undefined;
  const origin: Origin = { kind: "variable", variable, tool: "uv" };
  return { value: parseSetting(undefined, definition, { text, origin }), origin };
}
