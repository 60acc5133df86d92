import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";

import { isPinionError } from "../../errors.ts";
import { formatFolderState, parseFolderState } from "../../pep/folder-state.ts";
import { World } from "../../../test/support/world.ts";
import { readSourceTree } from "../backend/build-system.ts";
import { readFolderState, type FolderStateOptions } from "./read-folder-state.ts";

const STATIC = '[project]\nname = "alpha"\nversion = "1.0"\n';

async function project(pyproject: string): Promise<{
  readonly world: World;
  readonly write: (path: string) => void;
  readonly remove: (path: string) => void;
  readonly folder: string;
  readonly state: (options?: Partial<FolderStateOptions>) => Promise<string | undefined>;
}> {
  const world = await World.create();
  const folder = world.tree("alpha", { "pyproject.toml": pyproject, "src/alpha.py": "" });
  const { PATH } = process.env;
  let seconds = 1_000_000_000;
  let changed = statSync(join(folder, "pyproject.toml"), { bigint: true }).ctimeNs;
  return {
    world,
    folder,
    write: (path) => {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      // The system's clock of changes goes in steps.
      for (const before = changed; changed === before;) {
        writeFileSync(join(folder, path), `${(seconds += 10)}\n`);
        utimesSync(join(folder, path), seconds, seconds);
        changed = statSync(join(folder, path), { bigint: true }).ctimeNs;
      }
    },
    remove: (path) => rmSync(join(folder, path), { recursive: true }),
    state: (options = {}) =>
      readFolderState(readSourceTree(folder), {
        isEditable: true,
        settings: {},
        env: { PATH, HOME: world.home },
        signal: undefined,
        ...options,
      }),
  };
}

/** Whether each of the changes, made one after the other, changes the state. */
async function changes(
  { world, state }: Awaited<ReturnType<typeof project>>,
  steps: readonly (() => void)[],
  options: Partial<FolderStateOptions> = {},
): Promise<readonly boolean[]> {
  await using _ = world;
  const seen: boolean[] = [];
  let before = await state(options);
  expect(await state(options)).toBe(before);
  for (const step of steps) {
    step();
    const after = await state(options);
    seen.push(after !== before);
    before = after;
  }
  return seen;
}

describe("The state of a folder", () => {
  test("that is installed in place changes with the files that declare it, and when src/ comes or goes", async () => {
    const alpha = await project(STATIC);
    const { write, remove } = alpha;
    const touch = (path: string) => () => write(path);
    expect(
      await changes(alpha, [
        touch("src/alpha.py"),
        touch("setup.cfg"),
        touch("setup.py"),
        touch("README.md"),
        () => remove("src"),
      ]),
    ).toEqual([false, true, true, false, true]);
  });

  test("that is copied changes with every file but those of tools and builds", async () => {
    const alpha = await project(STATIC);
    const touch = (path: string) => () => alpha.write(path);
    const steps = [
      touch("src/alpha.py"),
      touch("data/table.csv"),
      touch("build/lib/alpha.py"),
      touch(".git/index"),
      touch("src/alpha.egg-info/PKG-INFO"),
      touch("src/__pycache__/alpha.pyc"),
      () => alpha.remove("data"),
    ];
    expect(await changes(alpha, steps, { isEditable: false })).toEqual([
      true,
      true,
      false,
      false,
      false,
      false,
      true,
    ]);
  });

  test("that is copied is unknown where its metadata is dynamic, unless it says what counts", async () => {
    const dynamic = '[project]\nname = "alpha"\ndynamic = ["version"]\n';
    const alpha = await project(dynamic);
    await using _ = alpha.world;
    expect(await alpha.state({ isEditable: false })).toBeUndefined();
    expect(await alpha.state()).toEqual(expect.any(String));
    const beta = await project(`${dynamic}[tool.uv]\ncache-keys = ["VERSION"]\n`);
    expect(await changes(beta, [() => beta.write("VERSION")], { isEditable: false })).toEqual([true]);
  });

  test("follows tool.uv.cache-keys: files, patterns, folders", async () => {
    const keys = 'cache-keys = ["one.txt", { file = "native/**/*.{c,h}" }, { dir = "data" }]';
    const alpha = await project(`${STATIC}[tool.uv]\n${keys}\n`);
    const touch = (path: string) => () => alpha.write(path);
    expect(
      await changes(alpha, [
        touch("one.txt"),
        touch("native/deep/er/x.c"),
        touch("native/y.rs"),
        touch("native/z.h"),
        () => alpha.remove("native/deep"),
        touch("data/x"),
        touch("setup.cfg"),
      ]),
    ).toEqual([true, true, false, true, true, true, false]);
  });

  test("follows variables, and does not hold their values", async () => {
    const alpha = await project(`${STATIC}[tool.uv]\ncache-keys = [{ env = "TOKEN" }]\n`);
    await using _ = alpha.world;
    const [none, one, other] = await Promise.all(
      [{}, { TOKEN: "s3cret-one" }, { TOKEN: "s3cret-two" }].map((env) => alpha.state({ env })),
    );
    expect(new Set([none, one, other]).size).toBe(3);
    expect(one).not.toContain("s3cret");
  });

  test.skipIf(!hasGit())("follows the commit and the tags of a repository", async () => {
    const alpha = await project(
      `${STATIC}[tool.uv]\ncache-keys = [{ git = { commit = true, tags = true } }]\n`,
    );
    const git =
      (...command: readonly string[]) =>
      (): void => {
        const identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"];
        execFileSync("git", [...identity, ...command], { cwd: alpha.folder, stdio: "ignore" });
      };
    expect(
      await changes(alpha, [
        git("init"),
        git("commit", "--allow-empty", "-m", "one"),
        git("tag", "v1"),
        git("tag", "-d", "v1"),
        git("commit", "--allow-empty", "-m", "two"),
      ]),
    ).toEqual([true, true, true, true, true]);
  });

  // Promise: a project names no program of its own where nothing is built
  // Attack: a folder with `cache-keys` for Git is, or is in, a repository whose settings name programs: of the server, to fetch what is missing
  test.skipIf(process.platform === "win32")(
    "asks git without fetching, without programs, and without a repository that is a part of a checkout",
    async () => {
      const alpha = await project(`${STATIC}[tool.uv]\ncache-keys = [{ git = true }]\n`);
      await using _ = alpha.world;
      const script = '#!/bin/sh\necho "$GIT_ALLOW_PROTOCOL,$GIT_NO_LAZY_FETCH $GIT_CONFIG_PARAMETERS"\n';
      const programs = alpha.world.tree("programs", { git: script });
      chmodSync(join(programs, "git"), 0o755);
      const env = { PATH: programs, GIT_ALLOW_PROTOCOL: "ext" };
      expect(JSON.parse((await alpha.state({ env })) ?? "")).toMatchObject({
        commit: ",1 'safe.bareRepository=explicit' 'core.fsmonitor=false'",
      });
    },
  );

  test("holds the settings of the build", async () => {
    const alpha = await project(STATIC);
    await using _ = alpha.world;
    expect(await alpha.state({ settings: { a: "b" } })).not.toBe(await alpha.state());
  });

  // Promise: no secret reaches a message, a log, the cache or an installed file
  // Attack: a setting of the build has the login of an index, and others read the environment
  test("shows no value of a setting", async () => {
    const alpha = await project(STATIC);
    await using _ = alpha.world;
    const settings = { "install-args": ["--index-url", "https://ada:s3cret@pypi.corp.example/simple"] };
    const state = await alpha.state({ settings });
    expect(state).toContain("install-args");
    expect(state).not.toContain("s3cret");
    expect(state).toBe(await alpha.state({ settings }));
  });

  test.for(['"x"', "[1]", '[{ fil = "x" }]', '[{ file = "x", dir = "y" }]', "[{ git = 1 }]"])(
    "is refused with `cache-keys = %s`",
    async (keys) => {
      const alpha = await project(`${STATIC}[tool.uv]\ncache-keys = ${keys}\n`);
      await using _ = alpha.world;
      await expect(alpha.state()).rejects.toSatisfy((error) => isPinionError(error, "build/invalid-project"));
    },
  );

  // Promise: untrusted input cannot make a command hang
  // Attack: a project's `tool.uv.cache-keys` names millions of files
  test("takes ten thousand cache-keys and no more", async () => {
    const stated = (count: number): string => `${STATIC}[tool.uv]\ncache-keys = [${'"x",'.repeat(count)}]\n`;
    const alpha = await project(stated(10_000));
    await using _ = alpha.world;
    expect(await alpha.state()).toBeDefined();
    writeFileSync(join(alpha.folder, "pyproject.toml"), stated(10_001));
    await expect(alpha.state()).rejects.toMatchObject({
      code: "build/invalid-project",
      message: expect.stringContaining("`tool.uv.cache-keys` has more than 10000 entries"),
    });
  });
});

describe("uv_cache.json", () => {
  test("of uv is read, whatever the order of its keys", () => {
    const text =
      '{"env":{"B":null,"A":"1"},"timestamp":{"secs_since_epoch":1,"nanos_since_epoch":2},"commit":null,"tags":{"v1":"ab"},"directories":{"src":null}}';
    expect(parseFolderState(text)).toBe(
      formatFolderState({
        timestamp: { secs_since_epoch: 1, nanos_since_epoch: 2 },
        commit: undefined,
        tags: { v1: "ab" },
        env: { A: "1", B: null },
        directories: { src: null },
      }),
    );
  });

  test("that is nested too deeply says nothing", () => {
    const deep = `${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}`;
    expect(parseFolderState(`{"settings":${deep}}`)).toBeUndefined();
  });

  test.for(["", "[]", "{", "null"])("that is %j says nothing", (text) => {
    expect(parseFolderState(text)).toBeUndefined();
  });
});

function hasGit(): boolean {
  try {
    execFileSync("git", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
