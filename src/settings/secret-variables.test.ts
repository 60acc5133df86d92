import { expect, test } from "vitest";

import { withoutSecrets } from "../python/interpreters/without-secrets.ts";
import { pinionVariable, SETTING_NAMES, SETTINGS, type SettingDefinition } from "./table/table.ts";

const shown = (name: string, value: string): string =>
  withoutSecrets({ [name]: value }, { isCacheShared: false })[name] ?? "";

const variables = SETTING_NAMES.flatMap((name) => {
  const { isSecret, uvVariables = [] }: SettingDefinition = SETTINGS[name];
  return [pinionVariable(name), ...uvVariables]
    .filter((variable) => /^(?:PINION|UV)_/.test(variable))
    .map((variable) => ({ variable, isSecret: isSecret === true }));
});

// Promise: no Python that may run code of packages sees a secret that only Pinion needs
// Attack: a source distribution sends its environment away while it is built
test("the variables of secret settings are hidden from builds", () => {
  const secret = variables.filter(({ isSecret }) => isSecret).map(({ variable }) => variable);
  expect(secret).toContain("PINION_PROXY_PASSWORD");
  expect(secret.filter((variable) => shown(variable, "s3cret") !== "")).toEqual([]);
});

test.each([
  "https://ada:s3cret@a.example/x",
  "https://a.example/x https://ada:s3cret@b.example/x",
  "https://ada:s3cret@a.example/x\nhttps://ada:s3cret@b.example/x",
  "https://ada:s3cret@a.example/x,https://ada:s3cret@b.example/x",
  "https://ada:/s3cret@a.example/x",
  "https://ada:s3c/s3cret@a.example/x",
])("no setting's variable shows builds a login: %j", (value) => {
  expect(
    variables.map(({ variable }) => shown(variable, value)).filter((text) => /s3cret/.test(text)),
  ).toEqual([]);
});
