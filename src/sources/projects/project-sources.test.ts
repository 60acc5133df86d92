import { expect, test } from "vitest";

import { parseRequirement, type Requirement } from "../../pep/requirements/requirement.ts";
import { readSources, withinRepository, withSources } from "./project-sources.ts";

test.for([
  ["file:///checkout/lib", "git+https://x.example/r@1#subdirectory=lib"],
  ["file:///checkout/lib#subdirectory=core", "git+https://x.example/r@1#subdirectory=lib/core"],
  ["file:///checkout", "git+https://x.example/r@1"],
  ["file:///elsewhere", undefined],
  ["file:///checkout-2/lib", undefined],
  ["file:///checkout/lib#subdirectory=../../x", undefined],
] as const)("a repository has the folder %s as %s", ([url, expected]) => {
  const place = { root: "/checkout", repository: "git+https://x.example/r@1" };
  expect(withinRepository(url, place)).toBe(expected);
});

// Promise: untrusted input cannot make a command hang
// Attack: a project of some kilobytes has many sources with markers for one project, and requires it again and again
test("sources of a project are distinguished by their markers unless they are absurdly many", async () => {
  const choose = async (count: number, times: number): Promise<number> => {
    const choices = Array.from({ length: count }, (_, index) => ({
      index: "corp",
      marker: `platform_machine == "m${index}" and os_name != "o${index}"`,
    }));
    const sources = await readSources(
      { tool: { uv: { sources: { a: choices } } } },
      { file: "pyproject.toml", folder: "/", workspace: "none", isFromNetwork: true, ignored: [] },
    );
    return withSources(
      Array<Requirement>(times).fill(parseRequirement("a")),
      sources,
      "pyproject.toml",
    ).flat().length;
  };
  expect(await choose(2, 20)).toBe(60);
  await expect(choose(20, 100)).rejects.toMatchObject({ code: "requirement/invalid-file" });
  await expect(choose(3000, 1)).rejects.toMatchObject({ code: "requirement/invalid-file" });
});
