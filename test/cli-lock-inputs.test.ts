// What `pinion pip compile` takes from its inputs: which file brought a package in, and for which environments a project
// is locked. The expected lines were written by uv 0.13.9.

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, test } from "vitest";

import { makeWheel } from "../src/lab/index/make-wheel.ts";
import { makeSourceDistribution } from "./support/source-trees.ts";
import { commandStage, type CommandStage } from "./support/command-stage.ts";
import type { CliRun } from "./support/world.ts";

function write({ world }: CommandStage, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(world.project, path)), { recursive: true });
    writeFileSync(join(world.project, path), text);
  }
}

const compile = (stage: CommandStage, ...words: readonly string[]): Promise<CliRun> =>
  stage.pinion(["pip", "compile", "--index-url", stage.index.url, "--no-header", "-q", ...words]);

describe.concurrent("files that include one another are named as uv names them:", () => {
  const FILES = {
    "paint.in": "paint\n",
    "sub/paint.in": "paint\n",
    "sub/deep/paint.in": "paint\n",
    "a.in": "-r paint.in\npaint\n",
    "b.in": "-r ./sub/../paint.in\npaint\n",
    "c.in": "-r sub/c.in\npaint\n",
    "sub/c.in": "-r deep/paint.in\npaint\n",
    "sub/d.in": "-r ./deep/paint.in\npaint\n",
    "sub/e.in": "-r ../paint.in\npaint\n",
  };
  test.for<[string, readonly string[]]>([
    ["a.in", ["-r paint.in", "-r a.in"]],
    ["./a.in", ["-r ./a.in", "-r ./paint.in"]],
    ["b.in", ["-r sub/../paint.in", "-r b.in"]],
    ["./b.in", ["-r ./b.in", "-r ././sub/../paint.in"]],
    ["c.in", ["-r sub/c.in", "-r sub/deep/paint.in", "-r c.in"]],
    ["sub/c.in", ["-r sub/c.in", "-r sub/deep/paint.in"]],
    ["sub/d.in", ["-r sub/d.in", "-r sub/./deep/paint.in"]],
    ["sub/e.in", ["-r sub/../paint.in", "-r sub/e.in"]],
  ])("%s", async ([file, names], { expect }) => {
    await using stage = await commandStage({ commands: "called" });
    write(stage, FILES);
    const lines = ["paint==1.2.0", "    # via", ...names.map((name) => `    #   ${name}`)];
    expect(await compile(stage, file)).toMatchObject({ code: 0, stdout: `${lines.join("\n")}\n` });
  });

  test("an included file that is missing, by its whole path only where uv knows it", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    write(stage, { "a.in": "-r none.in\n", "sub/a.in": "-r none.in\n" });
    expect((await compile(stage, "sub/a.in")).stderr).toContain(" `sub/none.in`:");
    expect((await compile(stage, "a.in")).stderr).toContain("/none.in`:");
    expect((await compile(stage, "a.in")).stderr).not.toContain(" `none.in`:");
  });
});

describe.concurrent("pinion pip compile", () => {
  test("an environment that a project names must have a wheel", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    stage.index.add(
      makeWheel({ name: "newest", version: "1", tag: "py3-none-any" }),
      makeWheel({ name: "newest", version: "2", tag: "py3-none-manylinux_2_17_x86_64" }),
      makeWheel({ name: "bound", version: "1", tag: "py3-none-manylinux_2_17_x86_64" }),
    );
    const project = (dependency: string): string =>
      `[project]\nname = "p"\nversion = "1"\nrequires-python = ">=3.9"\ndependencies = ["${dependency}"]\n` +
      `[tool.uv]\nenvironments = ["sys_platform == 'linux'", "platform_system == 'Windows'"]\n`;
    write(stage, { "pyproject.toml": project("newest"), "other/pyproject.toml": project("bound") });
    const flags = ["--universal", "--no-annotate"];
    expect(await compile(stage, "pyproject.toml", ...flags)).toMatchObject({
      code: 0,
      stdout: "newest==1 ; sys_platform == 'win32'\nnewest==2 ; sys_platform == 'linux'\n",
    });
    write(stage, { "pyproject.toml": project("bound") });
    const refused = await compile(stage, "pyproject.toml", ...flags);
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toContain("Because bound==1 has no Windows-compatible wheels");
  });

  test("a `--no-binary` of a file leaves wheels out of pylock.toml, as that of the command line does", async ({
    expect,
  }) => {
    await using stage = await commandStage({ commands: "called" });
    stage.index.add(makeWheel({ name: "both", version: "2.0" }), makeSourceDistribution("both", "2.0"));
    write(stage, { "r.in": "--no-binary both\nboth\n", "plain.in": "both\n" });
    const format = ["--format", "pylock.toml"];
    const ofFile = await compile(stage, "r.in", ...format);
    expect(ofFile.stdout).toContain("both-2.0.tar.gz");
    expect(ofFile.stdout).not.toContain(".whl");
    expect(await compile(stage, "plain.in", ...format, "--no-binary", "both")).toEqual(ofFile);
  });

  test("the markers of constraints and overrides count where they say something of what is needed", async ({
    expect,
  }) => {
    await using stage = await commandStage({ commands: "called" });
    write(stage, {
      "r.in": "paint\n",
      "idle.txt": "paint ; python_version >= '3.8'\ngreeter<9 ; python_version >= '3.8'\n",
      "said.txt": "paint<9 ; os_name == 'posix' or os_name == 'nt'\n",
      "other.txt": "greeter ; python_version >= '3.8'\n",
    });
    const flags = ["--emit-marker-expression", "--no-annotate"];
    const plain = "paint==1.2.0\n";
    expect((await compile(stage, "r.in", ...flags, "-c", "idle.txt")).stdout).toBe(plain);
    expect((await compile(stage, "r.in", ...flags, "--overrides", "other.txt")).stdout).toBe(plain);
    expect((await compile(stage, "r.in", ...flags, "-c", "said.txt")).stdout).toMatch(
      /^# Pinned dependencies known to be valid for:\n# {4}os_name == '\w+'\npaint==1\.2\.0\n$/,
    );
  });

  test.for<[string, string]>([
    ["--no-emit-package", "@@"],
    ["--no-binary", "@@"],
    ["--only-binary", "@@"],
    ["--refresh-package", "@@"],
    ["--no-sources-package", "@@"],
    ["--no-build-isolation-package", "@@"],
    ["--prerelease-package", "@@=allow"],
    ["--exclude-newer-package", "@@=2024-01-01"],
    ["--config-settings-package", "@@:a=b"],
  ])(
    "a value of %s that names no project is refused before an index is asked",
    async ([flag, value], { expect }) => {
      await using stage = await commandStage({ commands: "called" });
      write(stage, { "r.in": "paint\n" });
      const { code, stderr } = await compile(stage, "r.in", flag, value);
      expect(code).toBe(2);
      expect(stderr).toContain(`error: invalid value '${value}' for '${flag} <`);
      expect(stderr).toContain('Not a valid package or extra name: "@@". Names must start');
      expect(stage.index.requests).toEqual([]);
    },
  );

  test.for<[string, string]>([
    ["", ""],
    [" paint", " paint"],
    ["greeter,,paint", ""],
    ["greeter,@@", "@@"],
  ])("`--no-binary '%s'` is refused for '%s'", async ([value, part], { expect }) => {
    await using stage = await commandStage({ commands: "called" });
    write(stage, { "r.in": "paint\n" });
    const { code, stderr } = await compile(stage, "r.in", "--no-binary", value);
    expect(code).toBe(2);
    expect(stderr).toContain(
      `error: invalid value '${part}' for '--no-binary <NO_BINARY>': Not a valid package or extra name: "${part}".`,
    );
  });

  test("a name in a settings file that is none is refused with the line", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    write(stage, { "r.in": "paint\n", "uv.toml": '[pip]\nno-emit-package = ["@@"]\n' });
    const { code, stderr } = await compile(stage, "r.in");
    expect(code).toBe(2);
    expect(stderr).toContain('uv.toml:2 (pip.no-emit-package)`: Not a valid package or extra name: "@@".');
  });
});
