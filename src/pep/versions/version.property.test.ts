import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { publicVersionText, versionText } from "../../../test/support/pep-arbitraries.ts";
import { errorCode } from "../../../test/support/vectors.ts";
import {
  canonicalVersionText,
  compareVersions,
  makeVersion,
  parseVersion,
  tryParseVersion,
} from "./version.ts";
import type { Integer, Version, VersionParts } from "./version.ts";

describe("versions", () => {
  test("the normal form reads as the same version and is its own normal form", () => {
    fc.assert(
      fc.property(versionText, (text) => {
        const version = parseVersion(text);
        expect(parseVersion(version.text)).toEqual(version);
        expect(makeVersion(version)).toEqual(version);
      }),
    );
  });

  test("white space and case do not matter", () => {
    fc.assert(
      fc.property(versionText, (text) => {
        expect(parseVersion(` V${text.toUpperCase()}\n`)).toEqual(parseVersion(text));
      }),
    );
  });

  test("the order is total and agrees with the rules of PEP 440, spelled out", () => {
    fc.assert(
      fc.property(versionText, versionText, versionText, (a, b, c) => {
        const [x, y, z] = [parseVersion(a), parseVersion(b), parseVersion(c)];
        expect(compareVersions(x, y)).toBe(compareByRules(x, y));
        expect(compareVersions(x, y) + compareVersions(y, x)).toBe(0);
        const [first, second, third] = [x, y, z].toSorted(compareVersions);
        expect([
          compareVersions(first!, second!),
          compareVersions(second!, third!),
          compareVersions(first!, third!),
        ]).not.toContain(1);
      }),
      { numRuns: 1000 },
    );
  });

  test("equal versions are those with one canonical text", () => {
    fc.assert(
      fc.property(publicVersionText, publicVersionText, (a, b) => {
        const [x, y] = [parseVersion(a), parseVersion(b)];
        expect(canonicalVersionText(x) === canonicalVersionText(y)).toBe(x.order === y.order);
      }),
    );
  });

  test("parseVersion throws nothing but PinionError", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: "binary" }),
          fc.string({ unit: fc.constantFrom(...Array.from("01.!+-_ vadevrcpost")), maxLength: 12 }),
        ),
        (text) => {
          const code = errorCode(() => parseVersion(text));
          expect([undefined, "requirement/invalid-version"]).toContain(code);
          expect(tryParseVersion(text) === undefined).toBe(code !== undefined);
        },
      ),
    );
  });
});

/** The order as the specification tells it, by comparing numbers one after another. */
function compareByRules(a: Version, b: Version): number {
  const [as, bs] = [ranks(a), ranks(b)];
  for (let index = 0; index < Math.max(as.length, bs.length); index++) {
    const result = compareIntegers(as[index] ?? -1, bs[index] ?? -1);
    if (result !== 0) return result;
  }
  return compareLocals(a.local, b.local);
}

function ranks(version: VersionParts): readonly Integer[] {
  const { epoch, release, pre, post, dev } = version;
  const padded = [...release, ...Array.from({ length: 8 - release.length }, () => 0)];
  const isDevOnly = pre === undefined && post === undefined && dev !== undefined;
  const phase = isDevOnly ? 0 : pre === undefined ? 4 : ["a", "b", "rc"].indexOf(pre[0]) + 1;
  return [epoch, ...padded, phase, pre?.[1] ?? 0, post ?? -1, dev === undefined ? 1 : 0, dev ?? 0];
}

function compareLocals(a: string | undefined, b: string | undefined): number {
  const [as, bs] = [a?.split(".") ?? [], b?.split(".") ?? []];
  for (let index = 0; index < Math.max(as.length, bs.length); index++) {
    const [x, y] = [as[index], bs[index]];
    if (x === undefined || y === undefined) return x === undefined ? -1 : 1;
    const [isNumberX, isNumberY] = [/^\d+$/.test(x), /^\d+$/.test(y)];
    if (isNumberX !== isNumberY) return isNumberX ? 1 : -1;
    const result = isNumberX ? compareIntegers(BigInt(x), BigInt(y)) : x === y ? 0 : x < y ? -1 : 1;
    if (result !== 0) return result;
  }
  return 0;
}

function compareIntegers(a: Integer, b: Integer): number {
  return a === b || BigInt(a) === BigInt(b) ? 0 : a < b ? -1 : 1;
}
