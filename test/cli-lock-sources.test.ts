// Locks of what does not come from an index: folders, archives, repositories. Compiled, read again and installed through a
// real process; everything stays on this machine.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "vitest";

import { makeWheel } from "../src/lab/index/make-wheel.ts";
import { readPylock } from "../src/lock/read-pylock.ts";
import { packSdist, smallBackend, treeWithBackend, type TreeFiles } from "./support/source-trees.ts";
import { commandStage, installedIn, type CommandStage } from "./support/command-stage.ts";
import { hasProgram, type CliRun } from "./support/world.ts";

function write(stage: CommandStage, files: TreeFiles, folder = ""): void {
  stage.world.tree(join("project", folder), files);
}

const read = (stage: CommandStage, path: string): string =>
  readFileSync(join(stage.world.project, path), "utf8");

const patient = { timeoutMs: 180_000 };

const withIndex = (stage: CommandStage, ...words: readonly string[]): Promise<CliRun> =>
  stage.pinion([...words, "--index-url", stage.index.url], patient);

const project = treeWithBackend(smallBackend("alpha", "1.0", ["wordlist"]));

const beta: TreeFiles = {
  ...treeWithBackend(smallBackend("beta", "1.0")),
  "pyproject.toml": `${String(treeWithBackend(smallBackend("beta", "1.0"))["pyproject.toml"])}[project]\nname = "beta"\nversion = "1.0"\n`,
};

/** The sources of the packages of a lock file that no index lists, by name. */
function sourcesIn(stage: CommandStage, path: string): Readonly<Record<string, unknown>> {
  const { packages } = readPylock(read(stage, path), { file: path });
  return Object.fromEntries(
    packages.flatMap(({ name, source }) => (source.kind === "files" ? [] : [[name, source]])),
  );
}

describe.concurrent("a lock of sources", () => {
  test("a folder is locked by its path, relative to the lock, and installed from there", async ({
    expect,
  }) => {
    await using stage = await commandStage({ commands: "called" });
    write(stage, project, "alpha");
    write(stage, {
      "r.in": "./alpha\n",
      "e.in": "-e ./alpha\n",
      "a.in": `alpha @ file://${stage.world.project}/alpha\n`,
    });
    mkdirSync(join(stage.world.project, "locks"));
    await withIndex(stage, "pip", "compile", "r.in", "-o", "pylock.toml", "-q");
    await withIndex(stage, "pip", "compile", "r.in", "-o", "locks/pylock.toml", "-q");
    await withIndex(stage, "pip", "compile", "e.in", "-o", "pylock.edit.toml", "-q");
    await withIndex(stage, "pip", "compile", "a.in", "-o", "pylock.whole.toml", "-q");
    expect(sourcesIn(stage, "pylock.toml")).toEqual({ alpha: { kind: "directory", path: "alpha" } });
    expect(sourcesIn(stage, "locks/pylock.toml")).toEqual({ alpha: { kind: "directory", path: "../alpha" } });
    expect(sourcesIn(stage, "pylock.edit.toml")).toEqual({
      alpha: { kind: "directory", path: "alpha", isEditable: true },
    });
    expect(sourcesIn(stage, "pylock.whole.toml")).toEqual({
      alpha: { kind: "directory", path: `${stage.world.project}/alpha` },
    });
    const synced = await withIndex(stage, "pip", "sync", "locks/pylock.toml");
    expect({ code: synced.code, installed: stage.installed() }).toEqual({
      code: 0,
      installed: ["alpha==1.0", "wordlist==2.0.0"],
    });
    expect((await withIndex(stage, "pip", "check", "--lock", "pylock.toml")).code).toBe(0);
  });

  test.for([
    ["{ path = '../beta' }", "beta", false],
    ["{ path = '../beta', editable = true }", "beta", true],
    ["{ workspace = true }", "alpha/beta", true],
    ["{ workspace = true, editable = false }", "alpha/beta", false],
  ] as const)(
    "what a project's own sources name (%s) is locked by its relative path, and whether it is editable, as uv does",
    async ([source, path, isEditable], { expect }) => {
      await using stage = await commandStage({ commands: "called" });
      const tables = `[tool.uv.sources]\nbeta = ${source}\n[tool.uv.workspace]\nmembers = ["beta"]\n`;
      const alpha = treeWithBackend(smallBackend("alpha", "1.0", ["beta"]));
      write(
        stage,
        {
          ...alpha,
          "pyproject.toml": `${String(alpha["pyproject.toml"])}[project]\nname = "alpha"\nversion = "1.0"\ndependencies = ["beta"]\n${tables}`,
        },
        "alpha",
      );
      write(stage, beta, path);
      write(stage, { "r.in": "./alpha\n", "locks/pyproject.toml": "" });
      await withIndex(stage, "pip", "compile", "r.in", "-o", "locks/pylock.toml", "-q");
      expect(sourcesIn(stage, "locks/pylock.toml")).toEqual({
        alpha: { kind: "directory", path: "../alpha" },
        beta: { kind: "directory", path: `../${path}`, isEditable },
      });
      const { code } = await withIndex(stage, "pip", "sync", "locks/pylock.toml");
      expect([code, stage.installed()]).toEqual([0, ["alpha==1.0", "beta==1.0"]]);
    },
  );

  test("each of several places of one project is written where its marker holds", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    write(stage, beta, "here");
    write(stage, beta, "there");
    const sources = `[{ path = "here", marker = "os_name == 'nt'" }, { path = "there", marker = "os_name != 'nt'" }]`;
    write(stage, {
      "pyproject.toml": `[project]\nname = "app"\nversion = "1"\ndependencies = ["beta"]\n[tool.uv.sources]\nbeta = ${sources}\n`,
    });
    const compile = ["pip", "compile", "pyproject.toml", "--no-header", "--no-annotate", "-q"] as const;
    const all = await withIndex(stage, ...compile, "--universal");
    expect(all.stdout).toBe("./here ; os_name == 'nt'\n./there ; os_name != 'nt'\n");
    const one = async (platform: string): Promise<string> =>
      (await withIndex(stage, ...compile, "--python-platform", platform)).stdout;
    expect([await one("windows"), await one("linux")]).toEqual(["./here\n", "./there\n"]);
  });

  test("archives are locked by their paths and hashes, and a changed one is refused", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    write(stage, { "dist/alpha-1.0.tar.gz": packSdist("alpha-1.0", project) });
    write(stage, { "r.in": "./dist/alpha-1.0.tar.gz\n" });
    await withIndex(stage, "pip", "compile", "r.in", "-o", "pylock.toml", "-q");
    expect(sourcesIn(stage, "pylock.toml")).toEqual({
      alpha: {
        kind: "archive",
        path: "dist/alpha-1.0.tar.gz",
        hashes: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown },
      },
    });
    await withIndex(stage, "pip", "sync", "pylock.toml");
    const before = stage.installed();
    expect(before).toEqual(["alpha==1.0", "wordlist==2.0.0"]);
    write(stage, { "dist/alpha-1.0.tar.gz": packSdist("alpha-1.0", { ...project, "more.txt": "changed" }) });
    const { code, stderr } = await withIndex(
      stage,
      "pip",
      "sync",
      "pylock.toml",
      "--reinstall",
      "--no-cache",
    );
    expect({ code, isNamed: stderr.includes("Hash mismatch") }).toEqual({ code: 1, isNamed: true });
    expect(stage.installed()).toEqual(before);
  });

  test.skipIf(!hasProgram("git"))(
    "a repository is locked to its commit in both formats",
    async ({ expect }) => {
      await using stage = await commandStage({ commands: "called" });
      write(stage, project, "repository");
      const repository = stage.world.repository("project/repository");
      const { url } = repository;
      const commit = repository.commitAll();
      write(stage, { "r.in": `alpha @ git+${url}@main\n` });
      await withIndex(stage, "pip", "compile", "r.in", "-o", "pylock.toml", "-q");
      await withIndex(stage, "pip", "compile", "r.in", "-o", "r.txt", "-q", "--no-header", "--no-annotate");
      expect(sourcesIn(stage, "pylock.toml")).toEqual({
        alpha: { kind: "vcs", type: "git", url, requestedRevision: "main", commitId: commit },
      });
      expect(read(stage, "r.txt")).toBe(`alpha @ git+${url}@${commit}\nwordlist==2.0.0\n`);
      await withIndex(stage, "pip", "sync", "pylock.toml");
      expect(stage.installed()).toEqual(["alpha==1.0", "wordlist==2.0.0"]);
      await withIndex(stage, "pip", "sync", "r.txt", "--target", "from-text");
      expect(installedIn(join(stage.world.project, "from-text"))).toEqual(["alpha==1.0", "wordlist==2.0.0"]);
    },
  );

  test("a source distribution that only a build can describe is locked, and built when it is installed", async ({
    expect,
  }) => {
    await using stage = await commandStage({ commands: "called" });
    write(stage, { "wheels/alpha-1.0.tar.gz": packSdist("alpha-1.0", project) });
    write(stage, { "r.in": "alpha\n" });
    const links = ["--find-links", "wheels"];
    await withIndex(stage, "pip", "compile", "r.in", "-o", "r.txt", "--no-header", "-q", ...links);
    expect(read(stage, "r.txt")).toBe("alpha==1.0\n    # via -r r.in\nwordlist==2.0.0\n    # via alpha\n");
    const refused = await withIndex(stage, "pip", "compile", "r.in", "--no-build", ...links);
    expect({ code: refused.code, stdout: refused.stdout }).toEqual({ code: 1, stdout: "" });
  });
});

describe.concurrent("a lock file from a server", () => {
  const remote = async (text: string): Promise<{ readonly url: string } & AsyncDisposable> => {
    const server = createServer((_request, response) => response.end(text));
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const { port } = server.address() as AddressInfo;
    return {
      url: `http://127.0.0.1:${port}/pylock.toml`,
      [Symbol.asyncDispose]: () => new Promise((done) => void server.close(() => done())),
    };
  };
  const HEAD = 'lock-version = "1.0"\ncreated-by = "test"\n\n[[packages]]\nname = "alpha"\n';
  const HASHES = `hashes = { sha256 = "${"0".repeat(64)}" }`;

  test.for([
    ["a folder", 'directory = { path = "alpha" }'],
    ["an archive's path", `version = "1"\narchive = { path = "alpha-1.tar.gz", ${HASHES} }`],
    ["an archive's file: URL", `version = "1"\narchive = { url = "file:///srv/alpha-1.tar.gz", ${HASHES} }`],
    ["a wheel's path", `version = "1"\nwheels = [{ path = "alpha-1-py3-none-any.whl", ${HASHES} }]`],
    ["an sdist's file: URL", `version = "1"\nsdist = { url = "file:///srv/alpha-1.tar.gz", ${HASHES} }`],
    ["a repository's path", `vcs = { type = "git", path = "alpha", commit-id = "${"0".repeat(40)}" }`],
    [
      "a repository's file: URL",
      `vcs = { type = "git", url = "file:///srv/alpha", commit-id = "${"0".repeat(40)}" }`,
    ],
  ] as const)("must not name %s of this machine", async ([, lines], { expect }) => {
    await using stage = await commandStage({ commands: "called" });
    await using server = await remote(`${HEAD}${lines}\n`);
    await stage.install("paint");
    const before = stage.installed();
    const synced = await withIndex(stage, "pip", "sync", server.url);
    const installed = await withIndex(stage, "pip", "install", "-r", server.url);
    for (const { code, stdout, stderr } of [synced, installed]) {
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr).toMatch(/^error: The lock file `[^`]*` names a local path for `alpha`: `[^`]*`$/m);
    }
    expect(stage.installed()).toEqual(before);
  });
});

describe.concurrent("settings of a resolution", () => {
  test("a folder that is editable stays so in a lock for all environments, and a missing `-b` is refused", async ({
    expect,
  }) => {
    await using stage = await commandStage({ commands: "called" });
    write(stage, {
      "r.in": "-e ./own\n-e ./${FOLDER}\n",
      "own/pyproject.toml": '[project]\nname = "own"\nversion = "1"\n',
      "other/pyproject.toml": '[project]\nname = "other"\nversion = "1"\n',
    });
    const words = ["pip", "compile", "r.in", "--universal", "--no-header", "-q"];
    const env = { FOLDER: "other" };
    const { stdout } = await stage.pinion([...words, "--format", "pylock.toml"], { env });
    expect(stdout).toContain('directory = { path = "own", editable = true }');
    expect((await stage.pinion(words, { env })).stdout).toContain("-e ./${FOLDER}\n");
    const missing = await stage.pinion([...words, "-b", "nothing.txt"], { env });
    expect([missing.code, missing.stderr]).toEqual([2, "error: File not found: nothing.txt\n"]);
  });

  test("`environments` of `tool.uv` limit a universal lock", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    write(stage, {
      "pyproject.toml":
        '[project]\nname = "shop"\nversion = "1"\ndependencies = ["wordlist"]\n[tool.uv]\nenvironments = ["sys_platform == \'linux\'"]\n',
    });
    const { stdout } = await withIndex(
      stage,
      "pip",
      "compile",
      "pyproject.toml",
      "--universal",
      "--no-header",
    );
    expect(stdout).toBe("wordlist==2.0.0 ; sys_platform == 'linux'\n    # via shop (pyproject.toml)\n");
    write(stage, { "pyproject.toml": '[tool.uv]\nenvironments = ["linux"]\n', "r.in": "wordlist\n" });
    const refused = await withIndex(stage, "pip", "compile", "r.in", "--universal");
    expect(refused.stderr.split("\n")[0]).toMatchInlineSnapshot(
      `"error: \`[WORLD]/project/pyproject.toml:2 (environments)\` must hold markers: \`linux\`"`,
    );
  });

  test("--emit-marker-expression names the environments that the lock is right for", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    write(stage, { "r.in": "wordlist ; sys_platform == 'linux' or python_version < '3.9'\n" });
    const words = ["pip", "compile", "r.in", "--emit-marker-expression", "--no-header", "--no-annotate"];
    const target = ["--python-platform", "linux", "--python-version", "3.12"];
    expect((await withIndex(stage, ...words, ...target)).stdout).toMatchInlineSnapshot(`
      "# Pinned dependencies known to be valid for:
      #    python_full_version == '3.12' and sys_platform == 'linux'
      wordlist==2.0.0
      "
    `);
    expect((await withIndex(stage, ...words, "--universal", "--python-version", "3.9")).stdout).toBe(
      "wordlist==2.0.0 ; sys_platform == 'linux'\n",
    );
  });

  test("--prerelease-package opens one package, and what it does not understand is refused", async ({
    expect,
  }) => {
    await using stage = await commandStage({ commands: "called" });
    write(stage, { "r.in": "wordlist\n" });
    const refusals: string[] = [];
    for (const words of [
      ["--prerelease-package", "wordlist"],
      ["--prerelease-package", "wordlist=sometimes"],
      ["--upgrade-group", "dev"],
    ])
      refusals.push((await withIndex(stage, "pip", "compile", "r.in", ...words)).stderr.split("\n")[0] ?? "");
    expect(refusals).toMatchInlineSnapshot(`
      [
        "error: invalid value 'wordlist' for '--prerelease-package <PRERELEASE_PACKAGE>': Invalid \`prerelease-package\` value \`wordlist\`: expected format \`PACKAGE=MODE\`",
        "error: invalid value 'wordlist=sometimes' for '--prerelease-package <PRERELEASE_PACKAGE>': Invalid \`prerelease-package\` mode: expected one of \`disallow\`, \`allow\`, \`if-necessary\`, \`explicit\`, or \`if-necessary-or-explicit\`, found \`sometimes\`",
        "error: \`--upgrade-group\` is not supported in \`pinion pip\` commands",
      ]
    `);
    expect(
      (await withIndex(stage, "pip", "compile", "r.in", "--prerelease-package", "WordList=allow")).code,
    ).toBe(0);
  });

  test("an index has a cutoff of its own, a package goes before it", async ({ expect }) => {
    await using stage = await commandStage({
      commands: "called",
      packages: [
        { ...makeWheel({ name: "alpha", version: "1.0" }), uploadTime: "2024-01-01T00:00:00Z" },
        { ...makeWheel({ name: "alpha", version: "2.0" }), uploadTime: "2025-01-01T00:00:00Z" },
      ],
    });
    const config = (more: string): TreeFiles => ({
      "uv.toml": `[[index]]\nurl = "${stage.index.url}"\ndefault = true\n${more}\n`,
      "r.in": "alpha\n",
    });
    const pin = async (...words: readonly string[]): Promise<string> => {
      const shown = ["--no-header", "--no-annotate", "-q"];
      return (await stage.pinion(["pip", "compile", "r.in", ...shown, ...words])).stdout.trim();
    };
    write(stage, config('exclude-newer = "2024-06-01T00:00:00Z"'));
    expect(await pin()).toBe("alpha==1.0");
    expect(await pin("--exclude-newer", "2026-01-01T00:00:00Z")).toBe("alpha==1.0");
    expect(await pin("--exclude-newer-package", "alpha=2025-06-01T00:00:00Z")).toBe("alpha==2.0");
    write(stage, config("exclude-newer = false"));
    expect(await pin("--exclude-newer", "2024-06-01T00:00:00Z")).toBe("alpha==2.0");
  });
});
