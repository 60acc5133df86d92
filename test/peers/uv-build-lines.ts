// Command lines of `build` that are held against uv: projects with a backend in their own tree, so that nothing is downloaded.

import type { CommandLine } from "./side-by-side.ts";

/** A backend that prints, and ends its wheel as `end` says in Python. */
function project(name: string, end = ""): Readonly<Record<string, string>> {
  return {
    "pyproject.toml": `[project]
name = "${name}"
version = "1.0"
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
`,
    "backend.py": `import os, sys, tarfile, zipfile
def build_sdist(directory, config_settings=None):
    with tarfile.open(os.path.join(directory, "${name}-1.0.tar.gz"), "w:gz") as archive:
        for file in ("pyproject.toml", "backend.py"):
            archive.add(file, "${name}-1.0/" + file)
    print("packed")
    return "${name}-1.0.tar.gz"
def build_wheel(directory, config_settings=None, metadata_directory=None):
    print("no last line break", end="", flush=True)
    ${end}
    filename = "${name}-1.0-py3-none-any.whl"
    info = "${name}-1.0.dist-info/"
    with zipfile.ZipFile(os.path.join(directory, filename), "w") as archive:
        archive.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: ${name}\\nVersion: 1.0\\n")
        archive.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nGenerator: t\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        archive.writestr(info + "RECORD", info + "METADATA,,\\n" + info + "WHEEL,,\\n" + info + "RECORD,,\\n")
    return filename
`,
  };
}

function below(folder: string, files: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(files).map(([path, text]) => [`${folder}/${path}`, text]));
}

const WORKSPACE = {
  "pyproject.toml": '[tool.uv.workspace]\nmembers = ["libs/*"]\n',
  ...below("libs/alpha", project("alpha")),
  "libs/bare/pyproject.toml": '[project]\nname = "bare"\nversion = "1"\n',
};

export const BUILD_LINES: readonly CommandLine[] = [
  { name: "build: a project", files: project("alpha"), args: ["build"] },
  { name: "build: --wheel", files: project("alpha"), args: ["build", "--wheel", "-o", "out"] },
  { name: "build: --no-build-logs", files: project("alpha"), args: ["build", "--no-build-logs"] },
  { name: "build: --quiet", files: project("alpha"), args: ["build", "--quiet"] },
  {
    name: "build: a backend that exits",
    files: project("alpha", "sys.exit(3)"),
    args: ["build"],
  },
  {
    name: "build: a backend that is killed",
    files: project("alpha", "os.kill(os.getpid(), 9)"),
    args: ["build"],
  },
  {
    name: "build: --quiet of a backend that exits",
    files: project("alpha", "sys.exit(3)"),
    args: ["build", "--quiet"],
  },
  {
    name: "build: an archive without --wheel",
    files: project("alpha"),
    before: [["build", "--sdist"]],
    args: ["build", "dist/alpha-1.0.tar.gz"],
  },
  {
    name: "build: an archive",
    files: project("alpha"),
    before: [["build", "--sdist"]],
    args: ["build", "dist/alpha-1.0.tar.gz", "--wheel"],
  },
  { name: "build: a folder that is not a project", files: { "docs/x": "" }, args: ["build", "docs"] },
  { name: "build: what is not there", args: ["build", "missing"] },
  { name: "build: --all-packages", files: WORKSPACE, args: ["build", "--all-packages"] },
  { name: "build: a member of a workspace", files: WORKSPACE, args: ["build", "libs/alpha"] },
  { name: "build: --package", files: WORKSPACE, args: ["build", "--package", "Alpha", "--sdist"] },
  { name: "build: --package of none", files: WORKSPACE, args: ["build", "--package", "gamma"] },
  {
    name: "build: --package without a build-system",
    files: WORKSPACE,
    args: ["build", "--package", "bare"],
  },
  {
    name: "build: --list of another backend",
    files: WORKSPACE,
    args: ["build", "libs/alpha", "--list"],
  },
];
