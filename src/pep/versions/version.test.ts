import { describe, expect, test } from "vitest";
import { errorCode, mismatches, readVectors } from "../../../test/support/vectors.ts";
import {
  baseVersion,
  canonicalVersionText,
  compareVersions,
  increment,
  isPostrelease,
  isPrerelease,
  parseVersion,
  publicVersion,
  tryParseVersion,
} from "./version.ts";
import { processorMs } from "../../../test/support/processor-time.ts";

interface VersionCase {
  readonly input: string;
  readonly normalized: string;
  readonly public: string;
  readonly base: string;
  readonly epoch: number | bigint;
  readonly release: readonly (number | bigint)[];
  readonly pre: readonly [string, number | bigint] | null;
  readonly post: number | bigint | null;
  readonly dev: number | bigint | null;
  readonly local: string | null;
  readonly is_prerelease: boolean;
  readonly is_postrelease: boolean;
  readonly canonical: string;
}

interface VersionVectors {
  readonly valid: readonly VersionCase[];
  readonly invalid: readonly string[];
  readonly ascending: readonly (readonly string[])[];
}

const vectors = readVectors<VersionVectors>("pep440-versions");

describe("pep440-versions.json", () => {
  test("parseVersion reads every valid version", () => {
    const wrong = mismatches(vectors.valid, ({ input, normalized, base, canonical, ...rest }) => {
      const version = parseVersion(input);
      const { epoch, release, pre, post, dev, local } = rest;
      return {
        expected: [
          normalized,
          rest.public,
          base,
          canonical,
          epoch,
          release,
          pre,
          post,
          dev,
          local,
          rest.is_prerelease,
          rest.is_postrelease,
        ],
        actual: [
          version.text,
          publicVersion(version).text,
          baseVersion(version).text,
          canonicalVersionText(version),
          version.epoch,
          version.release,
          version.pre ?? null,
          version.post ?? null,
          version.dev ?? null,
          version.local ?? null,
          isPrerelease(version),
          isPostrelease(version),
        ],
      };
    });
    expect(wrong).toEqual([]);
  });

  test("parseVersion rejects every invalid version", () => {
    expect(
      mismatches(vectors.invalid, (text) => ({
        expected: "requirement/invalid-version",
        actual: errorCode(() => parseVersion(text)),
      })),
    ).toEqual([]);
  });

  test("compareVersions orders every pair as listed", () => {
    const classes = vectors.ascending.map((texts) => texts.map(parseVersion));
    const wrong: string[] = [];
    for (const [indexA, as] of classes.entries()) {
      for (const [indexB, bs] of classes.entries()) {
        const expected = Math.sign(indexA - indexB);
        for (const a of as) {
          for (const b of bs) {
            const keys = a.order === b.order ? 0 : a.order < b.order ? -1 : 1;
            if (compareVersions(a, b) !== expected || keys !== expected) wrong.push(`${a.text} ? ${b.text}`);
          }
        }
      }
    }
    expect(wrong).toEqual([]);
  });
});

describe("parseVersion", () => {
  test.each([
    ["1.0.post.dev.", "1.0.post0.dev0"],
    ["\u00a01.0\u2003", "1.0"],
    ["1.0-1-dev", "1.0.post1.dev0"],
    ["007", "7"],
    ["1.9007199254740993", "1.9007199254740993"],
    ["1.0+00099999999999999999999", "1.0+99999999999999999999"],
    ["1.0-c-post", "1.0rc0.post0"],
    ["0.0.0", "0.0.0"],
  ])("reads %j as %s", (text, normal) => {
    expect(parseVersion(text).text).toBe(normal);
  });

  test.each([
    "1.0poſt1",
    "1.0prevıew1",
    "1.0+\u212a",
    "1.0.",
    "1..0",
    "v",
    "1!",
    "1.0\u0000",
    "1.0 .1",
    "+1",
    "-1",
  ])("rejects %j", (text) => {
    expect(tryParseVersion(text)).toBeUndefined();
  });

  test.each([
    "1".repeat(100_000),
    "1.".repeat(50_000),
    "1".repeat(100_000) + "!",
    " ".repeat(100_000),
    "1.0" + ".a".repeat(50_000),
    "1.0+" + "a.".repeat(50_000),
    "1.0+" + "0".repeat(2_000) + "+",
  ])("gives a short error for hostile text %#", (text) => {
    const start = processorMs();
    expect(() => parseVersion(text)).toThrow(
      expect.objectContaining({ code: "requirement/invalid-version" }),
    );
    expect(processorMs() - start).toBeLessThan(10_000);
  });

  test("numbers that a double cannot hold keep every digit and their order", () => {
    const small = parseVersion("9007199254740993");
    const large = parseVersion("9007199254740994");
    expect(small.release).toEqual([9007199254740993n]);
    expect(compareVersions(small, large)).toBe(-1);
    expect(compareVersions(parseVersion("9007199254740993.0"), small)).toBe(0);
    expect(parseVersion("00009007199254740991").release).toEqual([9007199254740991]);
    expect(increment(9007199254740991)).toBe(9007199254740992n);
  });

  test("the message of a long text stays short", () => {
    expect(() => parseVersion("x".repeat(5_000))).toThrow(
      /^A version is longer than 4300 characters: "x{80}"$/,
    );
  });
});
