// When each package of a resolution is needed, and what it may take to find out.

import { expect, test } from "vitest";

import { parseMarker } from "../pep/markers/marker.ts";
import { parseSpecifierSet } from "../pep/versions/specifier.ts";
import { pythonsMarker } from "../pep/markers/pythons.ts";
import { reachMarkers, type MarkedEdge } from "./reach-markers.ts";

/** A marker that is too large to be simplified. */
function large(letter: string): MarkedEdge["marker"] {
  const clauses = Array.from(
    { length: 20 },
    (_, at) => `('${letter}${at}' in platform_version and '${letter}${at}' in platform_release)`,
  );
  return parseMarker(clauses.join(" or "));
}

/** Three packages, each of which requires the others. */
const circles: readonly MarkedEdge[] = [
  { from: undefined, to: 0, marker: large("r") },
  ...[0, 1, 2].flatMap((from) =>
    [0, 1, 2].filter((to) => to !== from).map((to) => ({ from, to, marker: large(`e${from}${to}`) })),
  ),
];

test("packages that need each other have the markers of all ways", async () => {
  const edges = [
    { from: undefined, to: 0, marker: parseMarker("os_name == 'nt'") },
    { from: 0, to: 1, marker: parseMarker("python_version < '3.9'") },
    { from: 1, to: 0, marker: undefined },
  ];
  expect(await reachMarkers(2, edges)).toEqual([
    "os_name == 'nt'",
    "python_full_version < '3.9' and os_name == 'nt'",
  ]);
});

// Promise: untrusted input cannot make a command hang
// Attack: distributions that require each other under markers that cannot be simplified: each round doubles what is put together
test("refuses circles whose markers grow with every round", async () => {
  await expect(reachMarkers(3, circles)).rejects.toMatchObject({ code: "resolve/budget-exhausted" });
});

// Promise: Ctrl-C ends every command within a second, in every phase
// Attack: distributions that require each other under long markers
test("hears a signal while markers are put together", async () => {
  const pause = (): Promise<void> => Promise.reject(new Error("interrupted"));
  await expect(reachMarkers(3, circles, { pause })).rejects.toThrow("interrupted");
});

// What uv 0.13.9 writes with `--no-strip-markers` on Python 3.11.7.
test.each([
  ["python_version > '3.4'", undefined],
  ["python_full_version >= '3.11.7'", undefined],
  ["python_full_version >= '3.11.5' and python_version < '4'", "python_full_version < '4'"],
  ["python_version >= '3.11' and sys_platform == 'linux'", "sys_platform == 'linux'"],
  ["python_version < '3.13'", "python_full_version < '3.13'"],
])("what requires-python implies is not written: %s", async (marker, expected) => {
  const edges = [
    { from: undefined, to: 0, marker: parseMarker(marker) },
    { from: 0, to: 1, marker: undefined },
  ];
  const assuming = pythonsMarker(parseSpecifierSet(">=3.11.7"));
  expect(await reachMarkers(2, edges, { assuming })).toEqual([expected, expected]);
});

test("without an assumption everything is written", async () => {
  const edges = [{ from: undefined, to: 0, marker: parseMarker("python_version > '3.4'") }];
  const assuming = pythonsMarker(parseSpecifierSet(""));
  expect(await reachMarkers(1, edges, { assuming })).toEqual(["python_full_version >= '3.5'"]);
});
