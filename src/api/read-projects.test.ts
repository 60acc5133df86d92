import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Inputs } from "../sources/requested.ts";
import { readInputs, type InputSources } from "./read-inputs.ts";

let directory = "";

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "pinion-projects-"));
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(directory, path)), { recursive: true });
  writeFileSync(join(directory, path), text);
}

async function read(path: string, sources: Partial<InputSources> = {}): Promise<Inputs> {
  return await readInputs(
    {
      requirements: path === "" ? [] : [{ kind: "file", path }],
      constraints: [],
      overrides: [],
      ...sources,
    },
    { directory, env: {}, readInput: () => Promise.resolve(""), fetch: () => Promise.resolve("") },
  );
}

const shown = (inputs: Inputs): readonly string[] =>
  inputs.requirements.map((entry) => (entry.kind === "named" ? entry.text : ""));

const PYPROJECT = `[project]
name = "My.Project"
version = "1"
dependencies = [
  "flask>=3",
  "six; python_version < '3'",
]
[project.optional-dependencies]
web = ["gunicorn", "my-project[fast]"]
fast = ["uvloop"]
Test_Tools = ["pytest"]
[dependency-groups]
dev = ["ruff", {include-group = "docs"}]
docs = ["sphinx"]
`;

test("a pyproject.toml gives its dependencies, with the lines that declare them", async () => {
  write("sub/pyproject.toml", PYPROJECT);
  const inputs = await read("sub/pyproject.toml");
  expect(shown(inputs)).toEqual(["flask>=3", "six; python_version < '3'"]);
  expect(inputs.requirements[1]).toMatchObject({
    origin: "sub/pyproject.toml:6",
    declaredIn: { kind: "project", path: "sub/pyproject.toml", project: "my-project" },
  });
});

test("an extra brings along the extras that it names of its own project", async () => {
  write("pyproject.toml", PYPROJECT);
  expect(shown(await read("pyproject.toml", { extras: ["web"] })).slice(2)).toEqual(["gunicorn", "uvloop"]);
  expect(shown(await read("pyproject.toml", { extras: "all" })).slice(2)).toEqual([
    "gunicorn",
    "uvloop",
    "pytest",
  ]);
});

test("a dependency group is read with the groups that it includes, and without the dependencies", async () => {
  write("pyproject.toml", PYPROJECT);
  const inputs = await read("", { groups: [{ name: "dev", path: "pyproject.toml" }] });
  expect(shown(inputs)).toEqual(["ruff", "sphinx"]);
  expect(inputs.requirements[0]).toMatchObject({
    declaredIn: { kind: "group", path: "pyproject.toml", project: "my-project", group: "dev" },
  });
});

test("a script gives the dependencies of its metadata, which no file is named for", async () => {
  write("run.py", '# /// script\n# dependencies = [\n#   "requests<3",\n# ]\n# ///\nimport requests\n');
  const inputs = await read("run.py");
  expect(inputs.requirements[0]).toMatchObject({ text: "requests<3", origin: "run.py:3" });
  expect(inputs.requirements[0]?.declaredIn).toBeUndefined();
});

test("a setup.cfg gives what it lists itself", async () => {
  write(
    "setup.cfg",
    "[metadata]\nname = Old_Project\n[options]\ninstall_requires =\n    six>=1 ; python_version < '3'\n    # a comment\n    attrs\n[options.extras_require]\nx = idna; certifi\n",
  );
  expect(shown(await read("setup.cfg", { extras: ["x"] }))).toEqual([
    "six>=1 ; python_version < '3'",
    "attrs",
    "idna",
    "certifi",
  ]);
});

test("`tool.uv.sources` replaces where a requirement comes from, unless it is passed over", async () => {
  write(
    "pyproject.toml",
    '[project]\nname = "a"\ndependencies = ["b>=1", "c"]\n[tool.uv.sources]\nb = {url = "https://files.example/b-1-py3-none-any.whl"}\nc = {git = "https://git.example/c", tag = "v1"}\n',
  );
  const urls = async (sources: Partial<InputSources>): Promise<readonly unknown[]> =>
    (await read("pyproject.toml", sources)).requirements.map((entry) =>
      entry.kind === "named" ? entry.requirement.url : undefined,
    );
  expect(await urls({})).toEqual([
    "https://files.example/b-1-py3-none-any.whl",
    "git+https://git.example/c@v1",
  ]);
  expect(await urls({ ignoresSources: "all" })).toEqual([undefined, undefined]);
});

test.each([
  [
    "an extra that is missing",
    PYPROJECT,
    { extras: ["nope"] },
    "requirement/invalid",
    "Requested extra not found: nope",
  ],
  [
    "extras that are missing",
    PYPROJECT,
    { extras: ["web", "z", "y"] },
    "requirement/invalid",
    "Requested extras not found: y, z",
  ],
  [
    "a group that is missing",
    PYPROJECT,
    { groups: [{ name: "nope", path: "pyproject.toml" }] },
    "requirement/invalid-file",
    "The dependency group 'nope' was not found in the project: pyproject.toml",
  ],
  [
    "dependencies that only a build knows",
    '[project]\nname = "a"\ndynamic = ["dependencies"]\n',
    {},
    "build/unsupported",
    "Cannot read the dependencies of `pyproject.toml` without building it: `dependencies` is dynamic",
  ],
  [
    "a project table that is missing",
    "[tool.poetry]\n",
    {},
    "build/unsupported",
    "Cannot read the dependencies of `pyproject.toml` without building it: it has no `[project]` table",
  ],
  [
    "TOML that is not valid",
    "[project\n",
    {},
    "requirement/invalid-file",
    "Failed to parse: `pyproject.toml`",
  ],
  [
    "a dependency that is not one",
    '[project]\nname = "a"\ndependencies = ["=="]\n',
    {},
    "requirement/invalid",
    "Failed to parse: `pyproject.toml`",
  ],
  [
    "a source of another workspace",
    '[project]\nname = "a"\ndependencies = ["b"]\n[tool.uv.sources]\nb = {workspace = true}\n',
    {},
    "requirement/unsupported",
    "The source of `b` in `tool.uv.sources` of `pyproject.toml` is not supported",
  ],
])("a pyproject.toml with %s is refused", async (_name, text, sources, code, message) => {
  write("pyproject.toml", text);
  await expect(read("pyproject.toml", sources)).rejects.toThrowError(
    expect.objectContaining({ code, message }),
  );
});

test("extras need a project, and a missing file is named", async () => {
  write("requirements.in", "six\n");
  await expect(read("requirements.in", { extras: ["x"] })).rejects.toThrowError(
    expect.objectContaining({
      message: "Requesting extras requires a `pyproject.toml`, `setup.cfg`, or `setup.py` file.",
    }),
  );
  await expect(read("nope/pyproject.toml")).rejects.toThrowError(
    expect.objectContaining({
      code: "requirement/file-not-found",
      message: "File not found: nope/pyproject.toml",
    }),
  );
});
