import { describe, expect, test } from "vitest";

import { parseSpecifierSet } from "../../pep/versions/specifier.ts";
import {
  complementRange,
  formatRange,
  fullRange,
  intersectRanges,
  rangeOf,
  singletonRange,
} from "../../pep/versions/version-range.ts";
import type { ListedVersion } from "../provider.ts";
import { parseVersion } from "../../pep/versions/version.ts";
import type { Version } from "../../pep/versions/version.ts";
import {
  availableRange,
  gapAround,
  isLocalVersionsOnly,
  narrowToKnown,
  narrowUnavailable,
  simplifyToKnown,
  versionsForUser,
  withoutLocalVersions,
  type KnownVersions,
} from "./known-versions.ts";

const versions = (...texts: readonly string[]): readonly Version[] => texts.map(parseVersion);
const knownAs = (ascending: readonly Version[]): KnownVersions => ({
  listing: ascending.map((version): ListedVersion => ({ version, yanked: false })).reverse(),
  installed: undefined,
});
const range = (text: string): ReturnType<typeof rangeOf> => rangeOf(parseSpecifierSet(text));

describe("versionsForUser()", () => {
  const listed = (text: string, isExcludedNewer: boolean): ListedVersion => ({
    version: parseVersion(text),
    yanked: false,
    isExcludedNewer,
    get unusable(): never {
      throw new Error("the files of the version are looked at");
    },
  });
  // Memory and time grow with the versions that come into question, not with all that a page lists
  test("leaves out what is too new, without a look at the files of any", () => {
    const listing = [listed("3.0", true), listed("2.0", false), listed("1.0", false)];
    expect(versionsForUser({ listing, installed: undefined }).map(({ text }) => text)).toEqual([
      "1.0",
      "2.0",
    ]);
  });
});

describe("gapAround()", () => {
  test.each([
    ["2.0", ["1.0", "2.0", "3.0"], [">1.0,<3.0"]],
    ["1.0", ["1.0", "2.0"], ["<2.0"]],
    ["2.0", ["1.0", "2.0"], [">1.0"]],
    ["1.0", ["1.0"], ["*"]],
    // A version that is not listed has a gap too: it lies between the same neighbours.
    ["1.5", ["1.0", "2.0"], [">1.0,<2.0"]],
    ["1.0", [], ["==1.0"]],
  ])("%s among %j", (version, known, expected) => {
    expect(formatRange(gapAround(parseVersion(version), knownAs(versions(...known))))).toEqual(expected);
  });

  test("is bounded by what is installed, and not by what is too new", () => {
    const listing = ["3.0", "2.0", "1.0", "0.1"].map((text): ListedVersion => ({
      version: parseVersion(text),
      yanked: false,
      isExcludedNewer: text === "3.0" || text === "1.0",
    }));
    const gap = (version: string, installed?: string): readonly string[] =>
      formatRange(
        gapAround(parseVersion(version), {
          listing,
          installed: installed === undefined ? undefined : parseVersion(installed),
        }),
      );
    expect(gap("2.0")).toEqual([">0.1"]);
    expect(gap("1.0")).toEqual([">0.1,<2.0"]);
    expect(gap("2.0", "1.5")).toEqual([">1.5"]);
    expect(gap("2.0", "4.0")).toEqual([">0.1,<4.0"]);
    expect(gap("1.5", "1.5")).toEqual([">0.1,<2.0"]);
    expect(
      formatRange(gapAround(parseVersion("1.0"), { listing: [], installed: parseVersion("1.0") })),
    ).toEqual(["*"]);
  });

  // Memory and time grow with the versions that come into question, not with all that a page lists
  test("reads few of many versions", () => {
    let read = 0;
    const listing = Array.from({ length: 10_000 }, (_, place): ListedVersion => ({
      get version() {
        read += 1;
        return parseVersion(`${10_000 - place}`);
      },
      yanked: false,
    }));
    const gap = gapAround(parseVersion("77"), { listing, installed: undefined });
    expect(formatRange(gap)).toEqual([">76,<78"]);
    expect(read).toBeLessThan(30);
  });
});

describe("narrowing takes gaps back", () => {
  const known = versions("1.0", "2.0", "3.0");

  test("narrowToKnown() moves bounds onto known versions and leaves open ends open", () => {
    expect(formatRange(narrowToKnown(gapAround(parseVersion("2.0"), knownAs(known)), known))).toEqual([
      "==2.0",
    ]);
    expect(formatRange(narrowToKnown(range(">1.5"), known))).toEqual([">=2.0"]);
    expect(formatRange(narrowToKnown(range(">=0.1"), known))).toEqual(["*"]);
    expect(formatRange(narrowToKnown(range(">4,<5"), known))).toEqual([">4,<5"]);
  });

  test("narrowUnavailable() never speaks about versions that were not seen", () => {
    expect(formatRange(narrowUnavailable(range(">1.5"), known))).toEqual([">=2.0,<=3.0"]);
    expect(formatRange(narrowUnavailable(fullRange(), known))).toEqual(["*"]);
    expect(formatRange(narrowUnavailable(fullRange(), versions("2.0")))).toEqual(["==2.0"]);
  });

  test("simplifyToKnown() names an only version", () => {
    expect(formatRange(simplifyToKnown(range(">=1"), versions("2.0")))).toEqual(["==2.0"]);
    expect(formatRange(simplifyToKnown(range("!=1.5"), known))).toEqual(["*"]);
  });
});

describe("availableRange()", () => {
  const known = versions("1.0", "2.0", "3.0");

  test.each([
    ["<9", ["<=3.0"]],
    [">0.1", [">=1.0"]],
    [">9", []],
    ["<=2.5", ["<2.5"]],
    ["<=2.0", ["<=2.0"]],
    ["!=2.0", ["<2.0", ">2.0"]],
  ])("%s", (text, expected) => {
    expect(formatRange(availableRange(range(text), known))).toEqual(expected);
  });

  test("is the only version where there is one", () => {
    expect(formatRange(availableRange(range("<9"), versions("2.0")))).toEqual(["==2.0"]);
  });
});

describe("local versions", () => {
  test("withoutLocalVersions() writes them off", () => {
    expect(formatRange(withoutLocalVersions(range("==1.0")))).toEqual(["==1.0"]);
    expect(withoutLocalVersions(range("==1.0"))).toEqual(singletonRange(parseVersion("1.0")));
    expect(formatRange(withoutLocalVersions(complementRange(range("==1.0"))))).toEqual(["<1.0", ">1.0"]);
  });

  test("isLocalVersionsOnly() knows what is left of `==1.0` without 1.0", () => {
    const others = complementRange(singletonRange(parseVersion("1.0")));
    expect(isLocalVersionsOnly(intersectRanges(range("==1.0"), others))).toBe(true);
    expect(isLocalVersionsOnly(range("==1.0"))).toBe(false);
    expect(isLocalVersionsOnly(range(">1.0"))).toBe(false);
  });
});
