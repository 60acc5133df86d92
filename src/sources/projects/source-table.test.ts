import { expect, test } from "vitest";

import { isPinionError } from "../../errors.ts";
import { readSourceTable } from "./source-table.ts";
import { readSources, withSources } from "./project-sources.ts";
import { parseRequirement } from "../../pep/requirements/requirement.ts";

const linux = { path: "a", marker: "sys_platform == 'linux'" };
const mac = { path: "b", marker: "sys_platform == 'darwin'" };

function refusal(sources: unknown): string | undefined {
  try {
    readSourceTable({ tool: { uv: { sources } } }, "pyproject.toml");
    return undefined;
  } catch (error) {
    if (!isPinionError(error)) throw error;
    expect([error.code, error.message]).toEqual([
      "requirement/invalid-file",
      "Failed to parse: pyproject.toml",
    ]);
    return (error.cause as Error).message;
  }
}

test.for([
  [[], "The list of sources of `a` is empty"],
  ["x", "The source of `a` is not a table, nor a list of tables"],
  [[3], "A source of `a` is not a table"],
  [{}, "The source of `a` has none of `git`, `url`, `path`, `index`, `workspace`"],
  [
    { path: "a", folder: "b" },
    expect.stringContaining("The source of `a` has the unknown field `folder`; known are `git`, "),
  ],
  [{ path: "a", editable: "yes" }, "`editable` of the source of `a` is not a boolean"],
  [{ path: "a", subdirectory: 3 }, "`subdirectory` of the source of `a` is not a string"],
  [
    { git: "https://x.example/r", rev: "1", tag: "2" },
    "The source of `a` has more than one of `rev`, `tag`, `branch`",
  ],
  [{ git: "../r" }, "`git` of the source of `a` is not a URL"],
  [{ url: "a.whl" }, "`url` of the source of `a` is not a URL"],
  [{ url: "https://x.example/a.zip", path: "a" }, "The source of `a` has both `url` and `path`"],
  [{ url: "https://x.example/a.zip", editable: false }, "The source of `a` has both `url` and `editable`"],
  [{ path: "a", rev: "1" }, "The source of `a` has both `path` and `rev`"],
  [{ path: "a", workspace: false }, "The source of `a` has both `path` and `workspace`"],
  [
    { path: "a", editable: true, package: false },
    "The source of `a` has both `editable = true` and `package = false`",
  ],
  [{ index: "corp", editable: false }, "The source of `a` has both `index` and `editable`"],
  [{ index: "c o" }, "The index of the source of `a` has a name that no index can have"],
  [{ workspace: true, package: true }, "The source of `a` has both `workspace` and `package`"],
  [{ path: "a", extra: "x", group: "y" }, "The source of `a` has both `extra` and `group`"],
  [[linux, { path: "b" }], expect.stringContaining("Each of several sources of `a` needs a marker")],
  [
    [linux, { path: "b", marker: "os_name == 'posix'" }],
    "The markers of two sources of `a` overlap: `sys_platform == 'linux'` and `os_name == 'posix'`",
  ],
  [[linux, mac], undefined],
  [[linux, { ...linux, extra: "x" }], undefined],
  [{ git: "git+https://x.example/r", path: "dist/a-1.zip", lfs: true }, undefined],
  [{ path: "a", subdirectory: "b", editable: false, package: false }, undefined],
] as const)("the source %o of a project is refused, or not, as uv does", ([stated, reason]) => {
  expect(refusal({ a: stated })).toEqual(reason);
});

test("the table of sources is refused with a name that no project can have, and with one twice", () => {
  expect(refusal(3)).toBe("`tool.uv.sources` is not a table");
  expect(refusal({ "a b": { path: "a" } })).toContain('Not a valid package or extra name: "a b"');
  expect(refusal({ "a.b": { path: "a" }, A_b: { path: "a" } })).toBe(
    "`tool.uv.sources` has more than one entry for `a-b`",
  );
});

test("an overlap of long markers is refused without them", () => {
  const long = (field: string): unknown => ({
    path: "a",
    marker: Array.from({ length: 100 }, (_, index) => `${field} != 'x${index}'`).join(" and "),
  });
  expect(refusal({ a: [long("platform_machine"), long("platform_version")] })).toBe(
    "The markers of two sources of `a` overlap",
  );
});

test("an overlap is refused with the marker that leaves none", () => {
  const a = [linux, { path: "b", marker: "python_version < '3.10'" }];
  expect(() => readSourceTable({ tool: { uv: { sources: { a } } } }, "f")).toThrowError(
    expect.objectContaining({
      hints: [
        "Replace `python_full_version < '3.10'` with `python_full_version < '3.10' and sys_platform != 'linux'`",
      ],
    }) as Error,
  );
});

test.for([
  [{ git: "git+https://x.example/r", tag: "v1" }, "git+https://x.example/r@v1"],
  [{ path: "/lib", subdirectory: "core" }, "file:///lib"],
  [{ url: "https://x.example/a-1.zip", subdirectory: "core" }, "https://x.example/a-1.zip#subdirectory=core"],
  [{ url: "git+https://x.example/r" }, "Its `url` is that of a repository, which is named by `git`"],
  [{ url: "https://x.example/a-1.zip#x" }, "Its `url` has a fragment"],
  [{ url: "https://x.example/a" }, "Its `url` names no file that ends in `.whl`, `.tar.gz` or `.zip`"],
  [{ workspace: false }, "`workspace = false` is not supported"],
] as const)("the source %o of what is required is %s", async ([a, expected]) => {
  const place = { file: "f", folder: "/", workspace: "none", isFromNetwork: false, ignored: [] } as const;
  const sources = await readSources({ tool: { uv: { sources: { a } } } }, place);
  const found = (): unknown => withSources([parseRequirement("a")], sources, "f")[0]?.[0]?.requirement.url;
  if (expected.includes(":")) expect(found()).toBe(expected);
  else
    expect(found).toThrowError(
      expect.objectContaining({
        message: "Failed to parse entry: `a`",
        cause: expect.objectContaining({ message: expected }) as Error,
      }) as Error,
    );
});
