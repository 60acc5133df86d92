// Where the requirements of a project come from that names an index for them: `[tool.uv.sources]` counts with every extra, for
// what a build requires, and whatever an earlier run was told.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

import { makeWheel, type LabWheel } from "../src/lab/index/make-wheel.ts";
import { smallBackend, treeWithBackend, type TreeFiles } from "./support/source-trees.ts";
import { hasProgram, World, type CliRun, type TestVenv } from "./support/world.ts";

interface Stage extends AsyncDisposable {
  readonly world: World;
  readonly venv: TestVenv;
  /** Index tables of a `pyproject.toml`: `corp` and `other` have `lib` too. */
  readonly indexes: string;
  readonly run: (...words: readonly string[]) => Promise<CliRun>;
}

/** Three indexes have `lib`: the default one 9.0, `corp` 1.0 and `other` 2.0. */
async function stage(): Promise<Stage> {
  const world = await World.create({ commands: "called" });
  const venv = world.venv();
  const lib = (version: string): LabWheel =>
    makeWheel({ name: "lib", version, files: { "lib.py": `VERSION = "${version}"\n` } });
  const index = await world.index({ packages: [lib("9.0")] });
  const tables = { corp: lib("1.0"), other: lib("2.0") };
  let indexes = "";
  for (const [name, wheel] of Object.entries(tables)) {
    const { url } = await world.index({ packages: [wheel] });
    indexes += `[[tool.uv.index]]\nname = "${name}"\nurl = "${url}"\nexplicit = true\n`;
  }
  const env = { VIRTUAL_ENV: venv.path, PINION_DEFAULT_INDEX: index.url };
  return {
    world,
    venv,
    indexes,
    run: (...words) => world.cli(words, { env, timeoutMs: 180_000 }),
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

function app(pyproject: string, backend = smallBackend("app", "1.0")): TreeFiles {
  const files = treeWithBackend(backend);
  const text = `${String(files["pyproject.toml"])}[project]\nname = "app"\nversion = "1.0"\n${pyproject}`;
  return { ...files, "pyproject.toml": text };
}

// Promise: what a project takes from elsewhere is not taken from the index
// Attack: a namesake, on the public index, of what a private index has
describe("the index that a project names", () => {
  test.for([["lib"], ["lib; sys_platform != 'nowhere'"], ["lib; python_version >= '3' or extra == 'more'"]])(
    "counts for what an extra requires: %s",
    async ([requirement]) => {
      await using of = await stage();
      const extras = `[project.optional-dependencies]\nweb = ["${requirement}"]\n`;
      const sources = '[tool.uv.sources]\nlib = { index = "corp" }\n';
      of.world.tree("project/app", app(`${extras}${sources}${of.indexes}`));
      for (const words of [["./app[web]"], ["-e", "./app[web]"]]) {
        const { code, stderr } = await of.run("pip", "install", "--dry-run", ...words);
        expect([code, stderr]).toEqual([0, expect.stringContaining("+ lib==1.0")]);
      }
      writeFileSync(join(of.world.directory, "project", "r.in"), "./app[web]\n");
      const { stdout } = await of.run("pip", "compile", "--quiet", "r.in");
      expect(stdout).toContain("lib==1.0");
    },
  );

  test("counts for what the build requires, each where its marker holds", async () => {
    await using of = await stage();
    const sources = `[tool.uv.sources]
lib = [
  { index = "corp", marker = "sys_platform != 'nowhere'" },
  { index = "other", marker = "sys_platform == 'nowhere'" },
]
`;
    of.world.tree("project/app", appBuiltWithLib(`${sources}${of.indexes}`));
    const { code, stderr } = await of.run("pip", "install", "./app");
    expect([code, stderr]).toEqual([0, expect.stringContaining("+ app==1.0")]);
    expect(of.venv.evaluate("import app; print(app.VALUE)")).toBe("1.0");
  });

  test.for(["lib", "lib>=1"])(
    "counts for what the build requires where settings require it too: %s",
    async (extra) => {
      await using of = await stage();
      const sources = '[tool.uv.sources]\nlib = { index = "corp" }\n';
      of.world.tree("project/app", appBuiltWithLib(`${sources}${of.indexes}`));
      of.world.write("project/uv.toml", `extra-build-dependencies = { app = ["${extra}"] }\n`);
      const { code, stderr } = await of.run("pip", "install", "./app");
      expect([code, stderr]).toEqual([0, expect.stringContaining("+ app==1.0")]);
      expect(of.venv.evaluate("import app; print(app.VALUE)")).toBe("1.0");
    },
  );

  test("is refused where the build requires the same under one marker from two", async () => {
    await using of = await stage();
    const marker = `marker = "sys_platform != 'nowhere'"`;
    const sources = `[tool.uv.sources]\nlib = [{ index = "corp", ${marker} }, { index = "other", marker = "sys_platform == 'nowhere'" }, { index = "other", ${marker} }]\n`;
    of.world.tree("project/app", appBuiltWithLib(`${sources}${of.indexes}`));
    const { code, stderr } = await of.run("pip", "install", "./app");
    expect([code, stderr]).toEqual([2, expect.stringContaining("conflicting indexes for package `lib`")]);
  });

  test.skipIf(!hasProgram("git"))(
    "counts for a repository that an earlier run read without its sources",
    async () => {
      await using of = await stage();
      const sources = 'dependencies = ["lib"]\n[tool.uv.sources]\nlib = { index = "corp" }\n';
      of.world.tree("project/app", app(`${sources}${of.indexes}`));
      const repository = of.world.repository("project/app");
      const url = `git+${repository.url}@${repository.commitAll()}`;
      const without = await of.run("pip", "install", "--dry-run", "--no-sources", url);
      expect(without.stderr).toContain("+ lib==9.0");
      const { stderr } = await of.run("pip", "install", "--dry-run", url);
      expect(stderr).toContain("+ lib==1.0");
    },
  );
});

/** Its build requires `lib`, whose version is its value. */
function appBuiltWithLib(pyproject: string): TreeFiles {
  const backend = smallBackend("app", "1.0").replace("(config_settings,)", "(__import__('lib').VERSION,)");
  const files = app(pyproject, backend);
  return {
    ...files,
    "pyproject.toml": String(files["pyproject.toml"]).replace("requires = []", 'requires = ["lib"]'),
  };
}
