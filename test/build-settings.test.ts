// What uv's files say about builds: which versions they are narrowed to, what else they require, and their variables. Each
// build writes down what its environment held.

import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "vitest";

import type { IndexFile } from "../src/lab/index/index-server.ts";
import { makeWheel } from "../src/lab/index/make-wheel.ts";
import { packSdist, smallBackend, treeWithBackend } from "./support/source-trees.ts";
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

const RELEASE: IndexFile = {
  name: "alpha",
  version: "1.0",
  filename: "alpha-1.0.tar.gz",
  ...packed("alpha-1.0"),
};

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
  const index = await world.index({ packages: [...TOOLS, RELEASE] });
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

describe.concurrent("extra-build-dependencies", () => {
  test.for([
    'extra-build-dependencies = { Alpha = ["helper<2"], other = ["nosuch"] }\n',
    'extra-build-dependencies = { alpha = [{ requirement = "helper<2", match-runtime = false }] }\n',
    '[pip]\nextra-build-dependencies = { alpha = ["helper<2"] }\n',
    '[extra-build-dependencies]\nalpha = ["helper"]\n[pip.extra-build-dependencies]\nalpha = ["helper<2"]\n',
  ])("are in the environment of a build beside its own requirements: %j", async (uvToml, { expect }) => {
    await using built = await stage(uvToml);
    expect((await built.run(...INSTALL)).stderr).toContain("Built alpha");
    expect(built.builtWith()).toBe("helper==1.0 tool==2.0");
  });

  test("count for `pip sync` and `build` too", async ({ expect }) => {
    await using built = await stage('extra-build-dependencies = { alpha = ["helper<2"] }\n');
    expect((await built.run("pip", "sync", "requirements.txt")).code).toBe(0);
    expect(built.builtWith()).toBe("helper==1.0 tool==2.0");
    expect((await built.run("build", "--wheel", "./alpha", "-o", "built")).code).toBe(0);
    const wheel = "built/alpha-1.0-py3-none-any.whl";
    expect((await built.run("pip", "install", "--reinstall", wheel)).code).toBe(0);
    expect(built.builtWith()).toBe("helper==1.0 tool==2.0");
  });

  test("have what they require built again, and what was built without them is known again", async ({
    expect,
  }) => {
    await using built = await stage("");
    const install = async (uvToml: string): Promise<string> => {
      built.world.write("project/uv.toml", uvToml);
      await built.run("pip", "uninstall", "alpha");
      const { stderr } = await built.run("pip", "install", "alpha");
      return `${stderr.includes("Building") ? "built" : "kept"}: ${built.builtWith()}`;
    };
    const narrowed = 'extra-build-dependencies = { alpha = ["helper<2"] }\n';
    expect(await install("")).toBe("built: tool==2.0");
    expect(await install(narrowed)).toBe("built: helper==1.0 tool==2.0");
    expect(await install('extra-build-dependencies = { alpha = ["helper"] }\n')).toBe(
      "built: helper==2.0 tool==2.0",
    );
    expect(await install(narrowed)).toBe("kept: helper==1.0 tool==2.0");
    expect(await install('extra-build-dependencies = { other = ["helper"] }\n')).toBe("kept: tool==2.0");
  });

  test("that no version fits are named in the failure", async ({ expect }) => {
    await using built = await stage('extra-build-dependencies = { alpha = ["helper<1"] }\n');
    const run = await built.run(...INSTALL);
    expect([run.code, run.stderr]).toEqual([
      1,
      expect.stringContaining(
        "cause: Failed to resolve requirements from `build-system.requires` and `extra-build-dependencies`\n" +
          "  cause: No solution found when resolving: `tool`, `helper<1`\n",
      ),
    ]);
  });

  test("that must match what is installed end the build that they are for, and no other", async ({
    expect,
  }) => {
    const table = '[{ requirement = "tool", match-runtime = true }]';
    await using built = await stage(`extra-build-dependencies = { alpha = ${table} }\n`);
    const run = await built.run(...INSTALL);
    expect([run.code, run.stderr]).toEqual([2, expect.stringContaining("`match-runtime = true`")]);
    expect((await built.run("pip", "install", "helper")).code).toBe(0);
  });

  test.for(["[]", '{ alpha = "tool" }', "{ alpha = [1] }", '{ alpha = ["!!"] }', '{ "!" = ["tool"] }'])(
    "refuses %s",
    async (value, { expect }) => {
      await using built = await stage(`extra-build-dependencies = ${value}\n`);
      const run = await built.run(...INSTALL);
      expect([run.code, run.stderr]).toEqual([2, expect.stringContaining("uv.toml:1 (extra-build-dep")]);
    },
  );
});

describe.concurrent("extra-build-variables", () => {
  test.for([
    'extra-build-variables = { Alpha = { CHOSEN = "a=b" }, tool = { CHOSEN = "no" } }\n',
    '[extra-build-variables]\nalpha = { CHOSEN = "far" }\n[pip]\nextra-build-variables = { alpha = { CHOSEN = "a=b" } }\n',
  ])("are those of the build of one package: %j", async (uvToml, { expect }) => {
    await using built = await stage(uvToml);
    expect((await built.run(...INSTALL)).stderr).toContain("Built alpha");
    expect(built.builtWith()).toBe("tool==2.0 a=b");
    expect((await built.run("pip", "sync", "--reinstall", "requirements.txt")).code).toBe(0);
    expect(built.builtWith()).toBe("tool==2.0 a=b");
  });

  // Promise: the variables of builds may be secret, and are neither shown nor kept
  // Attack: another user reads what the command printed, or a cache that several share
  test("build again where they change, and are kept nowhere", async ({ expect }) => {
    await using built = await stage("");
    const install = async (value: string): Promise<string> => {
      built.world.write("project/uv.toml", `extra-build-variables = { alpha = { TOKEN = "${value}" } }\n`);
      await built.run("pip", "uninstall", "alpha");
      const { stderr } = await built.run("pip", "install", "-v", "alpha");
      expect(stderr).not.toContain(value);
      return stderr.includes("Building") ? "built" : "kept";
    };
    expect(await install("s3cret")).toBe("built");
    expect(await install("s3cret")).toBe("kept");
    expect(await install("0ther")).toBe("built");
    const shown = [await built.run("config"), await built.run("config", "--json")];
    const plan = await built.run("pip", "install", "--reinstall", "--dry-run", "--json", "alpha");
    expect(plan.stdout).toContain("alpha");
    for (const { stdout, stderr } of [...shown, plan]) expect(stdout + stderr).not.toContain("0ther");
    expect(textsBelow(built.world.cache).filter((text) => /s3cret|0ther/.test(text))).toEqual([]);
  });

  test("build a folder of a requirements file again where they change, as extra-build-dependencies do", async ({
    expect,
  }) => {
    await using built = await stage("");
    const install = async (keys: string): Promise<string> => {
      built.world.write("project/uv.toml", keys);
      const { stderr } = await built.run("pip", "install", "-r", "requirements.txt");
      return `${stderr.includes("Building") ? "built" : "kept"}: ${built.builtWith()}`;
    };
    const variables = 'extra-build-variables = { alpha = { CHOSEN = "s3cret" } }\n';
    expect(await install("")).toBe("built: tool==2.0");
    expect(await install(variables)).toBe("built: tool==2.0 s3cret");
    expect(await install(variables)).toBe("kept: tool==2.0 s3cret");
    const records = textsBelow(built.venv.path).filter((text) => text.startsWith("uv_cache.json"));
    expect(records).toEqual([expect.not.stringContaining("s3cret")]);
    const requirements = 'extra-build-dependencies = { alpha = ["helper"] }\n';
    expect(await install(requirements)).toBe("built: helper==2.0 tool==2.0");
    expect(await install(requirements)).toBe("kept: helper==2.0 tool==2.0");
  });

  test.for(["[]", '{ alpha = "x" }', "{ alpha = { A = 1 } }", '{ alpha = { "" = "s3cret" } }'])(
    "refuses %s",
    async (value, { expect }) => {
      await using built = await stage(`extra-build-variables = ${value}\n`);
      const run = await built.run(...INSTALL);
      expect([run.code, run.stderr]).toEqual([2, expect.stringContaining("uv.toml:1 (extra-build-var")]);
      expect(run.stderr).not.toContain("s3cret");
    },
  );
});

function packed(top: string): Pick<IndexFile, "bytes" | "sha256"> {
  const bytes = packSdist(top, TREE);
  return { bytes, sha256: createHash("sha256").update(bytes).digest("hex") };
}

function textsBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name, parentPath }) => `${name} ${readFileSync(join(parentPath, name), "latin1")}`);
}
