// Runs the command as people run it: with nothing to do, from the cache, from an index over TLS, from a shared cache. The first time shows which
// modules which runs load, and so how they are grouped; the second makes V8's compiled form of what has run.

import { spawn, spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { writeBuild } from "./bundle-command.mjs";

/** Writes a build of the command below `dist`, grouped and compiled ahead; gives its folder. */
export async function compileCommand(bundled, { root, dist }) {
  const folder = mkdtempSync(join(tmpdir(), "pinion-build-"));
  try {
    const all = new Set(bundled.modules.keys());
    const everything = new Map(AGAIN.map((group) => [group, all]));
    const ungrouped = writeBuild(bundled, { dist: folder, groupOf: () => GROUPS[0], copies: everything });
    const loaded = await runAll({ root, folder, command: ungrouped });
    const isLoadedBy = (group, id) => loaded.get(group)?.has(id) === true;
    const groupOf = (id) => {
      const first = GROUPS.find((group) => isLoadedBy(group, id)) ?? REST;
      // An installation needs little of what makes an environment.
      const isShared = first === "pinion-venv" && INSTALLING.some((group) => isLoadedBy(group, id));
      return isShared ? "pinion-shared" : first;
    };
    const copies = new Map(AGAIN.map((group) => [group, loaded.get(group) ?? new Set()]));
    const command = writeBuild(bundled, { dist, groupOf, copies });
    await runAll({ root, folder, command });
    rmSync(join(command, LOADED));
    return command;
  } catch (error) {
    // Where there is no loopback, starts are some milliseconds slower, no more.
    console.warn(`The command was not compiled ahead: ${error.message}`);
    return writeBuild(bundled, { dist, groupOf: () => GROUPS[0] });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs the command with an index of its own; gives the modules that were loaded, by the group that the run is of. */
async function runAll({ root, folder, command }) {
  const workplace = mkdtempSync(join(folder, "run-"));
  const lab = await bundleLab(root, workplace);
  const authority = lab.createAuthority("Build Root", { key: "P-256" });
  const { chainPem, keyPem } = authority.issue("localhost", { key: "P-256" });
  const bundle = join(workplace, "bundle.pem");
  writeFileSync(bundle, authority.pem);
  const tls = { chainPem, keyPem };
  // Fresh pages, as most indexes have them, and pages to ask about again.
  const wheels = [...packages(lab), ...sourceDistributions(workplace)];
  const fresh = await lab.startIndex({ packages: wheels, tls, cacheControl: "max-age=600" });
  const index = await lab.startIndex({ packages: wheels, tls });
  const store = await startStore(tls);
  const loaded = new Map();
  try {
    for (const [group, words, variables] of runs(workplace, {
      url: index.url,
      freshUrl: fresh.url,
      sharedCache: store.location,
    })) {
      // What was written just now could change again under the same time: nothing would be remembered of it.
      if (group === "pinion-warm" || variables !== undefined) await sleep(CLOCK_STEP_MS + 100);
      const restore = group === "pinion-compile" ? keepCompiled(command, GROUPS[0]) : () => {};
      await runCommand(root, words, { folder: workplace, bundle, command, variables });
      restore();
      const ids = JSON.parse(readFileSync(join(command, LOADED), "utf8"));
      const known = loaded.get(group) ?? new Set();
      for (const id of ids) known.add(id.replace(/^#[^/]*\//, ""));
      loaded.set(group, known);
    }
    return loaded;
  } finally {
    await fresh.close();
    await index.close();
    store.close();
  }
}

/** Keeps the compiled form of a group as it is: every start reads the first one, whose bytes are for what most starts call. */
function keepCompiled(command, group) {
  const kept = readdirSync(command)
    .filter((name) => name.startsWith(`${group}.`) && name.endsWith(".cache"))
    .map((name) => [join(command, name), readFileSync(join(command, name))]);
  return () => {
    for (const [path, bytes] of kept) writeFileSync(path, bytes);
  };
}

function packages({ makeWheel }) {
  const requires = [
    "helper[extra]>=1.0,<3",
    "other~=2.1 ; python_version >= '3.8'",
    "absent ; sys_platform == 'win32'",
  ];
  return [
    makeWheel({
      name: "app",
      version: "1.2.3",
      requires,
      requiresPython: ">=3.8",
      consoleScripts: { app: "app:main" },
    }),
    makeWheel({ name: "helper", version: "2.0", extras: ["extra"], requires: ["other ; extra == 'extra'"] }),
    makeWheel({ name: "helper", version: "2.1rc1" }),
    makeWheel({ name: "other", version: "2.1.4", files: { "other/__init__.py": "x = 1\n".repeat(20_000) } }),
    // What fits badly, so that a version is given up.
    makeWheel({ name: "picky", version: "2.0", requires: ["other>=3"] }),
    makeWheel({ name: "picky", version: "1.0", requires: ["other", "bulk", "middle"] }),
    // What is unpacked by two threads, from a file and from memory.
    makeWheel({ name: "bulk", version: "1.0", files: incompressible("bulk", LARGE_BYTES) }),
    makeWheel({ name: "middle", version: "1.0", files: incompressible("middle", MIDDLE_BYTES) }),
  ];
}

/** A project with a build backend of its own, and with a requirement of it; none where there is no Python. */
function sourceDistributions(folder) {
  if (!hasPython()) return [];
  const top = "crafted-1.0";
  const project = join(folder, top);
  mkdirSync(project);
  for (const [name, text] of Object.entries(PROJECT)) writeFileSync(join(project, name), text);
  const filename = `${top}.tar.gz`;
  const pack = "import sys, tarfile\nwith tarfile.open(sys.argv[1], 'w:gz') as made: made.add(sys.argv[2])";
  const packed = spawnSync("python3", ["-c", pack, filename, top], { cwd: folder });
  if (packed.status !== 0) return [];
  const bytes = readFileSync(join(folder, filename));
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return [{ filename, bytes, name: "crafted", version: "1.0", sha256, metadata: undefined }];
}

function hasPython() {
  return pythonItself() !== undefined;
}

/** Behind the shims of version managers, which are asked each time; undefined where there is no Python. */
function pythonItself() {
  const done = spawnSync("python3", ["-c", "import sys; print(sys.executable)"], { encoding: "utf8" });
  return done.status === 0 ? done.stdout.trim() : undefined;
}

function incompressible(name, bytes) {
  const paths = Array.from({ length: FILES }, (_, index) => `${name}/part${index % 9}/data${index}.bin`);
  return Object.fromEntries(paths.map((path) => [path, randomBytes(bytes / FILES)]));
}

/** An object store that keeps what it is sent. */
async function startStore({ chainPem, keyPem }) {
  const objects = new Map();
  const server = createServer({ cert: chainPem, key: keyPem }, (request, response) => {
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      if (request.method === "PUT") objects.set(request.url, Buffer.concat(chunks));
      const body = objects.get(request.url);
      response.writeHead(body === undefined ? 404 : 200);
      response.end(request.method === "GET" ? body : undefined);
    });
  });
  await new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    location: `s3://wheels/build?endpoint=https://localhost:${server.address().port}`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** What is run, each with the group of the modules that it is the first to need. */
function runs(folder, { url, freshUrl, sharedCache }) {
  const requirements = join(folder, "requirements.txt");
  writeFileSync(requirements, `app==1.2.3  # pinned\nhelper>=1\n--index-url ${url}\n`);
  const refreshed = join(folder, "fresh.txt");
  writeFileSync(refreshed, `app\n--index-url ${freshUrl}\n`);
  const large = join(folder, "large.txt");
  writeFileSync(large, `picky\n--index-url ${freshUrl}\n`);
  const cache = ["--cache-dir", join(folder, "cache")];
  const target = ["--python-version", "3.12", "--python-platform", "linux", ...cache];
  const from = (file, to) => ["pip", "install", "-r", file, "--target", join(folder, to), ...target];
  const fromLarge = (to, ...more) => [
    ...from(large, to),
    "--cache-dir",
    join(folder, `cache-${to}`),
    ...more,
  ];
  const install = (to) => from(requirements, to);
  const intoEnvironment = (name) => [
    "pip",
    "install",
    "-r",
    refreshed,
    "--python",
    join(folder, name),
    ...cache,
  ];
  const ownCache = ["--cache-dir", join(folder, "cache-compiled")];
  const compile = ["pip", "compile", large, "--python-version", "3.12", ...ownCache];
  const always = [
    ["pinion-install", install("one")],
    ["pinion-install", install("two")],
    ["pinion-install", from(refreshed, "three")],
    ["pinion-install", fromLarge("seven")],
    ["pinion-remote", fromLarge("eight", "--shared-cache", sharedCache)],
    ["pinion-remote", fromLarge("nine", "--shared-cache", sharedCache)],
    ["pinion-compile", compile],
    ["pinion-warm", from(refreshed, "four")],
    ["pinion-compile", compile],
    ["pinion-again", from(refreshed, "five")],
    ["pinion-again", [...from(refreshed, "six"), "--dry-run"]],
    ["pinion", install("two")],
    [REST, ["pip", "install", "--help"]],
    [REST, ["config", ...cache]],
    [REST, ["cache", "size", ...cache]],
  ];
  const python = pythonItself();
  if (python === undefined) return always;
  const make = (name) => ["venv", "--python", python, ...cache, join(folder, name)];
  const environment = join(folder, "environment");
  // Found without being named, as most are.
  const found = join(folder, ".venv");
  // Those that this cache does not know: their Python is known from its base.
  const foreign = ["foreign", "unknown"].map((name) => join(folder, name));
  const elsewhere = ["--cache-dir", join(folder, "cache-elsewhere")];
  const at = ["--python", environment, ...cache];
  const into = ["pip", "install", "-r", requirements, ...at];
  const built = join(folder, "built.txt");
  writeFileSync(built, `crafted\n--index-url ${freshUrl}\n`);
  return [
    ...always,
    ["pinion-venv", make("environment")],
    ["pinion-install", into],
    ["pinion-build", ["pip", "install", "-r", built, ...at]],
    ["pinion-venv", ["venv", found, ...cache]],
    // What an environment needs besides a folder, from a cache that is warm.
    ["pinion-warm", ["pip", "install", "-r", refreshed, ...cache]],
    ["pinion", ["pip", "install", "-r", refreshed, ...cache]],
    ["pinion-venv", make("another")],
    ["pinion-again", intoEnvironment("another")],
    ["pinion", into],
    ["pinion", ["pip", "install", "app", ...at]],
    ["pinion", ["pip", "list", ...at]],
    ["pinion", ["pip", "freeze", ...at]],
    ...foreign.map((path) => ["pinion-venv", ["venv", path, ...elsewhere]]),
    ["pinion-venv", ["pip", "list", "--python", foreign[0], ...cache]],
    ["pinion-again", ["pip", "install", "-r", refreshed, "--python", foreign[1], ...cache]],
    // As `another` was made, of whose Python nothing is younger than the wait above.
    [VENV_AGAIN, make("again")],
    [VENV_AGAIN, make("once-more")],
    ["pinion-keep", intoEnvironment("again"), REPEATABLE],
    [INSTALL_AGAIN, intoEnvironment("once-more"), REPEATABLE],
    [REST, ["pip", "show", "app", ...at]],
    [REST, ["pip", "tree", ...at]],
    [REST, ["pip", "check", ...at]],
    [REST, ["pip", "uninstall", "app", ...at]],
  ];
}

async function bundleLab(root, folder) {
  const outfile = join(folder, "lab.mjs");
  const exported = [
    "createAuthority certificates/mint",
    "makeWheel index/make-wheel",
    "startIndex index/index-server",
  ].map((line) => line.split(" "));
  const contents = exported
    .map(([name, module]) => `export { ${name} } from "./src/lab/${module}.ts";`)
    .join("\n");
  await build({
    stdin: { contents, resolveDir: root },
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20.19",
    logLevel: "error",
  });
  return await import(pathToFileURL(outfile).href);
}

function runCommand(root, words, { folder, bundle, command, variables }) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(root, "bin", "pinion.cjs"), ...words], {
      cwd: folder,
      env: {
        PATH: process.env.PATH,
        HOME: folder,
        SSL_CERT_FILE: bundle,
        PINION_COMPILE_AHEAD: command,
        ...variables,
        AWS_ACCESS_KEY_ID: "BUILD",
        AWS_SECRET_ACCESS_KEY: "not-a-secret",
      },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let told = "";
    child.stderr.on("data", (data) => (told += data));
    child.on("error", reject);
    child.on("close", (code) =>
      code === 0 ? resolve() : reject(new Error(`\`${words.join(" ")}\` failed: ${told}`)),
    );
  });
}

/** In the order in which a module belongs to them: a run of a later one needs modules of earlier ones. */
const GROUPS = [
  "pinion",
  "pinion-venv",
  "pinion-again",
  "pinion-warm",
  "pinion-install",
  "pinion-compile",
  "pinion-remote",
  "pinion-build",
  "pinion-keep",
];
/** What an environment that is made as one before needs, and an installation: copies, so that nothing else is loaded. */
const VENV_AGAIN = "pinion-venv-again";
const INSTALL_AGAIN = "pinion-install-again";
const AGAIN = [VENV_AGAIN, INSTALL_AGAIN];
/** Has `bin/pinion.cjs` remember an installation, and repeat it. */
const REPEATABLE = { PINION_REPEAT_AHEAD: "1" };
const INSTALLING = ["pinion-again", "pinion-warm"];
const REST = "pinion-more";
// As `src/api/remembered/remembered-resolution.ts` has it.
const CLOCK_STEP_MS = 2000;
/** Above what `src/store/unpacking/unpack-queue.ts` holds in memory, and below. */
const LARGE_BYTES = 9_600_000;
const MIDDLE_BYTES = 3_000_000;
const FILES = 300;
const PROJECT = {
  "pyproject.toml": `[build-system]
requires = ["helper"]
build-backend = "backend"
backend-path = ["."]
[project]
name = "crafted"
version = "1.0"
description = "A project"
requires-python = ">=3.8"
`,
  "PKG-INFO": "Metadata-Version: 2.1\nName: crafted\nVersion: 1.0\n",
  "crafted.py": "",
  "backend.py": `import os, zipfile

NAME = "crafted-1.0-py3-none-any.whl"
INFO = "crafted-1.0.dist-info"

def build_wheel(folder, settings=None, metadata=None):
    with zipfile.ZipFile(os.path.join(folder, NAME), "w") as wheel:
        wheel.writestr("crafted.py", "")
        wheel.writestr(INFO + "/METADATA", "Metadata-Version: 2.1\\nName: crafted\\nVersion: 1.0\\n")
        wheel.writestr(INFO + "/WHEEL", "Wheel-Version: 1.0\\nGenerator: backend\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(INFO + "/RECORD", "")
    return NAME
`,
};
/** Where `bin/pinion.cjs` writes what it has loaded. */
const LOADED = "loaded.json";
