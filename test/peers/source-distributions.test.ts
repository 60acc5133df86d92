// Real source distributions from the configured index, one for each kind of backend: built by Pinion they give the tree that
// uv's build gives, but for what a linker writes and what names the installer. With `PINION_NETWORK=1` only, which .ci/run sets where the index answers.

import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, inject, test } from "vitest";

import { treeOf } from "../support/command-stage.ts";
import { hasProgram, World, type CliOptions } from "../support/world.ts";
import { uv } from "./peers.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The variables that lead to the network, or nothing where it is not to be used. */
    readonly network: Readonly<Record<string, string>>;
  }
}

const UV = uv("0.13.9").program;
const NETWORK = inject("network");

interface Row {
  readonly backend: string;
  /** Pinned, so that a new release changes nothing. */
  readonly project: string;
  /** Programs without which it cannot be built. */
  readonly needs?: readonly string[];
  /** The files of a folder that is built instead of a project of the index. */
  readonly tree?: Readonly<Record<string, string>>;
}

const C = ["cc"];
const ROWS: readonly Row[] = [
  { backend: "setuptools with only setup.py", project: "docopt==0.6.2" },
  { backend: "setuptools with setup.py and setup.cfg", project: "six==1.17.0" },
  { backend: "setuptools with pyproject.toml and setuptools-scm", project: "pluggy==1.6.0" },
  { backend: "setuptools itself", project: "setuptools==80.9.0" },
  { backend: "setuptools-scm itself", project: "setuptools-scm==8.3.1" },
  { backend: "setuptools with an extension", project: "markupsafe==3.0.2", needs: C },
  { backend: "an in-tree backend with Cython", project: "frozenlist==1.7.0", needs: C },
  { backend: "cffi itself", project: "cffi==1.17.1", needs: C },
  { backend: "setuptools with cffi", project: "argon2-cffi-bindings==25.1.0", needs: C },
  { backend: "flit", project: "packaging==25.0" },
  { backend: "flit_core itself", project: "flit-core==3.12.0" },
  { backend: "hatchling", project: "hatchling==1.27.0" },
  { backend: "hatch-vcs", project: "iniconfig==2.1.0" },
  { backend: "hatch-vcs itself", project: "hatch-vcs==0.5.0" },
  { backend: "poetry-core", project: "poetry-core==2.1.3" },
  { backend: "pdm-backend", project: "pdm-backend==2.4.5" },
  { backend: "flit, with links that go up in its tree", project: "docutils==0.21.2" },
  { backend: "meson-python", project: "meson-python==0.18.0" },
  { backend: "scikit-build-core", project: "scikit-build-core==0.11.5" },
  {
    backend: "scikit-build-core with CMake",
    project: "tree",
    needs: ["cc", "cmake"],
    tree: {
      "pyproject.toml": `[build-system]\nrequires = ["scikit-build-core==0.11.5"]\nbuild-backend = "scikit_build_core.build"\n[project]\nname = "tree"\nversion = "1.0"\n`,
      "CMakeLists.txt": `cmake_minimum_required(VERSION 3.15)\nproject(tree LANGUAGES C)\nadd_library(tree MODULE tree.c)\ninstall(TARGETS tree DESTINATION tree)\n`,
      "tree.c": "int tree(void) { return 1; }\n",
    },
  },
  {
    backend: "uv-build",
    project: "tree",
    tree: {
      "pyproject.toml": `[build-system]\nrequires = ["uv_build==0.9.5"]\nbuild-backend = "uv_build"\n[project]\nname = "tree"\nversion = "1.0"\n`,
      "src/tree/__init__.py": "VALUE = 1\n",
    },
  },
  {
    backend: "maturin",
    project: "tree",
    needs: ["cc", "cargo", "rustc"],
    tree: {
      "pyproject.toml": `[build-system]\nrequires = ["maturin==1.9.6"]\nbuild-backend = "maturin"\n[project]\nname = "tree"\nversion = "1.0"\n[tool.maturin]\nbindings = "bin"\n`,
      "Cargo.toml": `[package]\nname = "tree"\nversion = "1.0.0"\nedition = "2021"\n`,
      "Cargo.lock": `version = 3\n\n[[package]]\nname = "tree"\nversion = "1.0.0"\n`,
      "src/main.rs": `fn main() { println!("1"); }\n`,
    },
  },
];

describe.skipIf(UV === undefined || Object.keys(NETWORK).length === 0)("a source distribution of", () => {
  let world: World;
  beforeEach(async () => {
    world = await World.create();
  });
  afterEach(() => world[Symbol.asyncDispose]());

  for (const { backend, project, needs = [], tree = {} } of ROWS) {
    const isSkipped = !needs.every((program) => hasProgram(program));
    test.skipIf(isSkipped)(`${backend}: ${project}`, { timeout: 300_000 }, async ({ expect }) => {
      for (const [path, content] of Object.entries(tree)) world.write(`project/tree/${path}`, content);
      const name = project.split("==", 1)[0] ?? "";
      const what = Object.keys(tree).length === 0 ? ["--no-binary", name, project] : ["./tree"];
      const [ours, theirs] = [world.venv("ours"), world.venv("theirs")];
      // What builds Rust keeps its toolchain there.
      const { CARGO_HOME, RUSTUP_HOME, HOME = "" } = process.env;
      const rust = {
        CARGO_HOME: CARGO_HOME ?? join(HOME, ".cargo"),
        RUSTUP_HOME: RUSTUP_HOME ?? join(HOME, ".rustup"),
      };
      const install = (cache: string, venv: string): Pick<CliOptions, "env" | "timeoutMs"> => ({
        timeoutMs: 280_000,
        env: { ...NETWORK, ...rust, VIRTUAL_ENV: venv, UV_CACHE_DIR: cache },
      });
      const command = ["pip", "install", "--no-deps", ...what];
      const cache = join(world.directory, "uv-cache");
      const byUv = await world.program(UV ?? "uv", command, install(cache, theirs.path));
      expect([byUv.code, byUv.stderr]).toEqual([0, expect.any(String)]);
      const byPinion = await world.run(command, install(cache, ours.path));
      expect([byPinion.code, byPinion.stderr]).toEqual([0, expect.stringContaining("Built")]);
      expect(comparable(ours.path)).toEqual(comparable(theirs.path));
      rmSync(world.cache, { recursive: true, force: true });
    });
  }
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
