// Projects in folders whose pyproject.toml says what cannot be meant, beside what their builds need: as in uv, they are refused
// where they are resolved, and not where a lock file names them.

import { expect, test } from "vitest";

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
