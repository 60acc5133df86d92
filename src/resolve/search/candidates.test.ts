import { expect, test } from "vitest";

import { parseSpecifierSet } from "../../pep/versions/specifier.ts";
import { rangeOf } from "../../pep/versions/version-range.ts";
import { parseVersion } from "../../pep/versions/version.ts";
import type { ListedVersion } from "../provider.ts";
import { freshCandidate, type CandidateRules } from "./candidates.ts";

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
