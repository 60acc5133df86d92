// Installations repeated: what the command comes to at length and what it comes to by its recipe are the same, and whatever
// could make a difference has it find everything out again.

import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { makeWheel } from "../src/lab/index/make-wheel.ts";
import type { RunningIndex } from "../src/lab/index/index-server.ts";
import { sampleWheels } from "../src/lab/index/sample-wheels.ts";
import { installedIn } from "./support/command-stage.ts";
import { realPythons } from "./support/pythons.ts";
import { World, type CliOptions, type CliRun } from "./support/world.ts";

const executable = realPythons().at(-1)?.executable;

describe.skipIf(executable === undefined || process.platform === "win32")("an installation again", () => {
  let world: World;
  let index: RunningIndex;
  let project = "";
  let answers = "";
  let template = "";
  let requirements = "";

  beforeAll(async () => {
    world = await World.create();
    const plain = makeWheel({ name: "plain", version: "1.0", files: { "plain/sub/data.txt": "data\n" } });
    index = await world.index({ packages: [...sampleWheels(), plain], cacheControl: "max-age=6000" });
    project = join(world.directory, "project");
    answers = join(world.cache, "answers-v1");
    template = join(world.directory, "template");
    requirements = join(project, "requirements.txt");
    mkdirSync(project, { recursive: true });
    writeFileSync(requirements, REQUIREMENTS);
    await world.run(["venv", "-q", "--python", executable ?? "", template]);
    await remembered();
  });
  afterAll(() => world[Symbol.asyncDispose]());
  beforeEach(() => rmSync(answers, { recursive: true, force: true }));

  /** Has the resolutions be remembered, and as if that had been long ago. */
  const remembered = async (): Promise<void> => {
    for (let time = 0; time < 2; time += 1) {
      for (const options of [[], ["--no-deps"]]) {
        const environment = fresh("throwaway");
        expect((await install(options, environment)).code).toBe(0);
        rmSync(environment, { recursive: true });
      }
      await new Promise((done) => setTimeout(done, CLOCK_STEP_MS + 100));
    }
  };
  /** An environment that nothing was installed into. */
  const fresh = (path: string): string => {
    const root = resolve(project, path);
    rmSync(root, { recursive: true, force: true });
    cpSync(template, root, { recursive: true, verbatimSymlinks: true });
    return root;
  };
  const words = (options: readonly string[]): readonly string[] => [
    "pip",
    "install",
    "--index-url",
    index.url,
    "-r",
    "requirements.txt",
    ...options,
  ];
  const install = (options: readonly string[], python: string, more: CliOptions = {}): Promise<CliRun> =>
    world.run(words(["--python", python, ...options]), { cwd: project, ...more });

  /** Notes in each recipe that was kept that what follows comes from it; gives their number. */
  const mark = (change: (kept: Kept) => unknown = () => undefined): number => {
    let marked = 0;
    for (const name of existsSync(answers) ? readdirSync(answers) : []) {
      const kept = JSON.parse(readFileSync(join(answers, name), "utf8")) as Partial<Kept>;
      if (kept.recipe?.wheels === undefined) continue;
      marked += 1;
      kept.recipe.written.push({ descriptor: 2, pieces: [AGAIN] });
      change(kept as Kept);
      writeFileSync(join(answers, name), JSON.stringify(kept));
    }
    return marked;
  };
  /** Installs into an environment of that path, and keeps how. */
  const record = async (options: readonly string[], path = "first", more: CliOptions = {}): Promise<void> => {
    const root = fresh(path);
    expect((await install(options, root, more)).code).toBe(0);
    rmSync(root, { recursive: true });
  };
  const timeless = ({ code, stdout, stderr }: CliRun): CliRun => ({
    code,
    stdout: world.filter(stdout),
    stderr: world.filter(stderr).replace(AGAIN, ""),
  });

  test(
    "comes to what the command comes to at length, wherever the environment is",
    { timeout: 180_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(CASES, async ({ first, second, options }) => {
          const [one, other] = [first, second].map((given) => given.replace("WORLD", world.directory));
          if (one === undefined || other === undefined) throw new Error("there are two paths");
          const rootOf = (given: string): string => resolve(project, given.replace(/\/bin\/python$/, ""));
          // The way to the Python below the environment belongs to what is kept.
          const way = other.endsWith("/bin/python") ? "/bin/python" : "";
          rmSync(answers, { recursive: true, force: true });
          const root = fresh(rootOf(one));
          expect((await install(options, rootOf(one) + way)).code).toBe(0);
          rmSync(root, { recursive: true });
          expect(mark()).toBe(1);
          const outcome = async (): Promise<{ run: CliRun; tree: unknown }> => {
            const into = fresh(rootOf(other));
            const run = await install(options, other);
            const tree = treeOf(into);
            rmSync(into, { recursive: true });
            return { run, tree };
          };
          const repeated = await outcome();
          expect(repeated.run.stderr).toContain(AGAIN);
          rmSync(answers, { recursive: true });
          const length = await outcome();
          expect(length.run.stderr).not.toContain(AGAIN);
          expect({ ...repeated, run: timeless(repeated.run) }).toEqual({
            ...length,
            run: timeless(length.run),
          });
        }),
        { numRuns: 8 },
      );
    },
  );

  test("is for its own environment where that is not named by a path", async () => {
    for (const env of [{}, { VIRTUAL_ENV: join(project, "active") }]) {
      const path = "VIRTUAL_ENV" in env ? "active" : ".venv";
      const again = async (): Promise<CliRun> => {
        rmSync(join(project, path), { recursive: true, force: true });
        fresh(path);
        return await world.run(words([]), { cwd: project, env });
      };
      await again();
      expect(mark()).toBe(1);
      expect((await again()).stderr).toContain(AGAIN);
      expect(installedIn(join(project, path))).toEqual(INSTALLED);
      // The same words are answered by what is there now.
      const checked = await world.run(words([]), { cwd: project, env });
      expect(checked.stderr).not.toContain(AGAIN);
      expect(checked.stderr).toContain("Checked");
      rmSync(join(project, path), { recursive: true });
      rmSync(answers, { recursive: true });
    }
  });

  test.each<readonly [string, readonly string[], CliOptions]>([
    ["what only shows", ["--dry-run"], {}],
    ["a document for programs", ["--json"], {}],
    ["a report", ["--report", "-"], {}],
    ["all that goes on", ["-v"], {}],
    ["what is checked afterwards", ["--strict"], {}],
    ["what is compiled", ["--compile-bytecode"], {}],
    ["a cache that is not kept", ["--no-cache"], {}],
    ["a folder", ["--target", "target"], {}],
  ])("is not kept of %s", async (_, options, more) => {
    await record(options, "first", more);
    rmSync(join(project, "target"), { recursive: true, force: true });
    expect(mark()).toBe(0);
  });

  test("is not kept where something was installed", async () => {
    const root = fresh("holding");
    mkdirSync(join(siteOf(root), "wordlist-1.0.dist-info"));
    writeFileSync(
      join(siteOf(root), "wordlist-1.0.dist-info", "METADATA"),
      "Metadata-Version: 2.1\nName: wordlist\nVersion: 1.0\n",
    );
    await install([], root);
    expect(mark()).toBe(0);
    rmSync(root, { recursive: true });
  });

  test.each<readonly [string, (root: string) => CliOptions | undefined]>([
    ["another variable", () => ({ env: { ANYTHING: "new" } })],
    ["another working folder", () => ({ cwd: world.directory })],
    [
      "settings of the project",
      () => {
        writeFileSync(join(project, "pinion.toml"), "no-progress = true\n");
      },
    ],
    [
      "another `pyvenv.cfg`",
      (root) => {
        appendFileSync(join(root, "pyvenv.cfg"), "prompt = other\n");
      },
    ],
    [
      "another Python",
      (root) => {
        rmSync(join(root, "bin", "python"));
        writeFileSync(join(root, "bin", "python"), `#!/bin/sh\nexec '${executable}' "$@"\n`, { mode: 0o755 });
      },
    ],
    [
      "another distribution in the environment",
      (root) => {
        mkdirSync(join(siteOf(root), "other-1.0.dist-info"));
      },
    ],
    [
      "a file of settings in the environment",
      (root) => {
        writeFileSync(join(siteOf(root), "extra.pth"), "");
      },
    ],
    [
      "a change that was interrupted",
      (root) => {
        mkdirSync(join(root, ".pinion-change"), { mode: 0o700 });
      },
    ],
    [
      "an environment that is a link",
      (root) => {
        cpSync(root, `${root}-real`, { recursive: true, verbatimSymlinks: true });
        rmSync(root, { recursive: true });
        symlinkSync(`${root}-real`, root);
      },
    ],
  ])("is not repeated with %s", async (_, change) => {
    writeFileSync(join(world.directory, "requirements.txt"), REQUIREMENTS);
    await record([]);
    expect(mark()).toBe(1);
    const root = fresh("second");
    const { code, stderr } = await install([], root, change(root) ?? {});
    for (const path of [root, `${root}-real`, join(project, "pinion.toml")])
      rmSync(path, { recursive: true, force: true });
    expect(code).toBe(0);
    expect(stderr).not.toContain(AGAIN);
  });

  test("is not repeated once its pages have expired, or before they came", async () => {
    for (const period of [
      { fromMs: 0, untilMs: Date.now() },
      { fromMs: Date.now() + 3_600_000, untilMs: Date.now() + 7_200_000 },
    ]) {
      rmSync(answers, { recursive: true, force: true });
      await record([]);
      mark((kept) => (kept.period = period));
      const { code, stderr } = await install([], fresh("second"));
      rmSync(join(project, "second"), { recursive: true });
      expect(code).toBe(0);
      expect(stderr).not.toContain(AGAIN);
    }
  });

  // Promise: another user of the machine decides about nothing by a cache that they can write
  // Attack: the cache is a folder of mode 0777, and one of this user's own files stands in it as the recipe of an installation
  test("is not what a cache says that others can write", async () => {
    await record([]);
    mark((kept) => (kept.looks = []));
    chmodSync(world.cache, 0o777);
    const open = await install([], fresh("second"));
    chmodSync(world.cache, 0o755);
    rmSync(join(project, "second"), { recursive: true });
    const own = await install([], fresh("second"));
    rmSync(join(project, "second"), { recursive: true });
    expect(open.stderr).not.toContain(AGAIN);
    expect(own.stderr).toContain(AGAIN);
  });

  test.each<readonly [string, (kept: Kept) => unknown]>([
    ["no recipe", (kept) => delete (kept as Partial<Kept>).recipe],
    ["a wheel that is none", (kept) => (kept.recipe.wheels = [{ sha256: "../../elsewhere" }])],
    ["no environment", (kept) => delete (kept.recipe as { environment?: unknown }).environment],
  ])("is found out at length where its file is damaged: %s", async (_, damage) => {
    await record([]);
    mark(damage);
    const root = fresh("second");
    const { code, stderr } = await install([], root);
    expect(code).toBe(0);
    expect(stderr).not.toContain(AGAIN);
    expect(installedIn(root)).toEqual(INSTALLED);
    rmSync(root, { recursive: true });
  });

  // Promise: only the project in whose folder a command runs decides by the files in it
  // Attack: the working folder is moved while a wheel is linked, whose own files then lie where the command goes on
  test("ends where the working folder is gone, and does not go on in that of a wheel", async () => {
    const [moving, away, hook] = ["move-it", "moved", "hook.cjs"].map((name) => join(world.directory, name));
    writeFileSync(
      hook ?? "",
      `const fs = require("node:fs");
      const enter = process.chdir;
      process.chdir = (folder) => {
        if (folder !== ${JSON.stringify(project)} && fs.existsSync(${JSON.stringify(moving)}))
          fs.renameSync(${JSON.stringify(project)}, ${JSON.stringify(away)});
        enter(folder);
      };\n`,
    );
    const more = { env: { NODE_OPTIONS: `--require=${hook}` } };
    const path = join(world.directory, "beside");
    await record([], path, more);
    expect(mark()).toBe(1);
    const root = fresh(path);
    writeFileSync(moving ?? "", "");
    const run = await install([], root, more);
    rmSync(moving ?? "");
    renameSync(away ?? "", project);
    expect(run).toEqual({ code: 2, stdout: "", stderr: "error: The working folder is gone\n" });
    expect(installedIn(root)).toEqual([]);
    rmSync(root, { recursive: true });
  });

  test("leaves a command of that name where another one is, as the command does", async () => {
    const outcome = async (): Promise<object> => {
      const root = fresh("second");
      writeFileSync(join(root, "bin", "greet"), "another");
      const run = timeless(await install([], root));
      const tree = treeOf(root);
      rmSync(root, { recursive: true });
      return { run, tree };
    };
    await record([]);
    mark();
    const repeated = await outcome();
    rmSync(answers, { recursive: true });
    expect(repeated).toEqual(await outcome());
  });

  // What a program writes to a file that its environment shares with the cache is not installed into the next one.
  test.each<readonly [string, (file: string) => void]>([
    [
      "was written to",
      (file) => {
        chmodSync(file, 0o644);
        writeFileSync(file, "changed\n");
      },
    ],
    ["is gone", (file) => rmSync(file)],
  ])("comes to the right files where one of the cache %s", async (_, change) => {
    await record([]);
    mark();
    const root = fresh("second");
    change(fileOfCache(world.cache, "plain/sub/data.txt"));
    const { code, stderr } = await install([], root);
    expect(code).toBe(0);
    expect(stderr).not.toContain(AGAIN);
    expect(readFileSync(join(siteOf(root), "plain/sub/data.txt"), "utf8")).toBe("data\n");
    expect(existsSync(join(root, ".pinion-change"))).toBe(false);
    rmSync(root, { recursive: true });
    await remembered();
  });

  test.each<readonly [string, () => void]>([
    ["another file of requirements", () => appendFileSync(requirements, "# another\n")],
    [
      "another page in the cache",
      () => {
        const folder = join(world.cache, "pages-v4", "p-greeter");
        for (const name of readdirSync(folder)) utimesSync(join(folder, name), 1, 1);
      },
    ],
  ])("is not repeated with %s", async (_, change) => {
    await record([]);
    expect(mark()).toBe(1);
    change();
    const { code, stderr } = await install([], fresh("second"));
    expect(code).toBe(0);
    expect(stderr).not.toContain(AGAIN);
    await remembered();
  });
});

interface Kept {
  looks: unknown[];
  period: { fromMs: number; untilMs: number };
  recipe: { wheels?: unknown[]; written: { descriptor: number; pieces: string[] }[] };
}

function siteOf(root: string): string {
  const library = join(root, "lib");
  return join(library, readdirSync(library)[0] ?? "", "site-packages");
}

function fileOfCache(cache: string, file: string): string {
  const wheels = join(cache, "wheels-v1");
  const found = readdirSync(wheels)
    .map((name) => join(wheels, name, "files", file))
    .find((path) => existsSync(path));
  if (found === undefined) throw new Error(`no wheel has ${file}`);
  return found;
}

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
        : readFileSync(join(root, path), "latin1");
      return [[path, status.mode, text] as const];
    });
}

const path = fc.constantFrom(
  "./env",
  "a/b/c",
  "./dotted.name",
  "./venv",
  "../beside",
  "x/../y",
  "ends/",
  "WORLD/absolute",
  "env/bin/python",
  "WORLD/other/bin/python",
);
const CASES = fc.record({
  first: path,
  second: path,
  options: fc
    .tuple(
      fc.subarray(["-q", "--color=always", "--no-deps"]),
      fc.constantFrom([], ["--link-mode=copy"], ["--link-mode", "hardlink"]),
    )
    .map(([flags, mode]) => [...flags, ...mode]),
});

const REQUIREMENTS = "greeter\nplain\n";
const INSTALLED = ["greeter==2.0.0", "plain==1.0", "wordlist==2.0.0"];
const AGAIN = "(again)\n";
// As `bin/record-answer.cjs` has it.
const CLOCK_STEP_MS = 2000;
