// How commands end where a project's build fails: with 1 where the project is required, with 2 where it is the file that says
// what is required, as uv does.

import { describe, expect, test } from "vitest";

import { packSdist, smallBackend, treeWithBackend, type TreeFiles } from "./support/source-trees.ts";
import { World } from "./support/world.ts";

const DYNAMIC = 'name = "alpha"\nversion = "1.0"\ndynamic = ["dependencies"]\n';

/** A project whose requirements only its backend knows. */
function project(hooks: string, requires = "[]", table = DYNAMIC): TreeFiles {
  const tree = treeWithBackend(hooks);
  const system = String(tree["pyproject.toml"]).replace("requires = []", `requires = ${requires}`);
  return { ...tree, "pyproject.toml": `${system}[project]\n${table}` };
}

const BUILD_FAILS = "\ndef build_wheel(*_):\n    raise RuntimeError('boom')\n";
const OTHER_NAME = `import os
def prepare_metadata_for_build_wheel(directory, *_):
    os.mkdir(directory + "/beta-1.0.dist-info")
    with open(directory + "/beta-1.0.dist-info/METADATA", "w") as file:
        file.write("Metadata-Version: 2.1\\nName: beta\\nVersion: 1.0\\n")
    return "beta-1.0.dist-info"
${BUILD_FAILS}`;

describe("a project that cannot be built", () => {
  test.concurrent.each([
    [
      "its backend fails",
      project("def prepare_metadata_for_build_wheel(*_):\n    raise RuntimeError('boom')\n"),
      1,
    ],
    [
      "its backend answers nothing",
      project(`def prepare_metadata_for_build_wheel(*_):\n    return None\n`),
      1,
    ],
    ["its backend cannot be imported", project("import nonexistent_module\n"), 1],
    ["what builds it does not exist", project(BUILD_FAILS, '["nonexistent-project"]'), 1],
    ["what builds it contradicts itself", project(BUILD_FAILS, '["beta==1", "beta==2"]'), 1],
    ["its `[build-system]` is wrong", project(BUILD_FAILS, "7"), 1],
    ["its setup.py fails", { "setup.py": "raise RuntimeError('boom')\n" }, 1],
    ["its metadata is of another project", project(OTHER_NAME), 1],
    ["its `[project]` has no name", project(smallBackend("alpha", "1.0"), "[]", 'version = "1.0"\n'), 1],
    [
      "its Pythons are a number",
      project(smallBackend("alpha", "1.0"), "[]", 'name = "alpha"\nversion = "1.0"\nrequires-python = 3\n'),
      1,
    ],
    // Unexpected, wherever it happens.
    [
      "its backend ends itself",
      project("import os\ndef prepare_metadata_for_build_wheel(*_):\n    os._exit(0)\n"),
      2,
    ],
    [
      "its backend names metadata that is not there",
      project(`def prepare_metadata_for_build_wheel(*_):\n    return "alpha-1.0.dist-info"\n${BUILD_FAILS}`),
      2,
    ],
  ])("%s", async (_, files, required) => {
    await using world = await World.create({ commands: "called" });
    const venv = world.venv();
    world.tree("project/alpha", files);
    world.tree("project/links", { "alpha-1.0.tar.gz": packSdist("alpha-1.0", files) });
    world.write("project/line.txt", "./alpha\n");
    world.write("project/named.txt", "alpha @ ./links/alpha-1.0.tar.gz\n");
    const file = "setup.py" in files ? "alpha/setup.py" : "alpha/pyproject.toml";
    const codes: Record<string, number | undefined> = {};
    for (const line of [
      "compile line.txt",
      "compile --universal line.txt",
      "compile named.txt",
      "install ./alpha",
      "sync line.txt",
      `compile ${file}`,
      `install -r ${file}`,
      `sync ${file}`,
    ]) {
      const args = ["pip", ...line.split(" "), "--no-index"];
      codes[line] = (await world.run(args, { env: { VIRTUAL_ENV: venv.path } })).code;
    }
    expect(codes).toEqual({
      "compile line.txt": required,
      "compile --universal line.txt": required,
      "compile named.txt": required,
      "install ./alpha": required,
      "sync line.txt": required,
      [`compile ${file}`]: 2,
      [`install -r ${file}`]: 2,
      [`sync ${file}`]: 2,
    });
  });
});
