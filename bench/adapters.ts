// The programs of examples/ beside what each replaces: time, bytes on disk and lines of code, from empty caches. What is
// replaced takes part where it is installed. examples/README.md

import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";

import { findUv, onSearchPath, pinion, readProgram, runProgram } from "./support/commands.ts";
import { findImageTools, imageBuild, IMAGE_LINES, startRegistry } from "./support/container-image.ts";
import { adapterSet, type Distributions } from "./support/distributions.ts";
import { race, ratio } from "./support/race.ts";
import { absentRow, noteRow, type Row } from "./support/row.ts";
import { benchFolder, createWorld, makeVenv, serve, type ServedIndex, type World } from "./support/world.ts";

export async function run(): Promise<readonly Row[]> {
  const world = createWorld("adapters");
  const set = adapterSet(benchFolder());
  const index = await serve(set, world);
  const project = projectWith(world);
  const place: Place = { world, set, index, project };
  try {
    return [
      ...(await compare(place, "lambda-zip", lambdaZip(place))),
      ...(await compare(place, "mcp-host", mcpHost(place))),
      ...(await compare(place, "newer-versions", newerVersions(place))),
      ...(await ociLayer(place)),
      ...(await compare(place, "serverless-plugin", serverlessPlugin(place))),
    ];
  } finally {
    index.close();
  }
}

interface Place {
  readonly world: World;
  readonly set: Distributions;
  readonly index: ServedIndex;
  /** A folder with `examples/` and the library in `node_modules`. */
  readonly project: string;
}

/** One way to do the work, in a fresh folder that receives everything that it writes, caches included. */
interface Way {
  /** What is there before; not measured. */
  readonly prepare?: (folder: string) => void;
  readonly run: (folder: string) => void;
  readonly lines: number;
}

interface Comparison {
  readonly replaced: string;
  readonly ours: Way;
  /** Undefined where it is not installed. */
  readonly theirs: Way | undefined;
}

async function compare(
  place: Place,
  folder: string,
  { replaced, ours, theirs }: Comparison,
): Promise<readonly Row[]> {
  const name = `examples/${folder} : ${replaced}`;
  if (theirs === undefined) return [absentRow(name, replaced)];
  const bytes = { ours: 0, theirs: 0 };
  const contender = (who: "ours" | "theirs", way: Way) => {
    let made = "";
    return {
      prepare: () => {
        mkdirSync((made = place.world.fresh(who)));
        way.prepare?.(made);
      },
      run: () => way.run(made),
      after: () => (bytes[who] = bytesBelow(made)),
    };
  };
  const [left, right] = [contender("ours", ours), contender("theirs", theirs)];
  const durations = await race({ ours: left, theirs: right }, { rounds: ROUNDS, warmUps: 0 });
  left.after();
  right.after();
  return [
    noteRow(name, ratio(durations.ours, durations.theirs)),
    {
      name: `examples/${folder}: bytes on disk, lines of code`,
      figure: `${megabytes(bytes.ours)} : ${megabytes(bytes.theirs)}; ${ours.lines} : ${theirs.lines} lines`,
    },
  ];
}

function lambdaZip({ world, set, index, project }: Place): Comparison {
  const requirements = world.requirementsFile(set.pins);
  const [uv, zip] = [findUv(), onSearchPath("zip")];
  return {
    replaced: "uv pip install --target, zip",
    ours: example(project, "lambda-zip/build.mjs", (folder) => ({
      words: [requirements, join(folder, "function.zip"), "--arch", "x86_64"],
      env: { ...index.env, INDEX_URL: index.url, PINION_CACHE_DIR: join(folder, "cache") },
    })),
    theirs:
      uv === undefined || zip === undefined
        ? undefined
        : {
            lines: 2,
            run: (folder) => {
              const target = join(folder, "target");
              const common = ["--no-config", "--index-url", index.url, "--cache-dir", join(folder, "cache")];
              const chosen = ["--python-version", "3.12", "--python-platform", "x86_64-manylinux_2_34"];
              const words = ["pip", "install", ...common, ...chosen, "-r", requirements, "--target", target];
              runProgram([...uv.words, ...words], index);
              runProgram([zip, "-q", "-r", join(folder, "function.zip"), "."], { cwd: target });
            },
          },
  };
}

/** From a requirement to the server's answer. */
function mcpHost({ world, index, project }: Place): Comparison {
  const uv = findUv();
  const venv = makeVenv(world);
  const python = join(venv, "bin", "python");
  const env = { ...index.env, VIRTUAL_ENV: venv, PATH: `${join(venv, "bin")}:${process.env["PATH"] ?? ""}` };
  const questions = world.fresh("questions");
  const ask = { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "host", version: "1" } };
  const lines = [
    { id: 1, method: "initialize", params: ask },
    { id: 2, method: "tools/list" },
  ];
  writeFileSync(questions, lines.map((line) => `${JSON.stringify({ jsonrpc: "2.0", ...line })}\n`).join(""));
  return {
    replaced: "uvx",
    ours: example(project, "mcp-host/host.mjs", (folder) => ({
      words: ["echo-mcp", "echo_mcp"],
      env: { ...env, INDEX_URL: index.url, PINION_CACHE_DIR: join(folder, "cache") },
    })),
    theirs: uv && {
      lines: 1,
      run: (folder) => {
        const common = ["--no-config", "--index-url", index.url, "--cache-dir", join(folder, "cache")];
        const words = [...uv.words, "tool", "run", ...common, "--python", python, "--from", "echo-mcp"];
        const shell = `exec "$@" < ${questions}`;
        runProgram(["sh", "-c", shell, "sh", ...words, "python", "-m", "echo_mcp"], { env });
      },
    },
  };
}

function newerVersions({ world, set, index, project }: Place): Comparison {
  const lock = join(world.folder, "pylock.toml");
  const requirements = world.requirementsFile(set.pins);
  const common = ["--no-config", "--index-url", index.url, "--cache-dir", world.fresh("cache")];
  runProgram([...pinion(), "pip", "compile", requirements, "-o", lock, ...common], index);
  const pip = process.env["PINION_BENCH_PIP"] ?? onSearchPath("pip");
  return {
    replaced: "pip index versions, for each",
    ours: example(project, "newer-versions/query.mjs", (folder) => ({
      words: [lock],
      env: { ...index.env, INDEX_URL: index.url, PINION_CACHE_DIR: join(folder, "cache") },
    })),
    theirs:
      pip === undefined
        ? undefined
        : {
            lines: 1,
            run: (folder) => {
              for (const name of set.requirements) {
                const words = ["--isolated", "--disable-pip-version-check", "--index-url", index.url];
                const more = ["--cert", index.bundle, "--cache-dir", join(folder, "cache")];
                runProgram([pip, "index", "versions", name, ...words, ...more], index);
              }
            },
          },
  };
}

/** Beside `RUN pip install` and a push, where the machine and the registry have the base image already. */
async function ociLayer(place: Place): Promise<readonly Row[]> {
  const { world, set, index, project } = place;
  const replaced = "buildah build with RUN pip install, push";
  const tools = findImageTools();
  if ("missing" in tools) return [absentRow(`examples/oci-layer : ${replaced}`, tools.missing)];
  const registry = await startRegistry(tools, world, index);
  const requirements = world.requirementsFile(set.pins);
  const image = imageBuild(tools, registry, index, requirements);
  try {
    return await compare(place, "oci-layer", {
      replaced,
      ours: example(project, "oci-layer/push.mjs", (folder) => ({
        words: [requirements, `https://${registry.host}/${basename(folder)}`, "one"],
        env: {
          SSL_CERT_FILE: registry.bundle,
          INDEX_URL: index.url,
          PINION_CACHE_DIR: join(folder, "cache"),
        },
      })),
      theirs: {
        lines: IMAGE_LINES,
        prepare: (folder) => image.prepare(folder, basename(folder)),
        run: (folder) => image.run(folder, basename(folder)),
      },
    });
  } finally {
    registry.close();
  }
}

/** `serverless package` of one function, from the same requirements. `PINION_BENCH_SERVERLESS` has both in its `node_modules`. */
function serverlessPlugin({ world, set, index, project }: Place): Comparison {
  const modules = join(process.env["PINION_BENCH_SERVERLESS"] ?? "", "node_modules");
  const program = join(modules, "serverless", "bin", "serverless.js");
  const requirements = world.requirementsFile(set.pins);
  const way = (plugin: string, env: Readonly<Record<string, string>>) => (folder: string) => {
    const service = serviceWith(join(folder, "service"), plugin);
    cpSync(requirements, join(service, "requirements.txt"));
    symlinkSync(modules, join(service, "node_modules"));
    const common = { HOME: folder, CI: "1", SLS_TELEMETRY_DISABLED: "1", SLS_NOTIFICATIONS_MODE: "off" };
    runProgram([process.execPath, program, "package"], {
      cwd: service,
      env: { ...index.env, ...common, ...env, PATH: process.env["PATH"] ?? "" },
    });
  };
  const ours = join(project, "examples", "serverless-plugin");
  return {
    replaced: "serverless-python-requirements",
    ours: { lines: linesOf(join(ours, "index.cjs")), run: way(ours, { INDEX_URL: index.url }) },
    theirs: existsSync(program)
      ? {
          lines: linesBelow(join(modules, "serverless-python-requirements")),
          run: way("serverless-python-requirements", {
            PIP_INDEX_URL: index.url,
            PIP_CERT: index.bundle,
            PIP_DISABLE_PIP_VERSION_CHECK: "1",
          }),
        }
      : undefined,
  };
}

function serviceWith(folder: string, plugin: string): string {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "handler.py"), "def handle(event, context):\n    return 0\n");
  writeFileSync(
    join(folder, "serverless.yml"),
    `service: example
frameworkVersion: "3"
provider:
  name: aws
  runtime: python3.12
functions:
  api:
    handler: handler.handle
package:
  individually: true
  patterns: ["!node_modules/**"]
custom:
  pythonRequirements:
    pythonBin: python3
    useStaticCache: false
plugins:
  - ${plugin}
`,
  );
  return folder;
}

interface ExampleRun {
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

function example(project: string, name: string, how: (folder: string) => ExampleRun): Way {
  const path = join(project, "examples", name);
  return {
    lines: linesOf(path),
    run: (folder) => {
      const { words, env } = how(folder);
      runProgram([process.execPath, path, ...words], { env, cwd: folder });
    },
  };
}

/** A project that has the library as npm would install it. */
function projectWith({ fresh }: World): string {
  const folder = fresh("project");
  mkdirSync(join(folder, "node_modules"), { recursive: true });
  symlinkSync(process.cwd(), join(folder, "node_modules", "pinion"));
  cpSync(join(process.cwd(), "examples"), join(folder, "examples"), { recursive: true });
  return folder;
}

/** Without blank lines. */
function linesOf(path: string): number {
  return readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line.trim() !== "").length;
}

/** Of all scripts of a package. */
function linesBelow(folder: string): number {
  const scripts = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
    /^(?!node_modules).*\.js$/.test(name),
  );
  return scripts.reduce((total, name) => total + linesOf(join(folder, name)), 0);
}

function bytesBelow(folder: string): number {
  const words = ["du", "--summarize", "--bytes", "--exclude=node_modules", folder];
  return Number(/^\d+/.exec(readProgram(words))?.[0]);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

const ROUNDS = 3;
