// Projects in folders whose pyproject.toml says what cannot be meant, beside what their builds need: as in uv, they are refused
// where they are resolved, and not where a lock file names them.

import { describe, expect, test } from "vitest";

import { smallBackend, treeWithBackend } from "./support/source-trees.ts";
import { World } from "./support/world.ts";

test.for([
  [
    "a group of what is no requirement",
    '[dependency-groups]\ndev = ["!!"]\n',
    "Project `app @ app` has malformed dependency groups",
  ],
  [
    "a source that is no member of a workspace",
    "[tool.uv.sources]\nlib = { workspace = true }\n",
    "Failed to parse entry: `lib`",
  ],
  [
    "a source of two kinds",
    '[tool.uv.sources]\nlib = { path = "../lib", tag = "v1" }\n',
    "The source of `lib` has both `path` and `tag`",
  ],
  [
    "a source that is an index without an address",
    '[tool.uv.sources]\nlib = { index = "nowhere" }\n',
    "Package `lib` references an undeclared index: `nowhere`",
  ],
] as const)("a project with %s is refused, as a failure of its build", async ([what, text, cause]) => {
  await using world = await World.create({ commands: "called" });
  const index = await world.index({ packages: [] });
  const files = treeWithBackend(smallBackend("app", "1.0"));
  const pyproject = `${String(files["pyproject.toml"])}[project]\nname = "app"\nversion = "1.0"\n`;
  const requires = what.startsWith("a source") ? 'dependencies = ["lib"]\n' : "";
  world.tree("project/app", { ...files, "pyproject.toml": `${pyproject}${requires}${text}` });
  const env = { PINION_DEFAULT_INDEX: index.url };
  const install = ["pip", "install", "--dry-run", "--target", "there"];
  for (const args of [["./app"], ["--no-deps", "-e", "./app"]]) {
    const { code, stderr } = await world.cli([...install, ...args], { env });
    expect([code, stderr]).toEqual([1, expect.stringContaining("error: Failed to build `app @ file://")]);
    expect(stderr).toContain(`cause: ${cause}`);
  }
  world.tree("project", {
    "pylock.toml": `lock-version = "1.0"\ncreated-by = "us"\n[[packages]]\nname = "app"\ndirectory = { path = "app" }\n`,
  });
  if (requires !== "") return;
  const locked = await world.cli([...install, "-r", "pylock.toml"], { env });
  expect([locked.code, locked.stderr]).toEqual([0, expect.stringContaining("+ app")]);
});

const MALFORMED_SOURCES = [
  [
    "is no member of a workspace",
    "{ workspace = true }",
    "`lib` references a workspace in `tool.uv.sources` (e.g., `lib = { workspace = true }`), but is not a workspace member",
  ],
  [
    "is an index without an address",
    '{ index = "nowhere" }',
    "Package `lib` references an undeclared index: `nowhere`",
  ],
] as const;
const OF_EXTRA = "[project.optional-dependencies]\nx = [\"lib ; python_version < '3'\"]\n";
const OF_GROUP = '[dependency-groups]\nX = ["lib"]\ny = []\n';

describe.each(MALFORMED_SOURCES)("a source that %s", (_what, source, cause) => {
  const table = `[tool.uv.sources]\nlib = ${source}\n`;
  const project = '[project]\nname = "app"\nversion = "1.0"\n';

  test.each([
    ["of an extra", OF_EXTRA, ["pyproject.toml"], "Failed to parse entry: `lib`"],
    ["of a group", OF_GROUP, ["pyproject.toml"], "Failed to parse entry in group `x`: `lib`"],
    [
      "of a group beside the one",
      OF_GROUP,
      ["--group", "y"],
      "Failed to read dependency groups from: [WORLD]/project/pyproject.toml\n  cause: Failed to parse entry in group `x`: `lib`",
    ],
  ])("is refused %s that is not asked for", async (_place, stated, args, message) => {
    await using world = await World.create({ commands: "called" });
    const { url } = await world.index({ packages: [] });
    world.tree("project", { "pyproject.toml": `${project}${stated}${table}` });
    const compile = ["pip", "compile", ...args, "--python-version", "3.12"];
    const { code, stderr } = await world.cli([...compile, "--default-index", url], {});
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining(`error: ${message}\n  cause: ${cause}\n\nhint: `),
    ]);
    const without = await world.cli([...compile, "--no-sources", "--default-index", url], {});
    expect(without.code).toBe(0);
    const declared = await world.cli([...compile, "--index", `nowhere=${url}`], {});
    expect(declared.code).toBe(source.includes("index") ? 0 : 2);
  });

  test("is refused of a project that is required, and not where that is built only", async () => {
    await using world = await World.create({ commands: "called" });
    const { url } = await world.index({ packages: [] });
    const files = treeWithBackend(smallBackend("app", "1.0"));
    const pyproject = `${String(files["pyproject.toml"])}${project}`;
    const install = ["pip", "install", "--dry-run", "--target", "there", "--default-index", url, "./app"];
    for (const [stated, message] of [
      [OF_EXTRA, "Failed to parse entry: `lib`"],
      [OF_GROUP, "Failed to parse entry in group `x`: `lib`"],
    ] as const) {
      world.tree("project/app", { ...files, "pyproject.toml": `${pyproject}${stated}${table}` });
      const { code, stderr } = await world.cli(install, {});
      expect([code, stderr]).toEqual([
        1,
        expect.stringContaining(`file://[WORLD]/project/app\`\n  cause: ${message}\n  cause: ${cause}\n`),
      ]);
      const built = await world.cli(["build", "--wheel", "app"], {});
      expect([built.code, built.stderr]).toEqual([0, expect.stringContaining("Successfully built")]);
    }
  });

  test("is refused of what only a build tells", async () => {
    await using world = await World.create({ commands: "called" });
    const { url } = await world.index({ packages: [] });
    const files = treeWithBackend(smallBackend("app", "1.0"));
    const dynamic = `${project}dynamic = ["dependencies"]\n${OF_GROUP}`;
    world.tree("project", {
      ...files,
      "pyproject.toml": `${String(files["pyproject.toml"])}${dynamic}${table}`,
    });
    const { code, stderr } = await world.cli(
      ["pip", "compile", "pyproject.toml", "--default-index", url],
      {},
    );
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining(`error: Failed to parse entry in group \`x\`: \`lib\`\n  cause: ${cause}\n`),
    ]);
  });
});

test.for(["--wheel", "--sdist", "--wheel --sdist"])(
  "a project with malformed groups is not built with %s",
  async (options) => {
    await using world = await World.create({ commands: "called" });
    const files = treeWithBackend(smallBackend("app", "1.0"));
    const groups =
      '[project]\nname = "app"\nversion = "1.0"\n[dependency-groups]\na = [{ include-group = "a" }]\n';
    world.tree("project", { ...files, "pyproject.toml": `${String(files["pyproject.toml"])}${groups}` });
    const { code, stderr } = await world.cli(["build", ...options.split(" ")], {});
    expect([code, stderr]).toEqual([
      2,
      "error: Failed to build `[WORLD]/project`\n" +
        "  cause: Project `app` has malformed dependency groups\n" +
        "  cause: Detected a cycle in `dependency-groups`: `a` -> `a`\n",
    ]);
  },
);
