// Tables of settings with many entries, as far as the bound on a settings file lets them grow.

import { expect, test } from "vitest";

import { processorMs } from "../../test/support/processor-time.ts";
import { readFilesAndVariables, type SettingsReading } from "./read.ts";

const COUNT = 200_000;

function read(uvToml: string, ofUser?: string): SettingsReading["settings"] {
  const files: Readonly<Record<string, string | undefined>> = {
    "/project/uv.toml": uvToml,
    "/home/ada/.config/uv/uv.toml": ofUser,
  };
  return readFilesAndVariables({
    flags: { values: new Map() },
    env: {},
    cwd: "/project",
    home: "/home/ada",
    platform: "linux",
    environmentPrefix: undefined,
    command: "install",
    readText: (path) => files[path],
  }).settings;
}

const lines = (line: (index: number) => string): string =>
  Array.from({ length: COUNT }, (_, at) => line(at)).join("\n");

// Attack: a project's folder has settings of hundreds of thousands of entries
test.each([
  ["extra-build-variables", `[extra-build-variables.alpha]\n${lines((at) => `V${at}="x"`)}`],
  ["config-settings-package", `[config-settings-package.alpha]\n${lines((at) => `k${at}="x"`)}`],
  ["extra-build-dependencies", `[extra-build-dependencies]\nalpha = [\n${lines((at) => `"t${at}",`)}\n]`],
  ["config-setting", `[config-settings]\nkey = [\n${lines((at) => `"${at}",`)}\n]`],
] as const)("reads two hundred thousand entries of `%s` for one package", (name, text) => {
  const start = processorMs();
  const [[first, ofFirst] = []] = Object.entries(read(text).get(name));
  expect(first).toBe(name === "config-setting" ? "key" : "alpha");
  expect(Object.keys(ofFirst as object)).toHaveLength(COUNT);
  expect(processorMs() - start).toBeLessThan(10_000);
});

test("reads two hundred thousand tables of indexes", () => {
  const { indexTables } = read(lines(() => "[[index]]\nurl='http:a'"));
  expect(indexTables).toHaveLength(COUNT);
});

test("what is said first of a variable for a build counts", () => {
  const settings = read(
    "extra-build-variables = { alpha = { V = 'near' } }",
    "extra-build-variables = { Alpha = { V = 'far', W = 'far' } }",
  );
  expect(settings.get("extra-build-variables")).toEqual({ alpha: { V: "near", W: "far" } });
});
