// `pinion pip install`, `pip wheel` and `build` with sources: from an index, a folder, a repository, with backends that are
// in the tree, so that nothing comes from outside of this machine.

import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";

import type { IndexFile } from "../src/lab/index/index-server.ts";
import { makeWheel, type LabWheel } from "../src/lab/index/make-wheel.ts";
import { packSdist, smallBackend, treeWithBackend, type TreeFiles } from "./support/source-trees.ts";
import { isRunning, until } from "./support/processes.ts";
import { hasProgram, World, type CliOptions, type CliRun, type TestVenv } from "./support/world.ts";

const TIMEOUT = { timeoutMs: 180_000 };

function sdist(name: string, files: TreeFiles, version = "1.0"): IndexFile {
  const bytes = packSdist(`${name}-${version}`, files);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return { name: name.replaceAll("_", "-"), version, filename: `${name}-${version}.tar.gz`, bytes, sha256 };
}

function project(world: World, name: string, files: TreeFiles): string {
  return world.tree(`project/${name}`, files);
}

function recordOf(venv: TestVenv, name: string): string {
  return venv.evaluate(
    `import importlib.metadata as m; print(m.distribution('${name}').read_text('direct_url.json'))`,
  );
}

async function stage(packages: readonly IndexFile[] = []): Promise<{
  readonly world: World;
  readonly venv: TestVenv;
  readonly run: (args: readonly string[], options?: CliOptions) => Promise<CliRun>;
}> {
  const world = await World.create({ commands: "called" });
  const venv = world.venv();
  const index = await world.index({ packages });
  const env = { VIRTUAL_ENV: venv.path, PINION_DEFAULT_INDEX: index.url };
  return {
    world,
    venv,
    run: (args, options = {}) => world.cli(args, { ...TIMEOUT, ...options, env: { ...env, ...options.env } }),
  };
}

describe("pinion pip install", () => {
  test("builds what has only source distributions, once, and what those need", async () => {
    const { world, venv, run } = await stage([
      sdist("alpha", treeWithBackend(smallBackend("alpha", "1.0", ["beta"]))),
      sdist("beta", treeWithBackend(smallBackend("beta", "1.0"))),
    ]);
    await using _ = world;
    const first = await run(["pip", "install", "alpha"]);
    expect(first.stderr).toMatch(/ {3}Building alpha==1\.0\n[^]* {6}Built alpha==1\.0\n/);
    expect(first.stderr).toMatch(/ \+ alpha==1\.0\n \+ beta==1\.0\n$/);
    expect(venv.evaluate("import alpha, beta; print(alpha.VALUE)")).toBe("{}");
    await run(["pip", "uninstall", "alpha"]);
    const again = await run(["pip", "install", "alpha"]);
    expect(again.stderr).not.toContain("Building");
    expect(again.stderr).toContain(" + alpha==1.0\n");
    const rebuilt = await run(["pip", "install", "--reinstall-package", "alpha", "alpha"]);
    expect(rebuilt.stderr).toContain("Building alpha==1.0");
    expect(rebuilt.stderr).toContain(" ~ alpha==1.0\n");
    expect(readdirSync(join(world.cache, "builds-v1"))).toEqual([]);
  });

  test("remembers what was resolved and built, and knows it again without archive and index", async () => {
    await using world = await World.create({ commands: "called" });
    const packages = [sdist("alpha", treeWithBackend(smallBackend("alpha", "1.0")))];
    const root = world.authority();
    const tls = root.issue("localhost");
    const index = await world.index({ tls, packages, cacheControl: "max-age=600" });
    const trust = { UV_HTTP_RETRIES: "0", PINION_TRUST: "env", SSL_CERT_FILE: root.writePem() };
    const install = async (name: string): Promise<CliRun> => {
      const { path } = world.venv(name);
      const env = { VIRTUAL_ENV: path, PINION_DEFAULT_INDEX: index.url, ...trust };
      return await world.cli(["pip", "install", "alpha"], { ...TIMEOUT, env });
    };
    const bucket = (name: string): string =>
      join(world.cache, readdirSync(world.cache).find((entry) => entry.startsWith(`${name}-v`)) ?? name);
    expect((await install("one")).stderr).toContain("Built alpha==1.0");
    expect(existsSync(bucket("resolutions"))).toBe(false);
    // Nothing younger than two seconds is remembered.
    await sleep(2100);
    const second = await install("two");
    expect(second.stderr).toMatch(
      /^Using .*\nResolved 1 package in \S+\nInstalled 1 package in \S+\n \+ alpha==1\.0\n$/,
    );
    expect(readdirSync(bucket("resolutions"))).toHaveLength(1);
    await index.close();
    rmSync(bucket("archives"), { recursive: true });
    expect(await install("three")).toEqual(second);
    rmSync(bucket("built"), { recursive: true });
    expect((await install("four")).code).not.toBe(0);
  });

  test("hands settings to the backend", async () => {
    const { world, venv, run } = await stage([sdist("alpha", treeWithBackend(smallBackend("alpha", "1.0")))]);
    await using _ = world;
    const args = ["-C", "a=b", "-C", "a=c", "--config-settings-package", "alpha:d=e"];
    expect((await run(["pip", "install", ...args, "alpha"])).code).toBe(0);
    expect(venv.evaluate("import alpha; print(alpha.VALUE)")).toBe("{'a': ['b', 'c'], 'd': 'e'}");
    const tree = treeWithBackend(smallBackend("beta", "1.0"));
    const named = `${String(tree["pyproject.toml"])}[project]\nname = "beta"\nversion = "1.0"\n`;
    project(world, "beta", { ...tree, "pyproject.toml": named });
    expect((await run(["pip", "install", "--config-settings-package", "beta:d=e", "./beta"])).code).toBe(0);
    expect(venv.evaluate("import beta; print(beta.VALUE)")).toBe("{'d': 'e'}");
  });

  test("installs a project in place, and every command knows it", async () => {
    const { world, venv, run } = await stage();
    await using _ = world;
    const folder = project(
      world,
      "alpha",
      treeWithBackend(smallBackend("alpha", "1.0"), { "alpha.py": "VALUE = 'here'\n" }),
    );
    const installed = await run(["pip", "install", "-e", "./alpha"]);
    expect(installed.stderr).toContain(" + alpha==1.0 (from file://[WORLD]/project/alpha)\n");
    expect(venv.evaluate("import alpha; print(alpha.VALUE)")).toBe("here");
    expect((await run(["pip", "freeze"])).stdout).toBe("-e file://[WORLD]/project/alpha\n");
    expect((await run(["pip", "list", "--editable"])).stdout).toContain("[WORLD]/project/alpha");
    const again = await run(["pip", "install", "-e", folder]);
    expect(again.stderr).toContain(" ~ alpha==1.0 (from file://[WORLD]/project/alpha)\n");
    const removed = await run(["pip", "uninstall", "alpha"]);
    expect(removed.stderr).toContain(" - alpha==1.0 (from file://[WORLD]/project/alpha)\n");
    expect((await run(["pip", "freeze"])).stdout).toBe("");
    expect(existsSync(join(folder, "alpha.py"))).toBe(true);
  });

  test("--require-build-hashes takes what builds need only with the hashes of the build constraints", async () => {
    const helper = makeWheel({ name: "helper", version: "1.0", files: { "helper.py": "" } });
    const { sha256 } = helper;
    const tree = treeWithBackend(smallBackend("alpha", "1.0"));
    const pyproject = String(tree["pyproject.toml"]).replace("requires = []", 'requires = ["helper"]');
    const { world, run } = await stage([sdist("alpha", { ...tree, "pyproject.toml": pyproject }), helper]);
    await using _ = world;
    mkdirSync(join(world.directory, "project"), { recursive: true });
    const install = async (constraint: string): Promise<CliRun> => {
      writeFileSync(join(world.directory, "project", "build.txt"), `${constraint}\n`);
      return await run(["pip", "install", "--require-build-hashes", "-b", "build.txt", "alpha"]);
    };
    expect((await install("helper==1.0")).stderr).toContain(
      "error: Failed to build `alpha==1.0`\n" +
        "  cause: Failed to resolve requirements from `build-system.requires`\n" +
        "  cause: Hash-checking is required, but no trusted hash was provided for: `helper`\n",
    );
    const other = "0".repeat(64);
    expect((await install(`helper==1.0 --hash=sha256:${other}`)).stderr).toContain(
      "error: Failed to build `alpha==1.0`\n" +
        "  cause: Failed to install requirements from `build-system.requires`\n" +
        "  cause: Failed to download `helper==1.0`\n" +
        "  cause: Hash mismatch for `helper==1.0`\n\n" +
        `         Expected:\n           sha256:${other}\n\n         Computed:\n           sha256:${sha256}\n`,
    );
    expect((await install(`helper==1.0 --hash=sha256:${sha256}`)).stderr).toContain(" + alpha==1.0\n");
  });

  // Promise: what a project takes from elsewhere is not taken from the index
  // Attack: a namesake of a project's private dependency on the public index
  test.for([
    ["a folder", "path", "./app"],
    ["a folder of a workspace", "workspace", "./app"],
    ["a folder", "index", "-e ./app"],
    ["a repository", "path", "git"],
  ] as const)(
    "takes what %s requires from its own sources (%s), not a namesake of the index",
    async ([, kind, what]) => {
      const wheel = (version: string): LabWheel =>
        makeWheel({ name: "lib", version, files: { "lib.py": "" } });
      const { world, venv, run } = await stage([wheel("9.0")]);
      await using _ = world;
      if (what === "git" && !hasProgram("git")) return;
      const other = await world.index({ packages: [wheel("1.0")] });
      const source = {
        path: '{ path = "../lib" }',
        workspace: "{ workspace = true }",
        index: '{ index = "corp" }',
      }[kind];
      const table = `[[tool.uv.index]]\nname = "corp"\nurl = "${other.url}"\nexplicit = true\n`;
      const tree = (name: string, more = ""): TreeFiles => {
        const files = treeWithBackend(smallBackend(name, "1.0"));
        return {
          ...files,
          "pyproject.toml": `${String(files["pyproject.toml"])}[project]\nname = "${name}"\nversion = "1.0"\n${more}`,
        };
      };
      const root = '[tool.uv.workspace]\nmembers = ["app", "lib"]\n';
      world.tree("project", kind === "workspace" ? { "pyproject.toml": root } : {});
      project(
        world,
        "app",
        tree("app", `dependencies = ["lib"]\n[tool.uv.sources]\nlib = ${source}\n${table}`),
      );
      project(world, "lib", tree("lib"));
      const repository = what === "git" ? world.repository("project") : undefined;
      const commit = repository?.commitAll();
      const named = repository === undefined ? what : `git+${repository.url}@main#subdirectory=app`;
      const { code, stderr } = await run(["pip", "install", ...named.split(" ")]);
      expect([code, stderr]).toEqual([0, expect.stringMatching(/\+ lib==1\.0/)]);
      if (repository !== undefined)
        expect(JSON.parse(recordOf(venv, "lib"))).toEqual({
          url: repository.url,
          subdirectory: "lib",
          vcs_info: { vcs: "git", requested_revision: "main", commit_id: commit },
        });
      const without = await run([
        "pip",
        "install",
        "--no-sources",
        "--dry-run",
        "--reinstall",
        ...named.split(" "),
      ]);
      expect(without.stderr).toMatch(/\+ lib==9\.0/);
    },
  );

  test.for([
    ["in place", "-e ./alpha\n", false],
    ["as others are", "./alpha\n", true],
  ] as const)(
    "builds a folder of a file, installed %s, only where it has changed",
    async ([, line, isWhole]) => {
      const { world, run } = await stage();
      await using _ = world;
      const tree = treeWithBackend(smallBackend("alpha", "1.0"), { "alpha.py": "" });
      const pyproject = `${String(tree["pyproject.toml"])}[project]\nname = "alpha"\nversion = "1.0"\n`;
      const folder = project(world, "alpha", { ...tree, "pyproject.toml": pyproject });
      writeFileSync(join(folder, "..", "r.txt"), line);
      const built = async (...command: readonly string[]): Promise<boolean> => {
        const { code, stderr } = await run([...command]);
        expect(code).toBe(0);
        return stderr.includes("Built alpha");
      };
      const install = ["pip", "install", "-r", "r.txt"] as const;
      expect(await built(...install)).toBe(true);
      expect(await built(...install)).toBe(false);
      expect((await run(["pip", "sync", "--check", "r.txt"])).code).toBe(0);
      appendFileSync(join(folder, "alpha.py"), "VALUE = 1\n");
      expect(await built(...install)).toBe(isWhole);
      appendFileSync(join(folder, "pyproject.toml"), "# changed\n");
      expect((await run(["pip", "sync", "--check", "r.txt"])).code).toBe(1);
      expect(await built("pip", "sync", "r.txt")).toBe(true);
      expect(await built("pip", "install", "--reinstall", "-r", "r.txt")).toBe(true);
      expect(await built(...install)).toBe(false);
      expect(await built("pip", "install", ...line.trim().split(" "))).toBe(true);
      expect(await built(...install)).toBe(false);
    },
  );

  test.for([
    ["--no-editable", "", "-e ./alpha\n-e ./beta\n", ["alpha", "beta"]],
    ["--no-editable-package", "alpha", "-e ./alpha\n-e ./beta\n", ["alpha"]],
    ["--no-editable-package", "Alpha", "-e alpha @ ./alpha\n-e ./beta\n", ["alpha"]],
    ["--no-editable-package", "gamma", "-e ./alpha\n-e ./beta\n", []],
  ] as const)("installs %s %s as other projects are", async ([flag, name, lines, moved]) => {
    const { world, run } = await stage();
    await using _ = world;
    for (const project_ of ["alpha", "beta"]) {
      const tree = treeWithBackend(smallBackend(project_, "1.0"));
      const table = `[project]\nname = "${project_}"\nversion = "1.0"\n`;
      project(world, project_, { ...tree, "pyproject.toml": `${String(tree["pyproject.toml"])}${table}` });
    }
    world.write("project/r.txt", lines);
    const flags = name === "" ? [flag] : [flag, name];
    expect((await run(["pip", "install", "-r", "r.txt", ...flags])).code).toBe(0);
    const { stdout } = await run(["pip", "freeze"]);
    const url = (folder: string): string => `file://[WORLD]/project/${folder}`;
    const line = (folder: "alpha" | "beta"): string =>
      (moved as readonly string[]).includes(folder) ? `${folder} @ ${url(folder)}` : `-e ${url(folder)}`;
    expect(
      stdout
        .split("\n")
        .filter((text) => text !== "")
        .toSorted(),
    ).toEqual([line("alpha"), line("beta")].toSorted());
  });

  test.skipIf(!hasProgram("git"))(
    "installs from a repository, and records its commit (PEP 610)",
    async () => {
      const { world, venv, run } = await stage();
      await using _ = world;
      project(world, "alpha", treeWithBackend(smallBackend("alpha", "1.0")));
      const repository = world.repository("project/alpha");
      const { url } = repository;
      const commit = repository.commitAll();
      const first = await run(["pip", "install", `alpha @ git+${url}@main`]);
      expect(first.stderr).toContain(`    Updated file://[WORLD]/project/alpha (${commit})\n`);
      expect(JSON.parse(recordOf(venv, "alpha"))).toEqual({
        url,
        vcs_info: { vcs: "git", requested_revision: "main", commit_id: commit },
      });
      expect((await run(["pip", "freeze"])).stdout).toBe(
        `alpha @ git+file://[WORLD]/project/alpha@${commit}\n`,
      );
      const again = await run(["pip", "install", `alpha @ git+${url}@main`]);
      expect([again.stderr, again.code]).toEqual([expect.not.stringContaining("Building"), 0]);
    },
  );

  test.skipIf(!hasProgram("git"))(
    "records the commit that a lock pins as what was requested, which no lock has from it",
    async () => {
      const { world, venv, run } = await stage();
      await using _ = world;
      project(world, "alpha", treeWithBackend(smallBackend("alpha", "1.0")));
      const repository = world.repository("project/alpha");
      const { url } = repository;
      const commit = repository.commitAll();
      world.write("project/r.in", `alpha @ git+${url}\n`);
      const compile = async (): Promise<string> => {
        const { code } = await run(["pip", "compile", "r.in", "-o", "pylock.toml"]);
        expect(code).toBe(0);
        return readFileSync(join(world.project, "pylock.toml"), "utf8");
      };
      const lock = await compile();
      expect(lock).toContain(commit);
      expect(lock).not.toContain("requested-revision");
      expect((await run(["pip", "sync", "pylock.toml"])).code).toBe(0);
      expect(JSON.parse(recordOf(venv, "alpha"))).toEqual({
        url,
        vcs_info: { vcs: "git", requested_revision: commit, commit_id: commit },
      });
      expect((await run(["pip", "sync", "pylock.toml"])).stderr).toContain("Checked 1 package");
      expect(await compile()).toBe(lock);
    },
  );

  test.skipIf(!hasProgram("git"))("builds a repository again where its large files are wanted", async () => {
    const { world, venv, run } = await stage();
    await using _ = world;
    project(world, "alpha", treeWithBackend(smallBackend("alpha", "1.0")));
    const repository = world.repository("project/alpha");
    const args = ["pip", "install", `alpha @ git+${repository.url}@${repository.commitAll()}`];
    const isBuilt = async (env: Readonly<Record<string, string>>): Promise<boolean> => {
      await run(["pip", "uninstall", "alpha"]);
      const { code, stderr } = await run(args, { env });
      expect(code).toBe(0);
      return /\bBuilt\b/.test(stderr);
    };
    expect(await isBuilt({})).toBe(true);
    expect(await isBuilt({})).toBe(false);
    expect(JSON.parse(recordOf(venv, "alpha")).vcs_info).not.toHaveProperty("git_lfs");
    expect(await isBuilt({ UV_GIT_LFS: "1" })).toBe(true);
    expect(JSON.parse(recordOf(venv, "alpha"))).toMatchObject({ vcs_info: { git_lfs: true } });
    expect((await run(["pip", "freeze"])).stdout).toMatch(/#lfs=true\n$/);
    expect(await isBuilt({ UV_GIT_LFS: "1" })).toBe(false);
  });

  test("reports a failed build as uv does, with exit code 1, and changes nothing", async () => {
    const hooks = `import sys\ndef build_wheel(*_):\n    print("building"); raise RuntimeError("boom")\n`;
    const { world, venv, run } = await stage([sdist("alpha", treeWithBackend(hooks))]);
    await using _ = world;
    const failed = await run(["pip", "install", "alpha"]);
    expect(failed.code).toBe(1);
    expect(failed.stderr).toMatch(
      /error: Failed to build `alpha==1\.0`\n {2}cause: The build backend returned an error\n {2}cause: Call to `backend\.build_wheel` failed \(exit status: 1\)\n\n {9}\[stdout\]\n {9}building\n\n {9}\[stderr\]\n {9}Traceback[^]*RuntimeError: boom\n\nhint: Build failures usually indicate a problem with the package or the build environment\n$/,
    );
    expect(venv.evaluate("import importlib.util as u; print(u.find_spec('alpha'))")).toBe("None");
  });

  test.for([
    [
      "--no-build",
      "./alpha",
      "error: Building source distributions is disabled, but attempted to build `alpha`\n",
    ],
    ["--no-build", "alpha", "building from source is disabled for all packages (i.e., with `--no-build`)"],
    ["--only-binary=alpha", "alpha", "has no usable wheels"],
  ] as const)("does not build with %s %s", async ([option, what, expected]) => {
    const tree = treeWithBackend(smallBackend("alpha", "1.0"));
    const named = `${String(tree["pyproject.toml"])}[project]\nname = "alpha"\nversion = "1.0"\n`;
    const files = { ...tree, "pyproject.toml": named };
    const { world, run } = await stage([sdist("alpha", files)]);
    await using _ = world;
    project(world, "alpha", files);
    const refused = await run(["pip", "install", option, what]);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining(expected)]);
    expect(refused.stderr).not.toContain("Building alpha");
    expect(refused.stderr).not.toContain("   Building ");
  });

  test("does not say that it builds what it must not build, by whatever name", async () => {
    const { world, run } = await stage();
    await using _ = world;
    // Neither name nor version can be read before a build.
    project(world, "alpha", treeWithBackend(smallBackend("alpha", "1.0")));
    for (const words of [["install"], ["wheel"], ["compile", "-q"]]) {
      world.write("project/r.in", "./alpha\n");
      const what = words[0] === "compile" ? "r.in" : "./alpha";
      const refused = await run(["pip", ...words, "--no-build", what]);
      expect([words, refused.code, refused.stderr]).toEqual([
        words,
        1,
        expect.stringContaining("Building source distributions is disabled"),
      ]);
      expect(refused.stderr).not.toContain("   Building ");
    }
  });

  test.each([
    ["a backend without hooks", "", true],
    ["a backend that fails", "def build_wheel(*_):\n    raise RuntimeError('boom')\n", true],
    ["a backend with a wrong answer", "def build_wheel(*_):\n    return 7\n", true],
    ["an unnamed project", "def build_wheel(*_):\n    return 7\n", false],
  ])("a failed build names the project of a local folder: %s", async (_, hooks, isNamed) => {
    const { world, run } = await stage();
    await using __ = world;
    const tree = treeWithBackend(hooks);
    const table = isNamed ? '[project]\nname = "Alpha"\nversion = "1.0"\n' : "";
    project(world, "alpha", { ...tree, "pyproject.toml": `${String(tree["pyproject.toml"])}${table}` });
    const url = "file://[WORLD]/project/alpha";
    const subject = isNamed ? `alpha @ ${url}` : url;
    for (const [exitCode, named, ...words] of [
      [1, subject, "pip", "install", "./alpha"],
      [1, subject, "pip", "wheel", "./alpha"],
      [2, "[WORLD]/project/alpha", "build", "--wheel", "alpha"],
      [2, "[WORLD]/project/alpha", "build", "--sdist", "alpha"],
    ] as const) {
      const failed = await run(words);
      expect([words, failed.code, failed.stderr]).toEqual([
        words,
        exitCode,
        expect.stringContaining(
          `error: Failed to build \`${named}\`\n  cause: The build backend returned an error\n`,
        ),
      ]);
    }
  });

  test("names a cycle of what builds require", async () => {
    const needing = (name: string): TreeFiles => ({
      "pyproject.toml": `[build-system]\nrequires = ["${name}"]\nbuild-backend = "backend"\nbackend-path = ["."]\n`,
      "backend.py": "",
    });
    const { world, run } = await stage([sdist("alpha", needing("beta")), sdist("beta", needing("alpha"))]);
    await using _ = world;
    const failed = await run(["pip", "install", "alpha"]);
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain("Cyclic build dependency detected for `alpha`");
    expect(failed.stderr).toContain("`alpha` → `beta` → `alpha`");
  });

  test("names a folder that is not a project", async () => {
    const { world, run } = await stage();
    await using _ = world;
    mkdirSync(join(world.project, "empty"));
    const failed = await run(["pip", "install", "./empty"]);
    expect([failed.code, failed.stderr]).toEqual([
      1,
      expect.stringContaining(
        "error: `[WORLD]/project/empty` does not appear to be a Python project, as neither `pyproject.toml` nor `setup.py` are present in the directory\n",
      ),
    ]);
  });

  test("ends the build when it is interrupted, and leaves nothing behind", async () => {
    const { world, venv } = await stage();
    await using _ = world;
    const mark = join(world.directory, "pid");
    const hooks = `import os, time\ndef build_wheel(*_):\n    open(${JSON.stringify(mark)}, "w").write(str(os.getpid()))\n    print("begun", flush=True)\n    time.sleep(600)\n`;
    const folder = project(world, "alpha", {
      ...treeWithBackend(hooks),
      "pyproject.toml": `${String(treeWithBackend("")["pyproject.toml"])}[project]\nname = "alpha"\nversion = "1.0"\n`,
    });
    const child = spawn(
      process.execPath,
      [join(import.meta.dirname, "../bin/pinion.cjs"), "-v", "pip", "install", folder],
      {
        env: { ...world.environment({ VIRTUAL_ENV: venv.path }) },
        stdio: ["ignore", "ignore", "pipe"],
      },
    );
    const ended = new Promise<number | null>((resolve) => child.once("close", (code) => resolve(code)));
    let text = "";
    child.stderr.setEncoding("utf8").on("data", (piece: string) => {
      const hadBegun = text.includes("begun");
      text += piece;
      if (!hadBegun && text.includes("begun")) child.kill("SIGINT");
    });
    expect(await ended, text).not.toBe(0);
    expect(text).toContain("begun");
    // The system removes a process that ended when its new parent has seen it.
    const backend = Number(readFileSync(mark, "utf8"));
    await until(() => !isRunning(backend));
    expect(readdirSync(join(world.cache, "builds-v1"))).toEqual([]);
  });

  test.runIf(process.platform === "linux")(
    "leaves no process behind when it is killed, and the next build removes its files",
    async () => {
      const { world, venv, run } = await stage();
      await using _ = world;
      const mark = join(world.directory, "pid");
      const hooks = `import os, subprocess, sys, time\nfrom small import *\ndef build_wheel(directory, config_settings=None, metadata_directory=None):\n    if os.path.exists(${JSON.stringify(mark)}):\n        import small\n        return small.build_wheel(directory, config_settings)\n    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])\n    open(${JSON.stringify(mark)}, "w").write("%d %d" % (os.getpid(), child.pid))\n    print("begun", flush=True)\n    time.sleep(600)\n`;
      const folder = project(
        world,
        "alpha",
        treeWithBackend(hooks, { "_build/small.py": smallBackend("alpha", "1.0") }),
      );
      const args = ["-v", "pip", "install", folder];
      const child = world.start(args, { env: { VIRTUAL_ENV: venv.path } });
      const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
      let text = "";
      child.stderr.setEncoding("utf8").on("data", (piece: string) => {
        text += piece;
        if (text.includes("begun")) child.kill("SIGKILL");
      });
      await ended;
      expect(text).toContain("begun");
      const pids = readFileSync(mark, "utf8").split(" ");
      await until(() => !pids.some((pid) => isRunning(Number(pid))));
      expect(readdirSync(join(world.cache, "builds-v1")).length).toBeGreaterThan(0);
      const again = await run(args);
      expect([again.code, readdirSync(join(world.cache, "builds-v1"))]).toEqual([0, []]);
    },
  );
});

describe("pinion pip install --no-binary :all:", () => {
  // Promise: a build uses what its project names, and nothing that another project left in the cache
  // Attack: another checkout at the same place had a build requirement of the same name and version
  test("builds with a folder that a build requires as it is now", async () => {
    const { world, venv, run } = await stage();
    await using _ = world;
    const value = '"VALUE = %r\\n" % (config_settings,)';
    const helper = (text: string): TreeFiles => ({
      ...treeWithBackend(
        smallBackend("helper", "1.0").replace(value, '"VALUE = %r\\n" % open("value.txt").read()'),
      ),
      "value.txt": text,
    });
    const app = treeWithBackend(
      smallBackend("app", "1.0").replace(value, '"VALUE = %r\\n" % __import__("helper").VALUE'),
    );
    project(world, "app", {
      ...app,
      "pyproject.toml": `${String(app["pyproject.toml"]).replace("requires = []", 'requires = ["helper"]')}
[project]
name = "app"
version = "1.0"

[tool.uv.sources]
helper = { path = "../helper" }
`,
    });
    for (const text of ["first", "second"]) {
      project(world, "helper", helper(text));
      expect(await run(["pip", "install", "--refresh", "--reinstall", "./app"])).toMatchObject({ code: 0 });
      expect(venv.evaluate("import app; print(app.VALUE)")).toBe(text);
    }
  });

  test("builds ten packages and their backend, from an index with a private root behind a proxy", async () => {
    await using world = await World.create({ commands: "called" });
    const root = world.authority("Corp Root", { key: "P-384", signing: { digest: "sha512" } });
    const needs = (name: string, requires: readonly string[]): TreeFiles => ({
      "pyproject.toml": `[build-system]\nrequires = ["mini-backend"]\nbuild-backend = "mini_backend"\n`,
      "settings.json": JSON.stringify({ name, requires }),
    });
    const names = Array.from({ length: 10 }, (_, number) => `part-${number}`);
    const value = '"VALUE = %r\\n" % (config_settings,)';
    const seen =
      '[open(os.environ["SSL_CERT_FILE"]).read().count("BEGIN CERTIFICATE"), os.environ["HTTPS_PROXY"]]';
    const general = smallBackend("x", "1.0")
      .replace('"x", "1.0"', 'settings["name"].replace("-", "_"), "1.0"')
      .replace("item in []", 'item in settings["requires"]')
      .replace(value, `"VALUE = %r\\n" % (${seen},)`);
    const own = smallBackend("mini_backend", "1.0").replace(value, 'open("mini.py").read()');
    const packages = [
      sdist("mini_backend", {
        ...treeWithBackend(own),
        "mini.py": `import json\nsettings = json.load(open("settings.json"))\n${general}`,
      }),
      ...names.map((name, index) =>
        sdist(name.replace("-", "_"), needs(name, names.slice(index + 1, index + 3))),
      ),
    ];
    const index = await world.index({ tls: root.issue("localhost"), packages });
    const proxy = await world.proxy();
    const venv = world.venv();
    const run = await world.run(
      ["pip", "install", "--no-binary", ":all:", "part-0", "--index-url", index.url, "--proxy", proxy.url],
      {
        ...TIMEOUT,
        env: {
          VIRTUAL_ENV: venv.path,
          PINION_TRUST: "env",
          SSL_CERT_FILE: root.writePem(),
          // What the option says comes first for builds, as for our own requests.
          HTTPS_PROXY: "http://127.0.0.1:9",
        },
      },
    );
    expect([run.code, run.stderr]).toEqual([0, expect.stringContaining("Installed 10 packages")]);
    expect(venv.evaluate("import part_9; print(part_9.VALUE)")).toBe(`[1, '${proxy.url}']`);
    expect(
      readdirSync(join(world.cache, "environments-v1")).filter((name) => !name.includes(".")),
    ).toHaveLength(2);
  });
});

describe("pinion pip wheel", () => {
  test("builds what has no wheel into a folder", async () => {
    const { world, run } = await stage([sdist("beta", treeWithBackend(smallBackend("beta", "1.0")))]);
    await using _ = world;
    project(world, "alpha", treeWithBackend(smallBackend("alpha", "1.0", ["beta"])));
    const made = await run(["pip", "wheel", "./alpha", "-w", "wheels"]);
    expect([made.code, readdirSync(join(world.project, "wheels"))]).toEqual([
      0,
      ["alpha-1.0-py3-none-any.whl", "beta-1.0-py3-none-any.whl"],
    ]);
  });
});

describe("pinion build", () => {
  const backend = `${smallBackend("alpha", "1.0")}
def build_sdist(directory, config_settings=None):
    import tarfile
    with tarfile.open(os.path.join(directory, "alpha-1.0.tar.gz"), "w:gz") as archive:
        for name in ("pyproject.toml", "_build/backend.py"):
            archive.add(name, "alpha-1.0/" + name)
    return "alpha-1.0.tar.gz"
`;

  test("of what is not there says so, as uv does", async () => {
    await using world = await World.create({ commands: "called" });
    const { code, stderr } = await world.cli(["build", "missing"]);
    expect([code, stderr]).toEqual([2, "error: Source `missing` does not exist\n"]);
  });

  test.for([
    [[], [".gitignore", "alpha-1.0-py3-none-any.whl", "alpha-1.0.tar.gz"]],
    [["--sdist"], [".gitignore", "alpha-1.0.tar.gz"]],
    [["--wheel"], [".gitignore", "alpha-1.0-py3-none-any.whl"]],
  ] as const)("with %j makes %j", async ([options, expected]) => {
    const { world, run } = await stage();
    await using _ = world;
    project(world, "alpha", treeWithBackend(backend));
    const made = await run(["build", "alpha", ...options]);
    expect([made.code, readdirSync(join(world.project, "alpha", "dist"))]).toEqual([0, expected]);
    expect(made.stderr).toContain(`Successfully built alpha/dist/${expected[1]}\n`);
  });

  test("keeps its output out of Git, clears it, and builds the wheel of a source distribution", async () => {
    const { world, run } = await stage();
    await using _ = world;
    const dist = join(project(world, "alpha", treeWithBackend(backend)), "dist");
    expect((await run(["build", "alpha", "--sdist", "--wheel"])).code).toBe(0);
    expect(readFileSync(join(dist, ".gitignore"), "utf8")).toBe("*");
    const named = ["build", "alpha/dist/alpha-1.0.tar.gz"];
    const refused = await run(named);
    expect([refused.code, refused.stderr]).toEqual([
      2,
      "error: Failed to build `[WORLD]/project/alpha/dist/alpha-1.0.tar.gz`\n" +
        "  cause: Pass `--wheel` explicitly to build a wheel from a source distribution\n",
    ]);
    // What is named is built even where builds are disabled.
    expect((await run([...named, "--wheel", "--no-build", "--out-dir", "wheels"])).code).toBe(0);
    expect(readdirSync(join(world.project, "wheels")).toSorted()).toEqual([
      ".gitignore",
      "alpha-1.0-py3-none-any.whl",
    ]);
    expect((await run(["build", "alpha", "--sdist", "--clear", "--no-create-gitignore"])).code).toBe(0);
    expect(readdirSync(dist)).toEqual(["alpha-1.0.tar.gz"]);
  });

  test("shows each step and what the backend prints, once, and ends with 2 where it fails", async () => {
    const { world, run } = await stage();
    await using _ = world;
    const talking = backend.replace(
      "import tarfile\n",
      "import sys, tarfile; print('to stdout', end='', flush=True); sys.exit(3)\n",
    );
    expect(talking).not.toBe(backend);
    project(world, "alpha", treeWithBackend(talking));
    const head =
      "error: Failed to build `[WORLD]/project/alpha`\n  cause: The build backend returned an error\n" +
      "  cause: Call to `backend.build_sdist` failed (exit status: 3)\n";
    const hint =
      "\nhint: Build failures usually indicate a problem with the package or the build environment\n";
    const step = "Building source distribution...\n";
    for (const [options, expected] of [
      [[], `${step}to stdout\n${head}${hint}`],
      [["--no-build-logs"], `${step}${head}${hint}`],
      [["--no-build-logs", "--build-logs"], `${step}to stdout\n${head}${hint}`],
      [["-q"], `${head}${hint}`],
    ] as const)
      expect(await run(["build", "alpha", ...options])).toEqual({ code: 2, stdout: "", stderr: expected });
  });

  test("finds the projects of a workspace, and writes beside its root", async () => {
    const { world, run } = await stage();
    await using _ = world;
    const root = world.write("project/pyproject.toml", '[tool.uv.workspace]\nmembers = ["libs/*"]\n');
    const add = (name: string, hooks: string): void => {
      const files = treeWithBackend(hooks.replaceAll("alpha", name));
      const table = `${String(files["pyproject.toml"])}[project]\nname = "${name}"\nversion = "1.0"\n`;
      project(world, `libs/${name}`, { ...files, "pyproject.toml": table });
    };
    add("alpha", backend);
    add("beta", "def build_sdist(*_):\n    raise SystemExit(4)\n");
    world.write("project/libs/bare/pyproject.toml", '[project]\nname = "bare"\nversion = "1"\n');
    expect(root).toContain("pyproject.toml");
    const all = await run(["build", "--all-packages", "--sdist"]);
    expect([all.code, all.stderr]).toEqual([
      2,
      expect.stringMatching(
        /\[alpha\] Building source distribution\.\.\.\n[^]*error: Failed to build `beta @ \[WORLD\]\/project\/libs\/beta`\n[^]*\(exit status: 4\)\n[^]*\nSuccessfully built dist\/alpha-1\.0\.tar\.gz\n$/,
      ),
    ]);
    expect(await run(["build", "libs/beta", "--package", "Alpha", "--wheel"])).toEqual({
      code: 0,
      stdout: "",
      stderr: "Building wheel...\nSuccessfully built dist/alpha-1.0-py3-none-any.whl\n",
    });
    expect((await run(["build", "libs/alpha", "--sdist"])).stderr).toContain(
      "Successfully built dist/alpha-1.0.tar.gz\n",
    );
    for (const [options, said] of [
      [["--package", "gamma"], "Package `gamma` not found in workspace"],
      [["--package", "bare"], "Package `bare` is missing a `build-system` in `libs/bare/pyproject.toml`"],
      [
        ["dist/alpha-1.0.tar.gz", "--all-packages"],
        "Cannot specify `--all-packages` when building from a file",
      ],
      [
        ["--list", "--package", "alpha"],
        "because `build_system.build-backend` is not `uv_build`, but `backend`",
      ],
    ] as const) {
      const refused = await run(["build", ...options]);
      expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining(said)]);
    }
  });

  test("applies to build requirements what the options say of distributions", async () => {
    const { world, run } = await stage([sdist("beta", treeWithBackend(smallBackend("beta", "1.0")))]);
    await using _ = world;
    const files = treeWithBackend(backend);
    const table = String(files["pyproject.toml"]).replace("requires = []", 'requires = ["beta"]');
    expect(table).toContain('"beta"');
    project(world, "alpha", { ...files, "pyproject.toml": table });
    for (const [options, said] of [
      [
        ["--no-build"],
        "Wheels are required for `beta` because building from source is disabled for all packages",
      ],
      [
        ["--no-build-package", "beta"],
        "Wheels are required for `beta` because building from source is disabled",
      ],
      [["--require-hashes"], "Hash-checking is required, but no trusted hash was provided for: `beta`"],
    ] as const)
      expect((await run(["build", "alpha", "--sdist", ...options])).stderr).toContain(said);
    expect(
      (await run(["build", "alpha", "--sdist", "--no-binary", "--no-binary-package", "beta"])).code,
    ).toBe(0);
  });

  // uv's `pip` interface does not read them
  test("applies to build requirements what uv's variables for `uv build` say of distributions", async () => {
    const { world, run } = await stage([sdist("beta", treeWithBackend(smallBackend("beta", "1.0")))]);
    await using _ = world;
    const files = treeWithBackend(backend);
    const table = String(files["pyproject.toml"]).replace("requires = []", 'requires = ["beta"]');
    project(world, "alpha", { ...files, "pyproject.toml": table });
    const alpha = ["build", "alpha", "--sdist"];
    for (const [env, args, code] of [
      [{ UV_NO_BUILD: "1" }, alpha, 2],
      [{ UV_NO_BUILD: "0" }, alpha, 0],
      [{ UV_NO_BUILD: "" }, alpha, 0],
      [{ UV_NO_BUILD: "1" }, [...alpha, "--build"], 0],
      [{ UV_NO_BUILD: "perhaps" }, alpha, 2],
      [{ UV_NO_BUILD: "1", UV_NO_BUILD_PACKAGE: "beta" }, ["pip", "install", "beta"], 0],
      [{ UV_NO_BUILD_PACKAGE: "gamma Beta" }, alpha, 2],
      [{ UV_NO_BUILD_PACKAGE: "beta" }, [...alpha, "--no-build-package", "gamma"], 0],
      [{ UV_NO_BINARY: "1", UV_NO_BINARY_PACKAGE: "beta" }, alpha, 0],
    ] as const)
      expect([env, args, (await run(args, { env })).code]).toEqual([env, args, code]);
  });

  test.each([{ UV_NO_BINARY: "1" }, { UV_NO_BINARY_PACKAGE: "gamma beta" }])(
    "takes no wheel as a build requirement with %j",
    async (env) => {
      const { world, run } = await stage([makeWheel({ name: "beta", version: "1.0" })]);
      await using _ = world;
      const files = treeWithBackend(backend);
      const table = String(files["pyproject.toml"]).replace("requires = []", 'requires = ["beta"]');
      project(world, "alpha", { ...files, "pyproject.toml": table });
      expect((await run(["build", "alpha", "--sdist"], { env })).code).toBe(2);
      expect((await run(["build", "alpha", "--sdist"])).code).toBe(0);
    },
  );
});
