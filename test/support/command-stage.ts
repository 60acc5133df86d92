// Where commands are tried: a world with an index of sample packages and a `.venv` in the working folder.
//
//   await using stage = await commandStage();
//   expect(await stage.install("greeter")).toMatchInlineSnapshot();

import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { execFileSync } from "node:child_process";
import type { IndexOptions, RunningIndex } from "../../src/lab/index/index-server.ts";
import { sampleWheels } from "../../src/lab/index/sample-wheels.ts";
import { World, type CliOptions, type CliRun, type WorldOptions } from "./world.ts";

export interface CommandStage extends AsyncDisposable {
  readonly world: World;
  readonly index: RunningIndex;
  /** The `.venv` of the working folder. */
  readonly venv: string;
  /** `pinion pip install --index-url <the index>` and what follows; filtered. */
  install(...args: readonly string[]): Promise<CliRun>;
  /** Any command line; filtered. */
  pinion(args: readonly string[], options?: CliOptions): Promise<CliRun>;
  /** Runs a line of Python in the environment. */
  python(code: string): string;
  /** `name==version` of what the environment holds, sorted. */
  installed(): readonly string[];
}

export interface StageOptions extends IndexOptions, WorldOptions {
  /** The name of the working folder. */
  readonly project?: string;
}

/** Makes a stage; `project` may be an awkward name. */
export async function commandStage({
  project,
  commands = "started",
  cache,
  ...options
}: StageOptions = {}): Promise<CommandStage> {
  const world = await World.create({ commands, ...(cache && { cache }) });
  const index = await world.index({ packages: sampleWheels(), ...options });
  const folder = project === undefined ? world.project : join(world.directory, project);
  const venv = join(folder, ".venv");
  world.copyVenv(venv);
  const pinion = (args: readonly string[], cli: CliOptions = {}): Promise<CliRun> =>
    world.cli(args, { cwd: folder, ...cli });
  return {
    world,
    index,
    venv,
    pinion,
    install: (...args) => pinion(["pip", "install", "--index-url", index.url, ...args]),
    python: (code) =>
      execFileSync(join(venv, "bin", "python"), ["-I", "-c", code], { encoding: "utf8" }).trimEnd(),
    installed: () => installedIn(venv),
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

/** `name==version` of the `.dist-info` folders of an environment or of a folder. */
export function installedIn(folder: string): readonly string[] {
  return sitePackagesBelow(folder)
    .flatMap((site) => readdirSync(site))
    .filter((name) => name.endsWith(".dist-info"))
    .map((name) => name.slice(0, -".dist-info".length).replace("-", "=="))
    .toSorted();
}

/** Every path below a folder with what stands there: a digest, or where a link leads. */
export function treeOf(folder: string): Readonly<Record<string, string>> {
  const entries = readdirSync(folder, { recursive: true, encoding: "utf8" }).toSorted();
  return Object.fromEntries(
    entries.map((path) => {
      const whole = join(folder, path);
      const status = lstatSync(whole);
      if (status.isSymbolicLink()) return [path, `-> ${readlinkSync(whole)}`];
      if (status.isDirectory()) return [path, "folder"];
      return [path, createHash("sha256").update(readFileSync(whole)).digest("hex").slice(0, 12)];
    }),
  );
}

function sitePackagesBelow(folder: string): readonly string[] {
  const library = join(folder, "lib");
  const pythons = lstatSync(library, { throwIfNoEntry: false }) === undefined ? [] : readdirSync(library);
  return pythons.length === 0 ? [folder] : pythons.map((python) => join(library, python, "site-packages"));
}
