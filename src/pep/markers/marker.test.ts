import { describe, expect, test } from "vitest";
import { errorCode, mismatches, readVectors } from "../../../test/support/vectors.ts";
import { isPinionError } from "../../errors.ts";
import { evaluateMarker } from "./evaluate.ts";
import type { MarkerContext } from "./evaluate.ts";
import { andMarkers, formatMarker, orMarkers, parseMarker } from "./marker.ts";
import type { MarkerEnvironment } from "./expression.ts";
import { processorMs } from "../../../test/support/processor-time.ts";

interface MarkerVectors {
  readonly _meta: { readonly environments: readonly MarkerEnvironment[] };
  readonly parse: readonly (readonly [string, string])[];
  readonly invalid: readonly string[];
  readonly evaluate: readonly (readonly [string, number, string | null, boolean | "UndefinedComparison"])[];
  readonly upstream: readonly {
    readonly marker: string;
    readonly environment: (Partial<MarkerEnvironment> & { readonly extra?: string }) | null;
    readonly expected: boolean;
  }[];
}

interface Differences {
  readonly cases: readonly {
    readonly file: string;
    readonly input: string;
    readonly "packaging-HEAD": readonly ["parse", readonly [string, string]];
  }[];
}

const vectors = readVectors<MarkerVectors>("markers");
const environments = vectors._meta.environments;
const linux = environments[0]!;

describe("markers.json", () => {
  test("parseMarker and formatMarker give the normal form of every marker", () => {
    expect(
      mismatches(vectors.parse, ([input, expected]) => ({
        expected,
        actual: formatMarker(parseMarker(input)),
      })),
    ).toEqual([]);
  });

  test("parseMarker rejects every invalid marker", () => {
    expect(
      mismatches(vectors.invalid, (text) => ({
        expected: "requirement/invalid-marker",
        actual: errorCode(() => parseMarker(text)),
      })),
    ).toEqual([]);
  });

  test("evaluateMarker answers every case, and throws for the undefined comparisons when it is asked to", () => {
    const wrong = mismatches(vectors.evaluate, ([marker, environment, extra, expected]) => ({
      expected,
      actual: evaluateStrictly(marker, environments[environment]!, extra),
    }));
    expect(wrong).toEqual([]);
  });

  test("evaluateMarker calls undefined comparisons false otherwise", () => {
    const cases = vectors.evaluate.filter(([, , , expected]) => expected === "UndefinedComparison");
    const wrong = mismatches(cases, ([marker, environment, extra]) => ({
      expected: false,
      actual: evaluateMarker(
        parseMarker(marker),
        environments[environment]!,
        extra === null ? {} : { extra },
      ),
    }));
    expect(wrong).toEqual([]);
  });

  test("evaluateMarker answers the cases of the upstream suite", () => {
    const wrong = mismatches(vectors.upstream, ({ marker, environment, expected }) => {
      const { extra, ...overlay } = environment ?? {};
      const context: MarkerContext = extra === undefined || extra === "" ? {} : { extra };
      return { expected, actual: evaluateMarker(parseMarker(marker), { ...linux, ...overlay }, context) };
    });
    expect(wrong).toEqual([]);
  });
});

describe("oracle-differences.json", () => {
  test("markers follow the newer oracle", () => {
    const { cases: differences } = readVectors<Differences>("oracle-differences");
    const cases = differences.filter(({ file }) => file === "markers");
    const wrong = mismatches(cases, (testCase) => ({
      expected: testCase["packaging-HEAD"][1][1],
      actual: formatMarker(parseMarker(testCase.input)),
    }));
    expect(wrong).toEqual([]);
  });
});

describe("parseMarker", () => {
  test.each([
    [
      "((os_name=='a')or((sys_platform=='b')))and extra=='C_d'",
      '(os_name == "a" or sys_platform == "b") and extra == "c-d"',
    ],
    [
      "(os_name=='a' and sys_platform=='b') or os_name=='c'",
      '(os_name == "a" and sys_platform == "b") or os_name == "c"',
    ],
    [
      "os_name=='a' and sys_platform=='b' or os_name=='c'",
      'os_name == "a" and sys_platform == "b" or os_name == "c"',
    ],
    ["'A.B' in extras or 'C' not  in dependency_groups", '"a-b" in extras or "c" not in dependency_groups'],
    ["extras == 'A.B'", 'extras == "A.B"'],
    ["'a' == 'b'", '"a" == "b"'],
    ["os_name\t==\t'a\"b'", "os_name == 'a\"b'"],
  ])("reads %j", (text, normal) => {
    expect(formatMarker(parseMarker(text))).toBe(normal);
  });

  test.each([
    ['os_name == "C:\\"', 14],
    ['os_name == "\\x"', 12],
    ["os_name == 'a' or", 17],
    ["os_name ! 'a'", 8],
    ["os_name == 'a' andos_name == 'b'", 15],
    ["os_name not 'a'", 8],
    ["(os_name == 'a'", 0],
    ["os_name == 'a')", 14],
    ["os_name == 'a", 11],
    ["os_name == 'a\nb'", 11],
    ["os_nameé == 'a'", 7],
  ])("points at the place in %j", (text, position) => {
    let caught: unknown;
    try {
      parseMarker(text);
    } catch (error) {
      caught = error;
    }
    expect(isPinionError(caught, "requirement/invalid-marker") && caught.details).toMatchObject({
      text,
      position,
    });
  });

  test.each([
    "(".repeat(100_000),
    "os_name == 'a' and ".repeat(10_000),
    "'".repeat(100_001),
    "os_name" + " ".repeat(60_000),
    "os_name == 'a'" + " ".repeat(1_000_000),
  ])("ends quickly on hostile text %#", (text) => {
    const start = processorMs();
    expect(() => parseMarker(text)).toThrow(expect.objectContaining({ code: "requirement/invalid-marker" }));
    expect(processorMs() - start).toBeLessThan(10_000);
  });

  test("reads, writes and evaluates the deepest nesting that it accepts", () => {
    const deep = "os_name=='posix' and (os_name=='nt' or (".repeat(99) + "os_name=='posix'" + "))".repeat(99);
    const marker = parseMarker(deep);
    expect(parseMarker(formatMarker(marker))).toEqual(marker);
    expect(evaluateMarker(marker, linux)).toBe(true);
  });
});

describe("evaluateMarker", () => {
  test("compares `extra` with all extras asked for", () => {
    const context: MarkerContext = { extras: ["Foo", "b_c"] };
    expect(evaluate("extra == 'foo' and extra == 'B.C'", context)).toBe(true);
    expect(evaluate("extra != 'foo'", context)).toBe(false);
    expect(evaluate("extra != 'x'", context)).toBe(true);
    expect(evaluate("extra == 'foo'", {})).toBe(false);
    expect(evaluate("extra == ''", {})).toBe(true);
  });

  test("knows the sets of lock files", () => {
    const context: MarkerContext = { extras: ["Foo"], dependencyGroups: ["dev_Tools"] };
    expect(evaluate("'FOO' in extras", context)).toBe(true);
    expect(evaluate("'foo' not in extras", context)).toBe(false);
    expect(evaluate("'dev-tools' in dependency_groups", context)).toBe(true);
    expect(evaluate("extras == 'foo'", context)).toBe(false);
    expect(() => evaluate("extras == 'foo'", { ...context, undefinedComparisons: "throw" })).toThrow(
      "makes a comparison that is not defined",
    );
  });

  test.each(["'a' == 'a'", "'a' in 'ab'", "os_name == os_name", "os_name != sys_platform", "extras != 'a'"])(
    "%s compares no field with a text, so that it does not hold",
    (marker) => {
      expect(evaluate(marker, {})).toBe(false);
      expect(() => evaluate(marker, { undefinedComparisons: "throw" })).toThrow(
        "makes a comparison that is not defined",
      );
    },
  );

  test("an untagged Python is a version", () => {
    const environment = { ...linux, python_full_version: "3.14.0+" };
    expect(evaluateMarker(parseMarker("python_full_version >= '3.14'"), environment)).toBe(true);
  });

  test("two specifiers do not hide in one string", () => {
    expect(evaluate("python_version >= '3,<9'", {})).toBe(false);
  });
});

describe("andMarkers and orMarkers", () => {
  test("add the parentheses that precedence needs", () => {
    const [a, b, c] = ["os_name == 'a'", "os_name == 'b'", "os_name == 'c'"].map(parseMarker);
    expect(formatMarker(andMarkers([a!, orMarkers([b!, c!])]))).toBe(
      'os_name == "a" and (os_name == "b" or os_name == "c")',
    );
    expect(formatMarker(orMarkers([a!, andMarkers([b!, c!])]))).toBe(
      'os_name == "a" or os_name == "b" and os_name == "c"',
    );
    expect(andMarkers([a!])).toBe(a);
  });
});

function evaluate(text: string, context: MarkerContext): boolean {
  return evaluateMarker(parseMarker(text), linux, context);
}

function evaluateStrictly(
  text: string,
  environment: MarkerEnvironment,
  extra: string | null,
): boolean | "UndefinedComparison" {
  const context: MarkerContext = { undefinedComparisons: "throw", ...(extra === null ? {} : { extra }) };
  try {
    return evaluateMarker(parseMarker(text), environment, context);
  } catch (error) {
    if (isPinionError(error, "requirement/invalid-marker")) return "UndefinedComparison";
    throw error;
  }
}

// Promise: nothing that a terminal obeys, or that hides text, gets into a lock file or onto a screen
// Attack: the metadata of a distribution has control characters or marks for direction in the strings of its markers
test.each([0x00, 0x09, 0x0b, 0x1b, 0x7f, 0x85, 0x9b, 0x061c, 0x200e, 0x2028, 0x2029, 0x202e, 0x2066])(
  "refuses U+%s in a string",
  (code) => {
    for (const quote of ['"', "'"])
      expect(() =>
        parseMarker(`platform_version == ${quote}a${String.fromCodePoint(code)}b${quote}`),
      ).toThrow(expect.objectContaining({ code: "requirement/invalid-marker" }));
  },
);

test.each(["é", "日本", "𝔸", "\u00a0", "\u200d"])("accepts %j in a string", (text) => {
  expect(() => parseMarker(`platform_version == "${text}"`)).not.toThrow();
});
