import { describe, expect, test } from "vitest";
import { errorCode, mismatches, readVectors } from "../../../test/support/vectors.ts";
import { isPinionError, type PinionError } from "../../errors.ts";
import { formatMarker, parseMarker } from "../markers/marker.ts";
import { formatRequirement, parseRequirement, tryParseRequirement } from "./requirement.ts";
import { caretLines, syntaxErrorPlace } from "../text.ts";
import { processorMs } from "../../../test/support/processor-time.ts";

interface RequirementCase {
  readonly input: string;
  readonly name: string;
  readonly normalized_name: string;
  readonly extras: readonly string[];
  readonly specifier: string;
  readonly url: string | null;
  readonly marker: string | null;
  readonly str: string;
}

interface RequirementVectors {
  readonly valid: readonly RequirementCase[];
  readonly invalid: readonly (readonly [string, string])[];
  readonly product: readonly (readonly [
    string,
    string,
    readonly string[],
    string,
    string | null,
    string | null,
  ])[];
  readonly real_world: readonly RequirementCase[];
}

interface Differences {
  readonly cases: readonly {
    readonly file: string;
    readonly input: string;
    readonly "packaging-HEAD": readonly ["valid", RequirementCase];
  }[];
}

const vectors = readVectors<RequirementVectors>("requirements");

describe("requirements.json", () => {
  test("parseRequirement reads every valid requirement", () => {
    expect(mismatches(vectors.valid, comparison)).toEqual([]);
  });

  test("parseRequirement reads every requirement of real wheels", () => {
    expect(mismatches(vectors.real_world, comparison)).toEqual([]);
  });

  test("parseRequirement reads the product of all parts", () => {
    const wrong = mismatches(vectors.product, ([input, name, extras, specifier, url, marker]) => {
      const parsed = parseRequirement(input);
      return {
        expected: [name, extras.toSorted(), specifier, url, marker],
        actual: [
          parsed.writtenName,
          parsed.writtenExtras,
          parsed.specifiers.text,
          parsed.url ?? null,
          parsed.marker === undefined ? null : formatMarker(parsed.marker),
        ],
      };
    });
    expect(wrong).toEqual([]);
  });

  test("parseRequirement rejects every invalid requirement", () => {
    const wrong = mismatches(vectors.invalid, ([text]) => ({
      expected: "requirement/invalid",
      actual: errorCode(() => parseRequirement(text)),
    }));
    expect(wrong).toEqual([]);
  });
});

describe("oracle-differences.json", () => {
  test("requirements follow the newer oracle", () => {
    const { cases: differences } = readVectors<Differences>("oracle-differences");
    const cases = differences.filter(({ file }) => file === "requirements");
    const wrong = mismatches(cases, (testCase) => comparison(testCase["packaging-HEAD"][1]));
    expect(wrong).toEqual([]);
  });
});

describe("parseRequirement", () => {
  test("normalises name and extras, and keeps what was written", () => {
    const requirement = parseRequirement("Foo_Bar [ Z.a , b ,z-A]>=1");
    expect(requirement).toMatchObject({
      name: "foo-bar",
      writtenName: "Foo_Bar",
      extras: ["z-a", "b"],
      writtenExtras: ["Z.a", "b", "z-A"],
    });
  });

  test.each([
    ["foo>=1,", "foo>=1"],
    ["foo (>=1,)", "foo>=1"],
    ["foo[]", "foo"],
    ["foo@http://x;y", "foo @ http://x;y"],
    ["foo @ http://x ;os_name=='a'", 'foo @ http://x ; os_name == "a"'],
    ["foo===a b", undefined],
    ["foo===1.0,>=0", "foo===1.0,>=0"],
    ["foo>=\n1", "foo>=1"],
    ["foo>=1\n", undefined],
    ["foo>=1,,<2", undefined],
    ["foo (>=1", undefined],
    ["foo @ http://x\ny", undefined],
    ["foo @ http://x >=1", undefined],
    ["foo>=1 @ http://x", undefined],
    ["fooé", undefined],
  ])("reads %j as %j", (text, normal) => {
    const requirement = tryParseRequirement(text);
    expect(requirement === undefined ? undefined : formatRequirement(requirement)).toBe(normal);
  });

  test.each([
    ["flask==1.0.x", "flask==1.0.x", "     ^^^^^^^"],
    ["foo >= 1.0 <= 2.0", "foo >= 1.0 <= 2.0", "           ^^^^^^"],
    ["name[bar baz]", "name[bar baz]", "         ^"],
    ["name; invalid_name", "name; invalid_name", "      ^^^^^^^^^^^^"],
    ["foo @ https://u:secret@x y", "foo @ https://*:******@x y", "                         ^"],
    ["foo @ https://u:p@ss@x y", "foo @ https://*:*@**@x y", "                       ^"],
    ["foo\u001b[31m", "foo\ufffd[31m", "   ^^^^^"],
  ])("points at the place in %j", (text, shown, carets) => {
    const error = errorOf(text);
    expect(caretLines(syntaxErrorPlace(error)!)).toEqual([shown, carets]);
    expect(error.message).not.toContain("secret");
  });

  test.each([
    "a".repeat(1_000_000),
    "foo" + "-".repeat(60_000),
    "foo[" + "a,".repeat(30_000),
    "foo" + ">=1,".repeat(16_000) + "!",
    "foo; " + "(".repeat(60_000),
    "foo @ " + "://".repeat(20_000) + "\t!",
    "foo>=" + "1".repeat(60_000),
    "foo (" + " ".repeat(60_000),
  ])("ends quickly and briefly on hostile text %#", (text) => {
    const start = processorMs();
    expect(errorOf(text).message.length).toBeLessThan(600);
    expect(processorMs() - start).toBeLessThan(10_000);
  });

  test("a long text is shown around its place", () => {
    const error = errorOf(`foo; os_name == '${"a".repeat(1000)}' and !`);
    const { text, position } = syntaxErrorPlace(error)!;
    expect(text.length).toBeLessThanOrEqual(200);
    expect(text[position]).toBe("!");
  });
});

describe("formatRequirement", () => {
  test("writes a requirement that was made, not parsed", () => {
    const requirement = { ...parseRequirement("foo[b]>=1"), marker: parseMarker("os_name=='a'") };
    expect(formatRequirement(requirement)).toBe('foo[b]>=1; os_name == "a"');
  });
});

function comparison(testCase: RequirementCase): { expected: unknown; actual: unknown } {
  const parsed = parseRequirement(testCase.input);
  const { name, normalized_name, extras, specifier, url, marker, str } = testCase;
  return {
    expected: [name, normalized_name, extras, specifier, url, marker, str],
    actual: [
      parsed.writtenName,
      parsed.name,
      parsed.writtenExtras,
      parsed.specifiers.text,
      parsed.url ?? null,
      parsed.marker === undefined ? null : formatMarker(parsed.marker),
      formatRequirement(parsed),
    ],
  };
}

function errorOf(text: string): PinionError {
  try {
    parseRequirement(text);
  } catch (error) {
    if (isPinionError(error, "requirement/invalid")) return error;
    throw error;
  }
  throw new Error("no error was thrown");
}
