// What uv.toml holds as lists, tables and `true` for all, run through uv 0.13.9, which refuses every other form.

import { describe, expect, test } from "vitest";
import { readFilesAndVariables, type SettingsReading } from "../read.ts";
import { SETTINGS, SETTING_NAMES, type SettingDefinition } from "../table/table.ts";

const FILE = "/project/uv.toml";

function read(files: Readonly<Record<string, string>>): SettingsReading["settings"] {
  return reading(files, "/project").settings;
}

function reading(files: Readonly<Record<string, string>>, cwd: string): SettingsReading {
  return readFilesAndVariables({
    flags: { values: new Map() },
    env: {},
    cwd,
    home: "/home/ada",
    platform: "linux",
    environmentPrefix: undefined,
    command: "install",
    readText: (path) => files[path],
  });
}

const LISTS = SETTING_NAMES.flatMap((name) => {
  const { type, uvKey, uvPipKey, isUvTextOrList }: SettingDefinition = SETTINGS[name];
  return type !== "list" || isUvTextOrList === true
    ? []
    : [
        ...(uvKey === undefined ? [] : [["", uvKey, uvKey]]),
        ...(uvPipKey === undefined ? [] : [["[pip]\n", uvPipKey, `pip.${uvPipKey}`]]),
      ];
});

describe("uv.toml", () => {
  test.each(LISTS)("refuses a string where it wants more: %s%s", (header, key, shown) => {
    const line = header === "" ? 1 : 2;
    expect(() => read({ [FILE]: `${header}${key} = "x"\n` })).toThrow(
      `\`${FILE}:${line} (${shown})\` must be `,
    );
  });

  test.each(["config-settings", "config-settings-package", "exclude-newer-package", "prerelease-package"])(
    "refuses a list where it wants a table: %s",
    (key) => {
      expect(() => read({ [FILE]: `${key} = ["a=b"]\n` })).toThrow(`\`${FILE}:1 (${key})\` must be a table`);
    },
  );

  test.each([
    "config-settings = { a = true }",
    "config-settings = { a = 5 }",
    "config-settings-package = { a = { b = false } }",
    "exclude-newer-package = { a = true }",
    "prerelease-package = { a = false }",
    'no-binary = ["a"]',
    'no-binary = "a"',
  ])("refuses %s", (line) => {
    expect(() => read({ [FILE]: `${line}\n` })).toThrow(`\`${FILE}:1 (`);
  });

  test("passes settings to build backends, to all and to those of one package", () => {
    const settings = read({
      [FILE]:
        'config-settings = { a = "b", c = ["d", "e"] }\nconfig-settings-package = { alpha = { f = "g" } }\n',
    });
    expect(settings.get("config-setting")).toEqual({ a: "b", c: ["d", "e"] });
    expect(settings.get("config-settings-package")).toEqual({ alpha: { f: "g" } });
  });

  test.each([
    ['link-mode = "reflink"', "link-mode", "clone"],
    ['[pip]\nlink-mode = "reflink"', "link-mode", "clone"],
    ['index-strategy = "unsafe-any-match"', "index-strategy", "unsafe-first-match"],
    ['[pip]\nindex-strategy = "unsafe-any-match"', "index-strategy", "unsafe-first-match"],
  ] as const)("takes uv's other words for choices: %s", (line, name, expected) => {
    expect(read({ [FILE]: `${line}\n` }).get(name)).toBe(expected);
  });

  test.each(["concurrent-downloads = 0", "concurrent-builds = 0", 'link-mode = "hard-link"'])(
    "refuses a value that uv refuses: %s",
    (line) => {
      expect(() => read({ [FILE]: `${line}\n` })).toThrow(`\`${FILE}:1 (`);
    },
  );

  // What decides which files are installed, and how they are checked, counts wherever uv reads it.
  test.each([
    ["no-binary = true", "no-binary", { isForAll: true, names: new Set() }],
    ['prerelease-package = { alpha = "allow" }', "prerelease-package", new Map([["alpha", "allow"]])],
    ["require-build-hashes = true", "require-build-hashes", true],
    ["[pip]\nrequire-build-hashes = true", "require-build-hashes", true],
  ] as const)("counts %s", (line, name, expected) => {
    expect(read({ [FILE]: `${line}\n` }).get(name)).toEqual(expected);
  });

  test("of the project decides before the user's whether wheels count", () => {
    const user = { "/home/ada/.config/uv/uv.toml": "no-binary = true\n" };
    expect(read(user).get("no-binary").isForAll).toBe(true);
    expect(read({ ...user, [FILE]: "no-binary = false\n" }).get("no-binary").isForAll).toBe(false);
  });
});

describe("[tool.uv] of pyproject.toml", () => {
  test.each(["environments", "required-environments"] as const)("takes one marker as %s", (key) => {
    const linux = "sys_platform == 'linux'";
    const stated = (value: string): unknown =>
      read({ "/project/pyproject.toml": `[tool.uv]\n${key} = ${value}\n` }).get(key);
    expect(stated(`"${linux}"`)).toEqual(stated(`["${linux}"]`));
    expect(stated(`"${linux}"`)).toHaveLength(1);
  });

  const DEPRECATED = { "/project/pyproject.toml": "[tool.uv]\ndev-dependencies = []\n" };
  test.each([
    ["/project", "pyproject.toml"],
    ["/project/src", "/project/pyproject.toml"],
  ])("warns of dev-dependencies, seen from %s, as uv does", (cwd, shown) => {
    for (const files of [DEPRECATED, { ...DEPRECATED, [FILE]: "" }])
      expect(reading(files, cwd).warnings).toContain(
        `The \`tool.uv.dev-dependencies\` field (used in \`${shown}\`) is deprecated and will be removed in a future release; use \`dependency-groups.dev\` instead`,
      );
  });
});

describe("a uv.toml beside a `[tool.uv]`", () => {
  const warningsOf = (table: string): readonly string[] =>
    reading({ [FILE]: "", "/project/pyproject.toml": `[tool.uv]\n${table}` }, "/project").warnings;

  test("masks its settings, which a warning names", () => {
    expect(warningsOf('sources = {}\nresolution = "highest"\nindex = []\n')).toEqual([
      "Found both a `uv.toml` file and a `[tool.uv]` section in an adjacent `pyproject.toml`. The following fields from `[tool.uv]` will be ignored in favor of the `uv.toml` file:\n- resolution\n- index",
    ]);
  });

  // Promise: of warnings whose number others choose, only the first few are shown
  // Attack: a checked-out project has a uv.toml beside a section with very many keys
  test("names the first of very many settings that it masks", () => {
    const [warning = ""] = warningsOf(Array.from({ length: 5_000 }, (_, at) => `k${at} = 1\n`).join(""));
    expect(warning.split("\n").slice(-2)).toEqual(["- k99", "and 4900 more"]);
  });

  test("masks nothing of what it says of the project", () => {
    const keys = ["conflicts", "default-groups", "environments", "required-environments"];
    const tables = ["build-backend", "dependency-groups", "sources", "workspace"];
    const lines = [
      ...keys.map((key) => `${key} = []\n`),
      ...tables.map((key) => `${key} = {}\n`),
      "managed = true\npackage = true\n",
    ];
    expect(warningsOf(lines.join(""))).toEqual([]);
  });
});
