// PEM text in place of a value, whichever setting or option it is: refused by its name, and never shown.

import { expect, test } from "vitest";
import { SETTINGS, SETTING_NAMES, pinionVariable, type SettingDefinition } from "../settings/table.ts";
import { tomlSetting } from "../settings/toml-setting.ts";
import { readVariables } from "../settings/variables.ts";
import { isPinionError } from "../errors.ts";
import { specOf } from "./command.ts";
import { COMMANDS } from "./command-table/commands.ts";
import { readCommandLine } from "./program.ts";
import { errorAsJson } from "./render-error.ts";

const SECRET = "c2VjcmV0IG9mIGEga2V5";
const PEM = `-----BEGIN PRIVATE KEY-----\n${SECRET}\n-----END PRIVATE KEY-----\n`;

const NAMES = SETTING_NAMES.filter((name) => {
  const { type, isSecret }: SettingDefinition = SETTINGS[name];
  return type !== "boolean" && type !== "count" && isSecret !== true;
});

test.each(NAMES)("a variable of `%s`", (name) => {
  const variable = pinionVariable(name);
  refuses(variable, () => readVariables({ [variable]: PEM }));
});

test.each(NAMES.filter((name) => !["whole-number", "seconds"].includes(SETTINGS[name].type)))(
  "a file's `%s`",
  (name) => {
    const origin = { kind: "file", path: "pinion.toml", line: 7, key: name, tool: "pinion" } as const;
    refuses("pinion.toml:7", () => tomlSetting(name, { value: PEM, origin }));
    if (SETTINGS[name].type === "list")
      refuses("pinion.toml:7", () => tomlSetting(name, { value: ["a", PEM], origin }));
  },
);

test.each(COMMANDS.map((entry) => [entry.words.join(" "), entry] as const))(
  "an option of `%s`",
  (_, entry) => {
    const { words, settings, options } = specOf(entry);
    const flags = [
      ...settings.flatMap((name) => {
        const { flag, isSecret }: SettingDefinition = SETTINGS[name];
        return isSecret === true ? [] : (flag ?? []);
      }),
      ...options.map(({ flag }) => flag),
    ].filter((flag) => flag.includes("<"));
    for (const flag of flags) {
      const long = /--[\w-]+/.exec(flag)?.[0] ?? flag;
      refuses(long, () => readCommandLine([...words, long, PEM], "1.0"));
    }
  },
);

function refuses(name: string, action: () => unknown): void {
  let refusal: unknown;
  try {
    action();
  } catch (error) {
    refusal = error;
  }
  if (!isPinionError(refusal)) throw new Error(`${name}: the PEM text was accepted`);
  expect(refusal.message).toContain(name);
  expect(refusal.message).not.toContain(SECRET);
  expect(JSON.stringify(errorAsJson(refusal))).not.toContain(SECRET);
}
