import { describe, expect, test } from "vitest";

import { errorCode } from "../../../test/support/vectors.ts";
import { locateIndexes, projectUrl, type LocationSettings } from "./locations.ts";

const DIRECTORY = "/home/ada/project";

describe("locateIndexes", () => {
  test("asks the indexes in their order, then the extra ones, the default last; flat ones first", () => {
    const { locations } = locateIndexes({
      directory: DIRECTORY,
      indexes: [from("corp=https://a.example/simple"), from("https://b.example/simple/")],
      extraIndexUrls: [from("https://c.example/simple")],
      defaultIndex: from("https://d.example/simple"),
      findLinks: [from("./wheels"), from("https://e.example/wheels.html")],
    });
    expect(locations.map(({ url, kind, isDefault, name }) => [url, kind, isDefault, name])).toEqual([
      ["file:///home/ada/project/wheels", "flat", false, undefined],
      ["https://e.example/wheels.html", "flat", false, undefined],
      ["https://a.example/simple", "simple", false, "corp"],
      ["https://b.example/simple", "simple", false, undefined],
      ["https://c.example/simple", "simple", false, undefined],
      ["https://d.example/simple", "simple", true, undefined],
    ]);
  });

  // Promise: no secret reaches a plan, which is stored and applied later
  // Attack: a requirements file has a password beside a variable in the URL of an index
  test("keeps no login of a URL with variables", () => {
    const value = "https://ada:hunter2@a.example/t0ken/simple";
    const withVariables = "https://ada:hunter2@a.example/${TOKEN}/simple";
    const { locations } = locateIndexes({
      directory: DIRECTORY,
      extraIndexUrls: [{ ...from(value), withVariables }],
    });
    expect(locations[0]).toMatchObject({ withVariables: "https://ada:****@a.example/${TOKEN}/simple" });
    expect(JSON.stringify(locations)).not.toContain("hunter2");
  });

  // Promise: untrusted input cannot make a command hang
  // Attack: a project's file, or a requirements file, names thousands of indexes, each of which is held against the others
  test("takes no more indexes than anyone has", () => {
    const many = Array.from({ length: 1001 }, (_, index) => from(`https://i${index}.example/simple`));
    for (const settings of [{ indexes: many }, { extraIndexUrls: many }, { findLinks: many }])
      expect(errorCode(() => locateIndexes({ directory: DIRECTORY, ...settings }))).toBe("settings/invalid");
  });

  test.each<[string, Partial<LocationSettings>, readonly string[]]>([
    ["PyPI where none is named", {}, ["https://pypi.org/simple"]],
    [
      "no index at all but folders",
      { isIndexOff: true, findLinks: [from("/w")], indexes: [from("https://a.example")] },
      ["file:///w"],
    ],
    [
      "the index that calls itself the default",
      {
        indexes: [{ ...from("https://a.example/simple"), isDefault: true }, from("https://b.example/simple")],
      },
      ["https://b.example/simple", "https://a.example/simple"],
    ],
    [
      "a flag's default before that of a file",
      {
        defaultIndex: from("https://f.example/simple"),
        indexes: [{ ...from("https://a.example/simple"), isDefault: true }],
      },
      ["https://f.example/simple"],
    ],
    [
      "the first of two with one name",
      {
        indexes: [from("x=https://a.example"), from("x=https://b.example")],
        isIndexOff: false,
        defaultIndex: from("https://c.example"),
      },
      ["https://a.example", "https://c.example"],
    ],
    [
      "the first of two with one URL",
      { indexes: [from("https://pypi.org/simple/")] },
      ["https://pypi.org/simple"],
    ],
    ["what has no scheme as a path", { defaultIndex: from("ht!tp") }, ["file:///home/ada/project/ht!tp"]],
  ])("takes %s", (_name, settings, urls) => {
    const { locations } = locateIndexes({ directory: DIRECTORY, ...settings });
    expect(locations.map((location) => location.url)).toEqual(urls);
  });

  test("keeps credentials apart from URLs", () => {
    const { locations, credentials } = locateIndexes({
      directory: DIRECTORY,
      indexes: [from("corp=https://ada:p%40ss@a.example/simple/"), from("https://token@b.example/simple")],
    });
    expect(JSON.stringify(locations)).not.toMatch(/ada:|p%40ss|p@ss|token/);
    expect(credentials).toEqual([
      { url: "https://a.example/simple/", username: "ada", password: "p@ss", origin: "--index" },
      { url: "https://b.example/simple", username: "token", password: undefined, origin: "--index" },
    ]);
  });

  test("does not take a query for a name", () => {
    const { locations } = locateIndexes({
      directory: DIRECTORY,
      defaultIndex: from("https://a.example/simple?x=1"),
    });
    expect(locations[0]).toMatchObject({ url: "https://a.example/simple?x=1" });
    expect(locations[0]).not.toHaveProperty("name");
  });

  test.each(["ftp://a.example/simple", "https://", "javascript:alert(1)", ""])("refuses %j", (value) => {
    const locate = () => locateIndexes({ directory: DIRECTORY, indexes: [from(value)] });
    expect(errorCode(locate)).toBe("net/invalid-url");
  });
});

describe("projectUrl", () => {
  test.each([
    ["https://pypi.org/simple", "https://pypi.org/simple/flask/"],
    ["https://a.example", "https://a.example/flask/"],
    ["https://a.example/simple?x=1", "https://a.example/simple/flask/?x=1"],
    ["file:///srv/index", "file:///srv/index/flask/"],
  ])("of %s ends in a slash", (url, expected) => {
    const index = { url, kind: "simple", isDefault: true, isExplicit: false, origin: "test" } as const;
    expect(projectUrl(index, "flask")).toBe(expected);
  });
});

function from(value: string): { readonly value: string; readonly origin: string } {
  return { value, origin: "--index" };
}
