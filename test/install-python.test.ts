// The installer beside pip, with a real Python: the same trees, commands that run, and each removes what the other installed.

import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import type { InstallTarget } from "../src/install/installation.ts";
import { applyChanges } from "../src/install/transaction.ts";
import { makeWheel, type WheelSpec } from "../src/lab/index/make-wheel.ts";
import { parseRecord } from "../src/pep/files/record.ts";
import { targetFor } from "../src/pep/tags/target.ts";
import { listInstalled } from "../src/python/environments/environment.ts";
import { snapshot, temporaryFolder, temporaryStore, wanted } from "./install-environment.ts";

const PYTHON = "python3";
const hasPip = spawnSync(PYTHON, ["-m", "pip", "--version"]).status === 0;

const TOOL: WheelSpec = {
  name: "Sample.Tool",
  version: "1.2",
  files: {
    "sample_tool/__init__.py": "def main():\n    print('tool ran')\n",
    "sample_tool/data/käse.txt": "ä",
    "sample_tool/native.so": "\x7fELF",
    "single.py": "",
  },
  executables: ["sample_tool/native.so", "sample_tool-1.2.data/scripts/sample-script"],
  consoleScripts: { "sample-tool": "sample_tool:main" },
  data: {
    "scripts/sample-script": "#!python\nimport sys\nprint('script ran')\n",
    "data/share/sample/readme": "read me",
    "headers/sample.h": "#define SAMPLE",
    "platlib/beside.py": "",
  },
};

describe.skipIf(!hasPip)("the installer beside pip (skipped without Python and pip)", () => {
  const wheels = temporaryFolder();
  const tool = makeWheel(TOOL);
  writeFileSync(join(wheels, tool.filename), tool.bytes);

  test("installs the tree that pip installs, but for what names the installer", async () => {
    const root = join(temporaryFolder(), "venv");
    const target = newEnvironment(root);
    pip(root, ["install", "--no-compile", "--no-deps", "--no-index", "--find-links", wheels, "sample-tool"]);
    const byPip = comparable(target);
    rmSync(root, { recursive: true });
    newEnvironment(root);
    await applyChanges({ install: [await wanted(temporaryStore(), TOOL)], remove: [] }, target);
    expect(comparable(target)).toEqual(byPip);
    expect(byPip.rows).toContain("../../../share/sample/readme");
  });

  test("makes commands that run, also where the path has spaces", async () => {
    const root = join(temporaryFolder(), "a venv");
    const target = newEnvironment(root);
    await applyChanges({ install: [await wanted(temporaryStore(), TOOL)], remove: [] }, target);
    const run = (command: string): string =>
      execFileSync(join(target.scheme.scripts, command), { encoding: "utf8" });
    expect([run("sample-tool"), run("sample-script")]).toEqual(["tool ran\n", "script ran\n"]);
  });

  test("removes what pip installed, and pip removes what it installed", async () => {
    const root = join(temporaryFolder(), "venv");
    const target = newEnvironment(root);
    const made = snapshot(root);
    pip(root, ["install", "--no-deps", "--no-index", "--find-links", wheels, "sample-tool"]);
    await applyChanges({ install: [], remove: listInstalled([target.scheme.purelib]) }, target);
    expect(snapshot(root)).toEqual(made);
    await applyChanges({ install: [await wanted(temporaryStore(), TOOL)], remove: [] }, target);
    pip(root, ["uninstall", "--yes", "sample-tool"]);
    expect(Object.keys(snapshot(root)).filter((path) => path.includes("sample"))).toEqual([]);
    expect(listInstalled([target.scheme.purelib])).toEqual([]);
  });
});

function newEnvironment(root: string): InstallTarget {
  mkdirSync(root, { recursive: true });
  execFileSync(PYTHON, ["-m", "venv", "--without-pip", root]);
  const paths =
    "import json,sysconfig,sys; p=sysconfig.get_paths(); v=sys.version_info; print(json.dumps([p['purelib'],p['platlib'],p['scripts'],p['data'],f'{v[0]}.{v[1]}']))";
  const executable = join(root, process.platform === "win32" ? "Scripts/python.exe" : "bin/python");
  const output = execFileSync(executable, ["-c", paths], { encoding: "utf8" });
  const [purelib = "", platlib = "", scripts = "", data = "", version = ""]: string[] = JSON.parse(output);
  return {
    root,
    executable,
    linkMode: "clone",
    target: targetFor({ platform: "linux", pythonVersion: version }),
    scheme: { purelib, platlib, scripts, data, headers: join(root, "include/site", `python${version}`) },
  };
}

function pip(root: string, options: readonly string[]): void {
  const executable = join(root, "bin/python");
  execFileSync(
    PYTHON,
    ["-m", "pip", "--python", executable, "--disable-pip-version-check", "-q", ...options],
    {
      env: { PATH: process.env["PATH"], HOME: temporaryFolder(), PIP_CONFIG_FILE: "/dev/null" },
      stdio: "pipe",
    },
  );
}

/** The tree without what differs between installers by intent: launchers, INSTALLER, REQUESTED, and RECORD's rows of them. */
function comparable({ root, scheme }: InstallTarget): {
  readonly tree: object;
  readonly rows: readonly string[];
} {
  const differs = /(^|\/)(INSTALLER|REQUESTED|RECORD|sample-tool)$/;
  const tree = Object.entries(snapshot(root))
    .filter(([path]) => !differs.test(path) && !path.startsWith("pyvenv.cfg"))
    // Files that are shared with the cache are read-only (docs/cache.md).
    .map(([path, entry]) => [path, entry.replace(/^444 /, "644 ").replace(/^555 /, "755 ")]);
  const record = readFileSync(join(scheme.purelib, "sample_tool-1.2.dist-info/RECORD"), "utf8");
  const rows = parseRecord(record).filter(({ path }) => !differs.test(path));
  const paths = rows.map(({ path }) => path).sort();
  const digests = Object.fromEntries(rows.map(({ path, hash, size }) => [path, `${hash},${size}`]));
  return { tree: { ...Object.fromEntries(tree), ...digests }, rows: paths };
}
