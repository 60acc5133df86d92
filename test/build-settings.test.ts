// What uv's files say about builds: which versions they are narrowed to, what else they require, and their variables. Each
// build writes down what its environment held.

import { describe, test } from "vitest";

import { makeWheel } from "../src/lab/make-wheel.ts";
import { smallBackend, treeWithBackend } from "./support/source-trees.ts";
import { World, type CliRun, type TestVenv } from "./support/world.ts";

/** Requires `tool`, and says with which packages and variable it was built. */
const TREE = treeWithBackend(
  `${smallBackend("alpha", "1.0")}

def build_wheel(directory, config_settings=None, metadata_directory=None):
    import importlib.metadata
    held = sorted(f"{one.metadata['Name']}=={one.version}" for one in importlib.metadata.distributions())
    said = " ".join([*held, *filter(None, [os.environ.get("CHOSEN")])])
    return write(directory, {NAME + ".py": "VALUE = %r\\n" % (said,)})
`,
  {
    "pyproject.toml": [
      "[build-system]",
      'requires = ["tool"]',
      'build-backend = "backend"',
      'backend-path = ["_build"]',
      "[project]",
      'name = "alpha"',
      'version = "1.0"',
      "",
    ].join("\n"),
  },
);

const TOOLS = ["tool", "helper"].flatMap((name) =>
  ["1.0", "2.0"].map((version) => makeWheel({ name, version })),
);

interface Stage extends AsyncDisposable {
  readonly world: World;
  readonly venv: TestVenv;
  readonly run: (...args: readonly string[]) => Promise<CliRun>;
  /** What alpha was built with. */
  readonly builtWith: () => string;
}

async function stage(uvToml: string): Promise<Stage> {
  const world = await World.create({ commands: "called" });
  const venv = world.venv();
  const index = await world.index({ packages: TOOLS });
  const env = { VIRTUAL_ENV: venv.path, PINION_DEFAULT_INDEX: index.url };
  world.tree("project/alpha", TREE);
  world.write("project/uv.toml", uvToml);
  world.write("project/requirements.txt", "./alpha\n");
  return {
    world,
    venv,
    run: (...args) => world.cli(args, { timeoutMs: 180_000, env }),
    builtWith: () => venv.evaluate("import alpha; print(alpha.VALUE)"),
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

const INSTALL = ["pip", "install", "--reinstall", "./alpha"];

describe.concurrent("build-constraint-dependencies", () => {
  const digest = TOOLS.find(({ version }) => version === "1.0")?.sha256 ?? "";

  test.for([
    'build-constraint-dependencies = ["tool<2"]\n',
    `build-constraint-dependencies = [{ requirement = "tool==1.0", hashes = ["sha256:${digest}"] }]\n`,
  ])("narrows what a build requires: %s", async (uvToml, { expect }) => {
    await using built = await stage(uvToml);
    expect((await built.run(...INSTALL)).stderr).toContain("Built alpha");
    expect(built.builtWith()).toBe("tool==1.0");
  });

  test("counts beside a file of constraints", async ({ expect }) => {
    await using built = await stage('build-constraint-dependencies = ["tool<2"]\n');
    built.world.write("project/constraints.txt", "tool>=2\n");
    const run = await built.run(...INSTALL, "--build-constraint", "constraints.txt");
    expect([run.code, run.stderr]).toEqual([1, expect.stringContaining("Failed to resolve requirements")]);
  });

  test("does not count for `pip sync`", async ({ expect }) => {
    await using built = await stage('build-constraint-dependencies = ["tool<2"]\n');
    expect((await built.run("pip", "sync", "requirements.txt")).code).toBe(0);
    expect(built.builtWith()).toBe("tool==2.0");
  });

  test("counts for `build`", async ({ expect }) => {
    await using built = await stage('build-constraint-dependencies = ["tool<2"]\n');
    expect((await built.run("build", "--wheel", "./alpha", "-o", "built")).code).toBe(0);
    expect((await built.run("pip", "install", "built/alpha-1.0-py3-none-any.whl")).code).toBe(0);
    expect(built.builtWith()).toBe("tool==1.0");
  });

  test("checks the hashes that it states", async ({ expect }) => {
    const table = `{ requirement = "tool==1.0", hashes = ["sha256:${"0".repeat(64)}"] }`;
    await using built = await stage(`build-constraint-dependencies = [${table}]\n`);
    expect((await built.run(...INSTALL)).stderr).toMatch(/Hash mismatch/);
  });

  test.for([
    '"tool"',
    "[1]",
    '["!!"]',
    '[{ requirement = "tool" }]',
    '[{ requirement = "tool", hashes = ["x"] }]',
  ])("refuses %s", async (value, { expect }) => {
    await using built = await stage(`build-constraint-dependencies = ${value}\n`);
    const run = await built.run(...INSTALL);
    expect([run.code, run.stderr]).toEqual([2, expect.stringContaining("uv.toml:1 (build-constraint-")]);
  });
});
