// Options of pip and uv that decide which versions are chosen and what is reported, with those tools' meaning.

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "vitest";

import { makeWheel } from "../src/lab/index/make-wheel.ts";
import { commandStage, installedIn, type CommandStage } from "./support/command-stage.ts";

const PACKAGES = [
  makeWheel({ name: "tool", version: "1.0", requires: ["part"] }),
  makeWheel({ name: "tool", version: "2.0", requires: ["part"] }),
  makeWheel({ name: "tool", version: "3.0rc1", requires: ["part"] }),
  makeWheel({ name: "part", version: "1.0" }),
  makeWheel({ name: "part", version: "2.0" }),
  makeWheel({ name: "part", version: "3.0rc1" }),
  makeWheel({ name: "future", version: "1.0", requiresPython: ">=3.99" }),
];

function makeStage(): Promise<CommandStage> {
  return commandStage({ commands: "called", packages: PACKAGES });
}

describe.concurrent("pip's options for versions", () => {
  test.for<[string, readonly string[], readonly string[]]>([
    ["stable versions by default", [], ["part==2.0", "tool==2.0"]],
    ["--all-releases of all", ["--all-releases", ":all:"], ["part==3.0rc1", "tool==3.0rc1"]],
    ["--all-releases of one", ["--all-releases=tool"], ["part==2.0", "tool==3.0rc1"]],
    [
      "--only-final of one beside --all-releases of all",
      ["--all-releases", ":all:", "--only-final", "part"],
      ["part==2.0", "tool==3.0rc1"],
    ],
    [
      ":none: takes back what came before",
      ["--all-releases", ":all:", "--all-releases", ":none:"],
      ["part==2.0", "tool==2.0"],
    ],
  ])("%s", async ([, options, expected], { expect }) => {
    await using stage = await makeStage();
    expect((await stage.install("tool", ...options)).code).toBe(0);
    expect(stage.installed()).toEqual(expected);
  });

  test("--only-final refuses what only a pre-release satisfies", async ({ expect }) => {
    await using stage = await makeStage();
    expect((await stage.install("tool>2", "--only-final", ":all:")).code).toBe(1);
    expect((await stage.install("tool>2", "--only-final", "tool")).code).toBe(1);
    expect((await stage.install("tool>2", "--only-final", "part")).code).toBe(0);
    expect(stage.installed()).toEqual(["part==2.0", "tool==3.0rc1"]);
  });

  test("--pre excludes both", async ({ expect }) => {
    await using stage = await makeStage();
    expect((await stage.install("tool", "--pre", "--only-final", "part")).code).toBe(2);
  });

  test("--upgrade-strategy only-if-needed keeps what is needed and fits", async ({ expect }) => {
    await using stage = await makeStage();
    await stage.install("tool==1.0", "part==1.0");
    await stage.install("-U", "--upgrade-strategy", "only-if-needed", "tool");
    expect(stage.installed()).toEqual(["part==1.0", "tool==2.0"]);
    await stage.install("-U", "--upgrade-strategy", "eager", "tool");
    expect(stage.installed()).toEqual(["part==2.0", "tool==2.0"]);
  });

  test("--upgrade-strategy by itself upgrades nothing, and a typing mistake is refused", async ({
    expect,
  }) => {
    await using stage = await makeStage();
    await stage.install("tool==1.0", "part==1.0");
    await stage.install("--upgrade-strategy", "eager", "tool");
    expect(stage.installed()).toEqual(["part==1.0", "tool==1.0"]);
    expect((await stage.install("--upgrade-strategy", "egar", "tool")).code).toBe(2);
  });

  test("--ignore-requires-python installs what says that it needs another Python", async ({ expect }) => {
    await using stage = await makeStage();
    expect((await stage.install("future")).code).toBe(1);
    expect((await stage.install("future", "--ignore-requires-python")).code).toBe(0);
    expect(stage.installed()).toEqual(["future==1.0"]);
  });
});

describe.concurrent("--root", () => {
  test("lays the environment out below another root", async ({ expect }) => {
    await using stage = await makeStage();
    expect((await stage.install("part", "--root", "image")).code).toBe(0);
    expect(installedIn(join(stage.world.project, "image", stage.venv))).toEqual(["part==2.0"]);
    expect(stage.installed()).toEqual([]);
  });

  test("goes before a --prefix, and excludes --target", async ({ expect }) => {
    await using stage = await makeStage();
    expect((await stage.install("part", "--root", "image", "--prefix", "/usr")).code).toBe(0);
    expect(installedIn(join(stage.world.project, "image", "usr"))).toEqual(["part==2.0"]);
    const both = await stage.install("part", "--root", "image", "--target", "lib");
    expect(both.code).toBe(2);
    expect(existsSync(join(stage.world.project, "lib"))).toBe(false);
  });
});

describe.concurrent("--report", () => {
  test("describes in pip's form what would be installed", async ({ expect }) => {
    await using stage = await makeStage();
    const wheel = join(stage.world.project, "part-2.0-py3-none-any.whl");
    writeFileSync(wheel, PACKAGES[4]?.bytes ?? "");
    const run = await stage.install(
      "--dry-run",
      "--report",
      "-",
      "-q",
      "tool[extra]",
      `part @ file://${wheel}`,
    );
    expect(run).toMatchObject({ code: 0, stderr: "" });
    const report: unknown = JSON.parse(run.stdout);
    expect(report).toMatchObject({
      version: "1",
      install: [
        {
          download_info: {
            url: `file://${wheel.replace(stage.world.directory, "[WORLD]")}`,
            archive_info: { hashes: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) } },
          },
          is_direct: true,
          is_yanked: false,
          requested: true,
          metadata: { name: "part", version: "2.0" },
        },
        {
          download_info: {
            archive_info: {
              hashes: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
              hash: expect.stringMatching(/^sha256=[0-9a-f]{64}$/),
            },
          },
          is_direct: false,
          requested: true,
          requested_extras: ["extra"],
          metadata: { name: "tool", version: "2.0", requires_dist: ["part"] },
        },
      ],
      environment: { sys_platform: process.platform },
    });
    expect(stage.installed()).toEqual([]);
  });

  test("goes to a file where it is installed, and is empty where nothing was to do", async ({ expect }) => {
    await using stage = await makeStage();
    const installedBy = async (): Promise<unknown> => {
      expect((await stage.install("part", "--report", "report.json")).code).toBe(0);
      const report = JSON.parse(readFileSync(join(stage.world.project, "report.json"), "utf8")) as {
        install: readonly { metadata: { name: string } }[];
      };
      return report.install.map(({ metadata }) => metadata.name);
    };
    expect(await installedBy()).toEqual(["part"]);
    expect(await installedBy()).toEqual([]);
    rmSync(join(stage.world.project, "report.json"));
    expect(await installedBy()).toEqual([]);
    expect(stage.installed()).toEqual(["part==2.0"]);
  });
});

test("--no-sources-package ignores the sources of one package", async ({ expect }) => {
  await using stage = await makeStage();
  const project = join(stage.world.project, "app");
  mkdirSync(project);
  writeFileSync(
    join(project, "pyproject.toml"),
    `[project]
name = "app"
version = "1"
dependencies = ["tool", "part"]

[tool.uv.sources]
tool = { index = "elsewhere" }
part = { index = "elsewhere" }
`,
  );
  const file = ["-r", join(project, "pyproject.toml")];
  expect((await stage.install(...file)).code).not.toBe(0);
  expect((await stage.install(...file, "--no-sources-package", "tool")).code).not.toBe(0);
  const both = await stage.install(...file, "--no-sources-package", "tool", "--no-sources-package", "part");
  expect(both.code).toBe(0);
  expect(stage.installed()).toEqual(["part==2.0", "tool==2.0"]);
});
