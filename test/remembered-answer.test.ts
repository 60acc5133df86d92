// "Nothing to do", answered from memory: the real command, and everything that must make it look again.

import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sampleWheels } from "../src/lab/index/sample-wheels.ts";
import type { RunningIndex } from "../src/lab/index/index-server.ts";
import { World, type CliOptions, type CliRun } from "./support/world.ts";

interface Place {
  readonly venv: string;
  readonly site: string;
  readonly project: string;
  /** Of the project; it includes `nested.txt`. */
  readonly requirements: string;
}

/** What must not go unnoticed; each happens in a place of its own. */
const CHANGES: Readonly<Record<string, (place: Place, world: World) => void>> = {
  "a byte of METADATA, its time restored": ({ site }) => {
    const path = join(distInfo(site, "greeter"), "METADATA");
    const { atime, mtime } = statSync(path);
    const text = readFileSync(path, "utf8");
    writeFileSync(path, text.replace("Requires-Dist: wordlist", "Requires-Dist: xordlist"));
    utimesSync(path, atime, mtime);
  },
  "METADATA of what is required": ({ site }) =>
    appendFileSync(join(distInfo(site, "wordlist"), "METADATA"), "\n"),
  "a distribution less": ({ site }) => rmSync(distInfo(site, "wordlist"), { recursive: true }),
  "a distribution more": ({ site }) => mkdirSync(join(site, "other-1.0.dist-info")),
  "another version": ({ site }) =>
    renameSync(distInfo(site, "wordlist"), join(site, "wordlist-0.1.dist-info")),
  "a line of the requirements": ({ requirements }) => appendFileSync(requirements, "# a comment\n"),
  "a line of what they include": ({ project }) =>
    appendFileSync(join(project, "nested.txt"), "# a comment\n"),
  "a settings file of the project": ({ project }) =>
    writeFileSync(join(project, "pinion.toml"), "no-deps = true\n"),
  "a settings file of another tool": ({ project }) =>
    writeFileSync(join(project, "uv.toml"), "offline = true\n"),
  "an interrupted change": ({ venv }) => mkdirSync(join(venv, ".pinion-change")),
  "the environment's own file": ({ venv }) =>
    appendFileSync(join(venv, "pyvenv.cfg"), "relocatable = true\n"),
};

describe.runIf(process.platform !== "win32")("an answer that is remembered", () => {
  let world: World;
  let index: RunningIndex;
  /** Whose pages may be kept. */
  let fresh: RunningIndex;
  let shownMs = 0;
  const places = new Map<string, Place>();
  const words = (place: Place): readonly string[] => [
    "pip",
    "install",
    "--python",
    place.venv,
    "--index-url",
    index.url,
    "--requirement",
    place.requirements,
  ];
  const run = (place: Place, more: readonly string[] = [], options: CliOptions = {}): Promise<CliRun> =>
    world.cli([...words(place), ...more], { cwd: place.project, ...options });

  beforeAll(async () => {
    world = await World.create();
    index = await world.index({ packages: sampleWheels() });
    for (const [number, name] of [...Object.keys(CHANGES), UNCHANGED].entries()) {
      const place = await makePlace(world, number);
      places.set(name, place);
      await run(place, ["--link-mode", "copy"], { commands: "called" });
    }
    fresh = await world.index({ packages: sampleWheels(), cacheControl: "max-age=600" });
    await show();
    // Files so new are not trusted by their times.
    await sleep(CLOCK_STEP_MS + 100);
    await show();
    shownMs = Date.now();
    for (const place of places.values()) await run(place);
    // What is repeated from here on shows where it comes from.
    const folder = join(world.cache, "answers-v1");
    for (const file of readdirSync(folder)) {
      const text = readFileSync(join(folder, file), "utf8");
      writeFileSync(join(folder, file), text.replace("Checked", REPEATED));
    }
  });

  /** What would be installed, none of which is in the cache. */
  const show = async (): Promise<string> => {
    const to = [
      "--target",
      join(world.directory, "shown"),
      "--cache-dir",
      join(world.directory, "shown-cache"),
    ];
    const { code, stderr } = await world.cli([
      "pip",
      "install",
      "--dry-run",
      "--index-url",
      fresh.url,
      ...to,
      "legacy-tool",
    ]);
    expect(code).toBe(0);
    return stderr;
  };

  afterAll(() => world[Symbol.asyncDispose]());

  const place = (name: string): Place => places.get(name) ?? raise(name);

  test("is repeated while nothing changes", async () => {
    const first = await run(place(UNCHANGED));
    expect(first).toEqual({
      code: 0,
      stdout: "",
      stderr: expect.stringMatching(/^Using Python .* environment at: .*\nRepeated 1 package in \[TIME\]\n$/),
    });
    expect(await run(place(UNCHANGED))).toEqual(first);
  });

  for (const [name, change] of Object.entries(CHANGES)) {
    test(`is not repeated after a change of ${name}`, async () => {
      expect((await run(place(name))).stderr).toContain(REPEATED);
      change(place(name), world);
      expect((await run(place(name))).stderr).not.toContain(REPEATED);
    });
  }

  const others: Readonly<Record<string, readonly [readonly string[], CliOptions]>> = {
    "another index": [["--extra-index-url", "https://other.example/simple"], {}],
    "another requirement": [["greeter"], {}],
    "the wish for newer versions": [["--upgrade", "--offline"], {}],
    verbosity: [["-v"], {}],
    "a variable of Pinion's": [[], { env: { PINION_NO_DEPS: "1" } }],
    "a variable of no setting": [[], { env: { ANY_VARIABLE: "1" } }],
    "a cache that is not used": [["--no-cache"], {}],
  };
  for (const [name, [more, options]] of Object.entries(others)) {
    test(`is not repeated for ${name}`, async () => {
      expect((await run(place(UNCHANGED), more, options)).stderr).not.toContain(REPEATED);
    });
  }

  test("of what would be installed is repeated while the pages are fresh and the same", async () => {
    await sleep(Math.max(0, shownMs + CLOCK_STEP_MS + 100 - Date.now()));
    const shown = await show();
    const folder = join(world.directory, "shown-cache", "answers-v1");
    const [file = ""] = readdirSync(folder).map((name) => join(folder, name));
    const rewrite = (change: (text: string) => string): void =>
      writeFileSync(file, change(readFileSync(file, "utf8")));
    rewrite((text) => text.replace("Resolved", REPEATED));
    const requests = fresh.requests.length;
    expect(await show()).toBe(shown.replace("Resolved", REPEATED));
    const kept = readFileSync(file, "utf8");
    for (const period of [
      { fromMs: 0, untilMs: Date.now() },
      { fromMs: Date.now() + 60_000, untilMs: Date.now() + 120_000 },
    ]) {
      rewrite((text) => JSON.stringify({ ...(JSON.parse(text) as object), period }));
      expect(await show()).toBe(shown);
      writeFileSync(file, kept);
    }
    expect(await show()).toContain(REPEATED);
    expect(fresh.requests.length).toBe(requests);
    const page = join(world.directory, "shown-cache", "pages-v4", "p-wordlist");
    for (const name of readdirSync(page)) utimesSync(join(page, name), new Date(), new Date());
    expect(await show()).not.toContain(REPEATED);
  });

  test("is not repeated in another working folder", async () => {
    const unchanged = place(UNCHANGED);
    expect((await run(unchanged, [], { cwd: world.home })).stderr).not.toContain(REPEATED);
  });
});

async function makePlace(world: World, number: number): Promise<Place> {
  const project = join(world.directory, `project-${number}`);
  const venv = join(world.directory, `venv-${number}`);
  const made = await world.cli(["venv", "--quiet", venv], { commands: "called" });
  expect(made.code).toBe(0);
  world.write(`project-${number}/nested.txt`, "greeter\n");
  const requirements = world.write(`project-${number}/requirements.txt`, "-r nested.txt\n");
  const library = join(venv, "lib");
  const site = join(library, readdirSync(library)[0] ?? "", "site-packages");
  return { venv, site, project, requirements };
}

function distInfo(site: string, name: string): string {
  const found = readdirSync(site).find(
    (entry) => entry.startsWith(`${name}-`) && entry.endsWith(".dist-info"),
  );
  return join(site, found ?? raise(name));
}

function raise(name: string): never {
  throw new Error(`there is no ${name}`);
}

const UNCHANGED = "nothing";
const REPEATED = "Repeated";
// As `bin/record-answer.cjs` has it.
const CLOCK_STEP_MS = 2000;
