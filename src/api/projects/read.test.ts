import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { formatMarker } from "../../pep/markers/marker.ts";
import { parseMetadata } from "../../pep/metadata/metadata.ts";
import type { Inputs } from "../../sources/requested.ts";
import type { SourceBuilder } from "../../sources/source-builder.ts";
import { withBuiltProjects } from "./built.ts";
import { readInputs, type InputSources } from "../inputs/read-inputs.ts";

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

test("a script's `[tool.uv]` gives the options that a requirements file would", async () => {
  const script = (lines: string): string =>
    `# /// script\n# dependencies = ["six"]\n# [tool.uv]\n${lines.replaceAll(/^/gm, "# ")}\n# ///\n`;
  write(
    "run.py",
    script(`index-url = "https://index.example/simple"
extra-index-url = ["https://other.example/simple"]
find-links = ["wheels"]
no-index = true
no-binary = true
no-build-package = ["six"]
index = [{ url = "https://unread.example/simple" }]`),
  );
  const at = (value: string, line: number): object => ({ value, file: "run.py", line });
  expect((await read("run.py")).options[0]).toMatchObject({
    indexUrl: at("https://index.example/simple", 4),
    extraIndexUrls: [at("https://other.example/simple", 5)],
    findLinks: [at("wheels", 6)],
    noIndex: true,
    noBinary: [at(":all:", 8)],
    onlyBinary: [at("six", 9)],
  });
  for (const wrong of ["index-url = 3", 'find-links = "wheels"', 'no-build = "six"']) {
    write("run.py", script(wrong));
    await expect(read("run.py")).rejects.toThrow("Failed to parse: run.py");
  }
});

test("the Python that a script requires must be a version specifier", async () => {
  write("run.py", '# /// script\n# requires-python = "new"\n# ///\n');
  await expect(read("run.py")).rejects.toThrow("Failed to parse: run.py");
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
    '[project]\nname = "a"\nversion = "1"\ndependencies = ["b>=1", "c"]\n[tool.uv.sources]\nb = {url = "https://files.example/b-1-py3-none-any.whl"}\nc = {git = "https://git.example/c", tag = "v1"}\n',
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

const SOURCED = '[project]\nname = "app"\nversion = "1"\ndependencies = ["b>=1"]\n[tool.uv.sources]\n';

test("a source may be an index, which settings or the same file know", async () => {
  const tables = '[[tool.uv.index]]\nname = "corp"\nurl = "https://corp.example/simple"\nexplicit = true\n';
  for (const [source, table, url] of [
    ['b = { index = "corp" }\n', tables, "https://corp.example/simple"],
    ['b = { index = "other" }\n', tables, undefined],
  ] as const) {
    write("app/pyproject.toml", SOURCED + source + table);
    const { requirements } = await read("app/pyproject.toml");
    const name = /"(.*?)"/.exec(source)?.[1];
    expect(requirements).toMatchObject([
      { requirement: { name: "b", url: undefined }, index: { name, url, file: "app/pyproject.toml" } },
    ]);
  }
});

test("sources under markers share the environments, and the indexes have the rest", async () => {
  const list =
    'b = [{ index = "corp", marker = "sys_platform == \'linux\'" }, { url = "https://x.example/b-1-py3-none-any.whl", marker = "sys_platform == \'win32\'" }]\n';
  write("pyproject.toml", SOURCED + list);
  const { requirements } = await read("pyproject.toml");
  const rows = requirements.map((entry) =>
    entry.kind === "named"
      ? [
          entry.index?.name,
          entry.requirement.url,
          entry.requirement.marker && formatMarker(entry.requirement.marker),
        ]
      : [],
  );
  expect(rows).toEqual([
    ["corp", undefined, 'sys_platform == "linux"'],
    [undefined, "https://x.example/b-1-py3-none-any.whl", 'sys_platform == "win32"'],
    [undefined, undefined, 'sys_platform != "linux" and sys_platform != "win32"'],
  ]);
});

test("the sources of a workspace's root count for its members, which are installed in place", async () => {
  const member = (name: string): string =>
    `[project]\nname = "${name}"\nversion = "1"\ndependencies = ["b"]\n`;
  write(
    "pyproject.toml",
    '[tool.uv.workspace]\nmembers = ["packages/*"]\nexclude = ["packages/old"]\n[tool.uv.sources]\nb = { workspace = true }\n[[tool.uv.index]]\nname = "corp"\nurl = "https://corp.example/simple"\n',
  );
  write(
    "packages/other/pyproject.toml",
    `${member("other").replace('"b"', '"c"')}[tool.uv.sources]\nc = { index = "corp" }\n`,
  );
  for (const name of ["app", "b", "old"]) write(`packages/${name}/pyproject.toml`, member(name));
  const url = pathToFileURL(join(directory, "packages", "b")).href;
  expect((await read("packages/app/pyproject.toml")).requirements).toMatchObject([
    { source: { kind: "directory", url, isEditable: true } },
  ]);
  expect((await read("packages/other/pyproject.toml")).requirements).toMatchObject([
    { index: { name: "corp", url: "https://corp.example/simple" } },
  ]);
  expect((await read("packages/old/pyproject.toml")).requirements).toMatchObject([{ source: undefined }]);
  expect((await read("packages/app/pyproject.toml", { ignoresSources: ["b"] })).requirements).toMatchObject([
    { source: undefined },
  ]);
});

test("the path of a source is shown as it leads there from the working folder", async () => {
  write("app/pyproject.toml", `${SOURCED}b = { path = "../lib", editable = true }\n`);
  const { requirements } = await read("app/pyproject.toml");
  expect(requirements).toMatchObject([
    { text: "./lib", source: { url: pathToFileURL(join(directory, "lib")).href, isEditable: true } },
  ]);
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
    "a name that is not one",
    '[project]\nname = "-a-"\nversion = "1"\n',
    {},
    "requirement/invalid-file",
    "Failed to parse: pyproject.toml",
  ],
  [
    "no version, which is not dynamic either",
    '[project]\nname = "a"\n',
    {},
    "requirement/invalid-file",
    "Failed to parse: pyproject.toml",
  ],
  [
    "a project table that is missing",
    "[tool.poetry]\n",
    {},
    "requirement/unsupported",
    "Cannot read the dependencies of `pyproject.toml` without building it: it has no `[project]` table",
  ],
  ["TOML that is not valid", "[project\n", {}, "requirement/invalid-file", "Failed to parse: pyproject.toml"],
  [
    "a dependency that is not one",
    '[project]\nname = "a"\nversion = "1"\ndependencies = ["=="]\n',
    {},
    "requirement/invalid",
    "Failed to parse: pyproject.toml",
  ],
  [
    "a source of another workspace",
    '[project]\nname = "a"\nversion = "1"\ndependencies = ["b"]\n[tool.uv.sources]\nb = {workspace = true}\n',
    {},
    "requirement/unsupported",
    "Failed to parse entry: `b`",
  ],
  [
    "sources that are not a table",
    '[project]\nname = "a"\nversion = "1"\n[tool.uv]\nsources = 3\n',
    {},
    "requirement/invalid-file",
    "Failed to parse: pyproject.toml",
  ],
  [
    "a source of no known kind",
    '[project]\nname = "a"\nversion = "1"\ndependencies = ["b"]\n[tool.uv.sources]\nb = {hg = "https://x.example/b"}\n',
    {},
    "requirement/invalid-file",
    "Failed to parse: pyproject.toml",
  ],
  [
    "a source that counts with one extra",
    '[project]\nname = "a"\nversion = "1"\ndependencies = ["b"]\n[tool.uv.sources]\nb = {path = "b", extra = "x"}\n',
    {},
    "requirement/unsupported",
    "The source of `b` in `tool.uv.sources` of `pyproject.toml` is not supported",
  ],
  [
    "a malformed source that nothing requires, where sources do not count",
    '[project]\nname = "a"\nversion = "1"\n[tool.uv.sources]\nb = {path = "b", tag = "1"}\n',
    { ignoresSources: "all" as const },
    "requirement/invalid-file",
    "Failed to parse: pyproject.toml",
  ],
])("a pyproject.toml with %s is refused", async (_name, text, sources, code, message) => {
  write("pyproject.toml", text);
  await expect(read("pyproject.toml", sources)).rejects.toThrowError(
    expect.objectContaining({ code, message }),
  );
});

test.each([
  ["Pythons that are a number", "requires-python = 3\n"],
  ["Pythons that are a list", 'requires-python = [">=3"]\n'],
  ["Pythons that end with a comma", 'requires-python = ">=3.8,"\n'],
  ["Pythons that are a blank", 'requires-python = " "\n'],
  ["an extra whose name is none", '[project.optional-dependencies]\n"a b" = []\n'],
  ["an extra that is there twice", "[project.optional-dependencies]\na_b = []\na-b = []\n"],
])("a `[project]` with %s is refused", async (_name, text) => {
  write("pyproject.toml", `[project]\nname = "a"\nversion = "1"\n${text}`);
  await expect(read("pyproject.toml")).rejects.toThrowError(
    expect.objectContaining({
      code: "requirement/invalid-file",
      message: "Failed to parse: pyproject.toml",
    }),
  );
});

test.each([
  ["a group that is not a list", "other = 3\n"],
  ["a group that includes what is not there", 'other = [{include-group = "nope"}]\n'],
  ["a group whose name is none", '"a b" = []\n'],
  ["Pythons of no group", '[tool.uv.dependency-groups]\nnope = {requires-python = ">=3"}\n'],
  [
    "Pythons of a group that end with a comma",
    '[tool.uv.dependency-groups]\ndev = {requires-python = ">=3,"}\n',
  ],
  ["Pythons of a group that are a number", "[tool.uv.dependency-groups]\ndev = {requires-python = 3}\n"],
])("beside the group that is read, %s is refused", async (_name, text) => {
  write("pyproject.toml", `[dependency-groups]\ndev = []\n${text}`);
  await expect(read("", { groups: [{ name: "dev", path: "pyproject.toml" }] })).rejects.toThrowError(
    expect.objectContaining({
      code: "requirement/invalid-file",
      message: expect.stringMatching(/^Failed to read dependency groups from: .*pyproject\.toml$/),
    }),
  );
});

test("a project whose groups are malformed is refused, also where none of them is read", async () => {
  write("sub/pyproject.toml", `${PYPROJECT}bad = ["!!"]\n`);
  for (const ignoresSources of [[], "all"] as const)
    await expect(read("sub/pyproject.toml", { ignoresSources })).rejects.toThrowError(
      expect.objectContaining({
        message: "Project `my-project @ sub` has malformed dependency groups",
        cause: expect.objectContaining({
          message: "Failed to parse entry in group `bad`: `!!`",
          cause: expect.objectContaining({
            message: expect.stringMatching(/^Expected package name starting with an alphanumeric character/),
          }),
        }),
      }),
    );
});

test("a group counts for the Pythons that `[tool.uv.dependency-groups]` gives it and what includes it", async () => {
  write(
    "pyproject.toml",
    `[dependency-groups]
dev = ["six; os_name == 'nt'", {include-group = "Sub_x"}]
sub-x = ["attrs"]
plain = ["idna"]
[tool.uv.dependency-groups]
dev = {requires-python = ">=3.12"}
SUB-X = {requires-python = "<3.15,!=3.13.*"}
`,
  );
  const groups = ["dev", "plain"].map((name) => ({ name, path: "pyproject.toml" }));
  expect(shown(await read("", { groups }))).toEqual([
    'six; os_name == "nt" and python_full_version >= "3.12"',
    'attrs; python_full_version >= "3.12" and python_full_version < "3.15"',
    "idna",
  ]);
});

test("extras need a project, and a missing file is named", async () => {
  write("requirements.in", "six\n");
  // Whatever else is wrong with what was given.
  const groups = [{ name: "dev", path: "nope/pyproject.toml" }];
  for (const [file, more] of [["requirements.in"], ["nope.in"], ["requirements.in", { groups }]] as const)
    await expect(read(file, { extras: ["x"], ...more })).rejects.toThrowError(
      expect.objectContaining({
        message:
          "Requesting extras requires a `pylock.toml`, `pyproject.toml`, `setup.cfg`, or `setup.py` file",
        hints: ["Use `package[extra]` syntax instead"],
      }),
    );
  await expect(read("nope/pyproject.toml")).rejects.toThrowError(
    expect.objectContaining({
      code: "requirement/file-not-found",
      message: "File not found: nope/pyproject.toml",
    }),
  );
});

test.each([
  [
    "a reference under a marker, and to another extra from there",
    '[project]\nname = "x"\nversion = "1"\n[project.optional-dependencies]\na = ["x[b]; sys_platform == \'win32\'", "six"]\nb = ["attrs", "x[c]; python_version < \'3.12\'"]\nc = ["idna"]\n',
    ["six", 'attrs; sys_platform == "win32"', 'idna; sys_platform == "win32" and python_version < "3.12"'],
  ],
  [
    "extras that refer to each other",
    '[project]\nname = "x"\nversion = "1"\n[project.optional-dependencies]\na = ["six", "x[b]; os_name == \'nt\'"]\nb = ["attrs", "x[a]"]\n',
    ["six", 'attrs; os_name == "nt"', 'six; os_name == "nt"'],
  ],
  [
    "a requirement on the project itself, which counts as far as it says something of versions",
    '[project]\nname = "x"\nversion = "1"\ndependencies = ["x", "x[b]>=1", "six"]\n[project.optional-dependencies]\na = []\nb = ["attrs"]\n',
    ["x>=1", "six", "attrs"],
  ],
])("an extra with %s", async (_name, text, expected) => {
  write("pyproject.toml", text);
  expect(shown(await read("pyproject.toml", { extras: ["a"] }))).toEqual(expected);
});

// Promise: untrusted input cannot make a command hang
// Attack: extras that refer to each other in circles under many markers, or to many requirements under one long marker
test.each([
  [
    "in circles",
    (count: number) => [
      ...Array.from({ length: count }, (_, at) => `p[a]; python_version > '3.${at}'`),
      ...Array.from({ length: count }, (_, at) => `r${at}`),
    ],
  ],
  [
    "under a long marker",
    (count: number) => [
      `p[b]; ${Array(50 * count)
        .fill("os_name == 'a'")
        .join(" or ")}`,
    ],
  ],
])("refuses extras that take too long to follow: %s", async (_name, listed) => {
  const requirements = JSON.stringify(Array.from({ length: 2_000 }, (_, at) => `s${at}`));
  write(
    "pyproject.toml",
    `[project]\nname = "p"\nversion = "1"\n[project.optional-dependencies]\na = ${JSON.stringify(listed(60))}\nb = ${requirements}\n`,
  );
  await expect(read("pyproject.toml", { extras: ["a"] })).rejects.toMatchObject({
    code: "requirement/invalid-file",
    cause: { message: "`p` refers to its own extras too often" },
  });
});

test("a project that is named by a `file:` URL is in that folder", async () => {
  const text =
    '[project]\nname = "p"\nversion = "1"\ndependencies = ["a"]\n[tool.uv.sources]\na = {path = "../a"}\n';
  write("p/pyproject.toml", text);
  write("q/setup.py", "");
  const url = pathToFileURL(directory).href;
  expect((await read(`${url}/p/pyproject.toml`)).requirements[0]).toMatchObject({
    source: { url: `${url}/a` },
  });
  expect((await read(`${url}/q/setup.py`)).unread?.projects[0]?.source.url).toBe(`${url}/q`);
});

test("a source that is a path is written as the project writes it", async () => {
  write(
    "pyproject.toml",
    '[project]\nname = "a"\nversion = "1"\ndependencies = ["b>1", "c"]\n[tool.uv.sources]\nb = {path = "libs/b"}\nc = {path = "libs/c", editable = true}\n',
  );
  const { requirements } = await read("pyproject.toml");
  expect(shown({ requirements } as Inputs)).toEqual(["libs/b", "libs/c"]);
  expect(requirements.map(({ source }) => source)).toMatchObject([
    { kind: "directory", isEditable: false },
    { kind: "directory", isEditable: true },
  ]);
});

test("a script's `[tool.uv]` narrows its dependencies", async () => {
  write(
    "run.py",
    '# /// script\n# dependencies = ["six"]\n# [tool.uv]\n# constraint-dependencies = ["six<2"]\n# override-dependencies = ["idna==3"]\n# exclude-dependencies = ["Click"]\n# ///\n',
  );
  const { constraints, overrides, excludes } = await read("run.py");
  expect([constraints.map(({ text }) => text), overrides.map(({ text }) => text), excludes]).toEqual([
    ["six<2"],
    ["idna==3"],
    ["click"],
  ]);
});

test("a script's excluded dependencies are names", async () => {
  write(
    "run.py",
    '# /// script\n# dependencies = []\n# [tool.uv]\n# exclude-dependencies = ["click>1"]\n# ///\n',
  );
  await expect(read("run.py")).rejects.toMatchObject({
    code: "requirement/invalid-file",
    message: expect.stringContaining('Not a valid package or extra name: "click>1"'),
  });
});

test("what only a build knows is read from the metadata that it gives, extras included", async () => {
  write(
    "pyproject.toml",
    '[build-system]\nrequires = []\n[project]\nname = "a"\nversion = "1"\ndynamic = ["dependencies", "optional-dependencies"]\n',
  );
  write("setup.py", "");
  const inputs = await read("pyproject.toml", { extras: ["x"] });
  expect(inputs.requirements).toEqual([]);
  const metadata = parseMetadata(
    'Metadata-Version: 2.1\nName: a\nVersion: 1\nProvides-Extra: x\nProvides-Extra: y\nRequires-Dist: six\nRequires-Dist: attrs; os_name == "nt" and extra == "x"\nRequires-Dist: idna; extra == "y"\n',
  );
  const builder: SourceBuilder = {
    metadata: (source) => Promise.resolve({ source, metadata }),
    wheel: () => Promise.reject(new Error("nothing is built")),
  };
  const built = await withBuiltProjects(inputs, { builder, directory });
  expect([built.unread, shown(built)]).toEqual([undefined, ["six", 'attrs; os_name == "nt"']]);
  expect(built.requirements[0]).toMatchObject({
    declaredIn: { kind: "project", path: "pyproject.toml", project: "a" },
  });
  const wrong = await read("setup.py", { extras: ["z"] });
  await expect(withBuiltProjects(wrong, { builder, directory })).rejects.toThrowError(
    expect.objectContaining({ message: "Requested extra not found: z" }),
  );
  await expect(withBuiltProjects(wrong, { builder: undefined, directory })).rejects.toThrowError(
    expect.objectContaining({
      code: "build/unsupported",
      message: "Cannot read the dependencies of `setup.py` without building it: it is a program",
    }),
  );
});
