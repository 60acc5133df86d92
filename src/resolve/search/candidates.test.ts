import { describe, expect, test } from "vitest";

import { parseSpecifierSet } from "../../pep/versions/specifier.ts";
import { rangeOf } from "../../pep/versions/version-range.ts";
import { parseVersion } from "../../pep/versions/version.ts";
import type { ListedVersion } from "../provider.ts";
import { freshCandidate, selectCandidate, type CandidateRules } from "./candidates.ts";

const RULES: CandidateRules = {
  prereleases: "prefer-stable",
  direction: "highest",
  preferences: [],
  installed: undefined,
  allowsYanked: () => false,
};

test.each<[string, readonly (readonly string[])[], string, Partial<CandidateRules>, string | undefined]>([
  ["the first that has one in the range", [["1"], ["2", "1.5"]], ">=1.2", {}, "2"],
  ["an earlier one, although a later one has a newer version", [["1"], ["2"]], "", {}, "1"],
  [
    "an earlier one also with the lowest version first",
    [["3", "2"], ["1"]],
    "",
    { direction: "lowest" },
    "2",
  ],
  ["the third", [["5"], ["4"], ["2", "1"]], "<3", {}, "2"],
  ["a pre-release of an earlier one", [["2a1"], ["1"]], "", {}, "2a1"],
  ["a later one where pre-releases are off", [["2a1"], ["1"]], "", { prereleases: "disallow" }, "1"],
  ["none", [["1"], ["2"]], ">2", {}, undefined],
])("of indexes in order: %s", (_, indexes, specifiers, rules, expected) => {
  const versions = indexes
    .flatMap((list, indexPlace) =>
      list.map((text): ListedVersion => ({ version: parseVersion(text), yanked: false, indexPlace })),
    )
    .toSorted((one, other) => (one.version.order < other.version.order ? 1 : -1));
  const range = rangeOf(parseSpecifierSet(specifiers));
  expect(freshCandidate(versions, range, { ...RULES, ...rules })?.version.text).toBe(expected);
});

// Time and memory grow with the versions that come into question, not with all that a page lists
describe("selectCandidate() reads few of many versions", () => {
  test.each<[string, string, string | undefined, Partial<CandidateRules>]>([
    ["in a range", ">=70,<77", "76", {}],
    ["in a range, with the lowest version first", ">=70,<77", "70", { direction: "lowest" }],
    ["in a range that has none", ">76,<77", undefined, {}],
    ["where one is kept", "", "77", { preferences: [{ version: parseVersion("77"), source: "user" }] }],
    [
      "where one is kept that is not listed",
      "<0",
      undefined,
      { preferences: [{ version: parseVersion("77.5"), source: "user" }] },
    ],
  ])("%s", (_, specifiers, expected, rules) => {
    let read = 0;
    const versions = Array.from({ length: 10_000 }, (_entry, place): ListedVersion => ({
      get version() {
        read += 1;
        return parseVersion(String(10_000 - place));
      },
      yanked: false,
    }));
    const range = rangeOf(parseSpecifierSet(specifiers));
    expect(selectCandidate(versions, range, { ...RULES, ...rules })?.version.text).toBe(expected);
    expect(read).toBeLessThan(100);
  });
});

test("a version that is kept is the greatest local variant in the range, or itself", () => {
  const versions = ["1.1", "1.0.post1", "1.0+cu2", "1.0+cu1", "1.0", "1.0rc1"].map((text): ListedVersion => ({
    version: parseVersion(text),
    yanked: false,
  }));
  const kept = (version: string, specifiers: string): string | undefined =>
    selectCandidate(versions, rangeOf(parseSpecifierSet(specifiers)), {
      ...RULES,
      preferences: [{ version: parseVersion(version), source: "user" }],
    })?.version.text;
  expect(kept("1.0", "==1.0")).toBe("1.0+cu2");
  expect(kept("1.0", "==1.0,!=1.0+cu2")).toBe("1.0+cu1");
  expect(kept("1.0+cu1", "")).toBe("1.0+cu1");
  expect(kept("1.0.post1", "")).toBe("1.0.post1");
  expect(kept("1.0rc1", "")).toBe("1.0rc1");
});
