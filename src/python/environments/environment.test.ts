import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { listInstalled, readEnvironment } from "./environment.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pinion-environment-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Writes files below the test's folder: a path for each, and its text. */
function write(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

const metadata = (name: string, version: string): string =>
  `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n\nText\n`;

test("listInstalled() reads names and versions from folder names, in the order of names", () => {
  write({
    "Flask_Login-0.6.3.dist-info/METADATA": metadata("Flask-Login", "0.6.3"),
    "attrs-23.1.0.dist-info/METADATA": metadata("attrs", "23.1.0"),
    "flask/__init__.py": "",
    "attrs.py": "",
  });
  expect(listInstalled([folder]).map(({ name, version, kind }) => [name, version.text, kind])).toEqual([
    ["attrs", "23.1.0", "dist-info"],
    ["flask-login", "0.6.3", "dist-info"],
  ]);
});

test.each([
  ["missing", undefined, true],
  ["empty", "", true],
  ["of another version of the format", "Wheel-Version: 2.0\nTag: py3-none-any\n", true],
  ["without tags", "Wheel-Version: 1.0\n", false],
  ["sound", "Wheel-Version: 1.0\nTag: py3-none-any\n", false],
])("listInstalled() reports a WHEEL file that is %s", (_, text, isUnreadable) => {
  write({ "a-1.dist-info/METADATA": "", ...(text === undefined ? {} : { "a-1.dist-info/WHEEL": text }) });
  expect(listInstalled([folder]).map((found) => found.hasUnreadableWheelFile)).toEqual([isUnreadable]);
});

test("listInstalled() reports the installer of a distribution, whether it was requested, and its source", () => {
  write({
    "a-1.dist-info/INSTALLER": "pip\n",
    "a-1.dist-info/REQUESTED": "",
    "a-1.dist-info/WHEEL": "Wheel-Version: 1.0\nTag: py2.py3-none-any\n",
    "b-1.dist-info/direct_url.json": '{"url": "file:///src/b%20c", "dir_info": {"editable": true}}',
    "c-1.dist-info/direct_url.json": '{"url": "https://example.com/c.whl", "archive_info": {}}',
    "d-1.dist-info/direct_url.json": "not json",
  });
  const [a, b, c, d] = listInstalled([folder]);
  expect(a).toMatchObject({
    installer: "pip",
    isRequested: true,
    isEditable: false,
    wheelTags: ["py2-none-any", "py3-none-any"],
  });
  expect(b).toMatchObject({
    installer: undefined,
    isRequested: false,
    isEditable: true,
    editableLocation: "/src/b c",
  });
  expect(c).toMatchObject({
    isEditable: false,
    directUrl: { kind: "archive", url: "https://example.com/c.whl" },
  });
  expect(d).toMatchObject({ isEditable: false, directUrl: undefined });
});

test("listInstalled() knows eggs of all kinds", () => {
  write({
    "folder-1.0-py3.12.egg-info/PKG-INFO": metadata("folder", "1.0"),
    "file-2.0.egg-info": metadata("file", "2.0"),
    "nameless.egg-info/PKG-INFO": metadata("Nameless", "3.0"),
    "old-link.egg-link": `${folder}/project\n.`,
    "project/old_link.egg-info/PKG-INFO": metadata("old-link", "4.0"),
  });
  const installed = listInstalled([folder]);
  expect(installed.map(({ name, version, kind }) => [name, version.text, kind])).toEqual([
    ["file", "2.0", "egg-info"],
    ["folder", "1.0", "egg-info"],
    ["nameless", "3.0", "egg-info"],
    ["old-link", "4.0", "egg-link"],
  ]);
  expect(installed.map((distribution) => distribution.metadata().version.text)).toEqual([
    "2.0",
    "1.0",
    "3.0",
    "4.0",
  ]);
  expect(installed[3]).toMatchObject({
    isEditable: true,
    editableLocation: join(folder, "project"),
    eggLink: join(folder, "old-link.egg-link"),
  });
});

test("readEnvironment() passes over what makes no sense, and says so", () => {
  write({
    "a-not.a.version.dist-info/METADATA": "",
    "noversion.dist-info/METADATA": "",
    "empty.egg-link": "\n",
    "gone.egg-link": "/does/not/exist",
    "good-1.dist-info/METADATA": "",
  });
  const { distributions, warnings } = readEnvironment([folder, join(folder, "not-there")]);
  expect(distributions.map(({ name }) => name)).toEqual(["good"]);
  expect(warnings.toSorted()).toEqual(
    ["a-not.a.version.dist-info", "empty.egg-link", "gone.egg-link", "noversion.dist-info"].map(
      (entry) => `Ignoring an invalid distribution: \`${join(folder, entry)}\``,
    ),
  );
});

test("readEnvironment() names what is there twice, and reads one folder once", () => {
  write({
    "lib/a-1.dist-info/METADATA": "",
    "lib/A-2.dist-info/METADATA": "",
    "other/b-1.dist-info/METADATA": "",
  });
  symlinkSync(join(folder, "lib"), join(folder, "lib64"), "junction");
  const { distributions, duplicates } = readEnvironment([
    join(folder, "lib"),
    join(folder, "lib64"),
    join(folder, "other"),
  ]);
  expect(distributions.map(({ name, version }) => `${name}==${version.text}`)).toEqual([
    "a==1",
    "a==2",
    "b==1",
  ]);
  expect(duplicates).toEqual(["a"]);
});

test("metadata() reads past a long header and explains what is missing", () => {
  const classifiers = "Classifier: something\n".repeat(2000);
  write({ "a-1.dist-info/METADATA": `Metadata-Version: 2.1\nName: a\n${classifiers}Version: 1\n\nText\n` });
  mkdirSync(join(folder, "b-1.dist-info"));
  const [a, b] = listInstalled([folder]);
  expect(a?.metadata().version.text).toBe("1");
  expect(() => b?.metadata()).toThrowError(
    expect.objectContaining({
      code: "index/invalid-metadata",
      message: `Failed to read metadata from \`${join(folder, "b-1.dist-info", "METADATA")}\`: it cannot be read`,
    }),
  );
});

test("listInstalled() passes over a `.dist-info` that is not a folder, and links that lead nowhere", () => {
  write({ "elsewhere/METADATA": metadata("linked", "1"), "file-1.dist-info": "", "a.py": "" });
  symlinkSync(join(folder, "elsewhere"), join(folder, "linked-1.dist-info"));
  symlinkSync(join(folder, "a.py"), join(folder, "python-1.dist-info"));
  symlinkSync(join(folder, "nowhere"), join(folder, "gone-1.dist-info"));
  symlinkSync(join(folder, "nowhere"), join(folder, "old-1-py3.12.egg-info"));
  symlinkSync("round-1.dist-info", join(folder, "round-1.dist-info"));
  const { distributions, warnings } = readEnvironment([folder]);
  expect([distributions.map(({ name }) => name), warnings]).toEqual([["linked"], []]);
});
