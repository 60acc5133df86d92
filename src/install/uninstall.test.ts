import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

import { describe, expect, test } from "vitest";

import { processorMs } from "../../test/support/processor-time.ts";
import { fakeEnvironment, temporaryFolder } from "../../test/install-environment.ts";
import type { InstallTarget } from "./installation.ts";
import { listInstalled } from "../python/environments/environment.ts";
import { atOnce } from "../base/work/turns.ts";
import { listFiles, listMetadata, type Removable } from "./uninstall.ts";

function environmentWith(files: Readonly<Record<string, string>>): InstallTarget {
  const target = fakeEnvironment();
  for (const [path, contents] of Object.entries(files)) {
    const absolute = join(target.scheme.purelib, path);
    mkdirSync(dirname(absolute), { recursive: true });
    writeFileSync(absolute, contents);
  }
  return target;
}

function removable(target: InstallTarget, kind: Removable["kind"], name: string): Removable {
  return { name: "x", kind, directory: join(target.scheme.purelib, name) };
}

function filesOf(target: InstallTarget, distribution: Removable): readonly string[] {
  const { files } = atOnce(listFiles(distribution, target));
  return files.map((file) => relative(target.scheme.purelib, file)).sort();
}

describe("listFiles", () => {
  test("lists what RECORD has and what exists, with bytecode, and everything in the .dist-info folder", () => {
    const target = environmentWith({
      "x/__init__.py": "",
      "x/__pycache__/__init__.cpython-311.pyc": "",
      "x/__pycache__/stale.cpython-38.pyc": "",
      "y.py": "",
      "__pycache__/y.cpython-311.pyc": "",
      "__pycache__/other.cpython-311.pyc": "",
      "x-1.dist-info/RECORD":
        'x/__init__.py,,\ny.py,,\nmissing,,\nx,,\n../../../bin/x,,\n"x-1.dist-info/RECORD",,\n',
      "x-1.dist-info/added-by-others": "",
    });
    writeFileSync(join(target.scheme.scripts, "x"), "");
    expect(filesOf(target, removable(target, "dist-info", "x-1.dist-info"))).toEqual([
      "../../../bin/x",
      "__pycache__/y.cpython-311.pyc",
      "x-1.dist-info/RECORD",
      "x-1.dist-info/added-by-others",
      "x/__init__.py",
      "x/__pycache__/__init__.cpython-311.pyc",
      "x/__pycache__/stale.cpython-38.pyc",
      "y.py",
    ]);
  });

  // Promise: of warnings whose number others choose, only the first few are shown
  // Attack: a RECORD has very many rows that lead out of the environment
  test("warns of the first rows that it refuses, and says how many more there are", () => {
    const rows = Array.from({ length: 5_000 }, (_, at) => `../../../../f${at},,\n`);
    const target = environmentWith({ "x-1.dist-info/RECORD": rows.join("") });
    const { warnings } = atOnce(listFiles(removable(target, "dist-info", "x-1.dist-info"), target));
    expect(warnings).toHaveLength(21);
    expect(warnings.at(-1)).toBe("4980 more invalid RECORD entries in x are skipped");
  });

  // Promise: uninstalling deletes nothing outside of the environment, and nothing that it consists of
  // Attack: a project's `target` was checked out with a RECORD that names files of a repository below it
  test("lists no file of a repository in a folder that is not an environment", () => {
    const record = "sub/.git/config,,\nx.py,,\nx-1.dist-info/RECORD,,\n";
    const target = environmentWith({ "x-1.dist-info/RECORD": record, "sub/.git/config": "", "x.py": "" });
    const { files, warnings } = atOnce(
      listFiles(removable(target, "dist-info", "x-1.dist-info"), {
        ...target,
        isFolder: true,
      }),
    );
    expect(files.map((file) => relative(target.scheme.purelib, file))).toEqual([
      "x.py",
      "x-1.dist-info/RECORD",
    ]);
    expect(warnings).toEqual([expect.stringContaining("sub/.git/config")]);
  });

  test("removes a link to a .dist-info folder elsewhere, and nothing that it leads to", () => {
    const target = fakeEnvironment();
    const elsewhere = temporaryFolder();
    writeFileSync(join(elsewhere, "RECORD"), "x-1.dist-info/RECORD,,\n");
    symlinkSync(elsewhere, join(target.scheme.purelib, "x-1.dist-info"));
    expect(filesOf(target, removable(target, "dist-info", "x-1.dist-info"))).toEqual(["x-1.dist-info"]);
  });

  test("lists an egg's installed files, or its modules but not shared ones or paths", () => {
    const withList = environmentWith({
      "x.egg-info/installed-files.txt": "../x/__init__.py\n../../../../../etc/passwd\nPKG-INFO\n",
      "x.egg-info/PKG-INFO": "",
      "x/__init__.py": "",
    });
    expect(filesOf(withList, removable(withList, "egg-info", "x.egg-info"))).toEqual([
      "x.egg-info/PKG-INFO",
      "x.egg-info/installed-files.txt",
      "x/__init__.py",
    ]);
    const withModules = environmentWith({
      "x.egg-info/top_level.txt": "x\nsingle\nshared\n../../../bin\n\n",
      "x.egg-info/namespace_packages.txt": "shared\n",
      "x/a/b.txt": "",
      "single.py": "",
      "shared/other.py": "",
    });
    expect(filesOf(withModules, removable(withModules, "egg-info", "x.egg-info"))).toEqual([
      "single.py",
      "x.egg-info/namespace_packages.txt",
      "x.egg-info/top_level.txt",
      "x/a/b.txt",
    ]);
  });

  test("refuses what distutils installed", () => {
    const target = environmentWith({ "x.egg-info": "Metadata-Version: 1.0\n", "y.egg-info/PKG-INFO": "" });
    for (const name of ["x.egg-info", "y.egg-info"]) {
      expect(() => atOnce(listFiles(removable(target, "egg-info", name), target))).toThrow(
        "distutils-installed",
      );
    }
  });

  // Promise: no untrusted input makes a command hang
  // Attack: an environment of others names one module, or one file, so often that each name costs a look at all that goes with it
  test("takes what is named very often once", () => {
    const cached = Array.from({ length: 300 }, (_, at) => `x/__pycache__/y.cpython-${at}.pyc`);
    const files = Object.fromEntries(["x/y.py", "x/other.py", ...cached].map((path) => [path, ""]));
    const target = environmentWith({
      ...files,
      "x-1.dist-info/RECORD": "x/y.py,,\n".repeat(100_000),
      "z.egg-info/top_level.txt": "x\n".repeat(100_000),
    });
    const started = processorMs();
    expect(filesOf(target, removable(target, "dist-info", "x-1.dist-info"))).toHaveLength(302);
    expect(filesOf(target, removable(target, "egg-info", "z.egg-info"))).toHaveLength(303);
    expect(processorMs() - started).toBeLessThan(10_000);
  });

  // Promise: no untrusted input makes a command hang
  // Attack: an environment of others lists hundreds of megabytes of modules or projects
  test.each([
    ["top_level.txt", { "x.egg-info/top_level.txt": "x\n".repeat(600_000) }, "egg-info"],
    [
      "namespace_packages.txt",
      { "x.egg-info/top_level.txt": "x", "x.egg-info/namespace_packages.txt": LONG },
      "egg-info",
    ],
    ["installed-files.txt", { "x.egg-info/installed-files.txt": LONG.repeat(16) }, "egg-info"],
    ["easy-install.pth", { "x.egg-link": "/src/x\n", "easy-install.pth": LONG }, "egg-link"],
  ] as const)("refuses a list that is too long: %s", (name, files, kind) => {
    const target = environmentWith(files);
    const listing = (): unknown => atOnce(listFiles(removable(target, kind, `x.${kind}`), target));
    expect(listing).toThrow(`Cannot uninstall \`x\`: its \`${name}\` cannot be read, it is larger than`);
  });

  test("takes a develop install out of easy-install.pth, and the file with the last one", () => {
    const target = environmentWith({ "x.egg-link": "/src/x\n../", "easy-install.pth": "/src/y\n/src/x\n" });
    const { files, edits } = atOnce(listFiles(removable(target, "egg-link", "x.egg-link"), target));
    expect(files).toEqual([join(target.scheme.purelib, "x.egg-link")]);
    expect(edits).toEqual([{ path: join(target.scheme.purelib, "easy-install.pth"), contents: "/src/y\n" }]);
    const last = environmentWith({ "x.egg-link": "/src/x\n", "easy-install.pth": "/src/x\n" });
    expect(filesOf(last, removable(last, "egg-link", "x.egg-link"))).toEqual([
      "easy-install.pth",
      "x.egg-link",
    ]);
  });
});

describe("a develop install", () => {
  // Promise: uninstalling follows no link
  // Attack: `easy-install.pth` in a folder of others is a link to a private file, whose lines would be written into that folder
  test("is removed without the file that easy-install.pth is a link to", () => {
    const target = environmentWith({ "x.egg-link": "/src/x\n" });
    const secret = join(temporaryFolder(), "secret");
    writeFileSync(secret, "private\n/src/x\n");
    const pathFile = join(target.scheme.purelib, "easy-install.pth");
    symlinkSync(secret, pathFile);
    const removal = atOnce(listFiles(removable(target, "egg-link", "x.egg-link"), target));
    expect(removal).toEqual({
      files: [join(target.scheme.purelib, "x.egg-link")],
      edits: [],
      warnings: [`\`easy-install.pth\` is a link and is left as it is: ${pathFile}`],
    });
  });

  test("loses its link, and its project keeps every file", () => {
    const project = temporaryFolder();
    mkdirSync(join(project, "x.egg-info"));
    writeFileSync(join(project, "x.egg-info", "PKG-INFO"), "Metadata-Version: 1.0\nName: x\nVersion: 1.0\n");
    const target = environmentWith({ "x.egg-link": `${project}\n.`, "easy-install.pth": `${project}\n` });
    const [distribution] = listInstalled([target.scheme.purelib]);
    if (distribution === undefined) throw new Error("nothing is installed");
    expect(distribution.directory).toBe(join(project, "x.egg-info"));
    expect(filesOf(target, distribution)).toEqual(["easy-install.pth", "x.egg-link"]);
    expect(atOnce(listMetadata(distribution, target)).files).toEqual([
      join(target.scheme.purelib, "x.egg-link"),
    ]);
  });
});

describe("the metadata of a distribution whose files are unknown", () => {
  test("is listed without what belongs to a repository, in a folder that is not an environment", () => {
    const target = environmentWith({ "x-1.dist-info/METADATA": "", "x-1.dist-info/.git": "" });
    const distribution = removable(target, "dist-info", "x-1.dist-info");
    const names = (isFolder: boolean): readonly string[] =>
      atOnce(listMetadata(distribution, { isFolder })).files.map((file) =>
        relative(distribution.directory, file),
      );
    expect(names(true)).toEqual(["METADATA"]);
    expect(names(false).toSorted()).toEqual([".git", "METADATA"]);
  });
});

/** One line of little more than a mebibyte. */
const LONG = `${"x".repeat(1024 ** 2)}\n`;
