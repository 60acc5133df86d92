// Real source distributions from the configured index, one for each kind of backend: built by Pinion they give the tree that
// uv's build gives, but for what a linker writes and what names the installer. With `PINION_NETWORK=1` only.

import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, inject, test } from "vitest";

import { treeOf } from "../support/command-stage.ts";
import { World } from "../support/world.ts";
import { uv } from "./peers.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The variables that lead to the network, or nothing where it is not to be used. */
    readonly network: Readonly<Record<string, string>>;
  }
}

const UV = uv("0.13.9").program;
const NETWORK = inject("network");

/** Backend and project; pinned, so that a new release changes nothing. */
const PROJECTS: readonly (readonly [string, string])[] = [
  ["setuptools with setup.py only", "docopt==0.6.2"],
  ["setuptools with setup.py and setup.cfg", "six==1.17.0"],
  ["setuptools with pyproject.toml and setuptools-scm", "pluggy==1.6.0"],
  ["setuptools-scm itself", "setuptools-scm==8.3.1"],
  ["setuptools with an extension", "markupsafe==3.0.2"],
  ["an in-tree backend with Cython", "frozenlist==1.7.0"],
  ["cffi itself", "cffi==1.17.1"],
  ["flit", "packaging==25.0"],
  ["flit_core itself", "flit-core==3.12.0"],
  ["hatchling", "hatchling==1.27.0"],
  ["hatch-vcs", "iniconfig==2.1.0"],
  ["poetry-core", "poetry-core==2.1.3"],
  ["pdm-backend", "pdm-backend==2.4.5"],
  ["meson-python", "meson-python==0.18.0"],
  ["scikit-build-core", "scikit-build-core==0.11.5"],
];

describe.skipIf(UV === undefined || Object.keys(NETWORK).length === 0)("a source distribution of", () => {
  let world: World;
  beforeEach(async () => {
    world = await World.create();
  });
  afterEach(() => world[Symbol.asyncDispose]());

  test.for(PROJECTS)("%s: %s", { timeout: 900_000 }, async ([, project], { expect }) => {
    const name = project.split("==", 1)[0] ?? "";
    const options = ["--no-deps", "--no-binary", name, project];
    const [ours, theirs] = [await world.venv("ours"), await world.venv("theirs")];
    const patient = { timeoutMs: 600_000 };
    const byUv = await world.program(UV ?? "uv", ["pip", "install", ...options], {
      ...patient,
      env: { ...NETWORK, VIRTUAL_ENV: theirs.path, UV_CACHE_DIR: join(world.directory, "uv-cache") },
    });
    expect([byUv.code, byUv.stderr]).toEqual([0, expect.any(String)]);
    const byPinion = await world.run(["pip", "install", ...options], {
      ...patient,
      env: { ...NETWORK, VIRTUAL_ENV: ours.path },
    });
    expect([byPinion.code, byPinion.stderr]).toEqual([0, expect.stringContaining("Built")]);
    expect(comparable(ours.path)).toEqual(comparable(theirs.path));
    rmSync(world.cache, { recursive: true, force: true });
  });
});

/** Libraries hold the path of their build; WHEEL names the version of the backend, and both may resolve another. */
function comparable(venv: string): Readonly<Record<string, string>> {
  const isOwn = /\.dist-info\/(INSTALLER|REQUESTED|RECORD|WHEEL|direct_url\.json|uv_(build|cache)\.json)$/;
  return Object.fromEntries(
    Object.entries(treeOf(join(venv, "lib")))
      .filter(([path]) => !isOwn.test(path) && !path.includes("__pycache__"))
      .map(([path, content]) => [path, /\.(so|dylib|pyd)$/.test(path) ? "library" : content]),
  );
}
