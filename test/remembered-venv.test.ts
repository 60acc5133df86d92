// Environments made again: what the command makes at length and what it makes by its recipe are the same, and whatever
// could make a difference has it find everything out again.

import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { realPythons } from "./support/pythons.ts";
import { World, type CliOptions, type CliRun } from "./support/world.ts";

const executable = realPythons().at(-1)?.executable;

describe.skipIf(executable === undefined || process.platform === "win32")("an environment made again", () => {
  let world: World;
  let project = "";
  let answers = "";
  /** A link of the world's own to the Python. */
  let python = "";
  const run = (words: readonly string[], options: CliOptions = {}): Promise<CliRun> =>
    world.run(["venv", "--python", python, ...words], { cwd: project, ...options });

  beforeAll(async () => {
    world = await World.create();
    project = join(world.directory, "project");
    answers = join(world.cache, "answers-v1");
    python = join(world.directory, "python-link");
    mkdirSync(project, { recursive: true });
    symlinkSync(executable ?? "", python);
    await asked();
  });
  afterAll(() => world[Symbol.asyncDispose]());

  /** What the Python said is kept, and as if that had been long ago. */
  const asked = async (): Promise<void> => {
    expect((await run(["asked"])).code).toBe(0);
    rmSync(join(project, "asked"), { recursive: true });
    await new Promise((done) => setTimeout(done, CLOCK_STEP_MS + 100));
  };

  /** Runs the words, and notes in each recipe that they kept that what follows comes from it. */
  const record = async (words: readonly string[], options: CliOptions = {}): Promise<CliRun> => {
    rmSync(answers, { recursive: true, force: true });
    const done = await run(words, options);
    for (const name of existsSync(answers) ? readdirSync(answers) : []) {
      const kept = JSON.parse(readFileSync(join(answers, name), "utf8")) as { recipe: { before: string } };
      kept.recipe.before += AGAIN;
      writeFileSync(join(answers, name), JSON.stringify(kept));
    }
    return done;
  };
  const made = (path: string): object => ({ tree: treeOf(path), said: saidOf(world, path) });

  test("is what the command makes at length, at any plain path", { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(CASES, async ({ first, second, options, env }) => {
        const [one, other] = [first, second].map((given) => given.replace("WORLD", world.directory));
        if (one === undefined || other === undefined) throw new Error("there are two paths");
        await record([...options, one], { env });
        rmSync(resolve(project, one), { recursive: true });
        const [again, from] = [await run([...options, other], { env }), resolve(project, other)];
        const isQuiet = options.includes("-q");
        if (!isQuiet) expect(again.stderr).toContain(AGAIN);
        const repeated = { ...again, stderr: again.stderr.replace(AGAIN, ""), ...made(from) };
        rmSync(answers, { recursive: true });
        rmSync(from, { recursive: true });
        const length = { ...(await run([...options, other], { env })), ...made(from) };
        expect(repeated).toEqual(length);
        rmSync(from, { recursive: true });
      }),
      { numRuns: 12 },
    );
  });

  test("is so where the path is the usual one, or the last word is not the path", async () => {
    await record([]);
    rmSync(join(project, ".venv"), { recursive: true });
    expect((await run([])).stderr).toContain(AGAIN);
    rmSync(join(project, ".venv"), { recursive: true });

    await record(["here", "--prompt", "here"]);
    rmSync(join(project, "here"), { recursive: true });
    expect((await run(["here", "--prompt", "here"])).stderr).toContain(AGAIN);
    rmSync(join(project, "here"), { recursive: true });
    const other = await run(["here", "--prompt", "there"]);
    expect(other.stderr).not.toContain(AGAIN);
    expect(readFileSync(join(project, "here", "pyvenv.cfg"), "utf8")).toContain("prompt = there");
    rmSync(join(project, "here"), { recursive: true });
  });

  test.each<readonly [string, readonly string[], string, CliOptions]>([
    ["a path with a blank", [], "a path", {}],
    ["a path of another form", [], "a--path", {}],
    ["a document for programs", ["--json"], "made", {}],
    ["all that goes on", ["-v"], "made", {}],
    ["a cache that is not kept", ["--no-cache"], "made", {}],
  ])("is not kept of %s", async (_, options, path, more) => {
    await record([...options, path], more);
    rmSync(join(project, path), { recursive: true });
    expect((await run([...options, path], more)).stderr).not.toContain(AGAIN);
    rmSync(join(project, path), { recursive: true });
  });

  test.each<readonly [string, () => CliOptions | undefined]>([
    ["another variable", () => ({ env: { ANYTHING: "new" } })],
    ["another shell", () => ({ env: { SHELL: "/usr/bin/fish" } })],
    [
      "settings of the project",
      () => {
        writeFileSync(join(project, "pinion.toml"), "offline = true\n");
      },
    ],
    [
      "another Python behind the link",
      () => {
        rmSync(python);
        writeFileSync(python, `#!/bin/sh\nexec '${executable}' "$@"\n`, { mode: 0o755 });
      },
    ],
    [
      "another time of what the Python said",
      () => {
        const bucket = join(world.cache, "interpreters-v1", "p-python");
        for (const name of readdirSync(bucket)) utimesSync(join(bucket, name), 1, 1);
      },
    ],
    ["another working folder", () => ({ cwd: world.directory })],
  ])("is not repeated with %s", async (_, change) => {
    await record(["before"]);
    const options = change() ?? {};
    const { code, stderr } = await run(["after"], options);
    expect(code).toBe(0);
    expect(stderr).not.toContain(AGAIN);
    const [before, after] = [join(project, "before"), resolve(options.cwd ?? project, "after")];
    for (const path of [before, after, join(project, "pinion.toml"), python])
      rmSync(path, { recursive: true, force: true });
    symlinkSync(executable ?? "", python);
    if (options.cwd === undefined && options.env === undefined) await asked();
  });

  // Promise: another user of the machine decides about nothing by a cache that they can write
  // Attack: the cache is a folder of mode 0777, and one of this user's own files stands in it as the recipe of an environment
  test("is not made by what a cache has that others can write", async () => {
    await record(["before"]);
    rmSync(join(project, "before"), { recursive: true });
    for (const name of readdirSync(answers)) {
      const kept = JSON.parse(readFileSync(join(answers, name), "utf8")) as object;
      writeFileSync(join(answers, name), JSON.stringify({ ...kept, looks: [] }));
    }
    chmodSync(world.cache, 0o777);
    const open = await run(["after"]);
    chmodSync(world.cache, 0o755);
    rmSync(join(project, "after"), { recursive: true });
    const own = await run(["after"]);
    rmSync(join(project, "after"), { recursive: true });
    expect(open.stderr).not.toContain(AGAIN);
    expect(own.stderr).toContain(AGAIN);
  });

  test.each<readonly [string, (path: string) => void, readonly string[], string]>([
    ["a file", (path) => writeFileSync(path, ""), [], "after"],
    ["an empty folder", (path) => mkdirSync(path), [], "after"],
    ["a folder that is not empty", (path) => mkdirSync(join(path, "sub"), { recursive: true }), [], "after"],
    [
      "such a folder that may be",
      (path) => mkdirSync(join(path, "sub"), { recursive: true }),
      ["--allow-existing"],
      "after",
    ],
    ["a link to nowhere", (path) => symlinkSync("nowhere", path), [], "after"],
    ["a file in place of a folder", (path) => writeFileSync(path, ""), [], "after/below"],
  ])("is left to the command where there is %s", async (_, stand, options, given) => {
    const folder = join(project, "parent");
    const outcome = async (): Promise<object> => {
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder);
      stand(join(folder, "after"));
      return { ...(await run([...options, `parent/${given}`])), tree: treeOf(folder) };
    };
    await record([...options, "before"]);
    const left = await outcome();
    rmSync(answers, { recursive: true });
    expect(left).toEqual(await outcome());
    for (const path of [folder, join(project, "before")]) rmSync(path, { recursive: true });
  });
});

/** Every file of a tree: its kind and permissions, its text or where it leads. */
function treeOf(root: string, below = ""): readonly (readonly [string, number, string])[] {
  return readdirSync(join(root, below))
    .toSorted()
    .flatMap((name) => {
      const path = join(below, name);
      const status = lstatSync(join(root, path));
      if (status.isDirectory()) return [[path, status.mode, ""] as const, ...treeOf(root, path)];
      const text = status.isSymbolicLink()
        ? readlinkSync(join(root, path))
        : readFileSync(join(root, path), "utf8");
      return [[path, status.mode, text] as const];
    });
}

/** What the cache has of the Python of an environment, without the times of its files. */
function saidOf(world: World, root: string): unknown {
  const bucket = join(world.cache, "interpreters-v1", "p-python");
  const said = readdirSync(bucket)
    .map((name) => readFileSync(join(bucket, name)).subarray(0, -4).toString())
    .map((text) => JSON.parse(text) as { readonly answer: { readonly prefix: string } })
    .filter(({ answer }) => answer.prefix === root)
    .map(({ answer }) => JSON.stringify(answer));
  return [...new Set(said)];
}

const path = fc.constantFrom(
  "env",
  ".venv",
  "a/b/c",
  "./dotted.name",
  "venv",
  "help",
  "pip",
  "1",
  "../beside",
  "x/../y",
  "ends/",
  "WORLD/absolute",
);
const CASES = fc.record({
  first: path,
  second: path,
  options: fc
    .tuple(
      fc.subarray(["--relocatable", "--system-site-packages", "--clear", "-q", "--color=always"]),
      fc.constantFrom([], ["--prompt", "it's"], ["--prompt=."]),
    )
    .map(([flags, prompt]) => [...flags, ...prompt]),
  env: fc.record({
    SHELL: fc.constantFrom(undefined, "/bin/bash", "/usr/bin/fish", "/bin/tcsh", "/bin/other"),
  }),
});

const AGAIN = "(again)\n";
// As `bin/record-answer.cjs` has it.
const CLOCK_STEP_MS = 2000;
