import { describe, expect, test } from "vitest";
import { mismatches, readVectors } from "../../../test/support/vectors.ts";
import {
  areDisjointMarkers,
  formatSimplifiedMarker,
  impliesMarker,
  isAlwaysFalse,
  isAlwaysTrue,
  negateMarker,
  simplifyMarker,
} from "./algebra.ts";
import { MarkerTooLarge } from "./diagram.ts";
import { MarkerSets } from "./sets.ts";
import { formatMarker, parseMarker } from "./marker.ts";
import type { Marker } from "./expression.ts";
import { processorMs } from "../../../test/support/processor-time.ts";

interface AlgebraVectors {
  readonly simplifies: readonly (readonly [string, string])[];
  readonly always_true: readonly string[];
  readonly always_false: readonly string[];
  readonly disjoint: readonly (readonly [string, string, boolean])[];
  readonly implies: readonly (readonly [string, string, boolean])[];
}

const vectors = readVectors<AlgebraVectors>("marker-algebra");

describe("marker-algebra.json", () => {
  test("simplifyMarker gives every canonical form", () => {
    const differing = mismatches(vectors.simplifies, ([input, expected]) => ({
      expected,
      actual: simplify(input),
    }));
    // Of several shortest forms uv writes another one since 0.13.
    expect(differing.map(({ actual }) => actual)).toEqual([
      "(implementation_name == 'pypy' and os_name != 'nt') or (implementation_name != 'pypy' and os_name == 'nt') or (implementation_name == 'pypy' and sys_platform != 'win32') or (implementation_name != 'pypy' and sys_platform == 'win32')",
    ]);
  });

  test("isAlwaysTrue and isAlwaysFalse tell the constant markers", () => {
    const both = [...vectors.always_true, ...vectors.always_false];
    const wrong = mismatches(both, (text) => ({
      expected: [vectors.always_true.includes(text), vectors.always_false.includes(text)],
      actual: [isAlwaysTrue(parse(text)), isAlwaysFalse(parse(text))],
    }));
    expect(wrong).toEqual([]);
  });

  test("areDisjointMarkers answers every pair, both ways round", () => {
    const wrong = mismatches(vectors.disjoint, ([a, b, expected]) => ({
      expected: [expected, expected],
      actual: [areDisjointMarkers(parse(a), parse(b)), areDisjointMarkers(parse(b), parse(a))],
    }));
    expect(wrong).toEqual([]);
  });

  test("impliesMarker answers every pair", () => {
    const wrong = mismatches(vectors.implies, ([a, b, expected]) => ({
      expected,
      actual: impliesMarker(parse(a), parse(b)),
    }));
    expect(wrong).toEqual([]);
  });
});

describe("simplifyMarker", () => {
  test.each([
    ["os_name == 'nt' and sys_platform == 'linux'", "false"],
    ["os_name != 'nt' or sys_platform != 'linux'", "true"],
    ["os_name == 'posix' and platform_system == 'Linux'", "os_name == 'posix' and sys_platform == 'linux'"],
    ["platform_system == 'Windows' or sys_platform == 'win32'", "sys_platform == 'win32'"],
    ["platform_system == 'FreeBSD' and sys_platform == 'win32'", "false"],
    [
      "platform_system == 'FreeBSD' and sys_platform == 'freebsd14'",
      "platform_system == 'FreeBSD' and sys_platform == 'freebsd14'",
    ],
    ["'x' in os_name or 'x' not in os_name", "true"],
    ["'3.9' in python_version", "'3.9' in python_version"],
    ["'a' == 'a' or os_name == 'b'", "os_name == 'b'"],
    // What is said about one field stays as a whole, or goes as a whole.
    [
      "implementation_name == 'pypy' or (implementation_name != 'PyPy' and sys_platform == 'win32')",
      "implementation_name == 'pypy' or (implementation_name != 'PyPy' and implementation_name != 'pypy' and sys_platform == 'win32')",
    ],
    [
      "implementation_name == 'pypy' or implementation_name == 'b' or os_name == 'nt'",
      "implementation_name == 'b' or implementation_name == 'pypy' or os_name == 'nt'",
    ],
    [
      "python_version < '3.12' or (python_version < '3.14' and implementation_name == 'pypy')",
      "python_full_version < '3.12' or (python_full_version >= '3.12' and python_full_version < '3.14' and implementation_name == 'pypy')",
    ],
    ["os_name != 'posix' and sys_platform == 'win32'", "sys_platform == 'win32'"],
    ["os_name == os_name", "false"],
    ["'a' in 'b' or os_name == 'b'", "os_name == 'b'"],
    ["os_name < 'a'", "false"],
    ["os_name >= 'a'", "os_name == 'a'"],
    ["os_name ~= 'a'", "true"],
    // The release of macOS is a version; elsewhere it may be one or not.
    [
      "platform_release >= '20.0' or platform_release >= '20.0'",
      "(platform_release >= '20.0' and sys_platform != 'darwin') or (platform_release >= '20' and sys_platform == 'darwin')",
    ],
    [
      "platform_release >= '20.0' and sys_platform == 'darwin'",
      "platform_release >= '20' and sys_platform == 'darwin'",
    ],
    [
      "platform_release != '22.0' and sys_platform == 'darwin'",
      "(platform_release < '22' and sys_platform == 'darwin') or (platform_release > '22' and sys_platform == 'darwin')",
    ],
    ["platform_version >= '20.0'", "platform_version >= '20.0'"],
    [
      "platform_release >= '2' and platform_release < '2'",
      "platform_release < '2' and platform_release >= '2' and sys_platform != 'darwin'",
    ],
    ["python_full_version ~= '3.8.2'", "python_full_version >= '3.8.2' and python_full_version < '3.9'"],
    ["python_version ~= '3.8.0'", "python_full_version == '3.8.*'"],
    ["python_version ~= '3.8.1'", "false"],
    ["python_full_version != '3.8.1'", "python_full_version != '3.8.1'"],
    ["python_full_version > '3.8.1' or python_full_version == '3.8.1'", "python_full_version >= '3.8.1'"],
    ["python_full_version <= '3.8.1'", "python_full_version <= '3.8.1'"],
    ["extra == 'A.b' or 'x' in extras", "'x' in extras or extra == 'a-b'"],
    ["os_name == 'it\"s'", "os_name == 'it\"s'"],
  ])("%s", (text, expected) => {
    expect(simplify(text)).toBe(expected);
  });

  test.each([
    ["python_version >= '3.8' and os_name == 'nt'", "python_version >= '3.8'", "os_name == 'nt'"],
    [
      "python_version >= '3.8' and python_version < '3.10'",
      "python_version >= '3.9'",
      "python_full_version < '3.10'",
    ],
    ["python_version < '3.8'", "python_version >= '3.8'", "false"],
    ["python_version >= '3.7'", "python_version >= '3.8'", "true"],
    [
      "(python_full_version >= '3.9' and os_name == 'a') or (python_full_version < '3.9' and platform_release == 'z') or (os_name == 'a' and platform_release == 'z')",
      "python_version >= '3.8'",
      "(python_full_version >= '3.9' and os_name == 'a') or (python_full_version < '3.9' and platform_release == 'z')",
    ],
  ])("%s, assuming %s", (text, assuming, expected) => {
    expect(simplify(text, assuming)).toBe(expected);
  });
});

// What uv 0.13.9 writes.
describe("formatSimplifiedMarker", () => {
  test.each([
    [
      "what is common stands without the field",
      "(python_full_version > '3.12.1' and sys_platform == 'win32') or (platform_system == 'Darwin' and python_version == '3.13') or (implementation_name == 'cpython' and python_version < '3.13')",
      "(python_full_version < '3.13' and implementation_name == 'cpython') or (python_full_version == '3.13.*' and sys_platform == 'darwin') or (python_full_version > '3.12.1' and sys_platform == 'win32')",
    ],
    [
      "a term stays that says something elsewhere",
      "(sys_platform == 'win32' or python_version < '3.9') and (python_version > '3.9' or os_name == 'posix')",
      "(python_full_version < '3.9' and os_name == 'posix') or (python_full_version >= '3.10' and os_name != 'posix' and sys_platform == 'win32')",
    ],
    [
      "single terms stand together where something is factored",
      "(os_name == 'nt' and platform_system != 'Darwin' and python_version != '3.11') or (sys_platform != 'darwin' and python_version <= '3.9') or (sys_platform == 'win32' or python_version >= '3.13')",
      "python_full_version >= '3.13' or sys_platform == 'win32' or (python_full_version < '3.11' or python_full_version == '3.12.*') and os_name == 'nt' or python_full_version < '3.10' and sys_platform != 'darwin' and sys_platform != 'win32'",
    ],
    [
      "systems that cannot be are left out",
      "implementation_name != 'cpython' or (sys_platform != 'darwin' and sys_platform != 'win32' and os_name == 'posix')",
      "implementation_name != 'cpython' or (os_name == 'posix' and sys_platform != 'darwin')",
    ],
    [
      "a field goes where its answers agree on all systems that can be",
      "(os_name == 'nt' or sys_platform != 'linux') or python_version != '3.10'",
      "python_full_version != '3.10.*' or sys_platform != 'linux'",
    ],
    [
      "only the first answer stands for others",
      "(os_name != 'posix' or platform_system == 'SunOS') and (os_name == 'nt' or os_name != 'java' or sys_platform == 'win32') and (os_name != 'posix' and platform_system != 'SunOS')",
      "(os_name != 'java' and os_name != 'posix' and platform_system != 'SunOS') or (os_name == 'java' and sys_platform == 'win32')",
    ],
  ])("%s", (_name, text, expected) => {
    expect(formatSimplifiedMarker(simplifyMarker(parse(text)))).toBe(expected);
  });
});

describe("markers too large to compute with", () => {
  // Each pair of fields doubles the diagram of a disjunction of conjunctions in the wrong order.
  const large = Array.from(
    { length: 40 },
    (_, index) => `(extra == 'a${index}' and extra == 'b${index}')`,
  ).join(" or ");
  const wide = Array.from({ length: 1500 }, (_, index) => `python_full_version == '3.${index}.1'`).join(
    " or ",
  );

  // Each pair doubles the clauses, which are compared with one another.
  const facts = Array.from(
    { length: 8 },
    (_, index) => `('y${index}' not in platform_version or 'x${index}' in platform_release)`,
  ).join(" and ");

  test.each([large, wide, facts])("are quickly left as they are %#", (text) => {
    const marker = parseMarker(text);
    const start = processorMs();
    expect(simplifyMarker(marker)).toBe(marker);
    expect(areDisjointMarkers(marker, marker)).toBe(false);
    expect(isAlwaysTrue(marker)).toBe(false);
    expect(processorMs() - start).toBeLessThan(10_000);
  });

  // Promise: untrusted input cannot make a command hang
  // Attack: a requirement whose marker compares with a very long string, beside comparisons that make many combinations
  test("a long string in a marker costs no more than a short one", () => {
    const fields = ["os_name", "platform_system", "platform_machine", "platform_python_implementation"];
    const others = [...fields, "platform_version"].flatMap((field, at) =>
      Array.from(
        { length: 6 },
        (_, value) => `(${field} == 'v${value}' and '${at}${value}' in platform_version)`,
      ),
    );
    const start = processorMs();
    const long = "x".repeat(60_000);
    const text = `(implementation_name == '${long}' and 'z' in platform_version) or ${others.join(" or ")}`;
    const marker = parseMarker(text);
    expect(() => new MarkerSets({ maxResults: 10_000 }).of(marker)).toThrow(MarkerTooLarge);
    expect(processorMs() - start).toBeLessThan(5_000);
  });

  test("markers that ask very many questions one after the other are left as they are", () => {
    const marker = parseMarker(
      Array.from({ length: 1_500 }, (_, at) => `'${9_999 - at}' in platform_version`).join(" or "),
    );
    expect(simplifyMarker(marker)).toBe(marker);
    expect(negateMarker(marker)).toBe(true);
  });

  // Promise: untrusted input cannot make a command hang
  // Attack: a requirement whose marker, of some kilobytes, distinguishes very many values of several fields together
  test("markers of many values together are left, or refused, in bounded time", () => {
    const pairs = (field: string, count: number): string =>
      Array.from(
        { length: count },
        (_, at) => `(${field} == '${at}' and python_full_version == '3.${at}')`,
      ).join(" or ");
    const start = processorMs();
    expect(negateMarker(parseMarker(pairs("sys_platform", 240)))).toBe(true);
    const fields = ["os_name", "sys_platform", "platform_system", "platform_machine"];
    const all = parseMarker(fields.map((field) => pairs(field, 60)).join(" or "));
    const sets = new MarkerSets({ maxResults: 50_000 });
    expect(() => sets.toMarker(sets.of(all))).toThrow(MarkerTooLarge);
    expect(processorMs() - start).toBeLessThan(10_000);
  });
});

/** The vectors break some markers over lines, as Rust's strings do. */
function parse(text: string): Marker {
  return parseMarker(text.replaceAll("\n", " "));
}

function simplify(text: string, assuming?: string): string {
  const options = assuming === undefined ? {} : { assuming: parse(assuming) };
  const simple = simplifyMarker(parse(text), options);
  // The vectors are of a uv that took nothing out; marker-factors.test.ts has what it takes out now.
  return typeof simple === "boolean" ? String(simple) : formatMarker(simple, { quote: "'" });
}
