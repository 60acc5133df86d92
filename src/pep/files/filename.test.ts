import { expect, test } from "vitest";
import { outcome } from "../../../test/support/outcome.ts";
import { readVectors } from "../../../test/support/vectors.ts";
import {
  compareBuilds,
  parseSdistFilename,
  parseWheelFilename,
  tryParseSdistFilename,
  tryParseWheelFilename,
} from "./filename.ts";
import { parseVersion, tryParseVersion } from "../versions/version.ts";

interface Vectors {
  readonly wheels_valid: readonly {
    readonly filename: string;
    readonly name: string;
    readonly version: string;
    readonly build: readonly [] | readonly [number | bigint, string];
    readonly tags: readonly string[];
  }[];
  readonly wheels_invalid: readonly (readonly [string, string])[];
  readonly sdists_valid: readonly {
    readonly filename: string;
    readonly name: string;
    readonly version: string;
  }[];
  readonly sdists_invalid: readonly (readonly [string, string])[];
}

interface Difference {
  readonly file: string;
  readonly input: string;
  readonly "packaging-HEAD": readonly [string, unknown];
}

const vectors = readVectors<Vectors>("wheel-filenames");
const differences = readVectors<{ readonly cases: readonly Difference[] }>("oracle-differences").cases;
const refusedByHead = new Set(
  differences
    .filter(
      (difference) =>
        difference.file === "wheel-filenames" && difference["packaging-HEAD"][0].endsWith("_invalid"),
    )
    .map((difference) => difference.input),
);

test("parseWheelFilename() reads what packaging reads", () => {
  const cases = vectors.wheels_valid.filter(({ filename }) => !refusedByHead.has(filename));
  const read = cases.map(({ filename }) => {
    const { name, version, build = [], tags } = parseWheelFilename(filename);
    return { filename, name, version: version.order, build, tags: tags.toSorted() };
  });
  expect(read).toEqual(
    cases.map((one) => ({ ...one, version: parseVersion(one.version).order, tags: one.tags.toSorted() })),
  );
});

test("parseSdistFilename() reads what packaging reads", () => {
  const cases = vectors.sdists_valid.filter(({ filename }) => !refusedByHead.has(filename));
  const read = cases.map(({ filename }) => {
    const { name, version } = parseSdistFilename(filename);
    return { filename, name, version: version.order };
  });
  expect(read).toEqual(cases.map((one) => ({ ...one, version: parseVersion(one.version).order })));
});

test.each([
  ["wheel", tryParseWheelFilename, vectors.wheels_invalid],
  ["sdist", tryParseSdistFilename, vectors.sdists_invalid],
] as const)("tryParse…Filename() refuses what packaging refuses: %s", (_kind, parse, cases) => {
  expect(cases.map(([filename]) => filename).filter((filename) => parse(filename) !== undefined)).toEqual([]);
});

test("tryParseWheelFilename() follows packaging's HEAD where it is stricter than the release", () => {
  const wheels = [...refusedByHead].filter((filename) => filename.endsWith(".whl"));
  expect(wheels.filter((filename) => tryParseWheelFilename(filename) !== undefined)).toEqual([]);
});

test.each([
  ["foo-1.0.whl", "it has the wrong number of parts"],
  ["foo-1.0-py3-none-any.zip", "its extension is not `.whl`"],
  ["foo__bar-1.0-py3-none-any.whl", "its project name is invalid"],
  ["foo-x-py3-none-any.whl", "its version is invalid"],
  ["foo-1.0-b1-py3-none-any.whl", "its build tag does not start with a digit"],
  ["foo-1.0-3-none-any.whl", "its Python tag is invalid"],
  ["foo-1.0-py3..py2-none-any.whl", "its tags are partly empty"],
])("parseWheelFilename() says what is wrong with %s", (filename, reason) => {
  expect(() => parseWheelFilename(filename)).toThrowError(
    expect.objectContaining({ code: "wheel/invalid-filename", details: { filename, reason } }),
  );
});

test("parseWheelFilename() counts a tag once that stands in a set twice", () => {
  expect(parseWheelFilename("a-1-py3.py2.py3-none-any.whl").tags).toEqual(["py3-none-any", "py2-none-any"]);
});

test("parseWheelFilename() refuses compressed tags that stand for very many", () => {
  const set = (prefix: string): string =>
    Array.from({ length: 7 }, (_, index) => `${prefix}${index}`).join(".");
  expect(parseWheelFilename(`foo-1.0-${set("p")}-none-${set("x")}.whl`).tags).toHaveLength(49);
  expect(outcome(() => parseWheelFilename(`foo-1.0-${set("p")}-${set("a")}-${set("x")}.whl`))).toEqual({
    code: "wheel/invalid-filename",
  });
});

test("parseWheelFilename() asks the given parser of versions, so that a page parses each text once", () => {
  const asked: string[] = [];
  const parseRemembered = (text: string): ReturnType<typeof tryParseVersion> => {
    asked.push(text);
    return tryParseVersion(text);
  };
  parseWheelFilename("foo-1.0-py3-none-any.whl", { parseVersion: parseRemembered });
  expect(asked).toEqual(["1.0"]);
});

test("compareBuilds() puts no build tag before any, then counts, then reads", () => {
  const wheels = ["-10x", "-2b", "", "-2a", "-123456789012345678901", "-2"].map((build) =>
    parseWheelFilename(`foo-1.0${build}-py3-none-any.whl`),
  );
  expect(wheels.sort((a, b) => compareBuilds(a.build, b.build)).map((wheel) => wheel.build)).toEqual([
    undefined,
    [2, ""],
    [2, "a"],
    [2, "b"],
    [10, "x"],
    [123456789012345678901n, ""],
  ]);
});
