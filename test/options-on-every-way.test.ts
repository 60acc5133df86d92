// Options that forbid code or unchecked bytes count on every way to a package, or are refused: each row is a way, and the
// project on it leaves a mark where its code runs.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "vitest";

import { makeWheel } from "../src/lab/index/make-wheel.ts";
import { smallBackend } from "./support/source-trees.ts";
import { World, type CliRun } from "./support/world.ts";

interface Scene extends AsyncDisposable {
  /** Runs a command in a folder with the project `alpha` and these files. */
  readonly run: (
    words: string,
    files?: Readonly<Record<string, string>>,
    env?: Readonly<Record<string, string>>,
  ) => Promise<CliRun>;
  readonly hasRun: () => boolean;
}

/** A project whose requirements only its backend knows. */
async function scene(): Promise<Scene> {
  const world = await World.create({ commands: "called" });
  const index = await world.index({ packages: [makeWheel({ name: "beta", version: "1.0" })] });
  const mark = join(world.directory, "mark");
  world.tree("project/alpha", {
    "pyproject.toml": `[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n`,
    "backend.py": `open(${JSON.stringify(mark)}, "w").close()\n${smallBackend("alpha", "1.0")}\nbuild_editable = build_wheel\n`,
  });
  return {
    async run(words, files = {}, env = {}) {
      for (const [name, text] of Object.entries(files)) world.write(`project/${name}`, text);
      const more = words.startsWith("cache") ? [] : ["--index-url", index.url];
      return await world.cli([...words.split(" "), ...more], { env });
    },
    hasRun: () => existsSync(mark),
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

const LOCK = 'lock-version = "1.0"\ncreated-by = "test"\n[[packages]]\nname = "alpha"\n';
const FOLDER = { "pylock.toml": `${LOCK}directory = { path = "alpha" }\n` };
const IN_PLACE = { "pylock.toml": `${LOCK}directory = { path = "alpha", editable = true }\n` };
const LISTED = { "r.txt": "./alpha\n" };
const LISTED_IN_PLACE = { "r.txt": "-e ./alpha\n" };

type Way = readonly [words: string, files: Readonly<Record<string, string>>];

const WAYS: readonly Way[] = [
  ["pip install --target t ./alpha", {}],
  ["pip install --target t -e ./alpha", {}],
  ["pip install --target t -r r.txt", LISTED],
  ["pip install --target t -r r.txt --dry-run", LISTED_IN_PLACE],
  ["pip install --target t -r pylock.toml", FOLDER],
  ["pip install --target t -r pylock.toml", IN_PLACE],
  ["pip sync --target t r.txt", LISTED],
  ["pip sync --target t r.txt", LISTED_IN_PLACE],
  ["pip sync --target t pylock.toml", FOLDER],
  ["pip sync --target t pylock.toml", IN_PLACE],
  ["pip check --lock pylock.toml", FOLDER],
  ["pip check --lock pylock.toml", IN_PLACE],
  ["pip wheel -w t -r r.txt", LISTED],
  ["pip wheel -w t -e ./alpha", {}],
];

describe.concurrent("no code runs", () => {
  // Promise: `--no-build` refuses to run the code of sources, but for the wheel of what is installed in place
  // Attack: a lock file, or a requirements file, has a folder that is installed in place, whose requirements its backend knows
  test.for([...WAYS, ["pip compile r.txt", LISTED_IN_PLACE] as const])(
    "with --no-build by %s",
    async ([words, files], { expect }) => {
      await using of = await scene();
      const run = await of.run(`${words} --no-build`, files);
      expect([run.code === 0, run.stderr]).toEqual([false, expect.stringMatching(/no-build|disabled/)]);
      expect(of.hasRun()).toBe(false);
    },
  );

  // Promise: `--require-hashes` installs only what has a hash
  // Attack: a lock file has a folder, or a repository, beside files with hashes
  test.for(WAYS)("where hashes are required, by %s", async ([words, files], { expect }) => {
    await using of = await scene();
    const run = await of.run(words, files, { UV_REQUIRE_HASHES: "1" });
    expect([run.code, run.stderr]).toEqual([2, expect.stringContaining("must have a hash")]);
    expect(of.hasRun()).toBe(false);
  });
});

test("what is installed in place is built with --no-build where its requirements are known", async ({
  expect,
}) => {
  await using of = await scene();
  const stated = `[project]\nname = "alpha"\nversion = "1.0"\n[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n`;
  const run = await of.run("pip install --target t -e ./alpha --no-build", {
    "alpha/pyproject.toml": stated,
  });
  expect([run.code, run.stderr]).toEqual([0, expect.stringContaining("+ alpha==1.0")]);
  expect(of.hasRun()).toBe(true);
});

test.for<readonly [string, string]>([
  ["-c c.txt", "Cannot specify constraints"],
  ["--overrides c.txt", "Cannot specify overrides"],
  ["--excludes c.txt", "Cannot specify excludes"],
  ["--exclude c.txt", "Cannot specify excludes"],
  ["--only-deps", "cannot be used with"],
])("pip install -r pylock.toml %s is refused", async ([words, message], { expect }) => {
  await using of = await scene();
  const run = await of.run(`pip install --target t -r pylock.toml ${words}`, {
    ...FOLDER,
    "c.txt": "alpha\n",
  });
  expect([run.code, run.stderr]).toEqual([2, expect.stringContaining(message)]);
  expect(of.hasRun()).toBe(false);
});

// Promise: where a project's own sources are not to count, nothing comes from them
// Attack: a checked-out project leads what builds it to a wheel of the attacker
test.for(["build alpha --wheel -o t", "pip wheel ./alpha -w t"])(
  "the sources of build requirements do not count with --no-sources: %s",
  async (words, { expect }) => {
    await using world = await World.create({ commands: "called" });
    const maker = (code: string): string => `${code}\n${smallBackend("alpha", "1.0")}`;
    const mark = join(world.directory, "mark");
    const evil = makeWheel({
      name: "maker",
      version: "1.0",
      files: { "maker.py": maker(`open(${JSON.stringify(mark)}, "w").close()`) },
    });
    world.write(`project/evil/${evil.filename}`, evil.bytes);
    const good = makeWheel({ name: "maker", version: "1.0", files: { "maker.py": maker("") } });
    const index = await world.index({ packages: [good] });
    world.tree("project/alpha", {
      "pyproject.toml": `[build-system]\nrequires = ["maker"]\nbuild-backend = "maker"\n[tool.uv.sources]\nmaker = { path = "../evil/${evil.filename}" }\n`,
    });
    for (const option of ["--no-sources", "--no-sources-package maker"]) {
      const run = await world.cli([...words.split(" "), ...option.split(" "), "--index-url", index.url]);
      expect([run.code, existsSync(mark)]).toEqual([0, false]);
    }
    expect((await world.cli([...words.split(" "), "--index-url", index.url])).code).toBe(0);
    expect(existsSync(mark)).toBe(true);
  },
);
