import { describe, expect, test } from "vitest";
import { parseSpecifierSet } from "./specifier.ts";
import {
  complementRange,
  emptyRange,
  equalRanges,
  exactVersion,
  formatRange,
  fullRange,
  intersectRanges,
  isDisjointRanges,
  isEmptyRange,
  isFullRange,
  isSubsetRange,
  rangeContains,
  rangeOf,
  simplifyRange,
  singletonRange,
  uniteRanges,
} from "./version-range.ts";
import type { VersionRange } from "./interval.ts";
import { parseVersion } from "./version.ts";

describe("rangeContains", () => {
  test.each([
    ["<2", "2.0a1", false],
    ["<2", "2.dev0", false],
    ["<2a1", "2.dev0", true],
    [">1.0", "1.0.post1", false],
    [">1.0", "1.0+x", false],
    [">1.0", "1.0.0.1.dev0", true],
    [">1.0.post1", "1.0.post2.dev0", true],
    [">1.0.post1", "1.0.post1+x", false],
    [">1.0a1", "1.0a1.post5", false],
    [">1.0a1", "1.0a2.dev0", true],
    ["==1.0", "1.0+x", true],
    ["==1.0", "1.0.post0.dev0", false],
    ["==1.0+x", "1.0+x.1", false],
    ["!=1.0", "1.0+x", false],
    ["<=1.0", "1.0+x", true],
    ["<=1.0", "1.0.post0.dev0", false],
    ["==1.2.*", "1.2.dev0", true],
    ["==1.2.*", "1.2.post1", true],
    ["==1.2.*", "1.3.dev0", false],
    ["==1.*", "1!1", false],
    ["~=1.2", "2.dev0", false],
    ["~=1.2.0", "1.2.9999999999999999999999", true],
  ])("%s and %s: %s", (specifiers, version, expected) => {
    expect(rangeContains(range(specifiers), parseVersion(version))).toBe(expected);
  });

  test("a single version is only that version", () => {
    const one = singletonRange(parseVersion("1.0"));
    expect(rangeContains(one, parseVersion("1.0.0"))).toBe(true);
    expect(rangeContains(one, parseVersion("1.0+a"))).toBe(false);
    expect(formatRange(one)).toEqual(["==1.0"]);
    expect(exactVersion(one)?.text).toBe("1.0");
  });
});

describe("isEmptyRange", () => {
  test.each([">1.0a1,<1.0a2.dev0", "<0", "<0.dev0", ">1.0,<1.0.post1", ">=1,<1", "==1,!=1", "===foo"])(
    "no version fits %s",
    (specifiers) => {
      expect(isEmptyRange(range(specifiers))).toBe(true);
    },
  );

  test.each([">=0.dev0", "", "!=1,>=0", ">1,<1.0.0.1"])("some version fits %s", (specifiers) => {
    expect(isEmptyRange(range(specifiers))).toBe(false);
  });

  test("all versions are at least the first one", () => {
    expect(isFullRange(range(">=0.dev0"))).toBe(true);
    expect(isFullRange(range(">=0"))).toBe(false);
    expect(equalRanges(complementRange(range(">=0.dev0")), emptyRange())).toBe(true);
  });
});

describe("equal sets have one form", () => {
  test.each([
    [">=1.0,<2", ">=1,<2.0"],
    ["<=1.0", "<1.0.post0.dev0"],
    [">1.0a1", ">=1.0a2.dev0"],
    ["==1.*", "==1.*,>=0"],
    ["<1.0a0", "<1.0a0"],
  ])("%s is %s", (a, b) => {
    expect(equalRanges(range(a), range(b))).toBe(true);
  });
});

describe("formatRange", () => {
  test.each<[VersionRange, readonly string[]]>([
    [fullRange(), ["*"]],
    [emptyRange(), []],
    [range(">=1.0.0,<2.0.0"), [">=1.0.0,<2.0.0"]],
    [range("==3.0.0"), ["==3.0.0"]],
    [range("!=3.0.0"), ["<3.0.0", ">3.0.0"]],
    [range("<=1"), ["<=1"]],
    [range(">4,<=5"), [">4,<=5"]],
    [range("==1.2.*"), ["==1.2.*"]],
    [range("!=1!1.2.*"), ["<1!1.2.dev0", ">=1!1.3.dev0"]],
    [range("~=1.2"), [">=1.2,<2.dev0"]],
    [complementRange(range(">=1,<2")), ["<1", ">=2"]],
    [uniteRanges(range("<1"), range(">=1.dev0")), ["*"]],
    [uniteRanges(range("==1"), range("==2")), ["==1", "==2"]],
  ])("%#", (value, expected) => {
    expect(formatRange(value)).toEqual(expected);
  });
});

describe("simplifyRange", () => {
  const known = ["1", "2", "3", "4", "5"].map(parseVersion);

  test.each([
    [">=0.5", ["*"]],
    [">=1.5", [">=1.5"]],
    ["<4.5", ["<4.5"]],
    ["<5.5", ["*"]],
    [">=2,!=2.5,!=2.6,<3.5", [">=2,<3.5"]],
    ["!=3", ["<3", ">3"]],
    ["!=3.5", ["*"]],
    ["==3", ["==3"]],
    ["==3.5", ["==3.5"]],
    [">=3.1,<3.9", [">=3.1,<3.9"]],
    [">=2,!=4,!=6", [">=2,<4", ">4"]],
  ])("%s", (specifiers, expected) => {
    expect(formatRange(simplifyRange(range(specifiers), known))).toEqual(expected);
  });
});

test("relations of sets", () => {
  expect(isSubsetRange(range("==1.*"), range("<2"))).toBe(true);
  expect(isSubsetRange(range("!=1"), range("<1"))).toBe(false);
  expect(isSubsetRange(emptyRange(), emptyRange())).toBe(true);
  expect(isDisjointRanges(range("<2"), range(">=2.dev0"))).toBe(true);
  expect(formatRange(intersectRanges(range(">=1"), range("<=1")))).toEqual(["==1"]);
});

function range(specifiers: string): VersionRange {
  return rangeOf(parseSpecifierSet(specifiers));
}
