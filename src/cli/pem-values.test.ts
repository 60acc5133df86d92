// PEM text in place of a value, whichever setting or option it is: refused by its name, and never shown.

import { tmpdir } from "node:os";
import { expect, test } from "vitest";
import { callCommand } from "../../test/support/called-command.ts";
import { SETTINGS, SETTING_NAMES, pinionVariable, type SettingDefinition } from "../settings/table/table.ts";
import { tomlSetting } from "../settings/files/toml-setting.ts";
import { readVariables } from "../settings/variables.ts";
import { isPinionError } from "../errors.ts";
import { specOf } from "./grammar/command.ts";
import { COMMANDS } from "./command-table/commands.ts";
import { readCommandLine } from "./grammar/program.ts";
import { errorAsJson } from "./screen/render-error.ts";

const SECRET = "c2VjcmV0IG9mIGEga2V5";
const PEM = `-----BEGIN PRIVATE KEY-----\n${SECRET}\n-----END PRIVATE KEY-----\n`;

const NAMES = SETTING_NAMES.filter((name) => {
  const { type, isSecret }: SettingDefinition = SETTINGS[name];
  return type !== "boolean" && type !== "count" && isSecret !== true;
});

test.each(NAMES)("a variable of `%s`", (name) => {
  const variable = pinionVariable(name);
  expect(refusal(variable, () => readVariables({ [variable]: PEM }))).toBe("without the secret");
});

test.each(NAMES.filter((name) => !["whole-number", "seconds"].includes(SETTINGS[name].type)))(
  "a file's `%s`",
  (name) => {
    const origin = { kind: "file", path: "pinion.toml", line: 7, key: name, tool: "pinion" } as const;
    const values = SETTINGS[name].type === "list" ? [PEM, ["a", PEM]] : [PEM];
    for (const value of values)
      expect(refusal("pinion.toml:7", () => tomlSetting(name, { value, origin }))).toBe("without the secret");
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
      expect([long, refusal(long, () => readCommandLine([...words, long, PEM], "1.0"))]).toEqual([
        long,
        "without the secret",
      ]);
    }
  },
);

// Variables that are not settings, or are read before them: nothing of their values is shown either, whatever is wrong with them.
test.each([
  "VIRTUAL_ENV",
  "CONDA_PREFIX",
  "PIP_CONFIG_FILE",
  "UV_CONFIG_FILE",
  "UV_CONSTRAINT",
  "UV_PYTHON",
  "NETRC",
])("a long value or PEM in `%s` is never shown", async (variable) => {
  for (const value of [PEM, `-----BEGIN EC PARAMETERS-----\nAA==\n${PEM}`, SECRET.repeat(20)])
    for (const argv of [
      ["pip", "list"],
      ["pip", "list", "--json"],
      ["config"],
      ["pip", "install", "x", "--offline"],
    ]) {
      const env = { HOME: tmpdir(), PATH: "", [variable]: value };
      const { stdout, stderr } = await callCommand([...argv, "--cache-dir", tmpdir()], {
        env,
        cwd: tmpdir(),
      });
      expect(`${stdout}${stderr}`).not.toContain(SECRET);
    }
});

/** Whether an action is refused by the name of what holds the text, and how. */
function refusal(name: string, action: () => unknown): string {
  try {
    action();
    return "accepted";
  } catch (error) {
    if (!isPinionError(error)) return `an unexpected failure: ${String(error)}`;
    const shown = `${error.message}${JSON.stringify(errorAsJson(error))}`;
    if (!error.message.includes(name)) return `without its name: ${error.message}`;
    return shown.includes(SECRET) ? "with the secret" : "without the secret";
  }
}
