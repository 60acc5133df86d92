import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { isPinionError } from "../errors.ts";
import { formatOrigin } from "./origin.ts";
import { cachedReader, readFilesAndVariables, type SettingsReading } from "./read.ts";
import type { SettingName } from "./table/table.ts";
import type { SettingValue } from "./table/setting.ts";

interface World {
  readonly files?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly flags?: Readonly<Record<string, SettingValue>>;
  readonly cwd?: string;
  readonly command?: string;
  readonly environmentPrefix?: string;
}

/** Reads settings in a machine that holds only these files. */
function read({
  files = {},
  env = {},
  flags = {},
  cwd = "/project",
  command = "install",
  environmentPrefix,
}: World): SettingsReading {
  return readFilesAndVariables({
    flags: {
      values: new Map(
        Object.entries(flags).map(([name, value]) => [
          name as SettingName,
          { value, origin: { kind: "flag", flag: `--${name}` } },
        ]),
      ),
    },
    env,
    cwd,
    home: "/home/ada",
    platform: "linux",
    environmentPrefix,
    command,
    readText: (path) => files[path],
  });
}

const text = (world: World, name: SettingName): SettingValue | undefined =>
  read(world).settings.stack(name).inForce[0]?.value;
const list = (world: World, name: SettingName): readonly string[] =>
  read(world)
    .settings.entries(name)
    .map(({ value }) => value);

const USER_PIP = "/home/ada/.config/pip/pip.conf";
const GLOBAL_PIP = "/etc/pip.conf";
const USER_UV = "/home/ada/.config/uv/uv.toml";
const PROJECT_UV = "/project/uv.toml";

describe("readSettings() reads pip.conf as pip does", () => {
  const cases: readonly (readonly [string, World, string | undefined])[] = [
    [
      "quotes, comments behind a value and percent signs are a part of the value",
      { files: { [USER_PIP]: `[global]\nindex-url = "https://a.example/%41" ; b # c\n` } },
      '"https://a.example/%41" ; b # c',
    ],
    [
      "a section ranks before a nearer file",
      {
        files: {
          [GLOBAL_PIP]: "[install]\nindex-url = https://install/\n",
          [USER_PIP]: "[global]\nindex-url = https://user/\n",
        },
      },
      "https://install/",
    ],
    [
      "the user's file ranks before the global one",
      {
        files: {
          [GLOBAL_PIP]: "[global]\nindex-url = https://global/\n",
          [USER_PIP]: "[global]\nindex-url = https://user/\n",
        },
      },
      "https://user/",
    ],
    [
      "the new place of the user's file ranks before the old one",
      {
        files: {
          "/home/ada/.pip/pip.conf": "[global]\nindex-url = https://old/\n",
          [USER_PIP]: "[global]\nindex-url = https://new/\n",
        },
      },
      "https://new/",
    ],
    [
      "the environment's own file ranks before the user's",
      {
        environmentPrefix: "/venv",
        files: {
          "/venv/pip.conf": "[global]\nindex-url = https://venv/\n",
          [USER_PIP]: "[global]\nindex-url = https://user/\n",
        },
      },
      "https://venv/",
    ],
    [
      "an existing PIP_CONFIG_FILE hides the user's file",
      {
        env: { PIP_CONFIG_FILE: "/named.conf" },
        files: {
          "/named.conf": "[global]\ntimeout = 3\n",
          [USER_PIP]: "[global]\nindex-url = https://user/\n",
        },
      },
      undefined,
    ],
    [
      "a missing PIP_CONFIG_FILE is passed over",
      {
        env: { PIP_CONFIG_FILE: "/missing.conf" },
        files: { [USER_PIP]: "[global]\nindex-url = https://user/\n" },
      },
      "https://user/",
    ],
    [
      "the null device hides every file",
      {
        env: { PIP_CONFIG_FILE: "/dev/null" },
        files: { [GLOBAL_PIP]: "[global]\nindex-url = https://global/\n" },
      },
      undefined,
    ],
    [
      "the last of XDG_CONFIG_DIRS wins",
      {
        env: { XDG_CONFIG_DIRS: "/a:/b" },
        files: {
          "/a/pip/pip.conf": "[global]\nindex-url = https://a/\n",
          "/b/pip/pip.conf": "[global]\nindex-url = https://b/\n",
        },
      },
      "https://b/",
    ],
    [
      "/etc/pip.conf wins over XDG_CONFIG_DIRS",
      {
        env: { XDG_CONFIG_DIRS: "/a" },
        files: {
          "/a/pip/pip.conf": "[global]\nindex-url = https://a/\n",
          [GLOBAL_PIP]: "[global]\nindex-url = https://etc/\n",
        },
      },
      "https://etc/",
    ],
    [
      "an empty value hides the farther file and means the default",
      {
        files: {
          [GLOBAL_PIP]: "[global]\nindex-url = https://global/\n",
          [USER_PIP]: "[global]\nindex-url =\n",
        },
      },
      undefined,
    ],
    [
      "an upper-case key counts",
      { files: { [USER_PIP]: "[global]\nINDEX-URL = https://user/\n" } },
      "https://user/",
    ],
    [
      "a key with dashes in front counts",
      { files: { [USER_PIP]: "[global]\n--index-url = https://user/\n" } },
      "https://user/",
    ],
    [
      "a key with underscores counts",
      { files: { [USER_PIP]: "[global]\nindex_url: https://user/\n" } },
      "https://user/",
    ],
    [
      "quotes and $VAR stay as they are",
      { files: { [USER_PIP]: '[global]\nindex-url = "https://$USER/"\n' } },
      '"https://$USER/"',
    ],
    [
      "another command's section does not count",
      { command: "list", files: { [USER_PIP]: "[install]\nindex-url = https://install/\n" } },
      undefined,
    ],
    [
      "a comment after a value belongs to it",
      { files: { [USER_PIP]: "[global]\nindex-url = https://user/ # mine\n" } },
      "https://user/ # mine",
    ],
  ];
  test.each(cases)("%s", (_, world, expected) => {
    expect(text(world, "index-url")).toBe(expected);
  });

  test("a nearer list replaces a farther one", () => {
    const files = {
      [GLOBAL_PIP]: "[global]\nextra-index-url = https://far/\n",
      [USER_PIP]: "[global]\nextra-index-url =\n    https://one/\n    https://two/\n",
    };
    expect(list({ files }, "extra-index-url")).toEqual(["https://one/", "https://two/"]);
  });

  test("a variable replaces a file's list, but for `only-binary`, which adds", () => {
    const files = { [USER_PIP]: "[global]\nextra-index-url = https://file/\nonly-binary = flask\n" };
    const env = { PIP_EXTRA_INDEX_URL: "https://variable/", PIP_ONLY_BINARY: "numpy" };
    expect(list({ files, env }, "extra-index-url")).toEqual(["https://variable/"]);
    expect(list({ files, env }, "only-binary")).toEqual(["numpy", "flask"]);
  });

  test("the switch of an option has the value that any of its names says: `no-compile = 1` compiles", () => {
    const compile = (conf: string, env: Record<string, string> = {}): boolean =>
      read({ files: { [USER_PIP]: `[install]\n${conf}\n` }, env }).settings.get("compile-bytecode");
    expect(compile("no-compile = 1")).toBe(true);
    expect(compile("no-compile = 0")).toBe(false);
    expect(compile("compile = true", { PIP_NO_COMPILE: "0" })).toBe(false);
  });

  test("every long name of an option is a key and a variable", () => {
    expect(text({ files: { [USER_PIP]: "[global]\npypi-url = https://a/\n" } }, "index-url")).toBe(
      "https://a/",
    );
    const { settings } = read({ env: { PIP_DEFAULT_TIMEOUT: "9", PIP_NO_DEPENDENCIES: "yes" } });
    expect([settings.get("http-timeout"), settings.get("no-deps")]).toEqual([9000, true]);
  });

  test("`no-cache-dir = false` switches the cache off all the same", () => {
    expect(read({ files: { [USER_PIP]: "[global]\nno-cache-dir = false\n" } }).settings.get("no-cache")).toBe(
      true,
    );
  });

  test.each([
    ["one key in two spellings", "[global]\nindex-url = a\nindex_url = b\n", 3],
    ["a byte order mark", "\uFEFF[global]\n", 1],
    ["text before the first section", "index-url = a\n", 1],
    ["a section twice", "[global]\n[global]\n", 2],
    ["an invalid boolean", "[global]\nno-index = perhaps\n", undefined],
  ])("refuses %s", (_, content, line) => {
    const error = failureOf(() => read({ files: { [USER_PIP]: content } }));
    expect(isPinionError(error, "settings/invalid")).toBe(true);
    if (line !== undefined) expect(error).toMatchObject({ details: { path: USER_PIP, line } });
  });
});

describe("readSettings() reads uv.toml and pyproject.toml as uv does", () => {
  const cases: readonly (readonly [string, World, string | undefined])[] = [
    [
      "the user's `[pip]` beats the project's top level",
      {
        files: {
          [PROJECT_UV]: 'index-url = "https://project/"\n',
          [USER_UV]: '[pip]\nindex-url = "https://user/"\n',
        },
      },
      "https://user/",
    ],
    [
      "the project's top level beats the user's",
      {
        files: {
          [PROJECT_UV]: 'index-url = "https://project/"\n',
          [USER_UV]: 'index-url = "https://user/"\n',
        },
      },
      "https://project/",
    ],
    [
      "the nearest folder upwards counts",
      {
        cwd: "/project/sub/deep",
        files: { "/project/pyproject.toml": '[tool.uv]\nindex-url = "https://project/"\n' },
      },
      "https://project/",
    ],
    [
      "uv.toml hides the section of pyproject.toml beside it",
      {
        files: {
          [PROJECT_UV]: 'index-url = "https://toml/"\n',
          "/project/pyproject.toml": '[tool.uv]\nindex-url = "https://section/"\n',
        },
      },
      "https://toml/",
    ],
    [
      "a workspace's root counts, not its member",
      {
        cwd: "/project/packages/one",
        files: {
          "/project/pyproject.toml":
            '[tool.uv]\nindex-url = "https://root/"\n[tool.uv.workspace]\nmembers = ["packages/*"]\n',
          "/project/packages/one/pyproject.toml": '[tool.uv]\nindex-url = "https://member/"\n',
        },
      },
      "https://root/",
    ],
    [
      "a folder left out of the workspace counts itself",
      {
        cwd: "/project/packages/one",
        files: {
          "/project/pyproject.toml":
            '[tool.uv]\nindex-url = "https://root/"\n[tool.uv.workspace]\nmembers = ["packages/*"]\nexclude = ["packages/one"]\n',
          "/project/packages/one/pyproject.toml": '[tool.uv]\nindex-url = "https://member/"\n',
        },
      },
      "https://member/",
    ],
    [
      "a broken pyproject.toml is left out",
      { files: { "/project/pyproject.toml": "123 - 456\n", [USER_UV]: 'index-url = "https://user/"\n' } },
      "https://user/",
    ],
    [
      "only the first of XDG_CONFIG_DIRS is read",
      { env: { XDG_CONFIG_DIRS: "/a:/b" }, files: { "/b/uv/uv.toml": 'index-url = "https://b/"\n' } },
      undefined,
    ],
    [
      "UV_CONFIG_FILE replaces the project's and the user's",
      {
        env: { UV_CONFIG_FILE: "/named/uv.toml" },
        files: { "/named/uv.toml": "offline = true\n", [PROJECT_UV]: 'index-url = "https://project/"\n' },
      },
      undefined,
    ],
  ];
  test.each(cases)("%s", (_, world, expected) => {
    expect(text(world, "index-url")).toBe(expected);
  });

  test("lists of the project, the user and variables add up, a flag replaces its variable", () => {
    const files = {
      [PROJECT_UV]: 'extra-index-url = ["https://project/"]\n',
      [USER_UV]: 'extra-index-url = ["https://user/"]\n',
    };
    const env = { UV_EXTRA_INDEX_URL: "https://variable/" };
    expect(list({ files, env }, "extra-index-url")).toEqual([
      "https://variable/",
      "https://project/",
      "https://user/",
    ]);
    expect(list({ files, env, flags: { "extra-index-url": ["https://flag/"] } }, "extra-index-url")).toEqual([
      "https://flag/",
      "https://project/",
      "https://user/",
    ]);
  });

  test("index tables and find-links are relative to their file", () => {
    const files = {
      "/project/uv.toml":
        'find-links = ["links"]\n[[index]]\nname = "corp"\nurl = "mirror"\nexplicit = true\nignore-error-codes = [403]\n',
    };
    const { settings } = read({ cwd: "/project/sub", files });
    expect(settings.get("find-links")).toEqual(["/project/links"]);
    expect(settings.indexTables).toMatchObject([
      {
        name: "corp",
        url: "/project/mirror",
        isExplicit: true,
        ignoreErrorCodes: [403],
        origin: { line: 4 },
      },
    ]);
  });

  test.each(["PINION_DEPENDENCY_METADATA", "PINION_BUILD_CONSTRAINT_DEPENDENCIES"])(
    "a variable for a list of tables that holds no table is refused: %s",
    (variable) => {
      const { settings } = read({ env: { [variable]: "{x" } });
      expect(() => [
        settings.get("dependency-metadata"),
        settings.get("build-constraint-dependencies"),
      ]).toThrow(`\`${variable}\` must hold`);
    },
  );

  test("an unknown key is passed over and noted", () => {
    const { notes } = read({ files: { [PROJECT_UV]: "preview-of-next-year = true\n" } });
    expect(notes).toEqual([`${PROJECT_UV}:1: Pinion does not use \`preview-of-next-year\``]);
  });

  test.each(['"beta>=1"', '"beta[x]"', '"be ta"', '""'])(
    "`exclude-dependencies` are names, not %s",
    (name) => {
      const world: World = { files: { [PROJECT_UV]: `exclude-dependencies = [${name}]\n` } };
      expect(() => read(world).settings.get("exclude-dependencies")).toThrow(
        `Not a valid package or extra name: ${name}`,
      );
    },
  );

  test.each(["reinstall-package", "refresh-package", "no-emit-package", "no-sources-package"] as const)(
    "`%s` takes whole names only",
    (setting) => {
      for (const name of ["a==1", "a,b", "9!!"])
        expect(() => read({ flags: { [setting]: [name] } }).settings.get(setting)).toThrow(
          `Not a valid package or extra name: "${name}"`,
        );
      expect(read({ flags: { [setting]: ["Some.Name"] } }).settings.get(setting)).toEqual(["some-name"]);
    },
  );

  test("`upgrade-package` takes what to upgrade to as well", () => {
    const { settings } = read({ flags: { "upgrade-package": ["Some.Name==1"] } });
    expect(settings.get("upgrade-package")).toEqual(["some-name"]);
  });

  test("`system-certs` counts only in uv.toml", () => {
    expect(
      read({ files: { "/project/pyproject.toml": "[tool.uv]\nsystem-certs = true\n" } }).settings.get(
        "system-certs",
      ),
    ).toBe(false);
    expect(read({ files: { [PROJECT_UV]: "native-tls = true\n" } }).settings.get("system-certs")).toBe(true);
  });
});

describe("readSettings() orders the tools", () => {
  test("a flag, PINION_, UV_, PIP_, then files, the nearer first", () => {
    const files = {
      "/project/pinion.toml": 'index-url = "https://pinion-file/"\n',
      [PROJECT_UV]: 'index-url = "https://uv-file/"\n',
      [USER_PIP]: "[global]\nindex-url = https://pip-file/\n",
    };
    const env = {
      PINION_INDEX_URL: "https://pinion/",
      UV_INDEX_URL: "https://uv/",
      PIP_INDEX_URL: "https://pip/",
    };
    const { settings } = read({ files, env, flags: { "index-url": "https://flag/" } });
    const stack = settings.stack("index-url");
    expect([...stack.inForce, ...stack.shadowed].map(({ origin }) => formatOrigin(origin))).toEqual([
      "--index-url",
      "PINION_INDEX_URL",
      "UV_INDEX_URL",
      "PIP_INDEX_URL",
      "/project/pinion.toml:1 (index-url)",
      `${PROJECT_UV}:1 (index-url)`,
      `${USER_PIP}:2 (index-url)`,
    ]);
  });

  test("pip's own environment beats uv's user file, because it is nearer", () => {
    const files = {
      "/venv/pip.conf": "[global]\nindex-url = https://venv/\n",
      [USER_UV]: 'index-url = "https://user/"\n',
    };
    expect(text({ files, environmentPrefix: "/venv" }, "index-url")).toBe("https://venv/");
  });

  test("a variable that says false beats a file's true", () => {
    expect(
      read({
        env: { UV_COMPILE_BYTECODE: "false" },
        files: { [PROJECT_UV]: "compile-bytecode = true\n" },
      }).settings.get("compile-bytecode"),
    ).toBe(false);
  });

  test("an empty variable counts as unset", () => {
    expect(text({ env: { PINION_INDEX_URL: "", UV_INDEX_URL: "https://uv/" } }, "index-url")).toBe(
      "https://uv/",
    );
  });

  test("an unknown key of Pinion's own file is an error with the nearest name", () => {
    const error = failureOf(() => read({ files: { "/project/pinion.toml": 'indx-url = "https://x/"\n' } }));
    expect(error).toMatchObject({
      code: "settings/invalid",
      hints: ["The nearest name is `index-url`"],
      details: { line: 1 },
    });
  });

  // Promise: untrusted input cannot make a command hang
  // Attack: a checked-out folder has a pinion.toml with a key of very many characters, for which the nearest name would be sought
  test("no name is sought that resembles a very long key", () => {
    const error = failureOf(() =>
      read({ files: { "/project/pinion.toml": `${"a".repeat(200_000)} = 1\n` } }),
    );
    expect(error).toMatchObject({ code: "settings/invalid", hints: [] });
  });

  test("what says where files are can stand in no file", () => {
    const world = { files: { "/project/pinion.toml": 'directory = "/elsewhere"\n' } };
    expect(() => read(world)).toThrow(/there is no setting `directory`/);
  });

  test("--directory moves where the project's files are looked for", () => {
    const world = {
      files: { "/elsewhere/pinion.toml": "retries = 7\n" },
      flags: { directory: "../elsewhere" },
    };
    expect([read(world).cwd, read(world).settings.get("retries")]).toEqual(["/elsewhere", 7]);
  });

  test("--no-config reads no file, but one that is named", () => {
    const files = {
      [PROJECT_UV]: 'index-url = "https://project/"\n',
      "/named.toml": 'index-url = "https://named/"\n',
    };
    expect(text({ files, flags: { "no-config": true } }, "index-url")).toBeUndefined();
    expect(text({ files, flags: { "no-config": true, "config-file": "/named.toml" } }, "index-url")).toBe(
      "https://named/",
    );
  });
});

function failureOf(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error("it did not fail");
}

describe("readSettings() reads the requirements and indexes of uv's files", () => {
  const uv = (content: string): World => ({ files: { [PROJECT_UV]: content } });

  test.each(["constraint", "override", "exclude"])("%s-dependencies", (name) =>
    expect(
      list(uv(`${name}-dependencies = ["flask<3", "six"]`), `${name}-dependencies` as SettingName),
    ).toEqual(["flask<3", "six"]),
  );

  test("exclude-newer-package as a table, at the top and in [pip]", () => {
    const table = 'exclude-newer-package = { flask = "2026-01-01", six = false }';
    const expected = ["flask=2026-01-01", "six=false"];
    expect(list(uv(table), "exclude-newer-package")).toEqual(expected);
    expect(list(uv(`[pip]\n${table}`), "exclude-newer-package")).toEqual(expected);
    expect(() => read(uv("exclude-newer-package = { flask = 3 }"))).toThrowError(/a table of strings/);
  });

  // `locateIndexes` takes the first of a name; `test/peers/settings.test.ts` asks uv the same.
  test("indexes in the order of their files, whichever tool's they are: the project's before the user's", () => {
    const index = (name: string, url: string): string => `[[index]]\nname = "${name}"\nurl = "${url}"\n`;
    const { settings } = read({
      files: {
        "/home/ada/.config/pinion/pinion.toml": index("corp", "https://user.example"),
        [USER_UV]: index("corp", "https://user-uv.example"),
        [PROJECT_UV]: index("corp", "https://project.example"),
      },
    });
    expect(settings.indexTables.map(({ url }) => url)).toEqual([
      "https://project.example",
      "https://user.example",
      "https://user-uv.example",
    ]);
  });

  test.each(["a b", "", "ä", "corp/pypi"])("refuses %j as the name of an index", (name) =>
    expect(() => read(uv(`[[index]]\nname = "${name}"\nurl = "https://pypi.example"`))).toThrowError(
      expect.objectContaining({ code: "settings/invalid" }),
    ),
  );
});

describe.skipIf(process.geteuid?.() !== 0)("a settings file in a folder for everybody", () => {
  const EVE = 1001;

  /** A folder for everybody with a settings file of the user's, and the folder below it in which the command runs. */
  function sharedFolder(): { readonly path: string; readonly other: string; readonly cwd: string } {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), "pinion-swapped-")));
    chmodSync(folder, 0o777);
    const cwd = join(folder, "project");
    mkdirSync(cwd);
    const [path, other] = [join(folder, "pinion.toml"), join(folder, "other.toml")];
    writeFileSync(path, "");
    writeFileSync(other, 'index-url = "https://eve.example/simple"\n');
    chownSync(other, EVE, EVE);
    return { path, other, cwd };
  }

  // Promise: no other user of the machine decides about the settings of a command
  // Attack: the file is the user's own when it is checked, and another user's while it is read
  test.each<[string, (path: string) => void, string]>([
    ["stays another user's", () => undefined, "belongs to another user"],
    ["goes again", (path) => rmSync(path), "was removed while it was read"],
    ["is the user's own again", (path) => renameSync(`${path}.kept`, path), "belongs to another user"],
  ])("does not count where it is exchanged while it is read, and %s", (_what, afterwards, fault) => {
    const { path, other, cwd } = sharedFolder();
    const readers = cachedReader();
    const readText = (asked: string): string | undefined => {
      if (asked !== path) return undefined;
      renameSync(path, `${path}.kept`);
      renameSync(other, path);
      const contents = readers.readText(path);
      afterwards(path);
      return contents;
    };
    const { settings, warnings } = readFilesAndVariables({
      flags: { values: new Map() },
      env: {},
      cwd,
      home: "/home/ada",
      platform: "linux",
      environmentPrefix: undefined,
      command: "install",
      readText,
      ownerOf: readers.ownerOf,
    });
    expect(settings.get("index-url")).toBeUndefined();
    expect(warnings).toEqual([`Ignored the settings of \`${path}\`: the file ${fault}`]);
  });
});
