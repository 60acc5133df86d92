// What is configured for pip or uv means the same to Pinion: each case runs through the real tool and through Pinion, and
// servers on loopback witness who was asked, with which credentials, through which proxy. What differs on purpose stands in
// settings-differences.json with its reason.

import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, test } from "vitest";
import type { RunningIndex } from "../../src/lab/index/index-server.ts";
import { makeWheel } from "../../src/lab/index/make-wheel.ts";
import { World, type CliRun } from "../support/world.ts";
import { PYTHON, uv } from "./peers.ts";
import { SETTINGS_CASES, type SettingsCase } from "./settings-cases.ts";

const UV = uv("0.13.9").program;
const DIFFERENCES = JSON.parse(
  readFileSync(new URL("settings-differences.json", import.meta.url), "utf8"),
) as Readonly<Record<string, string>>;

interface Testimony {
  /** What was installed; nothing where the run failed. */
  readonly installed: readonly string[];
  /** The indexes that were asked for a project, with the credentials that they were shown. */
  readonly asked: readonly string[];
  /** The indexes that were asked through the proxy. */
  readonly proxied: readonly string[];
}

let venv = "";
let shared: World;
beforeAll(async () => {
  shared = await World.create();
  venv = shared.venv().path;
});
afterAll(() => shared[Symbol.asyncDispose]());

describe.skipIf(UV === undefined || PYTHON === undefined)("settings mean to Pinion what they mean", () => {
  const cases = SETTINGS_CASES.map((line) => [`to ${line.tool}: ${line.name}`, line] as const);
  test.concurrent.for(cases)("%s", async ([name, line], { expect }) => {
    const [theirs, ours] = await Promise.all([testify(line.tool, line), testify("pinion", line)]);
    const reason = DIFFERENCES[name];
    if (reason === undefined) expect(ours.testimony, ours.run.stderr).toEqual(theirs.testimony);
    else expect(ours.testimony, `differs on purpose (${reason}), and does not`).not.toEqual(theirs.testimony);
  });

  test("every difference is one of a case", ({ expect }) => {
    const names = new Set<string>(cases.map(([name]) => name));
    expect(Object.keys(DIFFERENCES).filter((name) => !names.has(name))).toEqual([]);
  });
});

/** Runs one case through a tool, in a world with servers of its own. */
async function testify(
  tool: "pip" | "uv" | "pinion",
  { files = {}, env = {}, args = ["thing"], cwd = "." }: SettingsCase,
): Promise<{ readonly testimony: Testimony; readonly run: CliRun }> {
  await using world = await World.create();
  const indexes = new Map<string, RunningIndex>();
  for (const [letter, version] of VERSIONS)
    indexes.set(letter, await world.index({ packages: packages(version) }));
  const proxy = await world.proxy();
  const fill = (text: string): string => {
    let filled = text.replaceAll("[PROXY]", proxy.url).replaceAll("[WORLD]", world.directory);
    for (const [letter, { url }] of indexes)
      filled = filled
        .replaceAll(`[${letter}]`, url)
        .replaceAll(`[ADA@${letter}]`, url.replace("//", "//ada:address@"));
    return filled;
  };
  cpSync(venv, join(world.project, ".venv"), { recursive: true, verbatimSymlinks: true });
  for (const folder of ["home/wheels", "project/wheels", "project/deeper", "nothing-here"])
    mkdirSync(join(world.directory, folder), { recursive: true });
  const own = makeWheel({ name: "thing", version: "0.5" });
  for (const folder of ["home/wheels", "project/wheels"])
    writeFileSync(join(world.directory, folder, own.filename), own.bytes);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(world.directory, path)), { recursive: true });
    writeFileSync(join(world.directory, path), fill(text));
  }
  const run = await runTool(tool, world, {
    args: args.map(fill),
    env: Object.fromEntries(Object.entries(env).map(([key, value]) => [key, fill(value)])),
    cwd: join(world.project, cwd),
  });
  return { run, testimony: hear({ world, indexes, targets: proxy.targets }) };
}

async function runTool(
  tool: "pip" | "uv" | "pinion",
  world: World,
  { args, env, cwd }: { args: readonly string[]; env: Readonly<Record<string, string>>; cwd: string },
): Promise<CliRun> {
  const options = {
    cwd,
    env: {
      VIRTUAL_ENV: join(world.project, ".venv"),
      XDG_CONFIG_DIRS: `${world.directory}/xdg-one:${world.directory}/xdg-two`,
      PIP_CONFIG_FILE: undefined,
      ...env,
    },
  };
  switch (tool) {
    case "pinion":
      return await world.run(["pip", "install", ...args], options);
    case "uv":
      return await world.program(UV ?? "uv", ["pip", "install", ...args], {
        ...options,
        env: { UV_HTTP_RETRIES: "0", UV_CACHE_DIR: world.cache, ...options.env },
      });
    case "pip": {
      const python = join(world.project, ".venv", "bin", "python");
      return await world.program(PYTHON ?? "python3", ["-m", "pip", "--python", python, "install", ...args], {
        ...options,
        env: { PIP_RETRIES: "0", PIP_DISABLE_PIP_VERSION_CHECK: "1", PIP_NO_COMPILE: "0", ...options.env },
      });
    }
  }
}

function hear({
  world,
  indexes,
  targets,
}: {
  readonly world: World;
  readonly indexes: ReadonlyMap<string, RunningIndex>;
  readonly targets: readonly string[];
}): Testimony {
  const asked = [...indexes].flatMap(([letter, { requests }]) => {
    const pages = requests.filter(({ path }) => path.startsWith("/simple/"));
    if (pages.length === 0) return [];
    const shown = pages.flatMap(({ headers }) => headers.authorization ?? []);
    const credentials = new Set(shown.map((header) => Buffer.from(header.slice(6), "base64").toString()));
    return [[letter, ...credentials].join(" ")];
  });
  const proxied = [...indexes].filter(([, { port }]) =>
    targets.some((target) => target.includes(`:${port}`)),
  );
  return { installed: installedIn(world), asked, proxied: proxied.map(([letter]) => letter) };
}

function installedIn(world: World): readonly string[] {
  const library = join(world.project, ".venv", "lib");
  return readdirSync(library)
    .map((python) => join(library, python, "site-packages"))
    .filter((site) => existsSync(site))
    .flatMap((site) => readdirSync(site))
    .filter((entry) => entry.endsWith(".dist-info"))
    .toSorted();
}

function packages(version: string): ReturnType<typeof makeWheel>[] {
  return [
    makeWheel({ name: "thing", version }),
    makeWheel({ name: "early", version: `${version}a1` }),
    makeWheel({ name: "needy", version, requires: ["thing"] }),
  ];
}

const VERSIONS = [
  ["A", "1.0"],
  ["B", "2.0"],
  ["C", "3.0"],
] as const;
