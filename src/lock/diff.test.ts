import { expect, test } from "vitest";
import { parsePylock } from "../pep/files/pylock.ts";
import { diffLocks, type LockChange } from "./diff.ts";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";

function entry(name: string, version: string, fields: object = {}): object {
  const url = `https://files.example/${name}-${version}-py3-none-any.whl`;
  return { name, version, wheels: [{ url, hashes: { sha256: "ab" } }], ...fields };
}

function diff(before: readonly object[], after: readonly object[]): readonly LockChange[] {
  const lock = (packages: readonly object[]) =>
    parsePylock({ "lock-version": "1.0", "created-by": "a tool", packages });
  return diffLocks(lock(before), lock(after));
}

test("diffLocks() reports nothing between a lock and itself in another order", () => {
  const packages = [entry("a", "1"), entry("b", "2", { marker: "os_name == 'nt'" })];
  expect(diff(packages, packages.toReversed())).toEqual([]);
});

test("diffLocks() reports what was added, removed, upgraded and downgraded", () => {
  expect(
    diff(
      [entry("gone", "1"), entry("up", "1.9"), entry("down", "2")],
      [entry("up", "1.10"), entry("down", "1"), entry("new", "3")],
    ),
  ).toEqual([
    { kind: "version", name: "down", old: ["2"], new: ["1"], direction: "downgrade" },
    { kind: "removed", name: "gone", versions: ["1"] },
    { kind: "added", name: "new", versions: ["3"] },
    { kind: "version", name: "up", old: ["1.9"], new: ["1.10"], direction: "upgrade" },
  ]);
});

test("diffLocks() reports a file with other hashes under the same version, and files that came and went", () => {
  const url = (tag: string): string => `https://files.example/a-1-${tag}-none-any.whl`;
  const wheels = (...tags: readonly (readonly [string, string])[]): object => ({
    wheels: tags.map(([tag, sha256]) => ({ url: url(tag), hashes: { sha256 } })),
  });
  expect(
    diff(
      [entry("a", "1", wheels(["py2", "11"], ["py3", "22"]))],
      [entry("a", "1", wheels(["py3", "33"], ["py4", "44"]))],
    ),
  ).toEqual([
    {
      kind: "files",
      name: "a",
      version: "1",
      added: ["a-1-py4-none-any.whl"],
      removed: ["a-1-py2-none-any.whl"],
      changed: [{ filename: "a-1-py3-none-any.whl", old: "sha256:22", new: "sha256:33" }],
    },
  ]);
});

test("diffLocks() reports another index, another marker and another kind of source", () => {
  expect(
    diff(
      [
        entry("a", "1", { index: "https://pypi.org/simple" }),
        entry("b", "1"),
        entry("c", "1"),
        { name: "d", vcs: { type: "git", url: "https://git.example/d", "commit-id": COMMIT } },
      ],
      [
        entry("a", "1", { index: "https://mirror.example/simple" }),
        entry("b", "1", { marker: "os_name == 'nt'" }),
        {
          name: "c",
          version: "1",
          archive: { url: "https://files.example/c.zip", hashes: { sha256: "ab" } },
        },
        {
          name: "d",
          vcs: { type: "git", url: "https://git.example/d", "commit-id": COMMIT.replace("0", "f") },
        },
      ],
    ).map(({ kind, name }) => `${name} ${kind}`),
  ).toEqual(["a index", "b marker", "c source", "c files", "d source"]);
});

test("diffLocks() looks at every entry of a version, also where the first one is as before", () => {
  const wheel = (sha256: string): object => ({
    wheels: [{ url: "https://files.example/a-1-py3-none-any.whl", hashes: { sha256 } }],
  });
  const divided = [
    entry("a", "1", { ...wheel("11"), marker: "python_version < '3'" }),
    entry("a", "1", { ...wheel("22"), marker: "python_version >= '3'" }),
  ];
  expect(diff([entry("a", "1", wheel("11"))], divided)).toEqual([
    {
      kind: "files",
      name: "a",
      version: "1",
      added: [],
      removed: [],
      changed: [{ filename: "a-1-py3-none-any.whl", old: "sha256:11", new: "sha256:11, sha256:22" }],
    },
    {
      kind: "marker",
      name: "a",
      version: "1",
      old: "",
      new: "(python_version < '3') or (python_version >= '3')",
    },
  ]);
  expect(diff(divided, divided.toReversed())).toEqual([]);
});
