// What a file from the network may name: an HTTPS server on loopback, and a project on this machine whose backend leaves a
// mark when it runs. Every format of a file meets every way to write a path of this machine, in process by what the command
// calls; the real command meets each format.

import { existsSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import type { Destination } from "../src/api/destination.ts";
import { exitCodeOf } from "../src/cli/exit-code.ts";
import { createInstaller, isPinionError } from "../src/index.ts";
import { makeWheel } from "../src/lab/index/make-wheel.ts";
import { inspectInterpreter } from "../src/python/interpreters/interpreter.ts";
import { packSdist, treeWithBackend } from "./support/source-trees.ts";
import type { GitRepository } from "./support/git-repository.ts";
import { hasProgram, World, type CliRun } from "./support/world.ts";

/** How the one project of this machine is named, in the words of a format. */
type Named = Readonly<Record<string, string>>;

const COMMIT = "0123456789abcdef0123456789abcdef01234567";

/** `NAME @ …` as a requirement says it. */
const REQUIREMENTS: Named = {
  "a file URL": "secret @ file://[LOCAL]",
  "a file URL in capitals": "secret @ FILE://[LOCAL]",
  "a file URL after a space that is not ASCII": "secret @\u00A0file://[LOCAL]",
  "a file URL of this host": "secret @ file://localhost[LOCAL]",
  "a relative file URL": "secret @ file:vendored",
  "an absolute path": "secret @ [LOCAL]",
  "a relative path": "secret @ ./vendored",
  "a plain name": "secret @ vendored",
  "a path with a marker": "secret @ vendored ; python_version > '3'",
  "a path with an extra": "secret[x] @ vendored",
  "a repository": "secret @ git+file://[LOCAL]",
  "a reference of a repository": "secret @ git+file://[LOCAL]@main",
  "a repository by its path": "secret @ git+[LOCAL]",
};

/** Lines that only requirements files have. */
const LINES: Named = {
  ...REQUIREMENTS,
  "a bare path": "./vendored",
  "a bare URL": "file://[LOCAL]",
  "a bare repository": "git+file://[LOCAL]#egg=secret",
  "an editable folder": "-e vendored",
  "an included file": "-r file://[LOCAL]/../local.txt",
  "a constraint": "-c file://[LOCAL]/../local.txt",
  "a folder of links": "--find-links [LOCAL]",
  "a folder as the index": "--index-url file://[LOCAL]",
};

/** Values of `[tool.uv.sources]`. */
const SOURCES: Named = {
  "a path": '{ path = "[LOCAL]" }',
  "a path relative to the file": '{ path = "../..[LOCAL]" }',
  "a file URL": '{ url = "file://[LOCAL]" }',
  "a relative URL": '{ url = "vendored" }',
  "a repository": '{ git = "file://[LOCAL]" }',
  "a branch of a repository": '{ git = "file://[LOCAL]", branch = "main" }',
};

/** The entry of a lock's package. */
const PACKAGES: Named = {
  "a folder": 'directory = { path = "vendored" }',
  "a folder in place": 'directory = { path = "[LOCAL]", editable = true }',
  "an archive by its path": `archive = { path = "secret-1.tar.gz", hashes = { sha256 = "00" } }`,
  "an archive by its URL": `archive = { url = "file://[LOCAL]/secret-1.tar.gz", hashes = { sha256 = "00" } }`,
  "an archive after a space": `archive = { url = " file://[LOCAL]/secret-1.tar.gz", hashes = { sha256 = "00" } }`,
  "an archive without a scheme": `archive = { url = "vendored/secret-1.tar.gz", hashes = { sha256 = "00" } }`,
  "a source distribution": `sdist = { url = "file://[LOCAL]/secret-1.tar.gz", hashes = { sha256 = "00" } }`,
  "a wheel": `wheels = [{ url = "FILE://[LOCAL]/secret-1-py3-none-any.whl", hashes = { sha256 = "00" } }]`,
  "a repository": `vcs = { type = "git", url = "file://[LOCAL]", commit-id = "${COMMIT}" }`,
  "a repository after a space": `vcs = { type = "git", url = " file://[LOCAL]", commit-id = "${COMMIT}" }`,
  "a repository by a URL that is a path": `vcs = { type = "git", url = "[LOCAL]", commit-id = "${COMMIT}" }`,
  "a repository by a relative path": `vcs = { type = "git", url = "../vendored", commit-id = "${COMMIT}" }`,
  "a repository by a path": `vcs = { type = "git", path = "[LOCAL]", commit-id = "${COMMIT}" }`,
  "a helper of git": `vcs = { type = "git", url = "ext::git-upload-pack [LOCAL]", commit-id = "${COMMIT}" }`,
};

interface Format {
  readonly file: string;
  readonly forms: Named;
  readonly write: (form: string) => string;
}

const project = (dependencies: string, more = ""): string =>
  `[project]\nname = "asking"\nversion = "1"\ndependencies = [${JSON.stringify(dependencies)}]\n${more}`;

const script = (body: string): string =>
  ["# /// script", ...body.split("\n").map((line) => `# ${line}`), "# ///", ""].join("\n");

const FORMATS: readonly Format[] = [
  { file: "requirements.txt", forms: LINES, write: (form) => `${form}\n` },
  { file: "pyproject.toml", forms: REQUIREMENTS, write: (form) => project(form) },
  {
    file: "sources/pyproject.toml",
    forms: SOURCES,
    write: (form) => project("secret", `[tool.uv.sources]\nsecret = ${form}\n`),
  },
  {
    file: "script.py",
    forms: REQUIREMENTS,
    write: (form) => script(`dependencies = [${JSON.stringify(form)}]`),
  },
  {
    file: "sources/script.py",
    forms: SOURCES,
    write: (form) => script(`dependencies = ["secret"]\n[tool.uv.sources]\nsecret = ${form}`),
  },
  {
    file: "setup.cfg",
    forms: REQUIREMENTS,
    write: (form) => `[metadata]\nname = asking\n[options]\ninstall_requires =\n  ${form}\n`,
  },
  {
    file: "pylock.toml",
    forms: PACKAGES,
    write: (form) =>
      `lock-version = "1.0"\ncreated-by = "test"\n[[packages]]\nname = "secret"\nversion = "1"\n${form}\n`,
  },
];

/** What the real command meets: of each format the first form. */
const OF_EACH_FORMAT = FORMATS.map(({ file, forms, write }) => {
  const [title = "", form = ""] = Object.entries(forms)[0] ?? [];
  return { file, title, text: write(form) };
});

const CASES = FORMATS.flatMap(({ file, forms, write }) =>
  Object.entries(forms).map(([title, form]) => ({ file, title, text: write(form) })),
);

describe.skipIf(process.platform === "win32" || !hasProgram("git"))("a file from the network", () => {
  const served = new Map<string, string | Uint8Array>();
  let world: World;
  let server: Server;
  let origin: string;
  let env: Readonly<Record<string, string>>;
  let local: string;
  let repository: GitRepository;
  let mark: string;
  let into: Destination;

  beforeAll(async () => {
    world = await World.create({ commands: "called" });
    const venv = world.venv();
    local = join(world.project, "vendored");
    mark = join(world.directory, "a-backend-ran");
    const backend = `open(${JSON.stringify(mark)}, "w").close()\nraise SystemExit("the test ends here")\n`;
    world.tree("project/vendored", treeWithBackend(backend));
    writeFileSync(join(world.project, "local.txt"), "./vendored\n");
    repository = world.repository("project/vendored");
    repository.commitAll();
    const authority = world.authority();
    const tls = authority.issue("localhost");
    server = createServer({ cert: tls.chainPem, key: tls.keyPem }, ({ url = "/" }, response) => {
      const body = served.get(url);
      if (body === undefined) response.writeHead(404);
      response.end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    origin = `https://localhost:${(server.address() as AddressInfo).port}`;
    env = { VIRTUAL_ENV: venv.path, SSL_CERT_FILE: authority.writePem() };
    const interpreter = await inspectInterpreter(venv.python, { env: world.environment(env) });
    into = { kind: "environment", interpreter };
  });

  afterAll(async () => {
    server.close();
    await world[Symbol.asyncDispose]();
  });

  /** Without what differs from machine to machine. */
  const shown = (text: string): string =>
    text.replaceAll(origin, "https://[SERVER]").replace(/^Using Python .*\n/, "");

  const filled = (text: string): string => text.replaceAll("[LOCAL]", local);

  /** Runs the command; says whether the backend of the local project ran. */
  async function run(...words: readonly string[]): Promise<CliRun & { readonly ran: boolean }> {
    rmSync(mark, { force: true });
    const done = await world.cli(words, { env });
    const { stderr } = done;
    return { ...done, stderr: shown(stderr), ran: existsSync(mark) };
  }

  const install = (...words: readonly string[]): ReturnType<typeof run> =>
    run("pip", "install", "--no-index", ...words);

  /** What `pip install -r` and `pip sync` do, in this process; gives the command's exit code and what was built or fetched. */
  async function installInProcess(
    file: string,
  ): Promise<{ readonly exitCode: number; readonly ran: boolean; readonly builds: readonly string[] }> {
    rmSync(mark, { force: true });
    const builds: string[] = [];
    const installer = createInstaller({
      cacheDirectory: world.cache,
      directory: world.project,
      env: world.environment(env),
      home: world.home,
      indexes: { isIndexOff: true },
      onEvent: ({ kind }) => void (/^(build|git)-/.test(kind) && builds.push(kind)),
    });
    let exitCode = 0;
    try {
      if (file.endsWith("pylock.toml")) await installer.sync({ file, into });
      else {
        const requirements = [{ kind: "file", path: file }] as const;
        await installer.apply(await installer.plan({ requirements, constraints: [], overrides: [], into }));
      }
    } catch (error) {
      if (!isPinionError(error)) throw error;
      exitCode = exitCodeOf(error);
    } finally {
      await installer.close();
    }
    return { exitCode, ran: existsSync(mark), builds };
  }

  // Promise: a file from the network names nothing of this machine, in whatever format and spelling
  // Attack: requirements, projects, scripts, setup.cfg and lock files on an HTTPS server that name a local project whose backend leaves a mark
  test.each(CASES)("never builds a project of this machine: $file, $title", async ({ file, text }) => {
    served.set(`/${file}`, filled(text));
    expect(await installInProcess(`${origin}/${file}`)).toEqual({ exitCode: 2, ran: false, builds: [] });
  });

  test.each(OF_EACH_FORMAT)("nor does the command: $file, $title", async ({ file, text }) => {
    served.set(`/${file}`, filled(text));
    const { code, ran, stderr } = file.endsWith("pylock.toml")
      ? await run("pip", "sync", `${origin}/${file}`)
      : await install("-r", `${origin}/${file}`);
    expect({ code, ran }, stderr).toEqual({ code: 2, ran: false });
    expect(stderr).not.toMatch(/Building|Updating/);
  });

  test.each([
    ["requirements.txt", "secret @ file://[LOCAL]\n"],
    ["pyproject.toml", project("secret @ file://[LOCAL]")],
    ["script.py", script('dependencies = ["secret"]\n[tool.uv.sources]\nsecret = { path = "[LOCAL]" }')],
    [
      "setup.cfg",
      "[metadata]\nname = asking\n[options]\ninstall_requires =\n  secret @ git+file://[LOCAL]\n",
    ],
  ])("the same file on this machine does build it: %s", async (file, text) => {
    const path = world.write(`on-this-machine/${file}`, filled(text));
    expect((await install("-r", path)).ran).toBe(true);
    expect(await installInProcess(path)).toMatchObject({
      ran: true,
      builds: expect.arrayContaining(["build-hook"]),
    });
  });

  test("the same lock file on this machine does build it", async () => {
    const commit = repository.git("rev-parse", "HEAD");
    const entry = `vcs = { type = "git", url = "file://${local}", commit-id = "${commit}" }`;
    const path = world.write("on-this-machine/pylock.toml", FORMATS.at(-1)?.write(entry) ?? "");
    expect((await run("pip", "sync", path)).ran).toBe(true);
    expect((await installInProcess(path)).ran).toBe(true);
  });

  test("says which file and line names what", async () => {
    served.set("/r.txt", filled("# one\nsecret @ vendored\n"));
    served.set("/pylock.toml", FORMATS.at(-1)?.write('directory = { path = "vendored" }') ?? "");
    expect((await install("-r", `${origin}/r.txt`)).stderr).toMatchInlineSnapshot(`
      "error: \`https://[SERVER]/r.txt:2\` comes from the network and must not name the local path \`file://[WORLD]/project/vendored\`

      hint: Download the file that names it, and install from the local copy
      "
    `);
    expect((await run("pip", "sync", `${origin}/pylock.toml`)).stderr).toMatchInlineSnapshot(`
      "error: The lock file \`https://[SERVER]/pylock.toml\` names a local path for \`secret\`: \`vendored\`

      hint: Download the lock file and what it names, and install from there
      "
    `);
  });

  // Promise: constraints, overrides and excludes from the network name nothing of this machine
  // Attack: each of them with a local project, beside a requirement that it would replace
  test.each(["--constraints", "--overrides", "--build-constraints"])(
    "that narrows or replaces names nothing of this machine: %s",
    async (option) => {
      served.set("/narrow.txt", "secret @ vendored\n");
      served.set("/asking-1.tar.gz", sdist({ requires: ["secret"] }));
      const requirement = option === "--build-constraints" ? `asking @ ${origin}/asking-1.tar.gz` : "secret";
      const { code, ran, stderr } = await install(option, `${origin}/narrow.txt`, requirement);
      expect({ code, ran }, stderr).toEqual({ code: 2, ran: false });
      expect(stderr).toContain("must not name the local path");
    },
  );

  // Promise: a distribution from the network requires nothing of this machine
  // Attack: a wheel and source distributions at a URL that require a local project, to run and to be built
  test.each([
    ["a wheel", "carrier-1-py3-none-any.whl"],
    ["a source distribution", "carrier-1.tar.gz"],
    ["the build of a source distribution", "building-1.tar.gz"],
  ])("a distribution at a URL requires nothing of this machine: %s", async (_, file) => {
    const requires = [`secret @ ${pathToFileURL(local).href}`];
    const wheel = makeWheel({ name: "carrier", version: "1", requires });
    served.set("/carrier-1-py3-none-any.whl", wheel.bytes);
    served.set("/carrier-1.tar.gz", staticSdist(requires[0] ?? ""));
    served.set("/building-1.tar.gz", sdist({ requires }));
    const { code, ran, stderr } = await install(`${origin}/${file}`);
    expect({ code, ran }, stderr).toEqual({ code: 2, ran: false });
    expect(stderr).toContain("must not name the local path");
    const path = world.write(`on-this-machine/${file}`, served.get(`/${file}`) ?? "");
    expect((await install(path)).ran).toBe(true);
  });

  test.each(["./", "", "file:", "file://./"])(
    "a wheel on this machine requires what is there, as `name @ %s…` too",
    async (start) => {
      const requires = [`secret @ ${pathToFileURL(local).href}`];
      const file = "carrier-1-py3-none-any.whl";
      world.write(`project/${file}`, makeWheel({ name: "carrier", version: "1", requires }).bytes);
      const { ran, stderr } = await install(`carrier @ ${start}${file}`);
      expect(ran, stderr).toBe(true);
    },
  );

  test("tool.uv.sources of a source distribution from the network chooses nothing", async () => {
    const sources = `[tool.uv.sources]\nsecret = { path = "${local}" }\n`;
    served.set("/carrier-1.tar.gz", staticSdist("secret", sources));
    const { code, ran, stderr } = await install(`${origin}/carrier-1.tar.gz`);
    expect({ code, ran }).toEqual({ code: 1, ran: false });
    expect(stderr).toContain("secret was not found");
  });

  // Promise: what a lock file pins to a commit is that commit
  // Attack: a lock file whose commit is a branch, an abbreviation, or nothing that git writes
  test.each(["main", "HEAD", "refs/heads/main", "0123456", `${COMMIT}0`, `${COMMIT.slice(1)}g`, ""])(
    "a lock file pins no name: %s",
    async (commit) => {
      const entry = `vcs = { type = "git", url = "file://${local}", commit-id = "${commit}" }`;
      const path = world.write("named/pylock.toml", FORMATS.at(-1)?.write(entry) ?? "");
      const { code, ran, stderr } = await run("pip", "sync", path);
      expect({ code, ran }).toEqual({ code: 2, ran: false });
      expect(stderr).toContain("named/pylock.toml:3`");
      expect(stderr).toContain("it is not the full hash of a commit, of 40 or 64 hexadecimal digits");
    },
  );
});

/** A source distribution whose backend, in its tree, is never reached: what its build requires comes first. */
function sdist({ requires }: { readonly requires: readonly string[] }): Uint8Array {
  const table = `[build-system]\nrequires = ${JSON.stringify(requires)}\nbuild-backend = "backend"\nbackend-path = ["_build"]\n`;
  return packSdist("asking-1", { ...treeWithBackend("raise SystemExit(1)\n"), "pyproject.toml": table });
}

/** A source distribution that needs no build to say what it requires. */
function staticSdist(requirement: string, more = ""): Uint8Array {
  const build = `[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["_build"]\n`;
  const table = `[project]\nname = "carrier"\nversion = "1"\ndependencies = ["${requirement}"]\n`;
  return packSdist("carrier-1", {
    ...treeWithBackend("raise SystemExit(1)\n"),
    "pyproject.toml": `${build}${table}${more}`,
  });
}
